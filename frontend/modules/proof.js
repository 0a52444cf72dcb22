// @ts-check
/**
 * What proves who the participant is (docs/participant-protocol.md, "Access"): a secret that this
 * browser made, or what a link brought after `#proof=`. Studies of `access: open` never ask for it.
 */

const FRAGMENT = /^#proof=([\w.-]{20,200})$/;

export class Proof {
  #key;
  #store;

  /** @param {import("./memory.js").Store} store @param {import("./types.js").Visit} visit */
  constructor(store, { projectId, userId }) {
    this.#store = store;
    this.#key = `${projectId}/${userId.toLowerCase()}/proof`;
    const [, linked] = location.hash.match(FRAGMENT) ?? [];
    this.text = linked ?? store.get(this.#key);
    if (linked) this.#keep(linked);
  }

  /** Make a secret on the first visit. @returns {boolean}  false: the browser has one already */
  make() {
    if (this.text) return false;
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const secret = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
    this.#keep(secret);
    return true;
  }

  /** The address that continues the study in another browser. @param {string} userId @param {string} projectId */
  link(userId, projectId) {
    const address = new URL(location.pathname, location.href);
    address.search = String(new URLSearchParams({ projectId, userId }));
    address.hash = `proof=${this.text}`;
    return address.href;
  }

  /** Without storage, a reload finds the proof in the address. @param {string} text */
  #keep(text) {
    this.text = text;
    const isStored = this.#store.set(this.#key, text);
    const address = new URL(location.href);
    address.hash = isStored ? "" : `proof=${text}`;
    history.replaceState(history.state, "", address);
  }
}
