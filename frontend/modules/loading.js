// @ts-check
/** Loads what a first page does without. */

import { loadSheet } from "./dom.js";
import { persistLoading } from "./retry.js";

/** @typedef {typeof import("./later.js")} Later */

const STYLE = "later.css";

/** Between two loads of the page. Milliseconds. */
const RELOAD_PAUSE = 60_000;

/** @returns {Promise<Later>}  rejects if it cannot be had now */
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

/** How this page was come to. */
export function arrival() {
  return /** @type {PerformanceNavigationTiming | undefined} */ (performance.getEntriesByType("navigation")[0])?.type;
}

/** Some browsers remember that a module could not be had, for as long as the page is open. */
async function reload() {
  if (arrival() === "reload" && performance.now() < RELOAD_PAUSE) return;
  const page = await fetch(location.href, { cache: "no-store" });
  if (page.ok) location.reload();
}
