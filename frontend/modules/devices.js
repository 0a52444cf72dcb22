// @ts-check
/**
 * Tests what a study requires of the device: loaded only where a study requires something. Silently as
 * far as that goes, while the first page is read; what is then missing, the participant shows, above
 * the Submit button. Guesses let a device pass, and never refuse it.
 */

import { announce, button, make } from "./dom.js";
import { text } from "./texts.js";

/** @typedef {NonNullable<import("./types.js").Answer["requires"]>} Requires */

/** Requests whose median is the ping; one before them opens the connection. */
const PINGS = 5;
/** The longest time for all of them. Milliseconds. */
const PING_PATIENCE = 10_000;
const MOST_BEEPS = 5;

/** @typedef {Record<string, string | number>} Values */

/** What each requirement asks for. @type {Record<string, (values: Values) => string>} */
const NEEDS = {
  keyboard: () => text("needKeyboard"),
  pointer: () => text("needPointer"),
  minWidth: (values) => text("needWidth", values),
  ping: (values) => text(values.found === undefined ? "needPingUnknown" : "needPing", values),
  sound: () => text("needSound"),
  gamepad: () => text("needGamepad"),
};

export class Devices {
  /** @type {Record<string, boolean | number | undefined>} */
  #found = {};
  /** @type {Promise<void>} */
  #pinged;
  #gaveUp = false;
  #stop = new AbortController();
  /** Called when something is found. */
  #news = () => {};

  /** @param {Requires} requires @param {string} api  address of /next */
  constructor(requires, api) {
    this.requires = requires;
    this.api = api;
    this.#pinged = this.#ping();
    this.#watch();
  }

  /** What was measured, as JSON. */
  async report() {
    await this.#pinged;
    const { keyboard, pointer, sound, gamepad, minWidth, ping } = this.requires;
    const { found } = this;
    return JSON.stringify({
      ...(keyboard && { keyboard: found.keyboard ?? false }),
      ...(pointer && { pointer: found.pointer ?? false }),
      ...(sound && { sound: found.sound ?? false }),
      ...(gamepad && { gamepad: found.gamepad ?? false }),
      ...(minWidth && { width: found.width }),
      ...(ping && { ping: found.ping }),
      ...(this.#gaveUp && { gaveUp: true }),
    });
  }

  /** @returns {Record<string, boolean | number | undefined>} */
  get found() {
    return { ...this.#found, width: document.documentElement.clientWidth };
  }

  /** What is missing still. @returns {string[]} */
  get unmet() {
    const { found } = this;
    return Object.entries(this.requires).filter(([name, wanted]) => {
      if (name === "minWidth") return Number(found.width) < Number(wanted);
      return name === "ping" ? !(Number(found.ping) <= Number(wanted)) : found[name] !== true;
    }).map(([name]) => name);
  }

  /**
   * Ask the participant for what is missing; resolves when nothing is, or when they leave.
   *
   * @param {(...content: Node[]) => void} show
   * @param {AbortSignal} signal  resolves, too
   */
  ask(show, signal) {
    return new Promise((/** @type {(value: void) => void} */ resolve) => {
      const end = () => {
        this.#news = () => {};
        resolve();
      };
      signal.addEventListener("abort", end, { once: true });
      const rows = new Map(this.unmet.map((name) => [name, this.#row(name)]));
      const intro = make("p", { tabIndex: -1 }, text("deviceNeeds"));
      const last = make("div");
      const offer = () => last.replaceChildren(button(text("deviceCannot"), () => {
        last.replaceChildren(make("p", { role: "status" }, text("deviceSure")), button(text("leaveStudy"), () => ((this.#gaveUp = true), end())), button(text("notLeave"), offer));
        last.querySelector("button")?.focus();
      }));
      offer();
      show(make("section", { "aria-label": text("device") }, intro, make("ul", {}, ...[...rows.values()].map(({ element }) => element)), last));
      intro.focus();
      announce(text("deviceNeeds"));
      if (rows.size === 0) setTimeout(end, 1000); // it works since the answer was sent
      this.#news = () => {
        const { unmet } = this;
        for (const [name, row] of rows) row.update(!unmet.includes(name));
        for (const name of unmet) if (!rows.has(name)) rows.set(name, this.#added(name, last)); // the window was made smaller
        if (unmet.length === 0) end();
      };
    });
  }

  /** @param {string} name @param {HTMLElement} last */
  #added(name, last) {
    const row = this.#row(name);
    last.previousElementSibling?.append(row.element);
    return row;
  }

  /** @param {string} name @returns {{element: HTMLElement, update: (met: boolean) => void}} */
  #row(name) {
    const words = make("span", {}, this.#words(name));
    const more = make("div", {});
    if (name === "ping") more.append(button(text("measureAgain"), () => this.#measureAgain(words)));
    if (name === "sound") more.append(...this.#beeper());
    const element = make("li", {}, words, more);
    let was = false;
    const update = (/** @type {boolean} */ met) => {
      if (met && !was) announce(`${words.textContent} ${text("deviceWorks")}`);
      was = met;
      more.hidden = met;
      words.textContent = met ? `✓ ${text("deviceWorks")}` : this.#words(name);
    };
    return { element, update };
  }

  /** @param {string} name */
  #words(name) {
    const { found, requires } = this;
    const values = { found: name === "ping" ? found.ping : found.width, wanted: requires[/** @type {keyof Requires} */ (name)] };
    return NEEDS[name](/** @type {Values} */ (values));
  }

  /** @param {string} name */
  #has(name) {
    if (this.#found[name]) return;
    this.#found[name] = true;
    this.#news();
  }

  /** Listen for what a participant does anyway. */
  #watch() {
    const { signal } = this.#stop;
    if (matchMedia("(any-pointer: fine)").matches) this.#found.pointer = true;
    const pointed = (/** @type {PointerEvent} */ { pointerType }) => pointerType !== "touch" && this.#has("pointer");
    addEventListener("pointermove", pointed, { signal });
    addEventListener("pointerdown", pointed, { signal });
    addEventListener("keydown", (event) => {
      const isArrow = event.key.startsWith("Arrow"); // keyboards on the screen have none
      if (isArrow || (this.#found.pointer && /^(Key|Digit|Tab)/.test(event.code))) this.#has("keyboard");
    }, { signal, capture: true });
    addEventListener("resize", () => this.#news(), { signal });
    if (this.requires.gamepad) {
      const connected = () => [...(navigator.getGamepads?.() ?? [])].some(Boolean) && this.#has("gamepad");
      addEventListener("gamepadconnected", connected, { signal }); // browsers report it after a press
      connected();
    }
  }

  close() {
    this.#stop.abort();
  }

  /** @param {HTMLElement} words */
  async #measureAgain(words) {
    words.textContent = text("measuring");
    this.#pinged = this.#ping();
    await this.#pinged;
    words.textContent = this.#words("ping");
    this.#news();
  }

  /** The median time to the API and back: an address there that no function answers. */
  async #ping() {
    if (!this.requires.ping) return;
    const url = new URL("ping", new URL(this.api, location.href));
    const signal = AbortSignal.timeout(PING_PATIENCE);
    const times = [];
    try {
      for (let number = 0; number <= PINGS; number += 1) {
        const began = performance.now();
        await fetch(url, { mode: "no-cors", cache: "no-store", credentials: "omit", signal });
        times.push(performance.now() - began);
      }
    } catch {
      // no connection, or it takes too long
    }
    const counted = times.slice(1).sort((one, other) => one - other);
    this.#found.ping = counted.length > PINGS / 2 ? Math.round(counted[counted.length >> 1]) : undefined;
  }

  /** @returns {HTMLElement[]} */
  #beeper() {
    let played = 0;
    const verdict = make("p", { role: "status" });
    const choices = make("div", { hidden: true }, make("p", {}, text("beepsHeard")), ...Array.from({ length: MOST_BEEPS }, (_, index) => button(String(index + 1), () => {
      if (index + 1 === played) return this.#has("sound");
      verdict.textContent = text("beepsWrong");
      choices.hidden = true;
    })));
    const play = button(text("playBeeps"), () => {
      played = 2 + Math.floor(Math.random() * (MOST_BEEPS - 1));
      beep(played);
      verdict.textContent = "";
      choices.hidden = false;
    });
    return [play, choices, verdict];
  }
}

/** @param {number} times */
function beep(times) {
  const context = new AudioContext();
  for (let number = 0; number < times; number += 1) {
    const [tone, loudness] = [context.createOscillator(), context.createGain()];
    const at = context.currentTime + 0.1 + 0.5 * number;
    tone.frequency.value = 660;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.3, at + 0.02); // without a ramp it clicks
    loudness.gain.setValueAtTime(0.3, at + 0.2);
    loudness.gain.linearRampToValueAtTime(0, at + 0.22);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.25);
    if (number === times - 1) tone.onended = () => context.close();
  }
}
