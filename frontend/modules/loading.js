// @ts-check
/** Loads later.js and its style sheet. */

import { loadSheet } from "./dom.js";
import { persistLoading } from "./retry.js";
import { arrival } from "./visit.js";

/** @typedef {typeof import("./later.js")} Later */

const STYLE = "later.css";

/** Shortest time between two reloads. Milliseconds. */
const RELOAD_PAUSE = 60_000;

/** @returns {Promise<Later>}  rejects if the module cannot be loaded now */
export async function loadLater() {
  const style = document.querySelector(`link[href="${STYLE}"]`) ?? loadSheet(STYLE);
  const [later] = await Promise.all([import("./later.js"), style]);
  return later;
}

/** @param {(again: import("./types.js").Again) => void} onTrouble @param {AbortSignal} [signal] */
export function needLater(onTrouble, signal) {
  let failures = 0;
  const load = () => loadLater().catch(async (error) => {
    if ((failures += 1) > 2) await reload();
    throw error;
  });
  return persistLoading(load, onTrouble, signal);
}

/** Reload the page: some browsers never fetch a module again that failed to load once. */
async function reload() {
  if (arrival() === "reload" && performance.now() < RELOAD_PAUSE) return;
  const page = await fetch(location.href, { cache: "no-store" });
  if (page.ok) location.reload();
}
