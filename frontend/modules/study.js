// @ts-check
/**
 * A participant's way through a study: what /next says is shown, and what they do is told to /next.
 *
 *     begin ─▶ asking ─▶ a step's page ─ submit ─▶ asking …
 *                 ├────▶ waiting ─ asks again and again ─▶ the game ─ done ─▶ asking …
 *                 └────▶ a notice of ours
 *
 * One thing is asked at a time; a new question ends the one before.
 */

import { button, make } from "./dom.js";
import { elsewhere, refused, unreachable } from "./notices.js";
import { Pause, persist, persistLoading } from "./retry.js";
import { announce } from "./announce.js";
import { setTitle, show, showBanner, showProgress } from "./shell.js";
import { StepPage } from "./step_page.js";
import { addStyle } from "./styles.js";
import { Tabs } from "./tabs.js";
import { webAddress } from "./visit.js";

const GAME = "show_game_page";
const FINAL = "finalStep";

/** A step that there is not: whoever names it is served the step that they are at, and leaves none by it. */
const WHEREVER = "current";

const ASK_AGAIN_SECONDS = 3;
const ASK_AGAIN_AFTER_FAILURE = 20;
const SLOW_SECONDS = 4;

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./later.js")} Later  what is not needed for the first page */

/** @returns {Promise<Later>} */
async function loadLater() {
  const [later] = await Promise.all([import("./later.js"), addStyle("later.css")]);
  return later;
}

/** How long the first page has the network to itself. Milliseconds. */
const LATER = 1500;

export class Study {
  /** @type {Answer | null} */
  #answer = null;
  /** @type {StepPage | InstanceType<Later["Waiting"]> | InstanceType<Later["Game"]> | null} */
  #view = null;
  #work = new AbortController();
  #pause = new Pause();

  /**
   * @param {import("./types.js").Visit} visit
   * @param {import("./memory.js").Memory} memory
   * @param {import("./api.js").Api} api
   * @param {import("./types.js").Settings} settings
   * @param {(line: string) => void} log
   */
  constructor(visit, memory, api, settings, log) {
    this.visit = visit;
    this.memory = memory;
    this.api = api;
    this.settings = settings;
    this.log = log;
    this.tabs = new Tabs(memory.prefix, (step) => this.#otherTabIsAt(step));
    document.addEventListener("visibilitychange", () => !document.hidden && this.#lookUp());
    addEventListener("pageshow", (event) => event.persisted && this.refresh());
    addEventListener("popstate", () => this.#wentBack());
  }

  /** Show where the participant is. */
  begin() {
    if (this.memory.gameOver) this.#leaveGame(this.memory.gameOver);
    else this.refresh();
    setTimeout(() => loadLater().catch(() => undefined), LATER); // if it fails, it is loaded when it is needed
  }

  /** Ask where the participant is, and show it. */
  async refresh() {
    const slow = setTimeout(() => !this.#answer && this.#sayLoading("The study is slow to answer. It is on its way …"), SLOW_SECONDS * 1000);
    await this.#ask(() => this.api.ask(this.memory.step ?? WHEREVER), (again) => this.#cannotReach(again));
    clearTimeout(slow);
  }

  /**
   * Ask until there is an answer, and show it.
   *
   * @param {(tries: number) => ReturnType<import("./api.js").Api["ask"]>} attempt
   * @param {(again: import("./types.js").Again) => void} onTrouble
   */
  async #ask(attempt, onTrouble) {
    const outcome = await persist(attempt, onTrouble, this.#begin());
    if (!outcome) return;
    if (outcome.kind === "answer") return this.#show(outcome.answer);
    showProgress(undefined);
    this.#view = null;
    show(refused(outcome.text, () => this.refresh()));
  }

  /** Begin something new, and end what was going on. */
  #begin() {
    this.#work.abort();
    this.#pause.wake();
    this.#work = new AbortController();
    return this.#work.signal;
  }

  /** @param {import("./types.js").Again} again */
  #cannotReach(again) {
    if (!this.#answer) show(unreachable(again));
    else showBanner("The connection to the study is interrupted. This page keeps trying.", [["Try now", again.now]]);
  }

  /** @param {Answer} answer */
  async #show(answer) {
    const before = this.#answer;
    this.#answer = answer;
    const step = answer.step ?? null;
    if (step !== null && step !== this.memory.step) {
      this.memory.step = step;
      this.memory.forgetDrafts();
      this.tabs.tell(step);
    }
    if (this.memory.gameOver !== step) this.memory.gameOver = null;
    showProgress(answer.progress);
    if (answer.page === GAME && answer.server) return this.#showGame(answer);
    this.tabs.leaveGame();
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
    const code = answer.completion?.code ?? null;
    const page = new StepPage({
      html: answer.page,
      sheets: [this.visit.css, webAddress(answer.css)].filter((sheet) => sheet !== null),
      userId: this.visit.userId,
      code,
      draft: this.memory.draft(step),
      noSubmit: answer.notice !== undefined,
      onDraft: (draft) => this.memory.keepDraft(step, draft),
      onSubmit: (answers) => this.#submit(page, answer.step ?? null, answers),
      onFaults: (...where) => loadLater().then(({ tellFaults }) => tellFaults(...where), () => reportNatively(page)),
    });
    this.#view = page;
    await page.ready;
    if (signal.aborted) return;
    const isLast = step === FINAL || answer.notice === "serverFailed";
    const later = isLast && (answer.completion || this.visit.redirect) ? await this.#load(signal) : null;
    if (signal.aborted) return;
    const card = later?.completionCard(answer.completion, this.visit, page.hasCode);
    const again = answer.notice === "pageMissing" || answer.notice === "studyBroken";
    const actions = again ? make("p.actions", {}, button("Try again", () => this.#tryAgain())) : null;
    const element = make(`div.${answer.notice ? "notice-page" : "page-and-more"}`, {}, page.element, card, actions);
    show({ element, title: page.title || page.heading?.textContent?.trim() || answer.progress?.label || "", heading: page.heading });
    if (step !== FINAL && !answer.notice) holdBack();
  }

  #tryAgain() {
    this.#view = null; // the same page again is news, too
    this.refresh();
  }

  /**
   * @param {StepPage} page
   * @param {string | null} step
   * @param {Record<string, string>} answers
   */
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
    if (!outcome) return;
    page.sending = false;
    if (outcome.kind === "answer" && outcome.answer.step !== step) {
      page.tell();
      return this.#show(outcome.answer);
    }
    const text = outcome.kind === "refused"
      ? `Your answers could not be taken: ${outcome.text}`
      : step === FINAL ? "Thank you. Your answers have been sent." : "Your answers could not be taken yet. Please press Submit once more.";
    page.tell(make("p", {}, text));
    announce(text, "urgent");
  }

  // --- waiting and the game ---

  /** @param {AbortSignal} signal */
  #load(signal) {
    return persistLoading(loadLater, (again) => this.#cannotReach(again), signal);
  }

  /** @param {Answer} answer */
  async #showWaiting(answer) {
    const signal = this.#begin();
    const later = await this.#load(signal);
    if (!later || signal.aborted) return;
    const wait = answer.wait ?? { state: "starting" };
    if (this.#view?.kind === "waiting") {
      this.#view.update(wait);
      setTitle(this.#view.title);
    } else {
      const view = new later.Waiting(wait);
      this.#view = view;
      show(view);
    }
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

  /** @param {Answer} answer @param {boolean} [fromOthers]  take it over from another tab */
  async #showGame(answer, fromOthers = false) {
    const { server, step = WHEREVER } = answer;
    if (!server) return;
    const signal = this.#begin();
    const later = await this.#load(signal);
    if (!later || signal.aborted) return;
    const address = later.gameAddress(server, this.visit.userId, this.visit.server ?? this.settings.server, location);
    if (this.#view?.kind === "game" && !fromOthers) return this.#view.goOn(address);
    const goElsewhere = () => {
      this.#begin();
      this.tabs.leaveGame();
      this.#view = null;
      show(elsewhere(() => this.#showGame(answer, true)));
    };
    const isOurs = await this.tabs.takeGame(fromOthers, goElsewhere);
    if (signal.aborted) return;
    if (!isOurs) return goElsewhere();
    const game = new later.Game({
      address,
      userId: this.visit.userId,
      projectId: this.visit.projectId,
      onDone: () => this.#leaveGame(step),
      onLost: () => this.#askAboutGame(step),
      onElsewhere: goElsewhere,
      log: this.log,
    });
    this.#view = game;
    show(game);
    holdBack();
  }

  /** The connection broke: is there still a game, or does the study go on elsewhere? @param {string} step */
  async #askAboutGame(step) {
    const signal = this.#work.signal;
    const outcome = await this.api.ask(step);
    if (!signal.aborted && outcome.kind === "answer") this.#show(outcome.answer);
  }

  /**
   * Go on from a game that is over: with a POST that names its step, and so leaves that one game and no other, however
   * often it is heard. (A plain GET would do, too; but browsers send a GET again by themselves when a connection breaks.)
   *
   * @param {string} step
   */
  async #leaveGame(step) {
    this.memory.gameOver = step;
    await this.#ask(() => this.api.ask(step, {}), (again) => {
      if (this.#view?.kind === "game") this.#view.interrupted(again);
      else this.#cannotReach(again);
    });
    if (this.#answer) this.memory.gameOver = null;
  }

  // --- tabs, and the way back ---

  /** @param {string} step */
  #otherTabIsAt(step) {
    if (!this.#answer || step === this.#answer.step) return;
    showBanner("You have gone on with this study in another window.", [["Go on here", () => this.refresh()]]);
  }

  /** Somebody looks at the page again: what was waited for may be there. */
  #lookUp() {
    if (this.#view?.kind === "waiting") this.#pause.wake();
  }

  #wentBack() {
    showBanner("Pages that you have answered cannot be opened again: you are still at the current one. To leave the study, press Back once more; you can come back later.");
  }

  /** @param {string} text */
  #sayLoading(text) {
    const loading = document.querySelector(".loading");
    if (loading) loading.textContent = text;
    announce(text);
  }
}

/** The first press of Back stays on the page, the second leaves it. */
function holdBack() {
  if (history.state !== "study") history.pushState("study", "");
}

/** Let the browser tell what is missing, when our own way of telling it cannot be loaded. @param {StepPage} page */
function reportNatively(page) {
  const form = page.element.shadowRoot?.querySelector("form");
  if (form) HTMLFormElement.prototype.reportValidity.call(form); // a field may have the name of a method
}

/** @param {import("./types.js").Again} again */
function notSentYet(again) {
  const seconds = Math.max(1, Math.round(again.seconds));
  const text = navigator.onLine === false
    ? "You are offline. Your answers are kept on this device, and sent as soon as the connection is back."
    : `Your answers could not be sent yet. They are kept on this device; the next try is in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  return [make("p", {}, text), button("Try now", again.now)];
}
