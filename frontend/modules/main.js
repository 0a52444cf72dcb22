// @ts-check
/** The participant page: reads its one setting and the link, and begins. README.md has the map of the modules. */

import { Api } from "./api.js";
import { needLater } from "./loading.js";
import { Memory, Store } from "./memory.js";
import { unreachable } from "./notices.js";
import { persistLoading } from "./retry.js";
import { show, showBanner, showFooter } from "./shell.js";
import { Study } from "./study.js";
import { loadBase } from "./styles.js";
import { readVisit } from "./visit.js";

const SAME_TAB = "hippo/here";

/** @returns {Promise<any>} */
const fetchSettings = async () => (await fetch("settings.json")).json();

/** @returns {Promise<import("./types.js").Settings>} */
const loadSettings = () => persistLoading(fetchSettings, (again) => show(unreachable(again)), new AbortController().signal);

async function main() {
  const store = new Store();
  const visit = readVisit(location.search, store);
  if (!visit.projectId) {
    const later = await needLater((again) => show(unreachable(again)));
    return later && show(later.incompleteLink());
  }
  const log = visit.debug ? (await import("./debug.js")).debugLog() : () => {};
  const [settings] = await Promise.all([loadSettings(), loadBase().catch(() => undefined)]);
  const memory = new Memory(store, visit.projectId, visit.userId);
  const study = new Study(visit, memory, new Api(settings.api, visit.projectId, visit.userId, log), settings, log);
  showFooter(visit.userId);
  study.begin();
  if (visit.returned && !isReload()) welcomeBack(store, visit.projectId);
}

/** @returns {boolean}  this tab has shown the study before */
function isReload() {
  try {
    const before = sessionStorage.getItem(SAME_TAB) !== null;
    sessionStorage.setItem(SAME_TAB, "1");
    return before;
  } catch {
    return true;
  }
}

/** A computer may be shared, and a link without an id may be opened by the next person. @param {Store} store @param {string} projectId */
function welcomeBack(store, projectId) {
  const startAnew = () => {
    store.remove(`${projectId}/id`);
    location.reload();
  };
  showBanner("Welcome back: you go on where you were.", [["I am somebody else: start anew", startAnew]]);
}

main();
