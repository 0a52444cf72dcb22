// @ts-check
/**
 * Reads and writes the game connection's messages: JSON texts over one WebSocket. Servers of two
 * generations exist. They ignore unknown keys, so messages contain the keys of both generations; only
 * `action` differs. additions.js reads what only newer servers of this project say.
 */

import { SPEAKS, readAdditions } from "./additions.js";

/** @typedef {import("../types.js").GameMessage} GameMessage */

/**
 * @param {string} text
 * @param {string[]} [speaks]  the additions that the server has said it uses
 * @returns {GameMessage | null}  null: not of this protocol
 */
export function readMessage(text, speaks = []) {
  /** @type {any} */
  let message = text;
  try {
    message = JSON.parse(text);
  } catch {
    // the bare word `done` is not JSON
  }
  if (message === "done") return { done: true };
  if (typeof message !== "object" || message === null) return null;
  /** @type {GameMessage} */
  const heard = { done: message.message === "done" };
  if (Array.isArray(message.speaks)) heard.speaks = message.speaks.map(String);
  Object.assign(heard, readAdditions(message, heard.speaks ?? speaks));
  const picture = typeof message.frame === "string" ? message : (message.env ?? {});
  if (typeof picture.frame === "string") {
    const newer = typeof message.env?.frame === "string";
    Object.assign(heard, { frame: bare(picture.frame), frameId: picture.frameId, newer });
  }
  if (Array.isArray(message.UI)) heard.controls = message.UI.map(String);
  if (typeof message.status === "object" && message.status) heard.status = statusOf(message.status);
  if (Array.isArray(message.Instructions)) heard.instructions = message.Instructions.map(String);
  const { gameWindowWidth: width, gameWindowHeight: height, gameWindowSize: size } = message;
  if (positive(width)) heard.window = { width: Number(width) };
  if (positive(height)) heard.window = { ...heard.window, height: Number(height) };
  if (size) heard.window = { ...heard.window, strict: size === "strict" };
  if (typeof message.display === "object" && message.display) heard.display = message.display;
  if (message.Score !== undefined) {
    const most = message.MaxScore === undefined ? "" : ` of ${message.MaxScore}`;
    heard.display = { ...heard.display, Score: `${message.Score}${most}` };
  }
  if (Number.isFinite(message.inputBudget)) heard.budget = message.inputBudget;
  if (Number.isFinite(message.usedInputBudget)) heard.budgetUsed = message.usedInputBudget;
  if (typeof message.borderColor === "string") heard.border = message.borderColor;
  for (const side of /** @type {const} */ (["imageL", "imageR"])) {
    if (typeof message[side] === "string") heard[side] = bare(message[side]);
  }
  return heard;
}

/** @param {any} status @returns {import("../types.js").GameStatus} */
function statusOf({ phase, round, pictures }) {
  return {
    ...(typeof phase === "string" && { phase }),
    ...(Number.isFinite(round) && { round }),
    ...(typeof pictures === "boolean" && { pictures }),
  };
}

/** @param {any} value */
function positive(value) {
  return Number(value) > 0;
}

/** @param {string} picture  with or without a `data:` prefix */
function bare(picture) {
  return picture.replace(/^data:[^,]*,/, "");
}

/** Writes the client's messages. */
export class Speaker {
  frameCount = 0;
  /** @type {any} */
  frameId = 0;
  /** The server's generation, once known. @type {boolean | undefined} */
  #isNewer;
  /** The session's token, from /next. @type {string | undefined} */
  token;

  /** @param {string} userId @param {string} projectId @param {string} step */
  constructor(userId, projectId, step) {
    this.userId = userId;
    this.projectId = projectId;
    this.step = step;
  }

  /** Call for each frame. @param {boolean} asNewer  in the newer format; servers may send both */
  frameArrived(asNewer) {
    this.#isNewer ||= asNewer;
  }

  hello() {
    const { projectId, step, token } = this;
    return this.#message({ action: "start", projectId, step, speaks: SPEAKS, token });
  }

  /** @param {string} name */
  command(name) {
    return this.#message({ ...this.#asCommand(), command: name, ...(name === "start" ? browser(navigator.userAgent) : {}) });
  }

  /** @param {string} change  "faster", "slower" or a number as text: older servers fail on a number */
  frameRate(change) {
    return this.#message({ ...this.#asCommand(), changeFrameRate: change });
  }

  /** Older servers read `action` first, and reject unknown ones. */
  #asCommand() {
    return this.#isNewer === false ? {} : { action: "command" };
  }

  /**
   * @param {string} action  that is held from now on, or "noop"
   * @param {string} key  that went down or up
   * @param {boolean} down
   */
  key(action, key, down) {
    const event = down ? { KEYDOWN: [key, key.charCodeAt(0)] } : { KEYUP: [key] };
    if (this.#isNewer) return this.#message({ action: "command", KeyboardEvent: event });
    return this.#message({ action, ...(down ? { actionType: `${action}Arrow` } : {}), KeyboardEvent: event });
  }

  /** @param {string[]} keys  of the game's own, held now @param {unknown} frameId  of the frame on the screen */
  held(keys, frameId) {
    return JSON.stringify({ keys, frameId });
  }

  /** @param {string} input @param {unknown} value @param {unknown} frameId  of the frame on the screen */
  answer(input, value, frameId) {
    return JSON.stringify({ input, value, frameId });
  }

  /** @param {object} words */
  #message(words) {
    const { userId, frameCount, frameId } = this;
    return JSON.stringify({ ...words, userId, sendTo: "backend", frameCount, frameId });
  }
}

/** @param {string} agent  navigator.userAgent */
export function browser(agent) {
  const [, system = "", systemVersion = ""] = agent.match(/(Windows NT|Android|iPhone OS|CPU OS|Mac OS X|CrOS \S+|Linux)[ ]?([\d._]*)/) ?? [];
  const [, name = "", browserVersion = ""] = agent.match(/(Edg|OPR|Firefox|Chrome|Version)\/([\d.]+)/) ?? [];
  const names = /** @type {Record<string, string>} */ ({ Edg: "Edge", OPR: "Opera", Version: "Safari" });
  const found = agent.match(/(Edg|OPR)\/([\d.]+)/);
  const [short, version] = found ? [found[1], found[2]] : [name, browserVersion];
  return { system, systemVersion: systemVersion.replaceAll("_", "."), browser: names[short] ?? short, browserVersion: version };
}

/**
 * Return a link's `server` if it may be used: on this page's host, or beside the server that /next
 * names. A study whose participants have a proof allows none. Anyone can write a link.
 *
 * @param {{host: string, port: number, fixed?: boolean}} server
 * @param {string | null} linked  a host, host:port, or an address
 * @param {{hostname: string}} page  the address of this page
 * @returns {string | null}
 */
export function linkedServer({ host, port, fixed }, linked, page) {
  if (!linked || fixed) return null;
  try {
    const tried = gameAddress({ host, port }, "u", linked, { protocol: "https:", hostname: "" });
    const { hostname } = new URL(tried);
    return hostname === page.hostname || `.${hostname}`.endsWith(host.slice(host.indexOf("."))) ? linked : null;
  } catch {
    return null;
  }
}

/**
 * Return the address of a game's WebSocket: the replacement if there is one, else the `url` that /next
 * names, else one that is made of host and port, for answers of earlier releases.
 *
 * @param {{host: string, port: number, url?: string}} server
 * @param {string} userId
 * @param {string | null | undefined} instead  an address that replaces the server's own; {host}, {port}
 *   and {userId} in it are filled in
 * @param {{protocol: string, hostname: string}} page  the address of this page
 */
export function gameAddress({ host, port, url }, userId, instead, page) {
  const isLocal = page.protocol === "http:" && /^(localhost|127\.[\d.]+|\[::1\]|.*\.localhost)$/.test(page.hostname);
  const scheme = isLocal ? "ws" : "wss"; // the servers of a local cloud have no certificate
  if (!instead && url) return url.replace(/^wss?:/i, `${scheme}:`);
  if (!instead) return `${scheme}://${host}:${port}`;
  const values = /** @type {Record<string, string>} */ ({ host, port: String(port), userId });
  const filled = instead.replace(/\{(host|port|userId)\}/g, (_, name) => values[name]).replace(/^http/i, "ws");
  if (/^wss?:\/\//i.test(filled)) return filled;
  return `${scheme}://${filled}${/[:/]/.test(filled) ? "" : `:${port}`}`;
}
