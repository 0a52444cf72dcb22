// @ts-check
/** Buttons on the screen that are held like keys: those of the nine fixed actions, or of the game's own keys. */

import { make } from "../dom.js";
import { text } from "../texts.js";
import { KEYS, PAD } from "./keys.js";
import { keyName } from "./own_keys.js";
import { group, holdButton } from "./parts.js";

/** Places in the pad, row by row. */
const PLACES = ["leftUp", "up", "rightUp", "left", "fire", "right", "leftDown", "down", "rightDown"];
const SIGNS = ["↖", "↑", "↗", "←", "●", "→", "↙", "↓", "↘"];

/** With more buttons than this, combinations of keys that have buttons of their own get none. */
const MOST_BUTTONS = 9;

/** @typedef {import("../types.js").OwnKey} OwnKey */

/** @param {string[]} wanted  actions of the server's `UI` @param {import("./keys.js").FixedKeys} held */
export function fixedPad(wanted, held) {
  return arranged(PLACES.filter((action) => wanted.includes(action)).map((action) => {
    const name = PAD + KEYS[action]; // of what holds it
    const label = text(action);
    return placed(action, holdButton(label, [SIGNS[PLACES.indexOf(action)]], () => held.press(name, action), () => held.release(name)));
  }));
}

/** @param {OwnKey[]} entries @param {import("./own_keys.js").OwnKeys} held */
export function ownPad(entries, held) {
  /** @type {Set<string>} */
  const taken = new Set();
  const letters = hasLetterPad(entries);
  return arranged(withButtons(entries).map((entry, index) => {
    const { keys, label } = entry;
    const at = placeOf(keys, letters) ?? "";
    const place = taken.has(at) ? "" : at;
    taken.add(at);
    const sign = place && make("span", { "aria-hidden": "true" }, SIGNS[PLACES.indexOf(place)]);
    const isPlain = place && wordsOf(label) === wordsOf(labelFor(place));
    const content = sign ? [sign, isPlain ? "" : make("small", {}, label)] : [label, " ", cap(keys, label)];
    const made = holdButton(label, content, (by) => held.press(`${index}:${by}`, keys), (by) => held.release(`${index}:${by}`));
    return place ? placed(place, made) : made;
  }));
}

/** @param {HTMLButtonElement[]} buttons */
function arranged(buttons) {
  const at = buttons.map(({ dataset }) => dataset.control ?? "");
  if (!at.some((place) => /up|down/i.test(place))) return group(text("move"), buttons, "row.moves", "move");
  const others = buttons.filter(({ dataset }) => !dataset.control);
  const pad = make("div.pad", {}, ...buttons.filter(({ dataset }) => dataset.control));
  return group(text("move"), [pad, others.length ? make("div.row.moves", {}, ...others) : null], "moving", "move");
}

/** @param {string} place @param {HTMLButtonElement} button */
function placed(place, button) {
  button.dataset.control = place;
  return button;
}

/** One entry for each action. @param {OwnKey[]} entries @returns {OwnKey[]} */
function withButtons(entries) {
  const first = entries.filter(({ action }, index) => entries.findIndex((other) => other.action === action) === index);
  if (first.length <= MOST_BUTTONS) return first;
  const single = new Set(first.filter(({ keys }) => keys.length === 1).map(({ keys }) => keys[0]));
  return first.filter(({ keys }) => keys.length === 1 || !keys.every((key) => single.has(key)));
}

const ARROWS = /** @type {Record<string, string>} */ ({ arrowleft: "left", arrowright: "right", arrowup: "up", arrowdown: "down" });
const LETTERS = /** @type {Record<string, string>} */ ({ a: "left", d: "right", w: "up", s: "down" });

/** The game has no arrow keys, and uses W, A, S and D as such. @param {OwnKey[]} entries */
function hasLetterPad(entries) {
  const names = entries.flatMap(({ keys }) => keys.map((key) => key.toLowerCase()));
  return !names.some((name) => name in ARROWS) && Object.keys(LETTERS).every((letter) => names.includes(letter));
}

/** @param {string[]} keys @param {boolean} letters  W, A, S and D count as arrows @returns {string | undefined} */
function placeOf(keys, letters) {
  /** @type {Array<string | undefined>} */
  const directions = keys.map((key) => ARROWS[key.toLowerCase()] ?? (letters ? LETTERS[key.toLowerCase()] : undefined));
  if (directions.includes(undefined)) return undefined;
  const [side] = directions.filter((each) => each === "left" || each === "right");
  const [height] = directions.filter((each) => each === "up" || each === "down");
  const place = side && height ? `${side}${height === "up" ? "Up" : "Down"}` : (side ?? height);
  return directions.length === (side && height ? 2 : 1) ? place : undefined;
}

/** "Up + Left" says no more than "Left up". @param {string} label */
function wordsOf(label) {
  return label.toLowerCase().split(/[\s+]+/).sort().join();
}

/** @param {string[]} keys @param {string} label */
function cap(keys, label) {
  const name = keys.map(keyName).join(" + ");
  const inWords = keys.map((key) => (key === " " ? "Space" : key.replace("Arrow", ""))).join(" ");
  return wordsOf(inWords) === wordsOf(label) ? "" : make("kbd", { "aria-hidden": "true" }, name);
}

/** @param {string} name */
export function labelFor(name) {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").toLowerCase().trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
