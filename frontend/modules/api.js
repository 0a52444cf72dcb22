// @ts-check
/** Requests to /next. */

import { speak } from "./texts.js";

/** @typedef {import("./types.js").Outcome} Outcome */

const MOST_SECONDS = 30; // API Gateway's longest wait

export class Api {
  /** The page has the study's own texts. */
  #spoke = false;

  /** @param {string} address @param {import("./types.js").Visit} visit @param {(line: string) => void} log @param {import("./types.js").Proof} proof */
  constructor(address, visit, log, proof) {
    this.address = address;
    this.visit = visit;
    this.log = log;
    this.proof = proof;
  }

  /**
   * @param {string | null} step  the request can complete no other step
   * @param {Record<string, string>} [answers]  of a form; without them, the request changes nothing
   * @param {Record<string, string>} [more]  further parameters of the query
   * @returns {Promise<Outcome>}
   */
  async ask(step, answers, more) {
    const outcome = await this.#once(step, answers, more);
    if (this.proof.text || outcome.kind !== "answer" || outcome.answer.notice !== "proofNeeded") return outcome;
    try {
      await this.proof.make();
    } catch {
      return { kind: "trouble", after: 0, why: "no proof" };
    }
    return this.#once(step, answers, more);
  }

  /** @param {string | null} step @param {Record<string, string>} [answers] @param {Record<string, string>} [more] @returns {Promise<Outcome>} */
  async #once(step, answers, more = {}) {
    const url = new URL(this.address, location.href);
    url.searchParams.set("projectId", this.visit.projectId);
    url.searchParams.set("userId", this.visit.userId);
    url.searchParams.set("here", "1");
    if (step !== null) url.searchParams.set("step", step);
    for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
    const body = answers && JSON.stringify(answers);
    /** @type {Record<string, string>} */
    const headers = body ? { "Content-Type": "application/json" } : {};
    if (this.proof.text) headers["Hippo-Proof"] = this.proof.text;
    if (this.#spoke) url.searchParams.set("words", "1");
    const what = `${body ? "POST" : "GET"} step=${step ?? ""}`;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), MOST_SECONDS * 1000);
    try {
      const response = await fetch(url, {
        method: body ? "POST" : "GET", headers, body, signal: stop.signal, cache: "no-store", credentials: "omit",
      });
      const outcome = readAnswer(response.status, await response.text(), Number(response.headers.get("Retry-After")));
      this.log(`${what} → ${response.status} ${JSON.stringify(outcome)}`);
      if (outcome.kind === "answer") {
        await speak(outcome.answer.language ?? "en", outcome.answer.texts ?? (this.#spoke ? undefined : {}));
        this.#spoke ||= outcome.answer.step !== undefined;
      }
      return outcome;
    } catch (error) {
      this.log(`${what} → ${error}`);
      return { kind: "trouble", after: 0, why: "no answer" };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @param {number} status @param {string} text @param {number} after @returns {Outcome} */
function readAnswer(status, text, after = 0) {
  /** @type {any} */
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    // not from the API: a proxy, or a network's sign-in page
  }
  if (status === 400 && value !== null) return { kind: "refused", text: typeof value === "string" ? value : text };
  const trouble = status !== 200 || typeof value?.page !== "string" || value.retry === true;
  if (trouble) return { kind: "trouble", after: after > 0 ? Math.min(after, 60) : 0, why: `status ${status}` };
  if (value.step !== undefined && value.step !== null) value.step = String(value.step);
  return { kind: "answer", answer: value };
}
