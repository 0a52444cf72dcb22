// @ts-check
/** Computers may be shared, and a link without an id may be opened by the next person. */

import { showBanner } from "./shell.js";

/** @param {import("./memory.js").Store} store @param {string} projectId */
export function welcomeBack(store, projectId) {
  const startAnew = () => {
    store.remove(`${projectId}/id`);
    location.reload();
  };
  showBanner("Welcome back: you go on where you were.", [["I am somebody else", startAnew]]);
}
