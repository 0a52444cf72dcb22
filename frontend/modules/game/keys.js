// @ts-check
/** The nine fixed actions of servers without own keys, and the listener for all keys. */

/** @type {Record<string, string>} */
const ACTIONS = {
  arrowleft: "left", arrowright: "right", arrowup: "up", arrowdown: "down",
  a: "left", d: "right", w: "up", s: "down",
  q: "leftUp", e: "rightUp", z: "leftDown", c: "rightDown", " ": "fire",
};

/** The key that a button on the screen represents. */
/** @type {Record<string, string>} */
export const KEYS = {
  left: "ArrowLeft", right: "ArrowRight", up: "ArrowUp", down: "ArrowDown",
  leftUp: "q", rightUp: "e", leftDown: "z", rightDown: "c", fire: " ",
};

/** Prefix of the key's name if a button on the screen holds it. */
export const PAD = "pad:";

/** @param {{key: string, code?: string}} event @returns {string | undefined} */
function actionOf({ key, code = "" }) {
  const name = key.length === 1 && !/[\x20-\x7e]/.test(key) ? code.replace("Key", "") : key; // a non-Latin keyboard
  return ACTIONS[name.toLowerCase()];
}

/** @param {KeyboardEvent} event */
function nameOf({ key }) {
  return key.startsWith("Arrow") ? key : key.toLowerCase();
}

/**
 * What holds a key down: its place on the keyboard. Its name changes while it is held, with Shift, AltGr
 * or another layout. @param {{key: string, code?: string}} event
 */
export function holderOf({ key, code }) {
  return `key:${code || key.toLowerCase()}`;
}

/** The keys that are held down; several keys may hold one action. */
export class FixedKeys {
  /** Holder → action. @type {Map<string, string>} */
  #keys = new Map();
  /** Action → the key whose press was sent; the release names the same key. @type {Map<string, string>} */
  #sentKeys = new Map();

  /**
   * @param {string[]} actions  that the server requests
   * @param {(action: string, key: string, down: boolean) => void} send
   */
  constructor(actions, send) {
    this.actions = actions;
    this.send = send;
  }

  /** @param {KeyboardEvent} event @returns {boolean}  the game uses this key */
  uses(event) {
    return this.actions.includes(actionOf(event) ?? "");
  }

  /** @param {KeyboardEvent} event */
  pressKey(event) {
    const action = actionOf(event);
    if (action) this.press(holderOf(event), action, nameOf(event));
  }

  /** @param {KeyboardEvent} event */
  releaseKey(event) {
    this.release(holderOf(event));
  }

  /** @param {string} holder @param {string} action @param {string} [key]  its name in messages */
  press(holder, action, key = holder) {
    if (this.#keys.has(holder)) return;
    const isNews = !this.#holds(action);
    this.#keys.set(holder, action);
    if (!isNews) return;
    this.#sentKeys.set(action, key);
    this.send(action, key, true);
  }

  /** @param {string} holder */
  release(holder) {
    const action = this.#keys.get(holder);
    if (action === undefined) return;
    this.#keys.delete(holder);
    if (!this.#holds(action)) this.send([...this.#keys.values()].at(-1) ?? "noop", this.#sentKeys.get(action) ?? holder, false);
  }

  releaseAll() {
    for (const holder of [...this.#keys.keys()]) this.release(holder);
  }

  /** Clear all keys without a message: a new connection's server has seen none of them. */
  forget() {
    this.#keys.clear();
  }

  /** @param {string} action */
  #holds(action) {
    return [...this.#keys.values()].includes(action);
  }
}

/**
 * Listen to the keyboard while the focus is in the game or on no element.
 *
 * @param {HTMLElement} game
 * @param {() => FixedKeys | import("./own_keys.js").OwnKeys} keys  those in use now
 * @param {() => boolean} isPlaying
 * @param {AbortSignal} signal  removes the listeners
 */
export function listenToKeys(game, keys, isPlaying, signal) {
  const isTyping = (/** @type {EventTarget | null} */ target) => target instanceof Element && target.matches("input, select, textarea");
  const concerns = (/** @type {KeyboardEvent} */ event) => {
    const isHere = event.target === document.body || (event.target instanceof Node && game.contains(event.target));
    return isHere && !isTyping(event.target) && !event.ctrlKey && !event.altKey && !event.metaKey;
  };
  const isPress = (/** @type {KeyboardEvent} */ { key, target }) => (key === " " || key === "Enter") && target instanceof Element && target.closest("button, summary, a");
  const releaseAll = () => keys().releaseAll();
  const isCmd = (/** @type {KeyboardEvent} */ { key, code }) => /^(Meta|OS)/.test(key) || /^(Meta|OS)/.test(code);
  addEventListener("keydown", (event) => {
    if (!isTyping(event.target)) game.classList.add("has-keyboard"); // else a keyboard on the screen
    if (isCmd(event)) return releaseAll(); // macOS reports no release while Cmd is held
    if (!isPlaying() || !keys().uses(event) || !concerns(event) || isPress(event)) return;
    event.preventDefault(); // arrows and space would scroll the page
    keys().pressKey(event);
  }, { signal });
  addEventListener("keyup", (event) => (isCmd(event) ? releaseAll() : keys().releaseKey(event)), { capture: true, signal });
  for (const kind of SWALLOW) addEventListener(kind, releaseAll, { signal });
  addEventListener("contextmenu", (event) => event.defaultPrevented || releaseAll(), { signal }); // else a long touch
  document.addEventListener("visibilitychange", () => document.hidden && releaseAll(), { signal });
}

/** Events after which browsers may report no release, beside the context menu. */
const SWALLOW = ["blur", "pagehide", "dragstart", "compositionstart", "beforeprint"];
