// @ts-check
/** Shows the game in one tab at a time; other tabs show a notice. */

import { button } from "../dom.js";
import { notice } from "../notices.js";
import { show } from "../shell.js";
import { text } from "../texts.js";
import { Game } from "./game.js";
import { gameAddress, linkedServer } from "./protocol.js";

export class Playing {
  /** @type {(() => void) | null} */
  #release = null;
  /** @type {Game | null} */
  #game = null;
  #step = "";

  /** @param {import("../types.js").PlayingOptions} options */
  constructor(options) {
    this.options = options;
  }

  /**
   * @param {import("../types.js").Answer} answer
   * @param {boolean} [takeOver]  take the game from another tab
   */
  async show(answer, takeOver = false) {
    const { visit, settings, log, begin, onView, onDone, onLost } = this.options;
    const { server, step = "" } = answer;
    const signal = begin();
    if (!server) return;
    const address = gameAddress(server, visit.userId, linkedServer(server, visit.server, location) ?? settings.server, location);
    const gameServer = { address, protocols: server.protocols ?? [], token: server.token };
    if (this.#game && this.#step === step) return this.#game.setServer(gameServer);
    const showElsewhere = () => {
      this.leave();
      begin();
      onView(null);
      show(notice(
        text("otherTabTitle"),
        [text("otherTab")],
        [button(text("playHere"), () => this.show(answer, true), "main")],
      ));
    };
    const isOurs = await this.#lock(takeOver, showElsewhere);
    if (signal.aborted) return;
    if (!isOurs) return showElsewhere();
    const { userId, projectId } = visit;
    const game = new Game({
      server: gameServer, step, userId, projectId, onDone: () => onDone(step), onLost: (unreachable) => onLost(step, unreachable), onElsewhere: showElsewhere, log,
    });
    this.#game = game;
    this.#step = step;
    onView(game);
    show(game);
  }

  /** This tab no longer shows the game. */
  leave() {
    this.#release?.();
    this.#release = null;
    this.#game = null;
  }

  /**
   * Take the participant's lock. Browsers that block storage refuse locks: there, every tab plays.
   *
   * @param {boolean} takeOver
   * @param {() => void} onLost  another tab has taken the lock
   * @returns {Promise<boolean>}  this tab may play
   */
  async #lock(takeOver, onLost) {
    if (this.#release || !navigator.locks) return true;
    return new Promise((resolve) => {
      const options = takeOver ? { steal: true } : { ifAvailable: true };
      let isOurs = false;
      const held = navigator.locks.request(`hippo/${this.options.name}game`, options, (lock) => {
        isOurs = lock !== null;
        resolve(isOurs);
        return lock && new Promise((release) => (this.#release = () => release(undefined)));
      });
      held.catch((error) => (isOurs ? onLost() : resolve(error.name !== "AbortError")));
    });
  }
}
