// @ts-check
/**
 * Says to /next that the participant is there, while they have a server that ends without them; and
 * the texts about servers that ended.
 */

import { button } from "./dom.js";
import { notice } from "./notices.js";
import { showBanner } from "./shell.js";
import { text } from "./texts.js";

/** The warning comes this long before the end. Seconds. */
const WARNING = 120;

/**
 * Send heartbeats as the answers of /next ask for them.
 *
 * @param {import("./study.js").Study} study
 */
export function attend(study) {
  if (study.onAnswer) return;
  const isThere = () => (study.view?.kind === "game" ? study.view.isConnected : !document.hidden);
  const presence = new Presence(() => study.api.ask(study.memory.step ?? "current"), isThere);
  study.onAnswer = ({ heartbeat }) => presence.follow(heartbeat);
  presence.follow(study.answer?.heartbeat);
}

class Presence {
  /** Seconds; null: no server ends without the participant. @type {import("./types.js").Answer["heartbeat"] | null} */
  #terms = null;
  #last = 0;
  /** @type {(() => void) | null} */
  #closeWarning = null;

  /** @param {() => void} beat  sends a heartbeat @param {() => boolean} isThere */
  constructor(beat, isThere) {
    this.beat = beat;
    this.isThere = isThere;
    setInterval(() => this.#look(), 5000);
    document.addEventListener("visibilitychange", () => this.#look());
  }

  /** @param {import("./types.js").Answer["heartbeat"]} terms  of the answer that is shown */
  follow(terms) {
    this.#terms = terms ?? null;
    this.#last = Date.now(); // the request was one
    this.#close();
  }

  #look() {
    if (!this.#terms) return;
    const quiet = (Date.now() - this.#last) / 1000;
    if (this.isThere()) {
      if (quiet >= this.#terms.every || this.#closeWarning) this.#say();
    } else if (!this.#closeWarning && quiet >= this.#terms.endsAfter - WARNING) {
      this.#closeWarning = showBanner(text("awayWarning"), [[text("iAmHere"), () => this.#say()]]);
    }
  }

  #say() {
    this.#last = Date.now();
    this.#close();
    this.beat();
  }

  #close() {
    this.#closeWarning?.();
    this.#closeWarning = null;
  }
}

/**
 * The server ended; only the participant asks for another.
 *
 * @param {import("./types.js").Answer["ended"]} ended
 * @param {() => void} ask
 */
export function stillThere(ended, ask) {
  return notice(text("stillThere"), [ended === "time" ? text("endedByTime") : text("endedUnused"), text("endedSaved")], [button(text("iAmHere"), ask, "main")]);
}
