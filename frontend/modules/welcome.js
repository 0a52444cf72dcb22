// @ts-check
/** Banners for participants who return to the study, or press the browser's Back button. */

import { showBanner } from "./shell.js";
import { arrival } from "./visit.js";

/**
 * On a shared computer, the next participant may open a link without an id.
 *
 * @param {import("./memory.js").Store} store
 * @param {string} projectId
 */
export function welcomeBack(store, projectId) {
  if (arrival() !== "navigate") return; // a reload
  const startOver = () => {
    store.remove(`${projectId}/id`);
    location.reload();
  };
  showBanner("Welcome back. You continue where you left off.", [["I am a different person", startOver]]);
}

/** The participant pressed Back. */
export function explainBack() {
  showBanner("You cannot go back to pages that you have answered. To leave the study, press Back again. You can return later.");
}
