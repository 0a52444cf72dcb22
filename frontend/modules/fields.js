// @ts-check
/** The fields of a step page: collects and checks answers, saves and restores drafts. */

/** @typedef {import("./types.js").Control} Control */
/** @typedef {import("./types.js").Draft} Draft */

const NO_ANSWER = new Set(["submit", "button", "reset", "image", "file"]);

/** @param {ParentNode} page @returns {Control[]} */
export function controlsOf(page) {
  const found = /** @type {Control[]} */ ([...page.querySelectorAll("input, select, textarea")]);
  return found.filter((control) => !NO_ANSWER.has(control.type));
}

/** The answer that names the sliders that the participant left as they were. */
const UNTOUCHED = "_untouched";

/**
 * Collect the answers as a flat object: the last field of a name wins, ticked boxes of a name are
 * joined, nameless fields share "", and an unticked box is sent empty unless another field has its
 * name (a group, or a hidden default). `_untouched` names the sliders left as they were, if any.
 *
 * @param {ParentNode} page
 * @param {HTMLElement | null} [submitter]  a button of the page's own
 * @returns {Record<string, string>}
 */
export function answersOf(page, submitter) {
  const answers = Object.create(null);
  const joined = new Set();
  const untouched = [];
  for (const control of controlsOf(page)) {
    if (control.matches(":disabled")) continue;
    const { name } = control;
    if (isTickable(control) && !control.checked) {
      if (control.type === "checkbox" && !(name in answers)) answers[name] = "";
    } else if (control.type === "checkbox" && joined.has(name)) {
      answers[name] += `, ${control.value}`;
    } else {
      answers[name] = valueOf(control);
      if (control.type === "checkbox") joined.add(name);
      if (isUntouched(control)) untouched.push(name);
    }
  }
  if (submitter instanceof HTMLButtonElement || submitter instanceof HTMLInputElement) {
    if (submitter.name) answers[submitter.name] = submitter.value;
  }
  if (untouched.length) answers[UNTOUCHED] ??= untouched.join(", ");
  return answers;
}

/** Sliders always have a value: these were moved or pressed. @type {WeakSet<EventTarget>} */
const touched = new WeakSet();

/** An event of the page: its slider counts as touched. @param {any} event */
export function touch({ type, target, key }) {
  if (type !== "keydown" || key === " ") touched.add(target);
}

/** @param {Control} control */
function isUntouched(control) {
  return control.type === "range" && !touched.has(control);
}

/** @param {Control} control @returns {control is HTMLInputElement} */
function isTickable(control) {
  return control.type === "checkbox" || control.type === "radio";
}

/** @param {Control} control */
function valueOf(control) {
  if (!(control instanceof HTMLSelectElement) || !control.multiple) return control.value;
  return [...control.selectedOptions].map((option) => option.value).join(", ");
}

/** @param {ParentNode} page @returns {Draft} */
export function draftOf(page) {
  return controlsOf(page).map((control) => {
    if (isTickable(control)) return [control.name, control.checked];
    if (control.type === "password" || isUntouched(control)) return [control.name, ""];
    if (control instanceof HTMLSelectElement) return [control.name, [...control.selectedOptions].map((option) => option.value)];
    return [control.name, control.value];
  });
}

/** @param {ParentNode} page @param {Draft} draft  of this page, or of an earlier version of it */
export function restore(page, draft) {
  controlsOf(page).forEach((control, index) => {
    const [name, state] = draft[index] ?? [];
    if (name !== control.name || state === undefined || control.type === "hidden") return;
    if (isTickable(control)) control.checked = state === true;
    else if (control instanceof HTMLSelectElement) {
      for (const option of control.options) option.selected = Array.isArray(state) && state.includes(option.value);
    } else if (typeof state === "string" && (state !== "" || !/^(password|range)$/.test(control.type))) {
      control.value = state;
      touched.add(control);
    }
  });
}

/** Only a script would show this field. A box of its own style is hidden, but its label is not. @param {Control} control */
function isOutOfReach(control) {
  return ![control, ...(control.labels ?? [])].some(isSeen);
}

/** Also in closed details. @param {Element} element */
function isSeen(element) {
  for (let each = /** @type {Element | null} */ (element); each; each = each.parentElement) if (getComputedStyle(each).display === "none") return false;
  return getComputedStyle(element).visibility !== "hidden";
}

/** The answer is missing or invalid; faults.js says how. @param {Control} control */
export function isFaulty(control) {
  return control.willValidate && !isOutOfReach(control) && (!control.validity.valid || isTooShort(control));
}

/** Browsers check the length of typed text only, not of restored text. @param {Control} control */
export function isTooShort(control) {
  return !(control instanceof HTMLSelectElement) && control.value !== "" && control.value.length < control.minLength;
}
