// @ts-check
/** The picture of the game: draws base64 frames, always the newest. */

import { make } from "../dom.js";

export class Screen {
  canvas = make("canvas", { width: 640, height: 400 });
  #context = this.canvas.getContext("2d");
  /** @type {string | null} */
  #waiting = null;
  #drawing = false;
  /** @type {import("../types.js").GameWindow} */
  #window = {};

  constructor() {
    this.element = make("div.screen", { role: "application", tabIndex: 0, "aria-label": "The game" }, this.canvas);
  }

  /** @param {string} frame  base64 */
  show(frame) {
    this.#waiting = frame;
    if (!this.#drawing) this.#draw();
  }

  /** Of the frames that arrive during a drawing, only the last is drawn. */
  async #draw() {
    this.#drawing = true;
    while (this.#waiting !== null) {
      const frame = this.#waiting;
      this.#waiting = null;
      try {
        const picture = await createImageBitmap(pictureOf(frame));
        this.#size(picture.width, picture.height);
        this.#context?.drawImage(picture, 0, 0);
        picture.close();
      } catch {
        // not a picture: skip this frame
      }
    }
    this.#drawing = false;
  }

  /** @param {number} width @param {number} height */
  #size(width, height) {
    if (this.canvas.width === width && this.canvas.height === height) return;
    Object.assign(this.canvas, { width, height });
    this.#layOut();
  }

  /** @param {import("../types.js").GameWindow} wanted */
  setWindow(wanted) {
    this.#window = { ...this.#window, ...wanted };
    this.#layOut();
  }

  #layOut() {
    const { width, height, strict } = this.#window;
    const ratio = width && height ? width / height : this.canvas.width / this.canvas.height;
    this.element.style.setProperty("--ratio", String(ratio));
    this.element.style.setProperty("--wanted", strict && width ? `${width}px` : "100%");
  }

  /** @param {string} colour */
  setBorder(colour) {
    if (CSS.supports("color", colour)) this.element.style.borderColor = colour;
  }

  /** @param {string} filter */
  setFilter(filter) {
    this.canvas.style.filter = filter;
  }
}

/** @param {string} base64 @returns {Blob} */
export function pictureOf(base64) {
  return new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
}
