// @ts-check
/** Creates the controls that the server requests. */

import { button, make } from "../dom.js";
import { KEYS, PAD as HELD_BY } from "./keys.js";

const MOVES = ["leftUp", "up", "rightUp", "left", "fire", "right", "leftDown", "down", "rightDown"];
const SIGNS = ["↖", "↑", "↗", "←", "●", "→", "↙", "↓", "↘"];

/** Groups of commands in display order, with the labels of their buttons. */
/** @type {Array<[string, Record<string, string>]>} */
const GROUPS = [
  ["Your feedback", { good: "Good", bad: "Bad" }],
  ["Game", { start: "Start", pause: "Pause", reset: "Reset", stop: "Stop" }],
  ["Training", { trainOnline: "Train online", trainOffline: "Train offline" }],
  ["Steps", { undo: "Undo", redo: "Redo" }],
];

/** @type {Record<string, [string, number, number, number]>}  label, minimum, maximum, initial value */
const PICTURE = {
  brightness: ["Brightness", 20, 200, 100],
  contrast: ["Contrast", 20, 200, 100],
  saturation: ["Colour", 0, 200, 100],
  hue: ["Hue", 0, 360, 0],
};

const SPEED = ["fpsDown", "fpsUp", "fpsSet"];

/** @typedef {import("../types.js").ControlActions} ControlActions */

/** @param {string[]} wanted @param {ControlActions} acts @returns {HTMLElement[]} */
export function controlGroups(wanted, acts) {
  const known = new Set([...MOVES, ...GROUPS.flatMap(([, words]) => Object.keys(words)), ...Object.keys(PICTURE), ...SPEED]);
  const others = wanted.filter((name) => !known.has(name));
  const groups = [...GROUPS, /** @type {[string, Record<string, string>]} */ (["More", Object.fromEntries(others.map((name) => [name, labelFor(name)]))])];
  const commands = groups.map(([label, words]) => {
    const names = Object.keys(words).filter((name) => wanted.includes(name));
    return group(label, names.map((name) => commandButton(name, words[name], acts)));
  });
  return [commands[0], pad(wanted, acts), ...commands.slice(1), speed(wanted, acts), picture(wanted, acts)].filter((each) => each !== null);
}

/** @param {string} label @param {HTMLElement[]} content @param {string} [kind] */
function group(label, content, kind = "row") {
  if (content.length === 0) return null;
  return make("div.controls", { role: "group", "aria-label": label }, make("span.label", { "aria-hidden": "true" }, label), make(`div.${kind}`, {}, ...content));
}

/** @param {string} name @param {string} label @param {ControlActions} acts */
function commandButton(name, label, acts) {
  const made = button(label, () => {
    acts.command(name);
    made.classList.remove("pressed");
    requestAnimationFrame(() => made.classList.add("pressed"));
  }, name === "start" ? "main" : "");
  made.dataset.control = name;
  return made;
}

/** @param {string[]} wanted @param {ControlActions} acts */
function pad(wanted, acts) {
  const keys = MOVES.filter((action) => wanted.includes(action)).map((action) => holdButton(action, acts.held));
  return group("Move", keys, keys.some(({ dataset }) => /up|down/i.test(dataset.control ?? "")) ? "pad" : "row");
}

/** @param {string} action @param {import("./keys.js").Held} held */
function holdButton(action, held) {
  const name = HELD_BY + KEYS[action];
  const press = () => held.press(name, action);
  const release = () => held.release(name);
  const isClick = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" || event.key === " ";
  return make("button.hold", {
    type: "button",
    "aria-label": action === "fire" ? "Fire" : labelFor(action),
    "data-control": action,
    onpointerdown: (/** @type {PointerEvent} */ event) => {
      if (event.button !== 0) return;
      /** @type {Element} */ (event.target).setPointerCapture(event.pointerId);
      press();
    },
    onpointerup: release,
    onpointercancel: release,
    onlostpointercapture: release,
    oncontextmenu: (/** @type {Event} */ event) => event.preventDefault(), // of a long touch
    onkeydown: (/** @type {KeyboardEvent} */ event) => isClick(event) && (event.preventDefault(), press()),
    onkeyup: (/** @type {KeyboardEvent} */ event) => isClick(event) && release(),
    onblur: release,
    onclick: (/** @type {MouseEvent} */ event) => event.detail === 0 && (press(), release()), // assistive technology
  }, SIGNS[MOVES.indexOf(action)]);
}

/** @param {string[]} wanted @param {ControlActions} acts */
function speed(wanted, acts) {
  const content = [];
  if (wanted.includes("fpsDown")) content.push(button("Slower", () => acts.frameRate("slower")));
  if (wanted.includes("fpsUp")) content.push(button("Faster", () => acts.frameRate("faster")));
  if (wanted.includes("fpsSet")) {
    const field = make("input", { type: "number", min: "1", max: "90", step: "1", required: true, inputMode: "numeric", size: 4 });
    const set = () => field.reportValidity() && acts.frameRate(field.valueAsNumber);
    field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && set());
    content.push(make("label", {}, "Pictures per second ", field), button("Set", set));
  }
  return group("Speed", content);
}

/** @param {string[]} wanted @param {ControlActions} acts */
function picture(wanted, acts) {
  const sliders = Object.entries(PICTURE).filter(([name]) => wanted.includes(name)).map(([name, [label, min, max, value]]) => {
    const slider = make("input", { type: "range", name, min: String(min), max: String(max), value: String(value) });
    return make("label.slider", {}, label, slider);
  });
  const made = group("Picture", sliders, "sliders");
  made?.addEventListener("input", () => {
    const at = (/** @type {string} */ name) => made.querySelector(`[name=${name}]`)?.value ?? PICTURE[name][3];
    acts.filter(`brightness(${at("brightness")}%) contrast(${at("contrast")}%) saturate(${at("saturation")}%) hue-rotate(${at("hue")}deg)`);
  });
  return /** @type {any} */ (made);
}

/** @param {string} name  of a command in the protocol: "leftUp" @returns {string}  "Left up" */
function labelFor(name) {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").toLowerCase().trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {string[]} wanted @returns {string}  the usable keys, "" if none */
export function keyHelp(wanted) {
  const has = (/** @type {string[]} */ ...names) => names.some((name) => wanted.includes(name));
  const keys = [];
  if (has("up", "down")) keys.push("arrow keys or W A S D to move");
  else if (has("left", "right")) keys.push("← and →, or A and D, to move");
  if (has("leftUp", "rightUp", "leftDown", "rightDown")) keys.push("Q E Z C for diagonals");
  if (has("fire")) keys.push("space to fire");
  return keys.length ? `Keys: ${keys.join(", ")}` : "";
}
