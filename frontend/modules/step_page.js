// @ts-check
/**
 * A step page: the researcher's HTML in the product's form, in a shadow tree that separates the
 * styles of both.
 */

import { make } from "./dom.js";
import { answersOf, controlsOf, draftOf, isFaulty, restore, touch } from "./fields.js";
import { sanitise } from "./sanitise.js";
import { addStyles, needsWhite, scopeStyles } from "./styles.js";
import { text } from "./texts.js";

const EXIT = "You may exit now";

/** A click this soon after the page appears was meant for the previous page. Milliseconds. */
const TOO_SOON = 500;

/** Longest wait for a study's own style sheet before the page is shown. Milliseconds. */
const STYLE_PATIENCE = 1500;

/** @typedef {import("./types.js").StepOptions} StepOptions */

export class StepPage {
  kind = /** @type {const} */ ("page");
  #page = make("div.page");
  #summary = make("div.hippo-faults", { hidden: true });
  #state = make("div.hippo-state", { hidden: true });
  #submit = make("button.hippo-submit", { type: "submit", disabled: true }, text("submit"));
  #sending = false;
  #shownAt = Infinity;
  #onBroad;

  /** @param {StepOptions} options */
  constructor(options) {
    const safe = sanitise(options.html, options.assets);
    this.#onBroad = options.onBroad;
    const { className, id, style } = safe.body;
    const words = { ...(safe.lang && { lang: safe.lang }), dir: safe.dir };
    this.element = make("div.step", words);
    Object.assign(this.#page, words); // the page's rules may ask for them
    if (id) this.#page.id = id;
    this.#page.className += ` ${className}`;
    this.#page.style.cssText = style;
    this.#page.append(...safe.nodes);
    this.title = safe.title || (this.heading?.textContent ?? "").trim();
    this.hasCode = this.#fill(options.userId, options.code);
    if (options.draft) restore(this.#page, options.draft);
    this.#page.append(make("div.hippo-actions", {}, this.#summary, this.#state, this.#submit, options.action));
    const form = make("form", { noValidate: true }, this.#page);
    this.#submit.hidden = options.noSubmit || options.html.includes(EXIT);
    const white = options.sheets.length + safe.sheets.length > 0 || Boolean(options.linked) || needsWhite([...safe.css, style], this.#page);
    this.element.classList.toggle("white", white);
    const root = this.element.attachShadow({ mode: "open" });
    root.append(form);
    addStyles(root, safe.css);
    this.ready = this.#load([...safe.sheets, ...options.sheets.map((href) => ({ href, media: "" }))], options.linked, root);
    this.#listen(root, options);
  }

  /** Call when the element is in the document. */
  shown() {
    scopeStyles(/** @type {ShadowRoot} */ (this.element.shadowRoot));
    this.#shownAt = performance.now();
    setTimeout(() => (this.#submit.disabled = false), TOO_SOON);
    new ResizeObserver(() => this.#fit()).observe(this.#page);
  }

  /** What is wider than the card can be scrolled. */
  #fit() {
    const boxes = [this.element, this.#page, ...this.#page.querySelectorAll("[dir]")]; // each direction overflows at its own side
    const isBroad = boxes.some((box) => box.scrollWidth > box.clientWidth);
    this.element.classList.toggle("broad", isBroad);
    if (isBroad) this.#onBroad(this.#page);
  }

  /** @param {import("./types.js").Sheet[]} sheets @param {string | null} linked @param {ShadowRoot} root */
  async #load(sheets, linked, root) {
    if (sheets.length === 0 && !linked) return;
    const patience = new Promise((resolve) => setTimeout(resolve, STYLE_PATIENCE));
    const loaded = import("./sheets.js").then(({ adoptAll }) => adoptAll(sheets, linked, root), () => undefined);
    await Promise.race([loaded, patience]);
  }

  /** @param {string} userId @param {string | null} code @returns {boolean}  the page has a place for the code */
  #fill(userId, code) {
    for (const span of this.#page.querySelectorAll("span.MTURK_CODE")) span.textContent = userId;
    const places = this.#page.querySelectorAll("span.COMPLETION_CODE");
    for (const span of places) span.textContent = code ?? "";
    return places.length > 0;
  }

  /** @param {ShadowRoot} root @param {StepOptions} options */
  #listen(root, options) {
    for (const kind of ["pointerup", "keydown", "input", "change"]) this.#page.addEventListener(kind, touch);
    const keep = () => !this.#sending && options.onDraft(draftOf(this.#page));
    this.#page.addEventListener("input", keep);
    this.#page.addEventListener("change", keep);
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      const submitter = /** @type {SubmitEvent} */ (event).submitter;
      if (this.#sending || performance.now() - this.#shownAt < TOO_SOON) return;
      if (controlsOf(this.#page).some(isFaulty)) return options.onFaults(this.#page, this.#summary);
      options.onSubmit(answersOf(this.#page, submitter === this.#submit ? null : submitter));
    });
    root.addEventListener("click", (event) => {
      followInside(event, root);
      command(event, root);
    });
    const block = (/** @type {Event} */ event) => {
      const isAllowed = ("key" in event && event.key === "Tab") || this.#state.contains(/** @type {Node} */ (event.target));
      if (this.#sending && !isAllowed) event.preventDefault();
    };
    for (const kind of ["beforeinput", "keydown", "mousedown", "click"]) this.#page.addEventListener(kind, block);
  }

  get sending() {
    return this.#sending;
  }

  /** While answers are being sent, buttons and fields are blocked. */
  set sending(sending) {
    this.#sending = sending;
    this.#submit.setAttribute("aria-disabled", String(sending)); // `disabled` would drop the focus
    this.#submit.textContent = text(sending ? "sending" : "submit");
    this.element.setAttribute("aria-busy", String(sending));
  }

  /** @param {...Node} content  shown above the Submit button; without any, the box is hidden */
  showState(...content) {
    const hadFocus = this.#state.contains(this.element.shadowRoot?.activeElement ?? null);
    this.#state.hidden = content.length === 0;
    this.#state.replaceChildren(...content);
    if (hadFocus) (this.#state.querySelector("button") ?? this.#submit).focus();
  }

  /** Show faults with the browser's own messages: the fallback if faults.js cannot be loaded. */
  reportNatively() {
    const form = /** @type {HTMLElement} */ (this.#page.parentElement);
    HTMLFormElement.prototype.reportValidity.call(form); // a field may have the name of a method
  }

  /** The first heading. */
  get heading() {
    return /** @type {HTMLElement | null} */ (this.#page.querySelector("h1, h2, h3"));
  }
}

/** Browsers without `commandfor`: Safari before 26.2. @param {Event} event @param {ShadowRoot} root */
function command({ target }, root) {
  const invoker = target instanceof Element ? target.closest("[commandfor]") : null;
  if (!invoker || "commandForElement" in invoker) return;
  const dialog = root.getElementById(invoker.getAttribute("commandfor") ?? "");
  if (!(dialog instanceof HTMLDialogElement)) return;
  if (invoker.getAttribute("command") === "show-modal") dialog.showModal();
  else dialog.close();
}

/** Browsers do not find a `#target` in a shadow tree. @param {Event} event @param {ShadowRoot} root */
function followInside(event, root) {
  const link = event.target instanceof Element ? event.target.closest("a, area") : null;
  const to = (link?.getAttribute("href") ?? link?.getAttribute("xlink:href"))?.trim();
  if (!to?.startsWith("#") || event.defaultPrevented) return;
  event.preventDefault();
  let id = to.slice(1);
  try {
    id = decodeURIComponent(id);
  } catch {
    // "#100%" is the id as it is
  }
  const target = root.getElementById(id) ?? root.querySelector(`a[name="${CSS.escape(id)}"]`);
  (target ?? (/^(top)?$/i.test(id) ? root.host : null))?.scrollIntoView();
}
