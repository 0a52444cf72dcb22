// @ts-check
/** Creates the controls that the server's `UI` names, except for the keys. */

import { make } from "../dom.js";
import { labelFor } from "./pad.js";
import { group, pressButton } from "./parts.js";

/** The fixed actions, which are held. */
export const MOVES = ["left", "right", "up", "down", "leftUp", "rightUp", "leftDown", "rightDown", "fire"];

/** Groups of commands in display order, with the labels of their buttons. */
/** @type {Array<[string, Record<string, string>]>} */
const GROUPS = [
  ["Game", { start: "Start", pause: "Pause", reset: "Reset", stop: "Stop" }],
  ["Your feedback", { good: "Good", bad: "Bad" }],
  ["Training", { trainOnline: "Train online", trainOffline: "Train offline" }],
  ["Steps", { undo: "Undo", redo: "Redo" }],
];

/** Of groups that narrow windows arrange specially. @type {Record<string, string>} */
const CLASSES = { Game: "start", "Your feedback": "judge" };

/** @type {Record<string, [string, number, number, number]>}  label, minimum, maximum, initial value */
const PICTURE = {
  brightness: ["Brightness", 20, 200, 100],
  contrast: ["Contrast", 20, 200, 100],
  saturation: ["Colour", 0, 200, 100],
  hue: ["Hue", 0, 360, 0],
};

const SPEED = ["fpsDown", "fpsUp", "fpsSet"];

/** @typedef {import("../types.js").ControlActions} ControlActions */

/**
 * @param {string[]} wanted
 * @param {ControlActions} acts
 * @returns {{first: Array<HTMLElement | null>, others: Array<HTMLElement | null>}}  before and after the keys
 */
export function controlGroups(wanted, acts) {
  const known = new Set([...MOVES, ...GROUPS.flatMap(([, words]) => Object.keys(words)), ...Object.keys(PICTURE), ...SPEED]);
  const others = wanted.filter((name) => !known.has(name));
  const groups = [...GROUPS, /** @type {[string, Record<string, string>]} */ (["More", Object.fromEntries(others.map((name) => [name, labelFor(name)]))])];
  const commands = groups.map(([label, words]) => {
    const names = Object.keys(words).filter((name) => wanted.includes(name));
    return group(label, names.map((name) => commandButton(name, words[name], acts)), "row", CLASSES[label]);
  });
  return { first: commands.slice(0, 2), others: [...commands.slice(2), speed(wanted, acts), picture(wanted, acts)] };
}

/** @param {string} name @param {string} label @param {ControlActions} acts */
function commandButton(name, label, acts) {
  const made = pressButton(label, () => acts.command(name), name === "start" ? "main" : "");
  made.dataset.control = name;
  return made;
}

/** @param {string[]} wanted @param {ControlActions} acts */
function speed(wanted, acts) {
  const content = [];
  if (wanted.includes("fpsDown")) content.push(pressButton("Slower", () => acts.frameRate("slower")));
  if (wanted.includes("fpsUp")) content.push(pressButton("Faster", () => acts.frameRate("faster")));
  if (wanted.includes("fpsSet")) {
    const field = make("input", { type: "number", min: "1", max: "90", step: "1", required: true, inputMode: "numeric", size: 4 });
    const set = () => field.reportValidity() && acts.frameRate(String(field.valueAsNumber));
    field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && set());
    content.push(make("label", {}, "Pictures per second ", field), pressButton("Set", set));
  }
  return group("Speed", content, "row", "speed");
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
