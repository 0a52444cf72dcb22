// @ts-check
/** What the game waits for, on the picture: the end of a round, a pause. Only of servers that send `status`. */

import { announce } from "../announce.js";
import { make } from "../dom.js";

/** By the server's phase; with other phases there is nothing to do but to play. @type {Record<string, string>} */
const TEXTS = {
  ready: "Press Start to begin.",
  paused: "Paused. Press Start to go on.",
  between: "This round is over. Press Start for the next one.",
};

/** @param {number} round */
const begun = (round) => `Round ${round}`;

/** How long a round that began by itself is named. Milliseconds. */
const NAMED = 2500;

/** @typedef {import("../types.js").GameStatus} GameStatus */

export class Caption {
  element = make("p.caption", { hidden: true });
  /** @type {GameStatus} */
  #before = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {GameStatus} status @param {boolean} hasStart  there is a button Start */
  show(status, hasStart) {
    const { phase = "", round } = status;
    const before = this.#before;
    if (phase === before.phase && round === before.round) return;
    this.#before = status;
    const text = hasStart ? (TEXTS[phase] ?? "") : "";
    const isNext = phase === "running" && before.phase === "running" && round !== undefined && round > (before.round ?? round);
    clearTimeout(this.#timer);
    this.#write(isNext ? begun(round) : text);
    if (isNext) this.#timer = setTimeout(() => this.#write(""), NAMED);
    if (before.phase && (isNext || (text && phase !== "ready"))) announce(isNext ? begun(round) : text);
  }

  /** @param {string} text */
  #write(text) {
    this.element.textContent = text;
    this.element.hidden = !text;
  }
}
