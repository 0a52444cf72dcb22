// @ts-check
/** Entry point: reads settings.json and the link, and starts. README.md lists the modules. */

import { Api } from "./api.js";
import { loadLater, needLater } from "./loading.js";
import { Memory, Store } from "./memory.js";
import { showUnreachable } from "./notices.js";
import { persistLoading } from "./retry.js";
import { show, showFooter } from "./shell.js";
import { Study } from "./study.js";
import { loadBase } from "./styles.js";
import { expect } from "./texts.js";
import { readVisit } from "./visit.js";

/** @returns {Promise<any>} */
const fetchSettings = async () => (await fetch("settings.json")).json();

async function main() {
  // A browser may render the page before anyone opens it: that takes no place in the study.
  if ("prerendering" in document && document.prerendering) await new Promise((go) => document.addEventListener("prerenderingchange", go, { once: true }));
  const store = new Store();
  const visit = readVisit(location.search, store);
  const memory = new Memory(store, visit.projectId, visit.userId);
  expect(memory.language ?? document.documentElement.lang);
  if (!visit.projectId || visit.fault) {
    const later = await needLater(showUnreachable);
    return later && show(later.incompleteLink(visit.fault));
  }
  const log = visit.debug ? (await import("./debug.js")).debugLog() : () => {};
  const [settings] = await Promise.all([persistLoading(fetchSettings, showUnreachable), loadBase().catch(() => undefined)]);
  const key = `${memory.prefix}proof`;
  const make = async () => void (proof.text = (await loadLater()).makeProof(store, key, visit.userId));
  const proof = { text: store.get(key), make };
  if (location.hash.startsWith("#proof=")) proof.text = (await needLater(showUnreachable))?.linkedProof(store, key) ?? proof.text;
  const study = new Study(memory, new Api(settings.api, visit, log, proof), settings);
  study.begin();
  if (visit.returned) loadLater().then((later) => later.welcomeBack(store, visit.projectId), () => undefined);
}

main();
