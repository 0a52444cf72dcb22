// @ts-check
/** The page around the current view: progress, banner, footer, title and focus. */

import { announce, button, make, place } from "./dom.js";
import { text } from "./texts.js";

/** @typedef {import("./types.js").View} View */

/** @type {View | null} */
let shown = null;

let progressText = "";

/** @param {View} view */
export function show(view) {
  const first = shown === null;
  shown?.close?.();
  shown = view;
  const main = place("main");
  main.classList.toggle("wide", view.wide ?? false);
  main.replaceChildren(view.element);
  setTitle(view.title);
  if (first && document.activeElement !== document.body) return;
  scrollTo(0, 0);
  const target = view.heading ?? main;
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** @param {string} title */
export function setTitle(title) {
  document.title = [title, progressText].filter(Boolean).join(" – ") || text("study");
}

/** @param {import("./types.js").Answer["progress"]} progress */
export function showProgress(progress) {
  const header = place("progress");
  header.hidden = !progress;
  progressText = progress ? text("step", { at: progress.at, of: progress.of }) : "";
  if (!progress) return;
  const [words, bar] = header.children;
  words.replaceChildren(progressText, progress.label ? make("span", {}, progress.label) : "");
  /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${(100 * progress.at) / Math.max(progress.of, 1)}%`;
}

/**
 * @param {string | null} message  null removes the banner
 * @param {Array<[string, () => void]>} [actions]
 * @returns {() => void}  closes this banner, but no later one
 */
export function showBanner(message, actions = []) {
  const banner = place("banner");
  banner.hidden = message === null;
  const close = () => banner.firstChild === words && showBanner(null);
  const words = make("p", {}, message);
  if (message === null) return close;
  const buttons = actions.map(([label, act]) => button(label, () => (close(), act())));
  banner.replaceChildren(words, make("p", {}, ...buttons, button(text("close"), close, "quiet")));
  announce(message);
  return close;
}

/** @param {string} userId */
export function showFooter(userId) {
  const footer = place("footer");
  if (!footer.hidden) return;
  footer.hidden = false;
  footer.replaceChildren(make("p", {}, text("yourId"), " ", make("bdi.id", {}, userId)));
}

/** @param {() => void} act  shows what another device needs */
export function offerOtherDevice(act) {
  const footer = place("footer");
  if (footer.children.length === 1) footer.append(make("p", {}, button(text("otherDevice"), act, "quiet")));
}
