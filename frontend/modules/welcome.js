// @ts-check
/** What is told to whoever comes, or goes, by ways of the browser's own. */

import { arrival } from "./loading.js";
import { showBanner } from "./shell.js";

/**
 * Computers may be shared, and a link without an id may be opened by the next person.
 *
 * @param {import("./memory.js").Store} store
 * @param {string} projectId
 */
export function welcomeBack(store, projectId) {
  if (arrival() !== "navigate") return; // they were here all the time
  const startAnew = () => {
    store.remove(`${projectId}/id`);
    location.reload();
  };
  showBanner("Welcome back: you go on where you were.", [["I am somebody else", startAnew]]);
}

/** Back was pressed. */
export function tellOfBack() {
  showBanner("Pages that you have answered cannot be opened again: you are still at the current one. To leave the study, press Back once more; you can come back later.");
}
