// @ts-check
/** Loads what a first page does without. */

import { persistLoading } from "./retry.js";

/** @typedef {import("./later.js")} Later */

/** @returns {Promise<Later>}  rejects if it cannot be had now */
export async function loadLater() {
  const [later] = await Promise.all([import("./later.js"), addStyle("later.css")]);
  return later;
}

/** @param {(again: import("./types.js").Again) => void} onTrouble @param {AbortSignal} [signal] */
export function needLater(onTrouble, signal = new AbortController().signal) {
  return persistLoading(loadLater, onTrouble, signal);
}

/** @param {string} address  of a style sheet of ours */
async function addStyle(address) {
  if (document.querySelector(`link[href="${address}"]`)) return;
  await new Promise((resolve, reject) => {
    const onerror = () => (link.remove(), reject(new Error(`${address} cannot be loaded`)));
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address, onload: resolve, onerror });
    document.head.append(link);
  });
}
