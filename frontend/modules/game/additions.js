// @ts-check
/** Reads the additions to the protocol: a game's own keys, its inputs, and binary frames. */

import { KINDS } from "./inputs.js";

/** What this page knows beside the older messages. */
export const SPEAKS = ["keys", "inputs", "binary"];

/** @typedef {import("../types.js").GameMessage} GameMessage */

/**
 * @param {any} message
 * @param {string[]} speaks  the additions that the server uses
 * @returns {Pick<GameMessage, "ownKeys" | "inputs" | "gamepad">}  with `UI` of a server without them: none
 */
export function readAdditions({ UI, keys, gamepad, inputs }, speaks) {
  /** @type {Pick<GameMessage, "ownKeys" | "inputs" | "gamepad">} */
  const heard = {};
  if (!speaks.includes("keys")) Object.assign(heard, UI && { ownKeys: null });
  else if (Array.isArray(keys)) Object.assign(heard, { ownKeys: keys.filter(isKey).map(keyOf), gamepad: controlsOf(gamepad) });
  if (!speaks.includes("inputs")) Object.assign(heard, UI && { inputs: [] });
  else if (Array.isArray(inputs)) heard.inputs = inputs.filter(isInput).map(inputOf);
  return heard;
}

/** @param {ArrayBuffer} bytes  4 of the frame's id, big-endian, then the picture @returns {GameMessage | null} */
export function readFrame(bytes) {
  if (bytes.byteLength <= 4) return null;
  return { done: false, frame: new Blob([bytes.slice(4)]), frameId: new DataView(bytes).getUint32(0) };
}

/** @param {any} entry */
function isKey(entry) {
  const keys = entry?.keys;
  return typeof keys === "string" || (Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === "string"));
}

/** @param {any} entry @returns {import("../types.js").OwnKey} */
function keyOf({ keys, action, label }) {
  const names = [keys].flat();
  const name = action === undefined ? names.join(" + ") : typeof action === "string" ? action : JSON.stringify(action);
  return { keys: names, action: name, label: String(label ?? name) };
}

/** @param {any} gamepad  control → key @returns {Record<string, string>} */
function controlsOf(gamepad) {
  return Object.fromEntries(Object.entries(gamepad ?? {}).filter(([, key]) => typeof key === "string"));
}

/** @param {any} entry */
function isInput(entry) {
  return typeof entry?.name === "string" && KINDS.includes(entry.kind);
}

/** @param {any} entry @returns {import("../types.js").Input} */
function inputOf({ name, kind, label, least, most, step, value, options, leastLabel, mostLabel }) {
  /** @type {any} */
  const numbers = { least, most, step, value };
  for (const key of Object.keys(numbers)) if (!Number.isFinite(numbers[key])) delete numbers[key];
  const given = Array.isArray(options) && options.length ? { options: options.map(optionOf) } : {};
  const words = Object.entries({ leastLabel, mostLabel }).filter(([, text]) => typeof text === "string");
  return { name, kind, label: String(label ?? (kind === "click" ? "" : name)), ...numbers, ...given, ...Object.fromEntries(words) };
}

/** @param {any} option */
function optionOf(option) {
  const { value, label } = typeof option === "object" && option ? option : { value: option, label: option };
  return { value, label: String(label ?? value) };
}
