// @ts-check
/**
 * Detects connections that died without a close event: the browser still reports them as open, and
 * the picture freezes. Silence alone is no sign: games pause, wait for a move, or train. So the
 * timer runs only after a message that was sent while the server was streaming pictures. If a new
 * connection does not bring them back, the server itself was silent, and the timer is never used
 * again.
 */

const SILENCE_SECONDS = 10;

/** This many pictures after one message, or after none: the server is streaming. */
const STREAM = 5;

/** How long a new connection has to deliver pictures. Seconds. */
const PROOF_SECONDS = 3;

export class Liveness {
  #pictures = 0;
  #sentAt = 0;
  #streams = false;
  #doubted = false;
  #mistaken = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} onSilence */
  constructor(onSilence) {
    this.onSilence = onSilence;
  }

  /** A new connection is open. */
  opened() {
    this.commanded();
    this.#pictures = this.#sentAt = 0;
    if (!this.#doubted) return;
    this.#doubted = false;
    setTimeout(() => (this.#mistaken ||= this.#pictures < STREAM), PROOF_SECONDS * 1000);
  }

  /** @param {boolean} isPicture */
  heard(isPicture) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (isPicture) this.#pictures += 1;
    this.#streams ||= this.#pictures - this.#sentAt >= STREAM;
  }

  /** A key or feedback was sent: messages after which the game continues. */
  sent() {
    this.#sentAt = this.#pictures;
    if (this.#streams && !this.#mistaken) this.#timer ??= setTimeout(() => this.doubt(), SILENCE_SECONDS * 1000);
  }

  /** A command was sent, or the connection ended: the server may now be silent. */
  commanded() {
    this.heard(false);
    this.#streams = false;
    this.#sentAt = this.#pictures;
  }

  /** A reconnect did not bring pictures back: the server itself was silent. */
  get isMistaken() {
    return this.#mistaken;
  }

  doubt() {
    this.#doubted = true;
    this.onSilence();
  }
}
