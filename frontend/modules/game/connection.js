// @ts-check
/** The WebSocket to the participant's server; reconnects until `end` is called. */

import { Pause, pauseAfter } from "../retry.js";

const CONNECT_SECONDS = 10;

/** A connection that lasts this long resets the pause between tries. Seconds. */
const STABLE_SECONDS = 10;

export class Connection {
  #pause = new Pause();
  #ended = false;
  #tries = 0;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} address @param {string[]} protocols  to offer @param {import("../types.js").Listener} listener */
  constructor(address, protocols, listener) {
    this.address = address;
    this.protocols = protocols;
    this.listener = listener;
    this.wasOpen = false;
    this.onOnline = () => this.renew();
    addEventListener("online", this.onOnline); // the old socket may be dead without a close event
    this.#connect();
  }

  /** @param {string} text @returns {boolean}  sent */
  send(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** Replace a connection that may be dead: browsers take long to close it. */
  renew() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#lost(false, 0);
  }

  end() {
    this.#ended = true;
    removeEventListener("online", this.onOnline);
    this.#socket?.close();
    this.#pause.wake();
  }

  #connect() {
    /** @type {WebSocket} */
    let socket;
    try {
      socket = new WebSocket(this.address, this.protocols);
    } catch {
      return this.#lost(false, 0); // an invalid address, or one that the content policy blocks
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    this.#timer = setTimeout(() => socket.close(), CONNECT_SECONDS * 1000);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => (this.#tries = 0), STABLE_SECONDS * 1000);
      this.wasOpen = true;
      socket.send(this.listener.hello());
      this.listener.onOpen();
    };
    socket.onmessage = ({ data }) => !this.#ended && this.listener.onMessage(data);
    socket.onclose = ({ code }) => this.#lost(code === 1000, code);
  }

  /** @param {boolean} clean @param {number} code */
  async #lost(clean, code) {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#tries += 1;
    this.listener.onLost({ tries: this.#tries, clean, code, again: () => this.#pause.wake() });
    await this.#pause.of(pauseAfter(this.#tries) / 2);
    if (!this.#ended) this.#connect();
  }
}
