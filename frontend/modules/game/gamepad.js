// @ts-check
/**
 * A gamepad presses the game's keys: loaded and polled only while one is connected. The names of the
 * controls are those of the Standard Gamepad (W3C, "Gamepad", Remapping): `button0`, and `axis0-` for the left
 * half of a stick's way.
 */

import { announce } from "../dom.js";
import { text } from "../texts.js";

/** Part of a stick's way that counts as a press; it ends a little later than it begins. */
const [PRESSED, RELEASED] = [0.5, 0.4];

/** Control → key, and the letter that some games use instead. @type {Record<string, string[]>} */
const MOVES = {
  "axis0-": ["ArrowLeft", "a"], "axis0+": ["ArrowRight", "d"], "axis1-": ["ArrowUp", "w"], "axis1+": ["ArrowDown", "s"],
  button14: ["ArrowLeft", "a"], button15: ["ArrowRight", "d"], button12: ["ArrowUp", "w"], button13: ["ArrowDown", "s"],
};

/** Get the game's keys that are no moves, in their order. */
const BUTTONS = ["button0", "button1", "button2", "button3"];

/** @typedef {import("./keys.js").FixedKeys | import("./own_keys.js").OwnKeys} Keys */

/**
 * @param {() => {keys: Keys, own: import("../types.js").OwnKey[] | null, gamepad: Record<string, string>}} game  what is in use now
 * @param {() => boolean} isPlaying
 * @param {AbortSignal} signal  ends it
 */
export function followGamepads(game, isPlaying, signal) {
  /** Control → what it presses. @type {Map<string, {key: string, code: string, keys: Keys}>} */
  const held = new Map();
  let isPolling = false;

  /** @param {string} control @param {boolean} down */
  const change = (control, down) => {
    const before = held.get(control);
    if (!down && before) {
      held.delete(control);
      before.keys.releaseKey(/** @type {KeyboardEvent} */ (/** @type {unknown} */ (before)));
    }
    if (!down || before || !isPlaying()) return;
    const { keys } = game();
    const key = keyOf(control, game());
    if (key === undefined) return;
    const press = { key, code: `Gamepad:${control}`, keys };
    held.set(control, press);
    keys.pressKey(/** @type {KeyboardEvent} */ (/** @type {unknown} */ (press)));
  };

  const poll = () => {
    const pads = connected();
    isPolling = pads.length > 0 && !signal.aborted;
    const down = isPolling ? pads.flatMap((pad) => pressedOn(pad, held)) : [];
    for (const control of new Set([...held.keys(), ...down])) change(control, down.includes(control));
    if (isPolling) requestAnimationFrame(poll);
  };

  const begin = () => {
    if (isPolling || connected().length === 0) return;
    announce(text("gamepadConnected"));
    poll();
  };
  addEventListener("gamepadconnected", begin, { signal });
  begin();
}

function connected() {
  return [...navigator.getGamepads()].filter((pad) => pad?.connected);
}

/** @param {Gamepad | null} pad @param {{has: (control: string) => boolean}} held @returns {string[]} */
function pressedOn(pad, held) {
  const buttons = (pad?.buttons ?? []).map(({ pressed }, index) => (pressed ? [`button${index}`] : []));
  const axes = (pad?.axes ?? []).map((value, index) => ["-", "+"].filter((sign) => {
    const way = sign === "-" ? -value : value;
    return way > (held.has(`axis${index}${sign}`) ? RELEASED : PRESSED);
  }).map((sign) => `axis${index}${sign}`));
  return [...buttons, ...axes].flat();
}

/**
 * @param {string} control
 * @param {{keys: Keys, own: import("../types.js").OwnKey[] | null, gamepad: Record<string, string>}} game
 * @returns {string | undefined}  the key that a control presses
 */
function keyOf(control, { keys, own, gamepad }) {
  const uses = (/** @type {string} */ key) => keys.uses(/** @type {KeyboardEvent} */ ({ key, code: "" }));
  if (control in gamepad) return gamepad[control];
  const taken = Object.values(gamepad);
  if (control in MOVES) return MOVES[control].find((key) => uses(key) && !taken.includes(key));
  const moves = Object.values(MOVES).map((names) => names.find(uses));
  const single = own ? own.filter((entry) => entry.keys.length === 1).map((entry) => entry.keys[0]) : [" "];
  const others = single.filter((key) => uses(key) && !moves.includes(key) && !taken.includes(key));
  return others[BUTTONS.indexOf(control)];
}
