// @ts-check
/** The game view: connection state, picture, controls, figures and instructions. */

import { announce, button, make } from "../dom.js";
import { text } from "../texts.js";
import { readFrame } from "./additions.js";
import { StopQuestion } from "./ask.js";
import { Caption } from "./caption.js";
import { Connection } from "./connection.js";
import { PAD, listenToKeys } from "./keys.js";
import { Liveness } from "./liveness.js";
import { Panel } from "./panel.js";
import { Speaker, readMessage } from "./protocol.js";
import { Screen, pictureOf } from "./screen.js";
import { Stillness } from "./stillness.js";

/** Close code of the example servers when the same participant opens another connection. */
const OPENED_ELSEWHERE = 4000;

/** Commands after which the game continues. */
const FEEDBACK = new Set(["good", "bad"]);

/** After this many failed tries without any connection, the view mentions firewalls. */
const FIREWALL_TRIES = 5;

export class Game {
  kind = /** @type {const} */ ("game");
  title = text("game");
  wide = true;
  #state = make("p.connection", {}, text("connecting"));
  #screen = new Screen((click) => this.#clicked(click));
  #curtain = make("div.curtain");
  #caption = new Caption();
  #reconnect = button(text("reconnect"), () => this.liveness.doubt(), "reconnect");
  #stillness = new Stillness((isStill) => this.#stands(isStill));
  #stopQuestion = new StopQuestion(() => this.#command("stop"));
  #figures = make("dl");
  #budget = make("div.budget", { hidden: true });
  #pictures = make("div.pictures", { hidden: true });
  #lines = make("ul");
  #instructions = make("details.instructions", { open: true, hidden: true }, make("summary", {}, text("howToPlay")), this.#lines);
  #numbers = make("div.figures", { hidden: true }, this.#figures, this.#budget);
  #stop = new AbortController();
  #done = false;
  #playing = false;
  #endedCleanly = false;
  /** The additions that the server uses. @type {string[]} */
  #speaks = [];
  #instructionsShown = "";

  /** @param {import("../types.js").GameOptions} options */
  constructor(options) {
    this.options = options;
    this.speaker = new Speaker(options.userId, options.projectId, options.step);
    this.speaker.token = options.server.token;
    this.liveness = new Liveness(() => this.connection.renew());
    this.panel = new Panel({
      command: (name) => (name === "stop" ? this.#askToStop() : this.#command(name)),
      frameRate: (change) => this.#send(this.speaker.frameRate(change)),
      key: (action, key, down) => this.#sendInput(this.speaker.key(action, key.replace(PAD, ""), down)),
      held: (keys) => this.#sendInput(this.speaker.held(keys, this.#screen.frameId)),
      answer: (name, value) => this.#sendInput(this.speaker.answer(name, value, this.#screen.frameId)),
      filter: (filter) => this.#screen.setFilter(filter),
      focusGame: () => this.heading.focus({ preventScroll: true }),
    });
    this.#stopQuestion.element.addEventListener("close", () => this.panel.keyHelp && this.heading.focus({ preventScroll: true }));
    this.heading = this.#screen.element;
    this.heading.append(this.#caption.element, this.#curtain);
    this.#reconnect.hidden = true;
    const bar = make("div.bar", {}, this.#state, this.#reconnect, this.#numbers);
    const stage = make("div.stage", {}, this.#screen.room, this.#pictures);
    this.element = make(
      "section.game", {},
      make("h1.unseen", {}, text("game")),
      make("div.play", {}, bar, stage, this.panel.element),
      this.#instructions,
      this.#stopQuestion.element,
    );
    measure(this.element, { bar, pictures: this.#pictures, tools: this.panel.element });
    listenToKeys(this.element, () => this.panel.keys, () => this.#playing && !this.#stopQuestion.isOpen, this.#stop.signal);
    this.#listenForGamepads();
    this.#cover(text("connectingLong"));
    this.connection = this.#connect(options.server);
  }

  /** Browsers report a gamepad when one of its buttons is pressed. */
  #listenForGamepads() {
    const load = async () => {
      const { followGamepads } = await import("./gamepad.js");
      followGamepads(() => this.panel, () => this.#playing && !this.#stopQuestion.isOpen, this.#stop.signal);
    };
    const begin = () => load().catch(() => addEventListener("gamepadconnected", begin, { once: true, signal: this.#stop.signal }));
    if ([...(navigator.getGamepads?.() ?? [])].some(Boolean)) begin();
    else addEventListener("gamepadconnected", begin, { once: true, signal: this.#stop.signal });
  }

  close() {
    this.#stop.abort();
    this.#stillness.forget();
    this.connection.end();
  }

  get isConnected() {
    return this.#playing;
  }

  /** Connect to the server from /next, if it has changed. @param {import("../types.js").GameServer} server */
  setServer(server) {
    if ((server.address === this.connection.address && server.token === this.speaker.token) || this.#done) return;
    this.speaker.token = server.token;
    this.connection.end();
    this.connection = this.#connect(server);
  }

  /** The game is over, and /next cannot be reached. @param {import("../types.js").Again} again */
  interrupted(again) {
    this.#cover(text("gameOverStuck"), [[text("tryNow"), again.now]]);
  }

  /** @param {import("../types.js").GameServer} server */
  #connect({ address, protocols }) {
    this.options.log(`game: ${address}`);
    return new Connection(address, protocols, {
      hello: () => this.#logSent(this.speaker.hello()),
      onMessage: (data) => this.#receive(data),
      onOpen: () => this.#opened(),
      onLost: (lost) => this.#lost(lost),
    });
  }

  #opened() {
    if (this.#state.dataset.lost) announce(text("connectedAgain"));
    this.#setState(text("connected"), "good");
    this.#stillness.forget();
    this.panel.keys.forget();
    this.#speaks = [];
    this.liveness.opened();
    this.#endedCleanly = false;
    this.#playing = true;
    this.panel.element.inert = false;
    this.#uncover();
  }

  /** @param {import("../types.js").Lost} lost */
  #lost({ tries, clean, code, again }) {
    this.options.log(`game: closed, code ${code}, try ${tries}`);
    if (code === OPENED_ELSEWHERE) return this.options.onElsewhere();
    this.panel.keys.forget();
    this.liveness.commanded();
    this.#stillness.forget();
    this.#stopQuestion.close();
    this.#playing = false;
    this.panel.element.inert = true;
    const before = this.connection?.wasOpen ?? false;
    this.#setState(text(before ? "reconnecting" : "connecting"), "bad");
    /** @type {Array<[string, () => void]>} */
    const actions = [[text("tryNow"), again]];
    // Some servers end a game by closing the connection without `done`: the participant decides.
    this.#endedCleanly ||= clean && before; // later failed tries do not clear it
    if (this.#endedCleanly) actions.push([text("iHaveFinished"), () => this.#finish()]);
    const unreachable = !before && tries >= FIREWALL_TRIES;
    this.#cover(unreachable ? blocked(this.connection.address) : text(before ? "gameInterrupted" : "connectingLong"), actions);
    if (tries === 1 && before) announce(text("gameInterrupted"), "urgent");
    this.options.onLost(unreachable);
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    const heard = typeof data === "string" ? readMessage(data, this.#speaks) : this.#speaks.includes("binary") ? readFrame(data) : null;
    this.options.log(`game ← ${typeof data === "string" ? data : `frame ${heard?.frameId}, ${data.byteLength} bytes`}`);
    this.liveness.heard(heard?.frame !== undefined);
    const due = heard?.status?.pictures ?? (this.liveness.isMistaken ? false : undefined);
    this.#stillness.heard(heard?.frame !== undefined, due);
    if (!heard) return;
    if (heard.frame !== undefined) {
      this.speaker.frameCount += 1;
      this.speaker.frameId = heard.frameId ?? this.speaker.frameId;
      if (typeof data === "string") this.speaker.frameArrived(heard.newer ?? false);
      this.#screen.show(heard.frame, this.speaker.frameId);
    }
    if (heard.speaks) this.#speaks = heard.speaks;
    if (heard.window) this.#screen.setWindow(heard.window);
    if (heard.border) this.#screen.setBorder(heard.border);
    if (heard.controls || heard.ownKeys || heard.inputs) this.#showControls(heard);
    if (heard.status) this.#caption.show(heard.status, this.panel.has("start"));
    if (heard.instructions) this.#showInstructions(heard.instructions);
    if (heard.display) this.#showFigures(heard.display);
    if (heard.budget !== undefined || heard.budgetUsed !== undefined) this.#showBudget(heard);
    if (heard.imageL !== undefined || heard.imageR !== undefined) this.#showPictures(heard);
    if (heard.done) this.#finish();
  }

  #finish() {
    if (this.#done) return;
    this.#done = true;
    this.#playing = false;
    this.#stillness.forget();
    this.#stopQuestion.close();
    this.connection.end();
    this.panel.element.inert = true;
    this.#setState(text("gameOver"), "good");
    this.#cover(text("gameOverNext"));
    announce(text("gameOverNext"));
    this.options.onDone();
  }

  /** @param {string} name */
  #command(name) {
    if (!this.#send(this.speaker.command(name))) return;
    const isFeedback = FEEDBACK.has(name);
    this.#stillness.sent(!isFeedback);
    if (isFeedback) this.liveness.sent();
    else this.liveness.commanded();
  }

  #askToStop() {
    this.panel.keys.releaseAll();
    if (this.#playing) this.#stopQuestion.ask();
  }

  /** @param {boolean} isStill  although the game should send pictures */
  #stands(isStill) {
    this.#reconnect.hidden = !isStill;
    if (!this.#playing) return;
    this.#setState(text(isStill ? "pictureStill" : "connected"), isStill ? "still" : "good");
    if (isStill) announce(text("pictureStill"));
  }

  /** @param {import("../types.js").GameMessage} heard */
  #showControls(heard) {
    this.panel.show(heard);
    this.#screen.setClickable(this.#clickInputs.length > 0);
    this.heading.setAttribute("aria-label", [text("game"), this.panel.keyHelp].filter(Boolean).join(". "));
  }

  get #clickInputs() {
    return this.panel.inputs.filter(({ kind }) => kind === "click");
  }

  /** @param {import("../types.js").Click} click */
  #clicked({ value, frameId }) {
    for (const { name } of this.#clickInputs) this.#sendInput(this.speaker.answer(name, value, frameId));
  }

  /** @param {string[]} lines */
  #showInstructions(lines) {
    if (lines.join("\n") === this.#instructionsShown) return; // some servers send them with every picture
    this.#instructionsShown = lines.join("\n");
    this.#lines.replaceChildren(...lines.map((line) => make("li", {}, line)));
    this.#instructions.hidden = lines.length === 0;
  }

  /** @param {Record<string, any>} display */
  #showFigures(display) {
    const rows = Object.entries(display).map(([label, value]) => make("div", {}, make("dt", {}, label), make("dd", {}, String(value))));
    this.#figures.replaceChildren(...rows);
    this.#numbers.hidden = false;
  }

  /** @param {import("../types.js").GameMessage} heard */
  #showBudget({ budget, budgetUsed }) {
    if (budget !== undefined) this.#budget.dataset.most = String(budget);
    if (budgetUsed !== undefined) this.#budget.dataset.used = String(budgetUsed);
    const [used, most] = [Number(this.#budget.dataset.used ?? 0), Number(this.#budget.dataset.most ?? 0)];
    const bar = make("progress", { max: Math.max(most, 1), value: Math.min(used, most), "aria-label": text("budgetLabel") });
    this.#budget.replaceChildren(make("span", {}, text("budget", { used, most })), bar);
    this.#budget.hidden = most === 0;
    this.#numbers.hidden = false;
  }

  /** @param {import("../types.js").GameMessage} heard */
  #showPictures(heard) {
    for (const [side, name] of /** @type {const} */ ([["imageL", "leftPicture"], ["imageR", "rightPicture"]])) {
      const picture = heard[side];
      if (picture === undefined) continue;
      let image = this.#pictures.querySelector(`.${side}`);
      if (!image) this.#pictures.append((image = make(`img.${side}`, { alt: text(name) })));
      URL.revokeObjectURL(image.src);
      image.src = URL.createObjectURL(pictureOf(picture));
    }
    this.#pictures.hidden = false;
  }

  /** @param {string} words @param {"good" | "bad" | "still"} kind */
  #setState(words, kind) {
    this.#state.textContent = words;
    this.#state.className = `connection ${kind}`;
    this.#state.dataset.lost = kind === "bad" ? "yes" : "";
  }

  /** @param {string} words @param {Array<[string, () => void]>} [actions] */
  #cover(words, actions = []) {
    const hadFocus = this.#curtain.contains(document.activeElement);
    const buttons = actions.map(([label, act]) => button(label, act));
    this.#curtain.hidden = false;
    this.#curtain.replaceChildren(make("p", {}, words), make("p", {}, ...buttons));
    if (hadFocus) (buttons[0] ?? this.heading).focus();
  }

  #uncover() {
    if (this.#curtain.contains(document.activeElement)) this.heading.focus();
    this.#curtain.hidden = true;
  }

  /** An input after which the game continues. @param {string} text @returns {boolean}  sent */
  #sendInput(text) {
    const isSent = this.#send(text);
    if (!isSent) return false;
    this.liveness.sent();
    this.#stillness.sent();
    return true;
  }

  /** @param {string} text @returns {boolean}  sent */
  #send(text) {
    const isSent = this.#playing && this.connection.send(text);
    if (isSent) this.#logSent(text);
    return isSent;
  }

  /** @param {string} text */
  #logSent(text) {
    this.options.log(`game → ${text}`);
    return text;
  }
}

/** @param {string} address @returns {string}  that the network may block its port */
function blocked(address) {
  const port = portOf(address);
  return port ? text("gameBlockedPort", { port }) : text("gameBlocked");
}

/** The port of an address, or "" for the one that every web page uses. @param {string} address */
function portOf(address) {
  try {
    return new URL(address.replace(/^ws/i, "http")).port;
  } catch {
    return "";
  }
}

/**
 * The style sheet gives the picture what the other parts leave of the window.
 *
 * @param {HTMLElement} game
 * @param {Record<string, HTMLElement>} parts  by the custom property of its height
 */
function measure(game, parts) {
  const observer = new ResizeObserver(() => {
    for (const [name, { offsetHeight }] of Object.entries(parts)) game.style.setProperty(`--${name}`, `${offsetHeight}px`);
  });
  for (const part of Object.values(parts)) observer.observe(part);
}
