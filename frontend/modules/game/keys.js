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

/** The keys that are held down; several keys may hold one action. */
export class FixedKeys {
  /** @type {Map<string, string>} */
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
    if (action) this.press(nameOf(event), action);
  }

  /** @param {KeyboardEvent} event */
  releaseKey(event) {
    this.release(nameOf(event));
  }

  /** @param {string} key @param {string} action */
  press(key, action) {
    if (this.#keys.has(key)) return;
    const isNews = !this.#holds(action);
    this.#keys.set(key, action);
    if (!isNews) return;
    this.#sentKeys.set(action, key);
    this.send(action, key, true);
  }

  /** @param {string} key */
  release(key) {
    const action = this.#keys.get(key);
    if (action === undefined) return;
    this.#keys.delete(key);
    if (!this.#holds(action)) this.send([...this.#keys.values()].at(-1) ?? "noop", this.#sentKeys.get(action) ?? key, false);
  }

  releaseAll() {
    for (const key of [...this.#keys.keys()]) this.release(key);
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
  addEventListener("keydown", (event) => {
    if (event.key === "Meta") return releaseAll(); // macOS reports no release while Cmd is held
    if (!isPlaying() || !keys().uses(event) || !concerns(event) || isPress(event)) return;
    event.preventDefault(); // arrows and space would scroll the page
    keys().pressKey(event);
  }, { signal });
  addEventListener("keyup", (event) => (event.key === "Meta" ? releaseAll() : keys().releaseKey(event)), { signal });
  addEventListener("blur", releaseAll, { signal });
  addEventListener("contextmenu", (event) => event.defaultPrevented || releaseAll(), { signal }); // it takes the releases
  document.addEventListener("visibilitychange", () => document.hidden && releaseAll(), { signal });
}
