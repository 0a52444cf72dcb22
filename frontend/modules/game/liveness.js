// @ts-check
/**
 * Whether the server still hears us. A path may die without a word: the browser goes on as if it were connected, and the
 * picture stands still. Silence alone says nothing: games pause, wait for a move, or train. So it counts only from
 * something that is said while pictures come by themselves; and if a new connection does not bring them back, the
 * silence was the server's own, and never counts again.
 */

const SILENCE_SECONDS = 10;

/** So many pictures after one word of ours, or after none: they come by themselves. */
const STREAM = 5;

/** How long a new connection has to bring the pictures back. Seconds. */
const PROOF_SECONDS = 3;

export class Liveness {
  #pictures = 0;
  #saidAt = 0;
  #streams = false;
  #doubted = false;
  #mistaken = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} onSilence */
  constructor(onSilence) {
    this.onSilence = onSilence;
  }

  /** The connection is a new one. */
  opened() {
    this.commanded();
    this.#pictures = this.#saidAt = 0;
    if (!this.#doubted) return;
    this.#doubted = false;
    setTimeout(() => (this.#mistaken ||= this.#pictures < STREAM), PROOF_SECONDS * 1000);
  }

  /** @param {boolean} isPicture */
  heard(isPicture) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (isPicture) this.#pictures += 1;
    this.#streams ||= this.#pictures - this.#saidAt >= STREAM;
  }

  /** A key or the participant's feedback, which stops no game. */
  said() {
    this.#saidAt = this.#pictures;
    if (this.#streams && !this.#mistaken) this.#timer ??= setTimeout(() => this.#doubt(), SILENCE_SECONDS * 1000);
  }

  /** A command may make the server silent; so may the end of the connection. */
  commanded() {
    this.heard(false);
    this.#streams = false;
    this.#saidAt = this.#pictures;
  }

  #doubt() {
    this.#doubted = true;
    this.onSilence();
  }
}
