// @ts-check
/** Banners for participants who return to the study, or press the browser's Back button. */

import { showBanner } from "./shell.js";
import { text } from "./texts.js";
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
  showBanner(text("welcomeBack"), [[text("otherPerson"), startOver]]);
}

/** The participant pressed Back. */
export function explainBack() {
  showBanner(text("noWayBack"));
}
