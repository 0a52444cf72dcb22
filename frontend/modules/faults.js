// @ts-check
/** Shows missing or invalid answers beside their fields and, as links, above the Submit button. */

import { controlsOf, isFaulty, isTooShort } from "./fields.js";
import { announce, make } from "./dom.js";
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
 * @param {Control[]} controls  of a page
 * @returns {Array<{control: Control, fault: string}>}  the first invalid field of each question
 */
function faultsOf(controls) {
  const groups = new Set();
  const found = [];
  for (const control of controls) {
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
  /** @type {Map<Control, {fault: string, note: HTMLElement, item: HTMLElement}>} */
  #shown = new Map();

  /** @param {HTMLElement} page @param {HTMLElement} summary  filled with links to the fields */
  constructor(page, summary) {
    this.page = page;
    this.summary = summary;
    fill(addSheet(/** @type {ShadowRoot} */ (page.getRootNode())), STYLE);
    page.addEventListener("input", ({ target }) => this.#check((control) => isSame(control, target)));
    page.addEventListener("change", () => this.#check(() => true)); // an answer may hide another field
  }

  /** Show the current faults. @returns {number}  of faults */
  show() {
    for (const control of [...this.#shown.keys()]) this.#forget(control);
    const controls = controlsOf(this.page);
    const faults = faultsOf(controls);
    const items = faults.map(({ control, fault }, index) => this.#mark(control, fault, `hippo-fault-${index}`, controls));
    this.summary.replaceChildren(make("p"), make("ul", {}, ...items));
    this.#count();
    for (const { control } of faults) open(control);
    if (faults.length) reveal(faults[0].control);
    return faults.length;
  }

  /** Check again what is marked. A key press costs no more with a hundred faults than with one. @param {(control: Control) => boolean} isMeant */
  #check(isMeant) {
    const before = this.#shown.size;
    for (const [control, { fault, note, item }] of this.#shown) {
      const now = isMeant(control) ? faultOf(control) : fault;
      if (now === fault) continue;
      if (!now) {
        this.#forget(control);
        continue;
      }
      note.textContent = now;
      item.replaceChildren(link(control, now));
      this.#shown.set(control, { fault: now, note, item });
    }
    if (this.#shown.size !== before) this.#count();
  }

  #count() {
    const count = this.#shown.size;
    this.summary.hidden = count === 0;
    /** @type {Element} */ (this.summary.firstElementChild).textContent = text("faults", { count });
  }

  /** @param {Control} control @param {string} fault @param {string} id @param {Control[]} controls  of the page @returns {HTMLElement}  for the summary */
  #mark(control, fault, id, controls) {
    const note = make("span.hippo-fault", { id }, fault);
    const holder = holderOf(control, this.page, controls);
    const isBlock = holder.localName === "div" && getComputedStyle(holder).display === "block";
    if (isBlock || holder.matches(GROUPS)) holder.append(note);
    else holder.after(note);
    const item = make("li", {}, link(control, fault));
    this.#shown.set(control, { fault, note, item });
    const described = control.getAttribute("aria-describedby");
    control.setAttribute("aria-describedby", [described, id].filter(Boolean).join(" "));
    if (control.type !== "radio") control.setAttribute("aria-invalid", "true");
    return item;
  }

  /** @param {Control} control */
  #forget(control) {
    const { note, item } = /** @type {{note: HTMLElement, item: HTMLElement}} */ (this.#shown.get(control));
    this.#shown.delete(control);
    note.remove();
    item.remove();
    const described = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== note.id).join(" ");
    if (described) control.setAttribute("aria-describedby", described);
    else control.removeAttribute("aria-describedby");
    control.removeAttribute("aria-invalid");
  }
}

/** Of one question. @param {Control} control @param {EventTarget | null} other */
function isSame(control, other) {
  if (control === other) return true;
  return control.type === "radio" && other instanceof HTMLInputElement && other.type === "radio" && other.name === control.name;
}

/** Elements that contain their note; after others, the note follows. */
const GROUPS = "fieldset, li, td, th, dd, details, [role=radiogroup]";

/**
 * Find the largest element that contains this question and no other.
 *
 * @param {Control} control
 * @param {HTMLElement} page
 * @param {Control[]} controls  of the page
 * @returns {Element}
 */
function holderOf(control, page, controls) {
  const whole = controls.filter((other) => isSame(control, other));
  let holder = /** @type {Element} */ (control);
  while (holder.parentElement && holder.parentElement !== page) {
    const parent = holder.parentElement;
    const isComplete = whole.every((each) => holder.contains(each));
    if (isComplete && (holder.matches(GROUPS) || !controlsOf(parent).every((other) => isSame(control, other)))) break;
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

/** Open the details around a field. @param {Control} control */
function open(control) {
  for (let box = control.closest("details"); box; box = box.parentElement?.closest("details") ?? null) box.open = true;
}

/** Focus a field, also in closed details. @param {Control} control */
function reveal(control) {
  open(control);
  control.focus();
}
