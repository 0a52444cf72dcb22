// @ts-check
/** The game's place in the study: of several tabs one plays, and the others say so. */

import { button } from "../dom.js";
import { notice } from "../notices.js";
import { show } from "../shell.js";
import { Game } from "./game.js";
import { gameAddress } from "./protocol.js";

export class Playing {
  /** @type {(() => void) | null} */
  #release = null;
  /** @type {Game | null} */
  #game = null;
  #step = "";

  /** @param {import("../types.js").Around} around */
  constructor(around) {
    this.around = around;
  }

  /**
   * @param {import("../types.js").Answer} answer
   * @param {boolean} [fromOthers]  take the game over from another tab
   */
  async show(answer, fromOthers = false) {
    const { visit, settings, log, begin, onView, onDone, onLost } = this.around;
    const { server, step = "" } = answer;
    const signal = begin();
    if (!server) return;
    const address = gameAddress(server, visit.userId, visit.server ?? settings.server, location);
    if (this.#game && this.#step === step) return this.#game.goOn(address);
    const goElsewhere = () => {
      this.leave();
      begin();
      onView(null);
      const takeOver = () => this.show(answer, true);
      show(notice(
        "The game is open in another window",
        ["It can be played in one window at a time. Please go on there, or take it over to this one."],
        [button("Play here", takeOver, "main")],
      ));
    };
    const isOurs = await this.#take(fromOthers, goElsewhere);
    if (signal.aborted) return;
    if (!isOurs) return goElsewhere();
    const { userId, projectId } = visit;
    const game = new Game({
      address, userId, projectId, onDone: () => onDone(step), onLost: () => onLost(step), onElsewhere: goElsewhere, log,
    });
    this.#game = game;
    this.#step = step;
    onView(game);
    show(game);
  }

  /** The game is not what this tab shows any more. */
  leave() {
    this.#release?.();
    this.#release = null;
    this.#game = null;
  }

  /**
   * Browsers that let a page keep nothing refuse every lock: there it is as if there were none.
   *
   * @param {boolean} fromOthers
   * @param {() => void} onLost  another tab has taken it
   * @returns {Promise<boolean>}  this tab has the game
   */
  async #take(fromOthers, onLost) {
    if (this.#release || !navigator.locks) return true;
    return new Promise((resolve) => {
      const options = fromOthers ? { steal: true } : { ifAvailable: true };
      let isOurs = false;
      const held = navigator.locks.request(`hippo/${this.around.name}game`, options, (lock) => {
        isOurs = lock !== null;
        resolve(isOurs);
        return lock && new Promise((release) => (this.#release = () => release(undefined)));
      });
      held.catch((error) => (isOurs ? onLost() : resolve(error.name !== "AbortError")));
    });
  }
}
