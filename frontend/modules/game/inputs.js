// @ts-check
/** The questions that a server asks beside the game. */

import { announce, make } from "../dom.js";
import { text } from "../texts.js";
import { group, pressButton } from "./parts.js";

/** @typedef {import("../types.js").Input} Input */
/** @typedef {(name: string, value: unknown) => boolean} Answer  returns: sent */

const goodAndBad = () => [{ value: 1, label: text("good") }, { value: -1, label: text("bad") }];

/** Longest text. Characters. */
const LONGEST = 1000;

/** @type {Record<string, (input: Input, answer: Answer) => Array<HTMLElement | null>>} */
const MAKERS = { scale, binary, choice, text: written, click: () => [] };

/** Kinds of inputs that this page knows. */
export const KINDS = Object.keys(MAKERS);

/** @param {Input[]} inputs @param {Answer} answer */
export function inputGroups(inputs, answer) {
  return inputs.map((input) => {
    const { kind, label } = input;
    if (kind === "click") return label ? make("p.controls.asked.label", {}, label) : null;
    return group(label, MAKERS[kind](input, answer), kind === "scale" ? "scale" : "row", "asked");
  });
}

/** @param {Input} input @param {Answer} answer */
function scale({ name, label, least = 0, most = 10, step = 1, value, leastLabel, mostLabel }, answer) {
  const slider = make("input", { min: String(least), max: String(most), step: String(step), type: "range", "aria-label": label });
  if (value !== undefined) slider.value = String(value);
  const shown = make("output", {}, slider.value);
  let changed = false;
  const send = () => answer(name, slider.valueAsNumber);
  slider.addEventListener("input", () => (shown.textContent = slider.value));
  slider.addEventListener("pointerdown", () => (changed = false));
  slider.addEventListener("change", () => (changed = true, send()));
  // A press at the same place is an answer, too; a moved slider has sent its change before the click.
  slider.addEventListener("click", () => changed || send());
  slider.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && send());
  const end = (/** @type {string | undefined} */ words, /** @type {number} */ number) => make("span", { "aria-hidden": "true" }, words || String(number));
  return [end(leastLabel, least), slider, end(mostLabel, most), shown];
}

/** @param {Input} input @param {Answer} answer */
function binary({ name, options = goodAndBad() }, answer) {
  return options.map(({ value, label }, index) => {
    const made = pressButton(label, () => answer(name, value));
    if (options.length === 2) made.dataset.control = index === 0 ? "good" : "bad";
    return made;
  });
}

/** @param {Input} input @param {Answer} answer */
function choice({ name, options = [] }, answer) {
  const buttons = options.map(({ value, label }) => {
    const made = pressButton(label, () => {
      if (answer(name, value)) for (const each of buttons) each.setAttribute("aria-pressed", String(each === made));
    }, "choice");
    made.setAttribute("aria-pressed", "false");
    return made;
  });
  return buttons;
}

/** @param {Input} input @param {Answer} answer */
function written({ name, label, most = LONGEST }, answer) {
  const field = make("input.text", { type: "text", maxLength: most, "aria-label": label, autocomplete: "off", enterKeyHint: "send" });
  const send = () => {
    if (!field.value.trim() || !answer(name, field.value)) return;
    field.value = "";
    announce(text("sent"));
  };
  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && !event.isComposing && send());
  return [field, pressButton(text("send"), send)];
}
