// @ts-check
/**
 * Notices a picture that stands still although the game should send pictures. A server says in `status`
 * whether it does now. Of other servers: pictures have come by themselves, long after the participant's
 * last message, so neither a game of turns nor a game that waits for Start is meant.
 */

const STILL_SECONDS = 10;

/** Pictures this long after the participant's last message come by themselves. Milliseconds. */
const BY_ITSELF = 5000;

/** Longest time between two pictures of a stream. Milliseconds. */
const PACE = 2000;

export class Stillness {
  /** What the server says; undefined: nothing. @type {boolean | undefined} */
  #due;
  #streams = false;
  #sentAt = 0;
  #pictureAt = -Infinity;
  #isStill = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(isStill: boolean) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /** @param {boolean} isPicture @param {boolean} [due]  the server sends pictures by itself now; absent: as before */
  heard(isPicture, due = this.#due) {
    const now = performance.now();
    if (isPicture) {
      this.#streams ||= now - this.#sentAt > BY_ITSELF && now - this.#pictureAt < PACE;
      this.#pictureAt = now;
    }
    const isNews = due !== this.#due;
    this.#due = due;
    if (isPicture || isNews) this.#restart();
  }

  /** The participant has sent something. @param {boolean} [isCommand]  after which the game may wait */
  sent(isCommand = false) {
    this.#sentAt = performance.now();
    if (!isCommand) return;
    this.#streams = false;
    if (this.#due === undefined) this.#restart();
  }

  /** The connection has begun or ended. */
  forget() {
    this.#due = undefined;
    this.#streams = false;
    this.#restart();
  }

  #restart() {
    clearTimeout(this.#timer);
    this.#tell(false);
    if (this.#due ?? this.#streams) this.#timer = setTimeout(() => this.#tell(true), STILL_SECONDS * 1000);
  }

  /** @param {boolean} isStill */
  #tell(isStill) {
    if (isStill === this.#isStill) return;
    this.#isStill = isStill;
    this.onChange(isStill);
  }
}
