// @ts-check
/** Maps keys and held buttons to actions, and reports when an action starts or ends. */

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

/** The keys that are held down; several keys may hold one action. */
export class Held {
  /** @type {Map<string, string>} */
  #keys = new Map();
  /** Action → the key whose press was sent; the release names the same key. @type {Map<string, string>} */
  #sentKeys = new Map();

  /** @param {(action: string, key: string, down: boolean) => void} send */
  constructor(send) {
    this.send = send;
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
 * @param {Held} held
 * @param {(action: string) => boolean} isShown  the server requests this action
 * @param {AbortSignal} signal  removes the listeners
 */
export function listenToKeys(game, held, isShown, signal) {
  const isTyping = (/** @type {EventTarget | null} */ target) => target instanceof Element && target.matches("input, select, textarea");
  const concerns = (/** @type {KeyboardEvent} */ event) => {
    const isHere = event.target === document.body || (event.target instanceof Node && game.contains(event.target));
    return isHere && !isTyping(event.target) && !event.ctrlKey && !event.altKey && !event.metaKey;
  };
  addEventListener("keydown", (event) => {
    const action = actionOf(event);
    if (!action || !isShown(action) || !concerns(event)) return;
    if (event.key === " " && event.target instanceof Element && event.target.closest("button, summary, a")) return;
    event.preventDefault(); // arrows and space would scroll the page
    held.press(event.key.toLowerCase().startsWith("arrow") ? event.key : event.key.toLowerCase(), action);
  }, { signal });
  addEventListener("keyup", (event) => {
    held.release(event.key.startsWith("Arrow") ? event.key : event.key.toLowerCase());
  }, { signal });
  addEventListener("blur", () => held.releaseAll(), { signal });
  document.addEventListener("visibilitychange", () => document.hidden && held.releaseAll(), { signal });
}
