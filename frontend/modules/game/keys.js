// @ts-check
/** Keys and held buttons: which action each means, and what to say when it goes down or up. */

/** @type {Record<string, string>} */
const ACTIONS = {
  arrowleft: "left", arrowright: "right", arrowup: "up", arrowdown: "down",
  a: "left", d: "right", w: "up", s: "down",
  q: "leftUp", e: "rightUp", z: "leftDown", c: "rightDown", " ": "fire",
};

/** The key that a button on the screen stands for. */
/** @type {Record<string, string>} */
export const KEYS = {
  left: "ArrowLeft", right: "ArrowRight", up: "ArrowUp", down: "ArrowDown",
  leftUp: "q", rightUp: "e", leftDown: "z", rightDown: "c", fire: " ",
};

/** Before the key's name, if it is held by a button on the screen. */
export const PAD = "pad:";

/** @param {{key: string, code?: string}} event @returns {string | undefined} */
export function actionOf({ key, code = "" }) {
  const name = key.length === 1 && !/[\x20-\x7e]/.test(key) ? code.replace("Key", "") : key; // another alphabet
  return ACTIONS[name.toLowerCase()];
}

/** What is held down; several keys may hold one action. */
export class Held {
  /** @type {Map<string, string>} */
  #keys = new Map();
  /** The key that was said to hold an action: it is the one that is said to go up. @type {Map<string, string>} */
  #said = new Map();

  /** @param {(action: string, key: string, down: boolean) => void} say */
  constructor(say) {
    this.say = say;
  }

  /** @param {string} key @param {string} action */
  press(key, action) {
    if (this.#keys.has(key)) return;
    const isNews = !this.#holds(action);
    this.#keys.set(key, action);
    if (!isNews) return;
    this.#said.set(action, key);
    this.say(action, key, true);
  }

  /** @param {string} key */
  release(key) {
    const action = this.#keys.get(key);
    if (action === undefined) return;
    this.#keys.delete(key);
    if (!this.#holds(action)) this.say([...this.#keys.values()].at(-1) ?? "noop", this.#said.get(action) ?? key, false);
  }

  releaseAll() {
    for (const key of [...this.#keys.keys()]) this.release(key);
  }

  /** The connection is a new one: its server knows of nothing that is held. */
  forget() {
    this.#keys.clear();
  }

  /** @param {string} action */
  #holds(action) {
    return [...this.#keys.values()].includes(action);
  }
}

/**
 * Listen to the keyboard while the focus is in the game, or nowhere.
 *
 * @param {HTMLElement} game
 * @param {Held} held
 * @param {(action: string) => boolean} isShown  the server asks for this action
 * @param {AbortSignal} signal  ends it
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
    event.preventDefault(); // arrows and space would move the page
    held.press(event.key.toLowerCase().startsWith("arrow") ? event.key : event.key.toLowerCase(), action);
  }, { signal });
  addEventListener("keyup", (event) => {
    held.release(event.key.startsWith("Arrow") ? event.key : event.key.toLowerCase());
  }, { signal });
  addEventListener("blur", () => held.releaseAll(), { signal });
  document.addEventListener("visibilitychange", () => document.hidden && held.releaseAll(), { signal });
}
