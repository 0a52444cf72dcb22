// @ts-check
/** Loads later.js and its style sheet. */

import { loadSheet } from "./dom.js";
import { persistLoading } from "./retry.js";
import { loadTexts } from "./texts.js";
import { arrival } from "./visit.js";

/** @typedef {typeof import("./later.js")} Later */

const STYLE = "later.css";

/** Shortest time between two reloads. Milliseconds. */
const RELOAD_PAUSE = 60_000;

/** @type {Later | undefined} */
let loaded;
let failures = 0;

/** @returns {Promise<Later>}  rejects if the module cannot be loaded now */
export async function loadLater() {
  const style = document.querySelector(`link[href="${STYLE}"]`) ?? loadSheet(STYLE);
  // Browsers do not fetch a module again that failed to load once, but they do at another address.
  const module = failures ? import(`./later.js?again=${failures}`) : import("./later.js");
  module.catch(() => (failures += 1));
  const [later] = await Promise.all([loaded ?? module, style, loadTexts("_later")]);
  return (loaded ??= later);
}

/** @param {(again: import("./types.js").Again) => void} onTrouble @param {AbortSignal} [signal] */
export function needLater(onTrouble, signal) {
  let tries = 0;
  const load = () => loadLater().catch(async (error) => {
    if ((tries += 1) > 2) await reload();
    throw error;
  });
  return persistLoading(load, onTrouble, signal);
}

/**
 * @param {NonNullable<import("./types.js").Answer["requires"]>} requires
 * @param {string} api  address of /next
 * @returns {() => Promise<import("./devices.js").Devices>}  rejects if the module cannot be loaded now
 */
export function devicesLoader(requires, api) {
  /** @type {Promise<import("./devices.js").Devices> | undefined} */
  let made;
  let failed = 0;
  return () => {
    const module = failed ? import(`./devices.js?again=${failed}`) : import("./devices.js");
    made ??= Promise.all([module, loadTexts("_device")]).then(([{ Devices }]) => new Devices(requires, api));
    made.catch(() => ((failed += 1), (made = undefined)));
    return made;
  };
}

/** Reload the page: what later.js imports may have failed to load, too. */
async function reload() {
  if (arrival() === "reload" && performance.now() < RELOAD_PAUSE) return;
  const page = await fetch(location.href, { cache: "no-store" });
  if (page.ok) location.reload();
}
