// @ts-check
/** What screen readers are told without the focus moving. */

import { place } from "./dom.js";

/**
 * @param {string} text
 * @param {"polite" | "urgent"} [how]  urgent interrupts what is being read
 */
export function announce(text, how = "polite") {
  const region = place(how);
  if (region.textContent === text) region.textContent = ""; // the same words again are news only if they go and come
  setTimeout(() => (region.textContent = text), 50);
}
