// @ts-check
/** Asks, in the page, before the participant ends the game. */

import { button, make } from "../dom.js";
import { text } from "../texts.js";

export class StopQuestion {
  /** @param {() => void} onYes */
  constructor(onYes) {
    const heading = make("h2", { id: "stop-question" }, text("stopQuestion"));
    const words = make("p", { id: "stop-consequence" }, text("stopWarning"));
    const no = button(text("keepPlaying"), () => this.close(), "main");
    no.autofocus = true;
    const yes = button(text("endGame"), () => (this.close(), onYes()));
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
