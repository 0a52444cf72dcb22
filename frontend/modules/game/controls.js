// @ts-check
/** Creates the controls that the server's `UI` names, except for the keys. */

import { make } from "../dom.js";
import { listed, text } from "../texts.js";
import { labelFor } from "./pad.js";
import { group, pressButton } from "./parts.js";

/** The fixed actions, which are held. */
export const MOVES = ["left", "right", "up", "down", "leftUp", "rightUp", "leftDown", "rightDown", "fire"];

/** Groups of commands in display order; the names are also the keys of their texts. */
/** @type {Array<[string, string[]]>} */
const GROUPS = [
  ["controls", ["start", "pause", "reset", "stop"]],
  ["feedback", ["good", "bad"]],
  ["training", ["trainOnline", "trainOffline"]],
  ["steps", ["undo", "redo"]],
];

/** Of groups that narrow windows arrange specially. @type {Record<string, string>} */
const CLASSES = { controls: "start", feedback: "judge" };

/** @type {Record<string, [number, number, number]>}  minimum, maximum, initial value */
const PICTURE = {
  brightness: [20, 200, 100],
  contrast: [20, 200, 100],
  saturation: [0, 200, 100],
  hue: [0, 360, 0],
};

const SPEED = ["fpsDown", "fpsUp", "fpsSet"];

/** @typedef {import("../types.js").ControlActions} ControlActions */

/**
 * @param {string[]} wanted
 * @param {ControlActions} acts
 * @returns {{first: Array<HTMLElement | null>, others: Array<HTMLElement | null>}}  before and after the keys
 */
export function controlGroups(wanted, acts) {
  const known = new Set([...MOVES, ...GROUPS.flatMap(([, names]) => names), ...Object.keys(PICTURE), ...SPEED]);
  const others = wanted.filter((name) => !known.has(name));
  const commands = GROUPS.map(([key, names]) => {
    const buttons = names.filter((name) => wanted.includes(name)).map((name) => commandButton(name, text(name), acts));
    return group(text(key), buttons, "row", CLASSES[key]);
  });
  commands.push(group(text("more"), others.map((name) => commandButton(name, labelFor(name), acts))));
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
  if (wanted.includes("fpsDown")) content.push(pressButton(text("slower"), () => acts.frameRate("slower")));
  if (wanted.includes("fpsUp")) content.push(pressButton(text("faster"), () => acts.frameRate("faster")));
  if (wanted.includes("fpsSet")) {
    const field = make("input", { type: "number", min: "1", max: "90", step: "1", required: true, inputMode: "numeric", size: 4 });
    const set = () => field.reportValidity() && acts.frameRate(String(field.valueAsNumber));
    field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && set());
    content.push(make("label", {}, text("rate"), " ", field), pressButton(text("set"), set));
  }
  return group(text("speed"), content, "row", "speed");
}

/** @param {string[]} wanted @param {ControlActions} acts */
function picture(wanted, acts) {
  const sliders = Object.entries(PICTURE).filter(([name]) => wanted.includes(name)).map(([name, [min, max, value]]) => {
    const slider = make("input", { type: "range", name, min: String(min), max: String(max), value: String(value) });
    return make("label.slider", {}, text(name), slider);
  });
  const made = group(text("picture"), sliders, "sliders");
  made?.addEventListener("input", () => {
    const at = (/** @type {string} */ name) => made.querySelector(`[name=${name}]`)?.value ?? PICTURE[name][2];
    acts.filter(`brightness(${at("brightness")}%) contrast(${at("contrast")}%) saturate(${at("saturation")}%) hue-rotate(${at("hue")}deg)`);
  });
  return /** @type {any} */ (made);
}

/** @param {string[]} wanted @returns {string}  the usable keys, "" if none */
export function keyHelp(wanted) {
  const has = (/** @type {string[]} */ ...names) => names.some((name) => wanted.includes(name));
  const keys = [];
  if (has("up", "down")) keys.push(text("keysMove"));
  else if (has("left", "right")) keys.push(text("keysSides"));
  if (has("leftUp", "rightUp", "leftDown", "rightDown")) keys.push(text("keysDiagonal"));
  if (has("fire")) keys.push(text("keysFire"));
  return keys.length ? text("keys", { keys: listed(keys) }) : "";
}
