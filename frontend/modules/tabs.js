// @ts-check
/** Several tabs of one participant: they hear of each other's steps, and one alone plays. */

export class Tabs {
  /** @type {(() => void) | null} */
  #release = null;

  /** @param {string} name  of the visit @param {(step: string) => void} onStep  another tab has come to a step */
  constructor(name, onStep) {
    this.name = `hippo/${name}`;
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel(this.name) : null;
    this.channel?.addEventListener("message", (event) => onStep(String(event.data)));
  }

  /** @param {string} step */
  tell(step) {
    this.channel?.postMessage(step);
  }

  /**
   * Take the game for this tab.
   *
   * @param {boolean} fromOthers  even if another tab has it
   * @param {() => void} onLost  another tab has taken it
   * @returns {Promise<boolean>}  this tab has it
   */
  async takeGame(fromOthers, onLost) {
    if (this.#release || !navigator.locks) return true;
    return new Promise((resolve) => {
      const options = fromOthers ? { steal: true } : { ifAvailable: true };
      const held = navigator.locks.request(`${this.name}game`, options, (lock) => {
        resolve(lock !== null);
        return lock && new Promise((release) => (this.#release = () => release(undefined)));
      });
      held.catch(() => {
        this.#release = null;
        onLost();
      });
    });
  }

  leaveGame() {
    this.#release?.();
    this.#release = null;
  }
}
