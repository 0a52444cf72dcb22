// @ts-check
/** The picture of the game: draws frames, always the newest, and reports presses on it. */

import { make } from "../dom.js";
import { text } from "../texts.js";
import { onPress } from "./parts.js";

export class Screen {
  canvas = make("canvas", { width: 640, height: 400 });
  /** Id of the frame that is drawn. @type {unknown} */
  frameId = 0;
  #context = this.canvas.getContext("2d");
  /** @type {{frame: string | Blob, frameId: unknown} | null} */
  #waiting = null;
  #drawing = false;
  /** @type {import("../types.js").GameWindow} */
  #window = {};
  /** Where the first finger, and any other, went down. @type {Record<string, import("../types.js").Click>} */
  #downs = {};

  /** @param {(click: import("../types.js").Click) => void} onClick */
  constructor(onClick) {
    this.element = make("div.screen", { role: "application", tabIndex: 0, "aria-label": text("game") }, this.canvas);
    this.room = make("div.fit", {}, this.element);
    this.canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      const { left, top, width, height } = this.canvas.getBoundingClientRect();
      const value = { x: within(event.clientX - left, width), y: within(event.clientY - top, height) };
      this.#downs[String(event.isPrimary)] = { value, frameId: this.frameId };
    });
    // A touch that scrolls the page is no click. What counts is where and when it began.
    onPress(this.canvas, ({ type, isPrimary }) => {
      const down = this.#downs[String(type === "click" || isPrimary)];
      if (down) onClick(down);
    });
  }

  /** @param {string | Blob} frame  base64, or the picture @param {unknown} frameId */
  show(frame, frameId) {
    this.#waiting = { frame, frameId };
    if (!this.#drawing) this.#draw();
  }

  /** Of the frames that arrive during a drawing, only the last is drawn. */
  async #draw() {
    this.#drawing = true;
    while (this.#waiting !== null) {
      const { frame, frameId } = this.#waiting;
      this.#waiting = null;
      try {
        const picture = await createImageBitmap(pictureOf(frame));
        this.#size(picture.width, picture.height);
        this.#context?.drawImage(picture, 0, 0);
        this.frameId = frameId;
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
    this.room.style.setProperty("--ratio", String(ratio));
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

  /** @param {boolean} can  clicks on the picture are answers */
  setClickable(can) {
    this.canvas.classList.toggle("clickable", can);
  }
}

/** @param {number} at @param {number} size @returns {number}  0 to 1 */
function within(at, size) {
  return Math.min(Math.max(Math.round((at / size) * 10_000) / 10_000, 0), 1);
}

/** @param {string | Blob} frame  base64, or the picture @returns {Blob} */
export function pictureOf(frame) {
  if (typeof frame !== "string") return frame;
  return new Blob([Uint8Array.from(atob(frame), (character) => character.charCodeAt(0))]);
}
