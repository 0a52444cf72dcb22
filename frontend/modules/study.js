// @ts-check
/**
 * Takes a participant through a study: shows what /next answers, and sends answers to /next.
 * Each request aborts the one before. README.md has the table of answers.
 */

import { announce, button, make } from "./dom.js";
import { devicesLoader, loadLater, needLater } from "./loading.js";
import { showSlow, showUnreachable } from "./notices.js";
import { Pause, persist, persistLoading } from "./retry.js";
import { offerOtherDevice, show, showBanner, showFooter, showProgress } from "./shell.js";
import { StepPage } from "./step_page.js";
import { text } from "./texts.js";
import { allowed, webAddress } from "./visit.js";

/** @typedef {import("./types.js").Again} Again */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./loading.js").Later} Later */
/** @typedef {StepPage | ReturnType<Later["showWaiting"]> | import("./game/game.js").Game} Shown */

const GAME = "show_game_page";
const FINAL = "finalStep";

/** No step has this name: /next answers with the participant's current step and completes none. */
const CURRENT_STEP = "current";

/** Notices with a Try again button: their cause may be fixed. */
const TEMPORARY = new Set(["notOpen", "pageMissing", "studyBroken", "lineFull", "fetchedAhead"]);

const ASK_AGAIN_SECONDS = 3;
/** Seconds until the page asks again by itself, by notice. */
const ASK_AGAIN_AFTER = new Map([["serverFailed", 20], ["lineFull", 120]]);
const SLOW_SECONDS = 4;

/** Delay before the other modules load beside the first page. Seconds. */
const LATER_SECONDS = 1.5;

export class Study {
  /** @type {Answer | null} */
  answer = null;
  /** @type {Shown | null} */
  view = null;
  #work = new AbortController();
  #pause = new Pause();
  /** @type {InstanceType<Later["Playing"]> | null} */
  #playing = null;
  /** @type {((answer: Answer) => void) | undefined} */
  onAnswer;
  /** @type {(() => void) | null} */
  #closeTrouble = null;
  /** Loads what tests the device, in a study that requires something of it. @type {ReturnType<typeof devicesLoader> | undefined} */
  #devices;

  /** @param {import("./memory.js").Memory} memory @param {import("./api.js").Api} api @param {import("./types.js").Settings} settings */
  constructor(memory, api, settings) {
    this.visit = api.visit;
    this.memory = memory;
    this.api = api;
    this.settings = settings;
    this.tabs = channelOf(memory.prefix);
    this.tabs?.addEventListener("message", ({ data }) => this.#otherTabIsAt(String(data)));
    document.addEventListener("visibilitychange", () => !document.hidden && this.#pollNow());
    addEventListener("pageshow", (event) => event.persisted && !this.#isSending && this.refresh());
    addEventListener("popstate", () => loadLater().then((later) => later.explainBack(), () => undefined));
  }

  /** Show the participant's current step. */
  begin() {
    if (this.memory.gameOver) this.#leaveGame(this.memory.gameOver);
    else this.refresh();
    setTimeout(() => loadLater().then((later) => later.attend(this)).catch(() => {}), LATER_SECONDS * 1000); // else, first use
  }

  /** Request the participant's current step, and show it. */
  async refresh() {
    const slow = setTimeout(() => !this.answer && showSlow(), SLOW_SECONDS * 1000);
    await this.#ask(() => this.api.ask(this.memory.step ?? CURRENT_STEP));
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
    showFooter(this.visit.userId);
    this.#setView(null);
    show(later.refused(outcome.text, () => this.refresh()));
  }

  /** Abort the current work; return the signal of the new work. */
  #begin() {
    this.#work.abort();
    this.#pause.wake();
    this.#work = new AbortController();
    return this.#work.signal;
  }

  /** @param {AbortSignal} signal */
  async #load(signal) {
    const later = await needLater((again) => this.#cannotReach(again), signal);
    later?.attend(this);
    return later;
  }

  /** @param {Again} again */
  #cannotReach(again) {
    if (!this.view) return showUnreachable(again);
    if (again.tries > 1) return; // the banner is shown already
    this.#closeTrouble = showBanner(text("interrupted"), [[text("tryNow"), again.now]]);
  }

  /** @param {Shown | null} view */
  #setView(view) {
    this.view = view;
    if (view?.kind !== "game") this.#playing?.leave();
  }

  /** @param {Answer} answer */
  async #show(answer) {
    const before = this.answer;
    const step = answer.step ?? null;
    this.answer = answer;
    this.memory.language = answer.language ?? "en";
    showFooter(this.visit.userId);
    this.#closeTrouble?.();
    if (before && before.step !== answer.step) showBanner(null);
    const proof = this.api.proof.text;
    if (proof && step !== null) offerOtherDevice(() => loadLater().then((later) => later.showOtherDevice(proof, this.visit)));
    if (step !== null && step !== this.memory.step) {
      this.memory.step = step;
      this.memory.forgetDrafts();
      this.tabs?.postMessage(step);
    }
    if (step !== null && this.memory.gameOver !== step) this.memory.gameOver = null;
    showProgress(answer.progress);
    this.onAnswer?.(answer);
    if (answer.page === GAME) return this.#showGame(answer);
    if (answer.page === "wait" || (answer.wait && !answer.notice) || answer.notice === "stillThere") return this.#showWaiting(answer);
    const isSame = this.view?.kind === "page" && before?.page === answer.page && before.step === answer.step;
    if (!isSame) await this.#showPage(answer);
    const again = ASK_AGAIN_AFTER.get(answer.notice ?? "");
    if (again !== undefined && this.answer === answer && !isOver(answer)) this.#askAgain(again);
  }

  // --- pages ---

  /** @param {Answer} answer */
  async #showPage(answer) {
    const signal = this.#begin();
    const step = answer.step ?? "";
    const assets = answer.assets ? new URL(answer.assets, document.baseURI).href : null;
    const style = assets ? answer.style?.replace(/^assets\//, assets) : answer.style;
    this.#testDevice(answer.requires);
    const page = new StepPage({
      html: answer.page,
      assets,
      sheets: [webAddress(answer.css), webAddress(style)].filter((sheet) => sheet !== null),
      linked: allowed(this.visit.css, this.settings),
      userId: this.visit.userId,
      code: answer.completion?.code ?? null,
      draft: this.memory.draft(step),
      noSubmit: answer.notice !== undefined,
      action: TEMPORARY.has(answer.notice ?? "") ? button(text("tryAgain"), () => this.#tryAgain()) : null,
      onDraft: (draft) => this.memory.keepDraft(step, draft),
      onSubmit: (answers) => this.#submit(page, answer.step ?? null, answers),
      onBroad: (html) => loadLater().then(({ makeReachable }) => makeReachable(html), () => undefined),
      onFaults: (...where) => loadLater().then(({ showFaults }) => showFaults(...where), () => page.reportNatively()),
    });
    await page.ready;
    const redirect = allowed(this.visit.redirect, this.settings);
    // Without a game and a code, the participant may go on later: no way back is shown.
    const isLast = answer.notice === "serverFailed" ? isOver(answer) : step === FINAL && (answer.completion || redirect);
    const later = isLast ? await this.#load(signal) : null;
    if (signal.aborted) return;
    this.#setView(page);
    const card = later?.completionCard(answer.completion, { ...this.visit, redirect }, page.hasCode);
    const element = make(answer.notice ? "div.notice-page" : "div", {}, page.element, card);
    show({ element, title: page.title || (answer.progress?.label ?? ""), heading: page.heading });
    page.shown();
    if (step === FINAL) loadLater().then((later) => later.addCopyButtons(page.element, answer.completion?.code), () => undefined);
    else if (!answer.notice) holdBack();
  }

  /** @param {Answer["requires"]} requires  of the page that is shown */
  #testDevice(requires) {
    if (!requires) this.#devices?.().then((devices) => devices.close(), () => {});
    this.#devices = requires && (this.#devices ?? devicesLoader(requires, this.api.address));
    this.#devices?.().catch(() => {}); // loaded again at Submit
  }

  #tryAgain() {
    this.#setView(null); // show the answer even if it is the same page
    this.refresh();
  }

  get #isSending() {
    return this.view?.kind === "page" && this.view.sending;
  }

  /** @param {StepPage} page @param {string | null} step @param {Record<string, string>} answers @returns {Promise<void>} */
  async #submit(page, step, answers) {
    page.sending = true;
    page.showState();
    const slow = setTimeout(() => page.showState(make("p", {}, text("stillSending"))), SLOW_SECONDS * 1000);
    const signal = this.#begin();
    const devices = this.#devices && (await persistLoading(this.#devices, () => {}, signal));
    const measured = await devices?.report();
    const outcome = await persist(() => this.api.ask(step, answers, measured ? { device: measured } : {}), (again) => {
      clearTimeout(slow);
      page.showState(...notSentYet(again));
      if (again.tries === 1) announce(text("notSentBrief"), "urgent");
    }, signal);
    clearTimeout(slow);
    page.showState();
    if (devices && outcome?.kind === "answer" && outcome.answer.unmet) {
      await devices.ask((...content) => page.showState(...content), signal);
      return signal.aborted ? undefined : this.#submit(page, step, answers);
    }
    const isNextStep = outcome?.kind === "answer" && outcome.answer.step !== step;
    if (isNextStep) return this.#show(outcome.answer); // the old page stays blocked until the new one replaces it
    const later = outcome && (await this.#load(this.#work.signal));
    page.sending = false;
    if (!outcome || !later) return;
    const why = later.notAccepted(outcome.kind === "refused" ? outcome.text : null, step === FINAL);
    page.showState(make("p", {}, why));
    announce(why, "urgent");
  }

  // --- waiting and the game ---

  /** @param {Answer} answer */
  async #showWaiting(answer) {
    const signal = this.#begin();
    const later = await this.#load(signal);
    if (!later || signal.aborted) return;
    if (answer.notice) return this.#setView(null), show(later.stillThere(answer.ended, () => this.#ask(() => this.api.ask(CURRENT_STEP, {}))));
    const wait = answer.wait ?? { state: "starting" };
    this.#setView(later.showWaiting(this.view, wait));
    this.#askAgain(Math.min(Math.max(wait.askAgainAfter ?? ASK_AGAIN_SECONDS, 1), 60));
  }

  /** @param {number} seconds */
  async #askAgain(seconds) {
    const signal = this.#begin();
    await this.#pause.of(seconds);
    if (signal.aborted) return;
    await this.#ask(() => this.api.ask(this.answer?.step ?? CURRENT_STEP), (again) => {
      if (this.view?.kind === "waiting" && again.tries > 1) this.view.interrupted();
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
      onLost: (step, unreachable) => this.#askAboutGame(step, unreachable),
    });
    this.#playing.show(answer);
    holdBack();
  }

  /**
   * After a broken connection, request the step: it may be over.
   *
   * @param {string} step
   * @param {boolean} unreachable  the game has never been connected: the researcher should know
   */
  async #askAboutGame(step, unreachable) {
    const signal = this.#work.signal;
    const outcome = await this.api.ask(step, undefined, unreachable ? { unreachable: "1" } : {});
    if (!signal.aborted && outcome.kind === "answer") this.#show(outcome.answer);
  }

  /**
   * Complete the game's step with a POST, which is idempotent: it completes the named step only.
   * (Browsers repeat a GET on their own.) `gameOver` is stored, so that no game is played twice.
   *
   * @param {string} step
   */
  #leaveGame(step) {
    this.memory.gameOver = step;
    return this.#ask(() => this.api.ask(step, {}), (again) => {
      if (this.view?.kind === "game") this.view.interrupted(again);
      else this.#cannotReach(again);
    });
  }

  // --- tabs ---

  /** @param {string} step */
  #otherTabIsAt(step) {
    if (!this.answer || step === this.answer.step || this.#isSending) return;
    showBanner(text("otherWindow"), [[text("continueHere"), () => this.refresh()]]);
  }

  /** The tab is visible again: end the current pause between two requests. */
  #pollNow() {
    if (this.view?.kind === "waiting") this.#pause.wake();
  }
}

/** The participant got a code, or a way back, and nothing follows. @param {Answer} answer */
function isOver({ step, completion }) {
  return step === FINAL && Boolean(completion?.code || completion?.redirect);
}

/** Firefox throws if it blocks storage. @param {string} name */
function channelOf(name) {
  try {
    return new BroadcastChannel(`hippo/${name}`);
  } catch {
    return null;
  }
}

// --- the way back ---

/** Keep the participant on the page at the first press of Back; the second leaves it. */
function holdBack() {
  if (history.state === "study") return;
  for (const kind of GESTURES) addEventListener(kind, addEntry);
}

/** Browsers skip history entries that are made before the participant does something on the page. */
const GESTURES = ["click", "keydown", "touchend"];

/** @param {any} event */
function addEntry({ altKey, ctrlKey, metaKey, key }) {
  if (altKey || ctrlKey || metaKey || key === "Escape" || navigator.userActivation?.isActive === false) return; // as in Alt+Left
  for (const kind of GESTURES) removeEventListener(kind, addEntry);
  if (history.state !== "study") history.pushState("study", "");
}

// --- texts ---

/** @param {Again} again */
function notSentYet(again) {
  const seconds = Math.max(1, Math.round(again.seconds));
  const why = navigator.onLine === false ? text("notSentOffline") : text("notSent", { count: seconds });
  return [make("p", {}, why), button(text("tryNow"), again.now)];
}
