// @ts-check
/** The product's own pages, shown where the study has none. */

import { button, make } from "./dom.js";
import { show } from "./shell.js";
import { text } from "./texts.js";

/** @param {string} title @param {Array<string | Node>} content @param {HTMLElement[]} [actions] @returns {View} */
export function notice(title, content, actions = []) {
  const heading = make("h1", {}, title);
  const buttons = actions.length ? make("p.actions", {}, ...actions) : null;
  const body = make("div", {}, ...content.map((part) => make("p", {}, part)));
  return { element: make("section.notice", {}, heading, body, buttons), title, heading };
}

/** @typedef {import("./types.js").View} View */

/** @type {{element: HTMLElement, now: () => void, offline: boolean} | null} */
let current = null;

/**
 * Show that nothing could be loaded. An unchanged notice stays, with its focus.
 *
 * @param {import("./types.js").Again} again
 */
export function showUnreachable({ now }) {
  const offline = navigator.onLine === false;
  if (current?.element.isConnected && current.now === now && current.offline === offline) return;
  const view = unreachable(now, offline);
  current = { element: view.element, now, offline };
  show(view);
}

/** @param {() => void} now @param {boolean} offline */
function unreachable(now, offline) {
  return notice(
    (offline && text("offline")) || text("unreachable"), // before a language is loaded, no more is known
    [text(offline ? "offlineMore" : "unreachableMore"), text("keepsTrying")].filter(Boolean),
    [button(text("tryNow"), now, "main")],
  );
}
