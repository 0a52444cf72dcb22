// @ts-check
/** Announcements to screen readers that leave the focus where it is. */

import { place } from "./dom.js";

/**
 * @param {string} text
 * @param {"polite" | "urgent"} [how]  urgent interrupts the screen reader
 */
export function announce(text, how = "polite") {
  const region = place(how);
  if (region.textContent === text) region.textContent = ""; // screen readers ignore an unchanged text
  setTimeout(() => (region.textContent = text), 50);
}
