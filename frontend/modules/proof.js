// @ts-check
/**
 * What proves who the participant is, in studies that demand it (docs/participant-protocol.md,
 * "Access"): a secret that this browser made, or what a link brought after `#proof=`.
 */

import { announce } from "./dom.js";
import { showBanner } from "./shell.js";
import { text } from "./texts.js";

/** @typedef {import("./memory.js").Store} Store */

/** Keep what the link brought. @param {Store} store @param {string} key @returns {string | null} */
export function linkedProof(store, key) {
  const [, linked = null] = location.hash.match(/^#proof=([\w.-]{20,200})$/) ?? [];
  return linked && keep(store, key, linked);
}

/**
 * Make a secret on the first visit: 32 random bytes. A participant has one secret in all studies, so
 * that an answer in one of them may end their game in another.
 *
 * @param {Store} store @param {string} key @param {string} userId
 */
export function makeProof(store, key, userId) {
  const own = `proof/${userId.toLowerCase()}`;
  const known = store.get(own);
  if (known) return keep(store, key, known);
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const secret = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  store.set(own, secret);
  return keep(store, key, secret);
}

/** Without storage, a reload finds the proof in the address. @param {Store} store @param {string} key @param {string} proof */
function keep(store, key, proof) {
  const address = new URL(location.href);
  address.hash = store.set(key, proof) ? "" : `proof=${proof}`;
  history.replaceState(history.state, "", address);
  return proof;
}

/** Show the link that continues the study in another browser. @param {string} proof @param {import("./types.js").Visit} visit */
export function showOtherDevice(proof, { userId, projectId }) {
  const address = new URL(location.pathname, location.href);
  address.search = String(new URLSearchParams({ projectId, userId }));
  address.hash = `proof=${proof}`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address.href);
      announce(text("linkCopied"));
    } catch {
      prompt(text("copyThis"), address.href); // no clipboard access
    }
  };
  showBanner(`${text("deviceLink")} ${address.href}`, [[text("copyLink"), copy]]);
}
