// @ts-check
/** The keys that a server has named itself: which are held, by the keyboard and by buttons on the screen. */

import { text } from "../texts.js";
import { holderOf } from "./keys.js";

/** These belong to the browser. */
const NOT_OURS = new Set(["Tab", "Control", "Alt", "Meta"]);

const SIGNS = /** @type {Record<string, string>} */ ({ ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" });

/** @param {string} key @returns {string}  for people */
export function keyName(key) {
  if (key === " ") return text("keySpace");
  return SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

export class OwnKeys {
  /** What holds keys → the keys that it holds. @type {Map<string, string[]>} */
  #holders = new Map();
  /** Lower case → the server's spelling. @type {Map<string, string>} */
  #names = new Map();

  /**
   * @param {import("../types.js").OwnKey[]} entries
   * @param {(held: string[]) => void} send  the keys held now
   */
  constructor(entries, send) {
    this.send = send;
    for (const name of entries.flatMap(({ keys }) => keys)) {
      if (!NOT_OURS.has(name)) this.#names.set(name.toLowerCase(), name);
    }
    for (const name of ["space", "spacebar"]) if (this.#names.has(name)) this.#names.set(" ", this.#names.get(name) ?? name);
  }

  /** @param {KeyboardEvent} event @returns {boolean}  the game uses this key */
  uses(event) {
    return this.#nameOf(event) !== undefined;
  }

  /** @param {KeyboardEvent} event */
  pressKey(event) {
    const name = this.#nameOf(event);
    if (name !== undefined) this.press(holderOf(event), [name]);
  }

  /** @param {KeyboardEvent} event */
  releaseKey(event) {
    this.release(holderOf(event));
  }

  /** @param {string} holder @param {string[]} names */
  press(holder, names) {
    if (!this.#holders.has(holder)) this.#change(() => this.#holders.set(holder, names));
  }

  /** @param {string} holder */
  release(holder) {
    this.#change(() => this.#holders.delete(holder));
  }

  releaseAll() {
    this.#change(() => this.#holders.clear());
  }

  /** Clear all keys without a message: a new connection's server has seen none of them. */
  forget() {
    this.#holders.clear();
  }

  /** Held keys, in the order in which they were pressed. */
  get #held() {
    return [...new Set([...this.#holders.values()].flat())];
  }

  /** @param {() => void} change */
  #change(change) {
    const before = this.#held.join("\n");
    change();
    if (this.#held.join("\n") !== before) this.send(this.#held);
  }

  /** @param {KeyboardEvent} event */
  #nameOf({ key, code }) {
    const isLatin = key.length > 1 ? key !== "Dead" : /[\x20-\x7e]/.test(key);
    return this.#names.get((isLatin ? key : code.replace(/^(Key|Digit)/, "")).toLowerCase());
  }
}
