// @ts-check
/** What is told while the participant's server starts, with an estimate of the time. */

import { announce } from "./announce.js";
import { make } from "./dom.js";
import { setTitle, show } from "./shell.js";

/** Seconds that a server takes to start, as a rule; nine of ten are quicker. `make soak` measures it. */
const AS_A_RULE = 75;
const ALMOST = 15;

/**
 * @param {import("./types.js").Wait["state"]} state
 * @param {number} waited  seconds since the server was asked for, or since the line was left
 * @param {number | undefined} ahead
 * @returns {{title: string, text: string, estimate: string, share: number}}  share: of the wait that is over, 0 to 1
 */
export function describeWait(state, waited, ahead) {
  if (ahead !== undefined) {
    const people = ahead === 1 ? "1 person is" : `${ahead} people are`;
    return {
      title: "You are in line",
      text: "All places of this study are taken at the moment. You keep your place in line as long as this page is open, and the game begins here by itself.",
      estimate: ahead === 0 ? "You are next." : `${people} before you.`,
      share: 1 / (ahead + 2),
    };
  }
  const almost = state === "almost ready";
  const left = almost ? Math.max(ALMOST, (AS_A_RULE - waited) / 3) : AS_A_RULE - waited;
  return {
    title: state === "restarting" ? "The game is being started again" : "The game is being prepared",
    text: {
      queued: "A computer of your own is being set up for the game.",
      starting: "A computer of your own is starting for the game.",
      "almost ready": "The computer is running. The game is being connected.",
      restarting: "The game's computer has stopped unexpectedly, and a new one is starting. Your answers are kept.",
    }[state],
    estimate: waited > 2 * AS_A_RULE ? "This takes longer than usual. It goes on by itself." : inWords(left),
    share: almost ? 0.9 : Math.min(0.85, (0.85 * waited) / AS_A_RULE),
  };
}

/** @param {number} seconds */
function inWords(seconds) {
  if (seconds > 50) return "This usually takes about a minute.";
  if (seconds > 20) return "About half a minute to go.";
  return seconds > 0 ? "A few seconds to go." : "It should be ready any moment.";
}

/**
 * @param {{kind: string} | null} before  what is shown so far
 * @param {import("./types.js").Wait} wait
 * @returns {Waiting}  what is shown now
 */
export function showWaiting(before, wait) {
  if (!(before instanceof Waiting)) {
    const view = new Waiting(wait);
    show(view);
    return view;
  }
  before.update(wait);
  setTitle(before.title);
  return before;
}

/** The waiting view; `update` it with each answer. */
class Waiting {
  kind = /** @type {const} */ ("waiting");
  heading = make("h1", {});
  title = "";
  #text = make("p");
  #estimate = make("p.estimate");
  #bar = make("progress", { max: 1, "aria-label": "Preparation of the game" });
  #trouble = make("p.quiet", { hidden: true });
  #told = "";
  #leftLine = 0;
  #wasInLine = false;
  #begun = Date.now();

  /** @param {import("./types.js").Wait} wait */
  constructor(wait) {
    this.wait = wait;
    this.element = make(
      "section.notice.waiting", {},
      make("div.pulse", { "aria-hidden": "true" }), this.heading, this.#text, this.#bar, this.#estimate, this.#trouble,
      make("p.quiet", {}, "You need not do anything. Please keep this page open: the game begins here as soon as it is ready."),
    );
    this.timer = setInterval(() => this.#draw(), 1000);
    this.update(wait);
  }

  /** @param {import("./types.js").Wait} wait */
  update(wait) {
    const inLine = wait.ahead !== undefined;
    if (this.#wasInLine && !inLine) this.#leftLine = Date.now();
    this.#wasInLine = inLine;
    this.wait = wait;
    this.#trouble.hidden = true;
    this.#draw();
  }

  /** The last question had no answer. */
  interrupted() {
    this.#trouble.textContent = "The connection is interrupted. This page keeps trying.";
    this.#trouble.hidden = false;
  }

  close() {
    clearInterval(this.timer);
  }

  #draw() {
    const { title, text, estimate, share } = describeWait(this.wait.state, this.#waited(), this.wait.ahead);
    this.title = title;
    this.heading.textContent = title;
    this.#text.textContent = text;
    this.#estimate.textContent = estimate;
    this.#bar.value = share;
    const news = `${title}. ${estimate}`;
    if (this.#told && news !== this.#told) announce(news);
    this.#told = news;
  }

  /** Clocks of devices are wrong at times: what cannot be is not believed. */
  #waited() {
    const here = (Date.now() - (this.#leftLine || this.#begun)) / 1000;
    const asked = (Date.now() - Date.parse(this.wait.since ?? "")) / 1000;
    return this.#leftLine || !(asked > here && asked < 1200) ? here : asked;
  }
}
