// @ts-check
/** Data on the participant's device; without localStorage (private windows), in memory only. */

const PREFIX = "hippo/";

/** @returns {Storage | null} */
function deviceStorage() {
  try {
    localStorage.setItem(`${PREFIX}try`, "1");
    localStorage.removeItem(`${PREFIX}try`);
    return localStorage;
  } catch {
    return null;
  }
}

/** Texts by key, in localStorage where the browser allows it. */
export class Store {
  #device = deviceStorage();
  /** @type {Map<string, string>} */
  #here = new Map();

  /** @param {string} key */
  get(key) {
    return this.#here.get(key) ?? this.#device?.getItem(PREFIX + key) ?? null;
  }

  /** @param {string} key @param {string} value @returns {boolean}  stored on the device */
  set(key, value) {
    this.#here.delete(key);
    try {
      if (!this.#device) throw new Error("none");
      this.#device.setItem(PREFIX + key, value);
      return true;
    } catch {
      this.#here.set(key, value); // no storage, or full
      return false;
    }
  }

  /** @param {string} key */
  remove(key) {
    this.#here.delete(key);
    this.#device?.removeItem(PREFIX + key);
  }

  /** @param {string} prefix */
  removeAll(prefix) {
    for (const key of [...this.#here.keys()]) if (key.startsWith(prefix)) this.remove(key);
    for (const key of Object.keys(this.#device ?? {})) {
      if (key.startsWith(PREFIX + prefix)) this.remove(key.slice(PREFIX.length));
    }
  }
}

/** The stored data of one participant in one study. */
export class Memory {
  /** @param {Store} store @param {string} projectId @param {string} userId */
  constructor(store, projectId, userId) {
    this.store = store;
    this.prefix = `${projectId}/${userId.toLowerCase()}/`;
  }

  /** The step that was served last, in any tab. */
  get step() {
    return this.store.get(`${this.prefix}step`);
  }

  set step(step) {
    this.#keep("step", step);
  }

  /** The study's language. */
  get language() {
    return this.store.get(`${this.prefix}language`);
  }

  set language(language) {
    this.#keep("language", language);
  }

  /** The game step whose server sent `done`, until /next serves another step. */
  get gameOver() {
    return this.store.get(`${this.prefix}gameOver`);
  }

  set gameOver(step) {
    this.#keep("gameOver", step);
  }

  /** @param {string} name @param {string | null} value */
  #keep(name, value) {
    if (value === null) this.store.remove(this.prefix + name);
    else this.store.set(this.prefix + name, value);
  }

  /** @param {string} step @returns {import("./types.js").Draft | null} */
  draft(step) {
    try {
      return JSON.parse(this.store.get(`${this.prefix}draft/${step}`) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {string} step @param {import("./types.js").Draft | null} draft  null deletes it */
  keepDraft(step, draft) {
    this.#keep(`draft/${step}`, draft && JSON.stringify(draft));
  }

  forgetDrafts() {
    this.store.removeAll(`${this.prefix}draft/`);
  }
}
