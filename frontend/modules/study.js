// @ts-check
/**
 * A participant's way through a study: what /next says is shown, and what they do is told to /next.
 * One thing is asked at a time; a new question ends the one before. README.md has the states.
 */

import { announce } from "./announce.js";
import { button, make } from "./dom.js";
import { loadLater, needLater } from "./loading.js";
import { showUnreachable } from "./notices.js";
import { Pause, persist } from "./retry.js";
import { show, showBanner, showProgress } from "./shell.js";
import { StepPage } from "./step_page.js";
import { webAddress } from "./visit.js";

/** @typedef {import("./types.js").Again} Again */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./loading.js").Later} Later */
/** @typedef {StepPage | ReturnType<Later["showWaiting"]> | import("./game/game.js").Game} Shown */

const GAME = "show_game_page";
const FINAL = "finalStep";

/** A step that there is not: whoever names it is served the step that they are at, and leaves none by it. */
const WHEREVER = "current";

/** Notices that may be gone when the participant asks again. */
const MENDABLE = new Set(["notOpen", "pageMissing", "studyBroken"]);

const ASK_AGAIN_SECONDS = 3;
const ASK_AGAIN_AFTER_FAILURE = 20;
const SLOW_SECONDS = 4;

/** How long the first page has the network to itself. Seconds. */
const LATER_SECONDS = 1.5;

export class Study {
  /** @type {Answer | null} */
  #answer = null;
  /** @type {Shown | null} */
  #view = null;
  #work = new AbortController();
  #pause = new Pause();
  /** @type {InstanceType<Later["Playing"]> | null} */
  #playing = null;
  /** @type {(() => void) | null} */
  #closeTrouble = null;

  /** @param {import("./memory.js").Memory} memory @param {import("./api.js").Api} api @param {import("./types.js").Settings} settings */
  constructor(memory, api, settings) {
    this.visit = api.visit;
    this.memory = memory;
    this.api = api;
    this.settings = settings;
    this.tabs = channelOf(memory.prefix);
    this.tabs?.addEventListener("message", ({ data }) => this.#otherTabIsAt(String(data)));
    document.addEventListener("visibilitychange", () => !document.hidden && this.#lookUp());
    addEventListener("pageshow", (event) => event.persisted && !this.#isSending && this.refresh());
    addEventListener("popstate", () => loadLater().then((later) => later.tellOfBack(), () => undefined));
  }

  /** Show where the participant is. */
  begin() {
    if (this.memory.gameOver) this.#leaveGame(this.memory.gameOver);
    else this.refresh();
    setTimeout(() => loadLater().catch(() => undefined), LATER_SECONDS * 1000); // if it fails: when it is needed
  }

  /** Ask where the participant is, and show it. */
  async refresh() {
    const slow = setTimeout(() => !this.#answer && sayLoading("The study is slow to answer. It is on its way …"), SLOW_SECONDS * 1000);
    await this.#ask(() => this.api.ask(this.memory.step ?? WHEREVER));
    clearTimeout(slow);
  }

  /**
   * @param {() => ReturnType<import("./api.js").Api["ask"]>} attempt
   * @param {(again: Again) => void} [onTrouble]
   * @returns {Promise<void>}
   */
  async #ask(attempt, onTrouble = (again) => this.#cannotReach(again)) {
    const signal = this.#begin();
    const outcome = await persist(attempt, onTrouble, signal);
    if (!outcome) return;
    if (outcome.kind === "answer") return this.#show(outcome.answer);
    const later = await this.#load(signal);
    if (!later) return;
    showProgress(undefined);
    this.#setView(null);
    show(later.refused(outcome.text, () => this.refresh()));
  }

  /** Begin something new, and end what was going on. */
  #begin() {
    this.#work.abort();
    this.#pause.wake();
    this.#work = new AbortController();
    return this.#work.signal;
  }

  /** @param {AbortSignal} signal */
  #load(signal) {
    return needLater((again) => this.#cannotReach(again), signal);
  }

  /** @param {Again} again */
  #cannotReach(again) {
    if (!this.#view) return showUnreachable(again);
    if (again.tries > 1) return; // it is told already
    const text = "The connection to the study is interrupted. This page keeps trying.";
    this.#closeTrouble = showBanner(text, [["Try now", again.now]]);
  }

  /** @param {Shown | null} view */
  #setView(view) {
    this.#view = view;
    if (view?.kind !== "game") this.#playing?.leave();
  }

  /** @param {Answer} answer */
  async #show(answer) {
    const before = this.#answer;
    const step = answer.step ?? null;
    this.#answer = answer;
    this.#closeTrouble?.();
    if (before && before.step !== answer.step) showBanner(null);
    if (step !== null && step !== this.memory.step) {
      this.memory.step = step;
      this.memory.forgetDrafts();
      this.tabs?.postMessage(step);
    }
    if (step !== null && this.memory.gameOver !== step) this.memory.gameOver = null;
    showProgress(answer.progress);
    if (answer.page === GAME) return this.#showGame(answer);
    if (answer.page === "wait" || (answer.wait && answer.notice === undefined)) return this.#showWaiting(answer);
    const isSame = this.#view?.kind === "page" && before?.page === answer.page && before.step === answer.step;
    if (!isSame) await this.#showPage(answer);
    if (answer.notice === "serverFailed" && this.#answer === answer) this.#askAgain(ASK_AGAIN_AFTER_FAILURE);
  }

  // --- pages ---

  /** @param {Answer} answer */
  async #showPage(answer) {
    const signal = this.#begin();
    const step = answer.step ?? "";
    const page = new StepPage({
      html: answer.page,
      sheets: [this.visit.css, webAddress(answer.css)].filter((sheet) => sheet !== null),
      userId: this.visit.userId,
      code: answer.completion?.code ?? null,
      draft: this.memory.draft(step),
      noSubmit: answer.notice !== undefined,
      action: MENDABLE.has(answer.notice ?? "") ? button("Try again", () => this.#tryAgain()) : null,
      onDraft: (draft) => this.memory.keepDraft(step, draft),
      onSubmit: (answers) => this.#submit(page, answer.step ?? null, answers),
      onFaults: (...where) => loadLater().then(({ tellFaults }) => tellFaults(...where), () => page.reportNatively()),
    });
    await page.ready;
    const isLast = (step === FINAL || answer.notice === "serverFailed") && (answer.completion || this.visit.redirect);
    const later = isLast ? await this.#load(signal) : null;
    if (signal.aborted) return;
    this.#setView(page);
    const card = later?.completionCard(answer.completion, this.visit, page.hasCode);
    const element = make(answer.notice ? "div.notice-page" : "div", {}, page.element, card);
    show({ element, title: page.title || (answer.progress?.label ?? ""), heading: page.heading });
    page.shown();
    if (step !== FINAL && !answer.notice) holdBack();
  }

  #tryAgain() {
    this.#setView(null); // the same page again is news, too
    this.refresh();
  }

  get #isSending() {
    return this.#view?.kind === "page" && this.#view.sending;
  }

  /** @param {StepPage} page @param {string | null} step @param {Record<string, string>} answers */
  async #submit(page, step, answers) {
    page.sending = true;
    page.tell();
    const slow = setTimeout(() => page.tell(make("p", {}, "Still sending. Please keep this page open.")), SLOW_SECONDS * 1000);
    const outcome = await persist(() => this.api.ask(step, answers), (again) => {
      clearTimeout(slow);
      page.tell(...notSentYet(again));
      if (again.tries === 1) announce("Your answers could not be sent yet. They are kept, and sent as soon as it works.", "urgent");
    }, this.#begin());
    clearTimeout(slow);
    page.tell();
    const goesOn = outcome?.kind === "answer" && outcome.answer.step !== step;
    if (goesOn) return this.#show(outcome.answer); // until that is there, the page is not to be pressed again
    const later = outcome && (await this.#load(this.#work.signal));
    page.sending = false;
    if (!outcome || !later) return;
    const text = later.notTaken(outcome.kind === "refused" ? outcome.text : null, step === FINAL);
    page.tell(make("p", {}, text));
    announce(text, "urgent");
  }

  // --- waiting and the game ---

  /** @param {Answer} answer */
  async #showWaiting(answer) {
    const signal = this.#begin();
    const later = await this.#load(signal);
    if (!later || signal.aborted) return;
    const wait = answer.wait ?? { state: "starting" };
    this.#setView(later.showWaiting(this.#view, wait));
    this.#askAgain(Math.min(Math.max(wait.askAgainAfter ?? ASK_AGAIN_SECONDS, 1), 60));
  }

  /** @param {number} seconds */
  async #askAgain(seconds) {
    const signal = this.#begin();
    await this.#pause.of(seconds);
    if (signal.aborted) return;
    await this.#ask(() => this.api.ask(this.#answer?.step ?? WHEREVER), (again) => {
      if (this.#view?.kind === "waiting" && again.tries > 1) this.#view.interrupted();
    });
  }

  /** @param {Answer} answer */
  async #showGame(answer) {
    const signal = this.#begin();
    const later = await this.#load(signal);
    if (!later || signal.aborted) return;
    if (answer.step && answer.step === this.memory.gameOver) {
      await this.#pause.of(1);
      return signal.aborted ? undefined : this.#leaveGame(answer.step);
    }
    const { visit, settings, memory } = this;
    this.#playing ??= new later.Playing({
      visit, settings,
      log: this.api.log,
      name: memory.prefix,
      begin: () => this.#begin(),
      onView: (view) => this.#setView(view),
      onDone: (step) => this.#leaveGame(step),
      onLost: (step) => this.#askAboutGame(step),
    });
    this.#playing.show(answer);
    holdBack();
  }

  /** The connection broke: is there still a game, or does the study go on elsewhere? @param {string} step */
  async #askAboutGame(step) {
    const signal = this.#work.signal;
    const outcome = await this.api.ask(step);
    if (!signal.aborted && outcome.kind === "answer") this.#show(outcome.answer);
  }

  /**
   * Go on from a game that is over, with a POST: it leaves the step that it names and no other, however often it is
   * heard. (Browsers send a plain GET again by themselves.) It is kept, so that no game is played a second time.
   *
   * @param {string} step
   */
  #leaveGame(step) {
    this.memory.gameOver = step;
    return this.#ask(() => this.api.ask(step, {}), (again) => {
      if (this.#view?.kind === "game") this.#view.interrupted(again);
      else this.#cannotReach(again);
    });
  }

  // --- tabs ---

  /** @param {string} step */
  #otherTabIsAt(step) {
    if (!this.#answer || step === this.#answer.step || this.#isSending) return;
    showBanner("You have gone on with this study in another window.", [["Go on here", () => this.refresh()]]);
  }

  /** Somebody looks at the page again: what was waited for may be there. */
  #lookUp() {
    if (this.#view?.kind === "waiting") this.#pause.wake();
  }
}

/** Firefox has none for whoever lets no page keep anything. @param {string} name */
function channelOf(name) {
  try {
    return new BroadcastChannel(`hippo/${name}`);
  } catch {
    return null;
  }
}

// --- the way back ---

/** The first press of Back stays on the page, the second leaves it. */
function holdBack() {
  if (history.state !== "study") history.pushState("study", "");
}

// --- words ---

/** @param {string} text */
function sayLoading(text) {
  const loading = document.querySelector(".loading");
  if (loading) loading.textContent = text;
  announce(text);
}

/** @param {Again} again */
function notSentYet(again) {
  const seconds = Math.max(1, Math.round(again.seconds));
  const text = navigator.onLine === false
    ? "You are offline. Your answers are kept on this device, and sent as soon as the connection is back."
    : `Your answers could not be sent yet. They are kept on this device; the next try is in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  return [make("p", {}, text), button("Try now", again.now)];
}
