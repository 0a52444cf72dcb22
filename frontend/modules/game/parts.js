// @ts-check
/** The parts of the game's controls: groups, buttons to press, buttons to hold. */

import { make } from "../dom.js";

/** @param {string} label @param {Array<HTMLElement | null>} content @param {string} [kind]  class of the content @param {string} [more]  class of the group */
export function group(label, content, kind = "row", more = "") {
  if (content.length === 0) return null;
  const heading = make("span.label", { "aria-hidden": "true" }, label);
  return make(`div.controls${more && `.${more}`}`, { role: "group", "aria-label": label }, heading, make(`div.${kind}`, {}, ...content));
}

/** A click this soon after a finger was lifted is that finger's. Milliseconds. */
const SAME_TAP = 500;

/**
 * A second finger counts too: most browsers send a click for the first finger only, so its lift counts.
 *
 * @param {HTMLElement} element
 * @param {(event: PointerEvent) => void} act
 */
export function onPress(element, act) {
  let second = { pointerId: -1, timeStamp: -Infinity };
  element.addEventListener("click", (click) => {
    const event = /** @type {PointerEvent} */ (click);
    if (event.pointerId !== second.pointerId || event.timeStamp - second.timeStamp > SAME_TAP) act(event);
  });
  element.addEventListener("pointerup", (event) => {
    const isOver = element.contains(document.elementFromPoint(event.clientX, event.clientY));
    if (event.isPrimary || !isOver) return;
    second = event;
    act(event);
  });
}

/** @param {string} label @param {() => void} act @param {string} [kind] @returns {HTMLButtonElement} */
export function pressButton(label, act, kind = "") {
  const made = make(`button${kind && `.${kind}`}`, { type: "button" }, label);
  onPress(made, () => {
    act();
    made.classList.remove("pressed");
    requestAnimationFrame(() => made.classList.add("pressed"));
  });
  return made;
}

/**
 * @param {string} label
 * @param {Array<string | Node>} content
 * @param {(by: string) => void} press  by: the finger or key that holds the button
 * @param {(by: string) => void} release
 * @returns {HTMLButtonElement}
 */
export function holdButton(label, content, press, release) {
  const isClick = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" || event.key === " ";
  const up = (/** @type {PointerEvent} */ event) => release(String(event.pointerId));
  return make("button.hold", {
    type: "button",
    "aria-label": label,
    onpointerdown: (/** @type {PointerEvent} */ event) => {
      if (event.button !== 0) return;
      /** @type {Element} */ (event.currentTarget).setPointerCapture(event.pointerId);
      press(String(event.pointerId));
    },
    onpointerup: up,
    onpointercancel: up,
    onlostpointercapture: up,
    oncontextmenu: (/** @type {Event} */ event) => event.preventDefault(), // of a long touch
    onkeydown: (/** @type {KeyboardEvent} */ event) => isClick(event) && (event.preventDefault(), press("key")),
    onkeyup: (/** @type {KeyboardEvent} */ event) => isClick(event) && (event.preventDefault(), release("key")),
    onblur: () => release("key"),
    onclick: (/** @type {MouseEvent} */ event) => event.detail === 0 && (press("key"), release("key")), // assistive technology
  }, ...content);
}
