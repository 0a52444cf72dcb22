// @ts-check
/** What the game waits for, on the picture: the end of a round, a pause. Only of servers that send `status`. */

import { announce, make } from "../dom.js";
import { text } from "../texts.js";

/** By the server's phase; with other phases there is nothing to do but to play. @type {Record<string, () => string>} */
const WORDS = {
  ready: () => text("gameReady", { start: text("start") }),
  paused: () => text("gamePaused", { start: text("start") }),
  between: () => text("roundOver", { start: text("start") }),
};

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
    const words = hasStart ? (WORDS[phase]?.() ?? "") : "";
    const isNext = phase === "running" && before.phase === "running" && round !== undefined && round > (before.round ?? round);
    const shown = isNext ? text("round", { round }) : words;
    clearTimeout(this.#timer);
    this.#write(shown);
    if (isNext) this.#timer = setTimeout(() => this.#write(""), NAMED);
    if (before.phase && shown && (isNext || phase !== "ready")) announce(shown);
  }

  /** @param {string} words */
  #write(words) {
    this.element.textContent = words;
    this.element.hidden = !words;
  }
}
