// @ts-check
/** The view while the participant's server starts, with an estimate of the time left. */

import { announce } from "./announce.js";
import { make } from "./dom.js";
import { setTitle, show } from "./shell.js";

/** Seconds in which 90 % of servers start; `make soak` measures it. */
const USUAL = 75;
const ALMOST = 15;

/** The participant has a server in another study. @param {string} until  when it ends at the latest */
function describeElsewhere(until) {
  const at = new Date(until);
  const time = Number.isNaN(at.getTime()) ? "" : ` It ends at ${at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })} at the latest.`;
  return {
    title: "Your game in another study is still open",
    text: "You can play one game at a time. Please finish the other one, or close its page and wait.",
    estimate: `Your game starts here when the other one has ended.${time}`,
    share: 0,
  };
}

/**
 * @param {import("./types.js").Wait["state"]} state
 * @param {number} waited  seconds since the server was requested, or since the participant left the line
 * @param {number | undefined} ahead
 * @returns {{title: string, text: string, estimate: string, share: number}}  share: part of the wait that is over, 0 to 1
 */
function describeWait(state, waited, ahead) {
  if (ahead !== undefined) {
    const people = ahead === 1 ? "1 person is" : `${ahead} people are`;
    return {
      title: "You are in line",
      text: "All computers for this study are in use at the moment. Please keep this page open to stay in line. The game starts here automatically.",
      estimate: ahead === 0 ? "You are next." : `${people} before you.`,
      share: 1 / (ahead + 2),
    };
  }
  const almost = state === "almost ready";
  const left = almost ? Math.max(ALMOST, (USUAL - waited) / 3) : USUAL - waited;
  return {
    title: state === "restarting" ? "The game is restarting" : "The game is being prepared",
    text: {
      queued: "A computer is being set up for your game.",
      starting: "A computer is starting for your game.",
      "almost ready": "The computer is running. The game is being connected.",
      restarting: "The computer that ran your game has stopped unexpectedly. A new one is starting. Your answers are saved.",
    }[state],
    estimate: waited > 2 * USUAL ? "This is taking longer than usual. Please keep waiting." : timeLeft(left),
    share: almost ? 0.9 : Math.min(0.85, (0.85 * waited) / USUAL),
  };
}

/** @param {number} seconds */
function timeLeft(seconds) {
  if (seconds > 50) return "This usually takes about a minute.";
  if (seconds > 20) return "About half a minute to go.";
  return seconds > 0 ? "A few seconds to go." : "It should be ready any moment.";
}

/**
 * @param {{kind: string} | null} before  the current view
 * @param {import("./types.js").Wait} wait
 * @returns {Waiting}  the new view
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
  #announced = "";
  #leftLine = 0;
  #wasInLine = false;
  #begun = Date.now();

  /** @param {import("./types.js").Wait} wait */
  constructor(wait) {
    this.wait = wait;
    this.element = make(
      "section.notice.waiting", {},
      make("div.pulse", { "aria-hidden": "true" }), this.heading, this.#text, this.#bar, this.#estimate, this.#trouble,
      make("p.quiet", {}, "You do not need to do anything. Please keep this page open: the game starts here as soon as it is ready."),
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

  /** The last request got no answer. */
  interrupted() {
    this.#trouble.textContent = "The connection is interrupted. This page keeps trying.";
    this.#trouble.hidden = false;
  }

  close() {
    clearInterval(this.timer);
  }

  #draw() {
    const { state, ahead, elsewhereUntil } = this.wait;
    const { title, text, estimate, share } = elsewhereUntil ? describeElsewhere(elsewhereUntil) : describeWait(state, this.#waited(), ahead);
    this.title = title;
    this.heading.textContent = title;
    this.#text.textContent = text;
    this.#estimate.textContent = estimate;
    this.#bar.value = share;
    const news = `${title}. ${estimate}`;
    if (this.#announced && news !== this.#announced) announce(news);
    this.#announced = news;
  }

  /** Seconds. A device's clock may be wrong: impossible values of `since` are ignored. */
  #waited() {
    const here = (Date.now() - (this.#leftLine || this.#begun)) / 1000;
    const asked = (Date.now() - Date.parse(this.wait.since ?? "")) / 1000;
    return this.#leftLine || !(asked > here && asked < 1200) ? here : asked;
  }
}
