// @ts-check
/** Asks, in the page, before the participant ends the game. */

import { button, make } from "../dom.js";

const TEXTS = {
  question: "End the game?",
  consequence: "You cannot come back to it. The study goes on with its next page.",
  no: "Keep playing",
  yes: "End the game",
};

export class StopQuestion {
  /** @param {() => void} onYes */
  constructor(onYes) {
    const heading = make("h2", { id: "stop-question" }, TEXTS.question);
    const words = make("p", { id: "stop-consequence" }, TEXTS.consequence);
    const no = button(TEXTS.no, () => this.close(), "main");
    no.autofocus = true;
    const yes = button(TEXTS.yes, () => (this.close(), onYes()));
    this.element = make(
      "dialog.ask",
      { role: "alertdialog", "aria-labelledby": heading.id, "aria-describedby": words.id },
      heading, words, make("p.actions", {}, no, yes),
    );
  }

  get isOpen() {
    return this.element.open;
  }

  ask() {
    if (!this.isOpen) this.element.showModal();
  }

  close() {
    if (this.isOpen) this.element.close();
  }
}
