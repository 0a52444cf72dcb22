// @ts-check
/** The view while the participant's server starts, with an estimate of the time left. */

import { announce, make } from "./dom.js";
import { setTitle, show } from "./shell.js";
import { text, timeOf } from "./texts.js";

/** Seconds in which 90 % of servers start; `make soak` measures it. */
const USUAL = 75;
const ALMOST = 15;

/** After this wait the participant reads that they may leave. Seconds. */
const LEAVE_AFTER = 300;
/** A wait of more seconds is the fault of a clock. */
const LONGEST = 86_400;

/** @typedef {{title: string, text: string, estimate: string, share: number}} Words  share: part of the wait that is over, 0 to 1 */

/** The participant has a server in another study. @param {string} until  when it ends at the latest @returns {Words} */
function describeElsewhere(until) {
  const at = new Date(until);
  const estimate = Number.isNaN(at.getTime()) ? text("elsewhereStart") : text("elsewhereUntil", { time: timeOf(at) });
  return { title: text("elsewhereTitle"), text: text("elsewhere"), estimate, share: 0 };
}

/**
 * @param {import("./types.js").Wait} wait
 * @param {number} waited  seconds since the server was requested, or since the participant left the line
 * @returns {Words}
 */
function describeWait({ state, ahead, crashed }, waited) {
  if (ahead !== undefined) {
    const estimate = ahead === 0 ? text("lineNext") : text("lineAhead", { count: ahead });
    return { title: text("lineTitle"), text: text("line"), estimate, share: 1 / (ahead + 2) };
  }
  const almost = state === "almost ready";
  const restarts = crashed || state === "restarting";
  const left = almost ? Math.max(ALMOST, (USUAL - waited) / 3) : USUAL - waited;
  return {
    title: text(restarts ? "crashTitle" : almost ? "waitAlmost" : "waitTitle"),
    text: restarts ? text("crash") : "",
    estimate: waited > 2 * USUAL ? text("waitLong") : timeLeft(left),
    share: almost ? 0.9 : Math.min(0.85, (0.85 * waited) / USUAL),
  };
}

/** @param {number} seconds */
function timeLeft(seconds) {
  if (seconds > 50) return text("waitUsual");
  if (seconds > 20) return text("waitHalf");
  return text(seconds > 0 ? "waitSoon" : "waitAnyMoment");
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
  #bar = make("progress", { max: 1, "aria-label": text("waitBar") });
  #trouble = make("p.quiet", { hidden: true });
  #note = make("p.quiet");
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
      this.#note,
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
    this.#trouble.textContent = text("interrupted");
    this.#trouble.hidden = false;
  }

  close() {
    clearInterval(this.timer);
  }

  #draw() {
    const { elsewhereUntil } = this.wait;
    const { title, text: more, estimate, share } = elsewhereUntil ? describeElsewhere(elsewhereUntil) : describeWait(this.wait, this.#waited());
    this.title = title;
    this.heading.textContent = title;
    this.#text.textContent = more;
    this.#text.hidden = !more;
    this.#note.textContent = this.#mayLeave() ? `${text("waitLeave")} ${this.#whomToWriteTo()}` : text("waitKeepOpen");
    this.#estimate.textContent = estimate;
    this.#bar.value = share;
    const news = `${title}. ${estimate}`;
    if (this.#announced && news !== this.#announced) announce(news);
    this.#announced = news;
  }

  /** The participant has waited long, and not for a place or the end of another game. */
  #mayLeave() {
    const { ahead, elsewhereUntil, waitingSince } = this.wait;
    const inAll = (Date.now() - Date.parse(waitingSince ?? "")) / 1000;
    const waited = inAll < LONGEST ? Math.max(inAll, this.#waited()) : this.#waited();
    return ahead === undefined && !elsewhereUntil && waited >= LEAVE_AFTER;
  }

  #whomToWriteTo() {
    const { contact } = this.wait;
    return contact ? text("waitContact", { contact }) : text("waitContactUnknown");
  }

  /** Seconds. A device's clock may be wrong: impossible values of `since` are ignored. */
  #waited() {
    const here = (Date.now() - (this.#leftLine || this.#begun)) / 1000;
    const asked = (Date.now() - Date.parse(this.wait.since ?? "")) / 1000;
    return this.#leftLine || !(asked > here && asked < 1200) ? here : asked;
  }
}
