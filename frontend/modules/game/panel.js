// @ts-check
/** The panel of controls beside the picture, and the keys in use: what the server last asked for. */

import { make } from "../dom.js";
import { listed, text } from "../texts.js";
import { MOVES, controlGroups, keyHelp } from "./controls.js";
import { inputGroups } from "./inputs.js";
import { FixedKeys } from "./keys.js";
import { OwnKeys, keyName } from "./own_keys.js";
import { fixedPad, ownPad } from "./pad.js";

/** @typedef {import("../types.js").OwnKey} OwnKey */
/** @typedef {import("../types.js").Input} Input */

export class Panel {
  element = make("div.panel.all-controls", { hidden: true });
  /** What the participant's keys are, in words. */
  keyHelp = "";
  /** @type {FixedKeys | OwnKeys} */
  keys = new FixedKeys([], () => {});
  /** @type {Input[]} */
  inputs = [];
  /** Control of a gamepad → the key that it presses, where the game says so. @type {Record<string, string>} */
  gamepad = {};
  /** @type {string[]} */
  #controls = [];
  /** @type {OwnKey[] | null}  null: the fixed actions */
  #own = null;
  /** In order on the page; each is replaced only if its content changes. */
  #slots = { first: slot(), asked: slot(), moves: slot(), others: slot() };
  #hint = make("p.quiet.keys", { hidden: true });
  #shown = { controls: "", moves: "[null,[]]", inputs: "[]" };

  /** @param {import("../types.js").ControlActions} acts */
  constructor(acts) {
    this.acts = acts;
    const { first, asked, moves, others } = this.#slots;
    this.element.append(first, asked, moves, others, this.#hint);
    // After a click the keys control the game: the space bar must not press the button again.
    this.element.addEventListener("click", (/** @type {MouseEvent} */ { detail, target }) => {
      const isPress = detail > 0 && target instanceof Element && target.closest("button, [type=range]");
      if (isPress && this.keyHelp) acts.focusGame();
    });
  }

  /** @param {import("../types.js").GameMessage} heard  a key that is absent leaves its part unchanged */
  show({ controls = this.#controls, ownKeys = this.#own, inputs = this.inputs, gamepad = this.gamepad }) {
    const moves = ownKeys ? [] : controls.filter((name) => MOVES.includes(name));
    if (isNew(this.#shown, "moves", [ownKeys, moves])) this.#showMoves(ownKeys, moves);
    if (isNew(this.#shown, "inputs", inputs)) fill(this.#slots.asked, inputGroups(inputs, this.acts.answer));
    if (isNew(this.#shown, "controls", controls)) {
      const { first, others } = controlGroups(controls, this.acts);
      fill(this.#slots.first, first);
      fill(this.#slots.others, others);
    }
    Object.assign(this, { inputs });
    this.#controls = controls;
    this.#own = ownKeys;
    this.gamepad = gamepad;
    this.element.hidden = !Object.values(this.#slots).some(({ childElementCount }) => childElementCount > 0);
  }

  /** @param {string} control */
  has(control) {
    return this.#controls.includes(control);
  }

  get own() {
    return this.#own;
  }

  /** @param {OwnKey[] | null} ownKeys @param {string[]} moves */
  #showMoves(ownKeys, moves) {
    this.keys.releaseAll();
    this.keys = ownKeys ? new OwnKeys(ownKeys, this.acts.held) : new FixedKeys(moves, this.acts.key);
    fill(this.#slots.moves, [this.keys instanceof OwnKeys ? ownPad(ownKeys ?? [], this.keys) : fixedPad(moves, this.keys)]);
    this.#hint.textContent = ownKeys ? "" : keyHelp(moves); // own keys are named on their buttons
    this.#hint.hidden = !this.#hint.textContent;
    this.keyHelp = ownKeys ? ownHelp(ownKeys) : this.#hint.textContent;
  }
}

function slot() {
  return make("div.slot");
}

/** @param {HTMLElement} slot @param {Array<HTMLElement | null>} content */
function fill(slot, content) {
  slot.replaceChildren(...content.filter((each) => each !== null));
}

/** @param {Record<string, string>} shown @param {string} part @param {unknown} value  compared as JSON */
function isNew(shown, part, value) {
  const text = JSON.stringify(value);
  if (shown[part] === text) return false;
  shown[part] = text;
  return true;
}

/** @param {OwnKey[]} entries */
function ownHelp(entries) {
  const keys = entries.map(({ keys, label }) => `${keys.map(keyName).join(" + ")} ${label}`);
  return keys.length ? text("keys", { keys: listed(keys) }) : "";
}
