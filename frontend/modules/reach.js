// @ts-check
/**
 * Makes what is wider than the card reachable: each wide table scrolls by itself, and the whole page if
 * something else is wide. What scrolls can have the focus, and a hint says so.
 */

import { make } from "./dom.js";
import { addSheet, fill } from "./styles.js";
import { text } from "./texts.js";

const STYLE = `@layer base {
  .hippo-wide { max-width: 100%; margin: 0 0 1em; overflow-x: auto; }
  .hippo-wide[tabindex] { padding: .35em .5em; border-radius: .35rem; box-shadow: inset 0 0 0 1px var(--line); }
  .hippo-wide > table { margin: 0; }
  .hippo-wide > table :is(th, td) { padding-inline: .35em; }
  .hippo-wide-hint { width: fit-content; max-width: 100%; margin: 0 0 .5em; padding: .2em .7em; border-radius: .35rem; color: var(--ink); background: var(--note); font-size: .9375rem; }
  .hippo-wide-hint::before { content: "\\2194\\a0" / ""; font-weight: 600; }
  form > .hippo-wide-hint { position: sticky; inset-inline-start: 0; margin: .5em; }
  .hippo-wide:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
}`;

/** @type {WeakSet<Node>} */
const styled = new WeakSet();

/** Pages whose size is observed. @type {WeakSet<Node>} */
const watched = new WeakSet();

/** Called at each change of its size, as long as the page is wider than its card. @param {HTMLElement} page */
export function makeReachable(page) {
  const root = /** @type {ShadowRoot} */ (page.getRootNode());
  if (!styled.has(root)) fill(addSheet(root), STYLE);
  styled.add(root);
  const tables = [...page.querySelectorAll("table")].filter((table) => !table.parentElement?.closest("table, .hippo-wide"));
  for (const table of tables) if (isTooWide(table, page)) wrap(table);
  for (const box of page.querySelectorAll("[dir]:not(input, textarea)")) {
    if (box instanceof HTMLElement && getComputedStyle(box).overflowX === "visible" && isScrolled(box)) watch(box, text("widePage"));
  }
  const card = /** @type {HTMLElement} */ (root.host);
  const update = () => mark(card, /** @type {HTMLElement} */ (page.parentElement), isScrolled(card) || isScrolled(page), text("widePage"));
  update();
  if (!watched.has(page)) new ResizeObserver(update).observe(page);
  watched.add(page);
}

/** @param {HTMLElement} table @param {HTMLElement} page */
function isTooWide(table, page) {
  const [inner, outer] = [table.getBoundingClientRect(), page.getBoundingClientRect()];
  return inner.left < outer.left || inner.right > outer.right;
}

/** @param {HTMLTableElement} table */
function wrap(table) {
  const focused = /** @type {ShadowRoot} */ (table.getRootNode()).activeElement;
  const box = make("div");
  table.before(box);
  box.append(table);
  if (focused && table.contains(focused)) /** @type {HTMLElement} */ (focused).focus({ preventScroll: true }); // moving it drops the focus
  const name = table.caption?.textContent?.trim() || text("wideTable");
  watch(box, name);
}

/** @param {HTMLElement} box  scrolls from now on if it must @param {string} name */
function watch(box, name) {
  box.classList.add("hippo-wide");
  new ResizeObserver(() => mark(box, box, isScrolled(box), name)).observe(box);
}

/** @param {HTMLElement} box */
function isScrolled(box) {
  return box.scrollWidth > box.clientWidth;
}

/**
 * Let an element that scrolls have the focus, and show the hint; or no longer.
 *
 * @param {HTMLElement} box  scrolls
 * @param {HTMLElement} place  begins with the hint, or follows it
 * @param {boolean} isWide
 * @param {string} name  for screen readers
 */
function mark(box, place, isWide, name) {
  const isPage = box !== place;
  const hint = /** @type {HTMLElement} */ (hints.get(box) ?? make("p.hippo-wide-hint", {}, text("wideHint")));
  hints.set(box, hint);
  if (hint.isConnected === isWide) return;
  if (!isWide) {
    hint.remove();
    for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
    return;
  }
  if (isPage) place.prepend(hint);
  else box.before(hint);
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", name);
}

/** @type {WeakMap<HTMLElement, HTMLElement>} */
const hints = new WeakMap();
