// @ts-check
/** Shows missing or invalid answers beside their fields and, as links, above the Submit button. */

import { announce } from "./announce.js";
import { controlsOf, isFaulty, isTooShort } from "./fields.js";
import { make } from "./dom.js";
import { addSheet, fill } from "./styles.js";
import { text } from "./texts.js";

const STYLE = `@layer base {
  [aria-invalid=true] { border-color: var(--bad) !important; outline-color: var(--bad); }
  .hippo-faults ul { margin: .35rem 0 0; }
  .hippo-faults a { color: var(--bad); }
  .hippo-fault { display: block; margin: .35rem 0; color: var(--bad); font-size: .9375rem; font-weight: 600; }
}`;

/** @typedef {import("./types.js").Control} Control */

/**
 * @param {ParentNode} page
 * @returns {Array<{control: Control, fault: string}>}  the first invalid field of each question
 */
function faultsOf(page) {
  const groups = new Set();
  const found = [];
  for (const control of controlsOf(page)) {
    const fault = faultOf(control);
    if (!fault || (control.type === "radio" && groups.has(control.name))) continue;
    if (control.type === "radio") groups.add(control.name);
    found.push({ control, fault });
  }
  return found;
}

/** @param {Control} control @returns {string}  in the study's language; empty if the answer is good */
function faultOf(control) {
  if (!isFaulty(control)) return "";
  const { validity, validationMessage, title, type, minLength, min, max } = /** @type {HTMLInputElement} */ (control);
  if (validity.customError) return validationMessage;
  if (validity.valueMissing) return text("answerMissing");
  if (validity.tooShort || isTooShort(control)) return text("answerShort", { count: minLength });
  if (validity.rangeUnderflow) return text("answerLow", { least: min });
  if (validity.rangeOverflow) return text("answerHigh", { most: max });
  if (type === "number" && validity.badInput) return text("answerNumber");
  if (validity.typeMismatch) return text(type === "email" ? "answerEmail" : "answerAddress");
  return [text("answerWrong"), validity.patternMismatch && title].filter(Boolean).join(" ");
}

/** @type {WeakMap<HTMLElement, FaultList>} */
const lists = new WeakMap();

/** @param {HTMLElement} page @param {HTMLElement} summary  filled with links to the fields */
export function showFaults(page, summary) {
  const list = lists.get(page) ?? new FaultList(page, summary);
  lists.set(page, list);
  const count = list.show();
  announce(text("faults", { count }), "urgent");
}

/** The faults that a page currently shows. */
class FaultList {
  /** @type {Map<Control, HTMLElement>} */
  #notes = new Map();

  /** @param {HTMLElement} page @param {HTMLElement} summary  filled with links to the fields */
  constructor(page, summary) {
    this.page = page;
    this.summary = summary;
    fill(addSheet(/** @type {ShadowRoot} */ (page.getRootNode())), STYLE);
    page.addEventListener("input", () => this.#notes.size && this.show(false));
    page.addEventListener("change", () => this.#notes.size && this.show(false));
  }

  /**
   * Show the current faults.
   * @param {boolean} [all]  false: only of the fields that are marked already
   * @returns {number}  of faults
   */
  show(all = true) {
    const faults = faultsOf(this.page).filter(({ control }) => all || this.#notes.has(control));
    this.#clear();
    faults.forEach(({ control, fault }, index) => this.#mark(control, fault, `hippo-fault-${index}`));
    const count = faults.length;
    this.summary.hidden = count === 0;
    this.summary.replaceChildren(
      make("p", {}, text("faults", { count })),
      make("ul", {}, ...faults.map(({ control, fault }) => make("li", {}, link(control, fault)))),
    );
    if (all && faults.length) reveal(faults[0].control);
    return count;
  }

  /** @param {Control} control @param {string} fault @param {string} id */
  #mark(control, fault, id) {
    const note = make("span.hippo-fault", { id }, fault);
    const holder = holderOf(control, this.page);
    const isBlock = holder.localName === "div" && getComputedStyle(holder).display === "block";
    if (isBlock || holder.matches(GROUPS)) holder.append(note);
    else holder.after(note);
    this.#notes.set(control, note);
    const described = control.getAttribute("aria-describedby");
    control.setAttribute("aria-describedby", [described, id].filter(Boolean).join(" "));
    if (control.type !== "radio") control.setAttribute("aria-invalid", "true");
  }

  #clear() {
    for (const [control, note] of this.#notes) {
      note.remove();
      const described = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== note.id).join(" ");
      if (described) control.setAttribute("aria-describedby", described);
      else control.removeAttribute("aria-describedby");
      control.removeAttribute("aria-invalid");
    }
    this.#notes.clear();
  }
}

/** Elements that contain their note; after others, the note follows. */
const GROUPS = "fieldset, li, td, th, dd, details, [role=radiogroup]";

/**
 * Find the largest element that contains this question and no other.
 *
 * @param {Control} control
 * @param {HTMLElement} page
 * @returns {Element}
 */
function holderOf(control, page) {
  const isSame = (/** @type {Control} */ other) => other === control || (control.type === "radio" && other.name === control.name);
  const whole = controlsOf(page).filter(isSame);
  let holder = /** @type {Element} */ (control);
  while (holder.parentElement && holder.parentElement !== page) {
    const parent = holder.parentElement;
    const isComplete = whole.every((each) => holder.contains(each));
    if (isComplete && (holder.matches(GROUPS) || !controlsOf(parent).every(isSame))) break;
    holder = parent;
  }
  return holder;
}

/** @param {Control} control @returns {HTMLLabelElement | undefined} */
function labelOf(control) {
  return control.labels?.[0];
}

/** @param {Control} control @param {string} fault */
function link(control, fault) {
  const legend = control.type === "radio" ? control.closest("fieldset")?.querySelector("legend") : null;
  const name = (legend ?? labelOf(control))?.textContent?.trim().replace(/\s+/g, " ") ?? "";
  const short = name.length > 70 ? `${name.slice(0, 69)}…` : name;
  const act = (/** @type {Event} */ event) => (event.preventDefault(), reveal(control));
  return make("a", { href: "#", onclick: act }, !short ? fault : /[.:?!؟？：。]$/.test(short) ? `${short} ${fault}` : text("faultOf", { question: short, fault }));
}

/** Focus a field, also in closed details. @param {Control} control */
function reveal(control) {
  for (let box = control.closest("details"); box; box = box.parentElement?.closest("details") ?? null) box.open = true;
  control.focus();
}
