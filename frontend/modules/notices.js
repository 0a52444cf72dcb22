// @ts-check
/** The product's own pages, shown where the study has none. */

import { announce, button, make } from "./dom.js";
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

/** @type {{element: HTMLElement, now: () => void, more: string} | null} */
let current = null;

/**
 * Show that nothing could be loaded. An unchanged notice stays, with its focus. Before a language is
 * loaded, the page can say no more than that.
 *
 * @param {import("./types.js").Again} again
 */
export function showUnreachable({ now }) {
  const offline = navigator.onLine === false;
  const more = text(offline ? "offlineMore" : "unreachableMore");
  if (current?.element.isConnected && current.now === now && current.more === more) return;
  const title = (offline && text("offline")) || text("unreachable");
  const view = notice(title, [more, text("keepsTrying")].filter(Boolean), [button(text("tryNow"), now, "main")]);
  const hadFocus = current?.now === now && current.element.querySelector("button:focus") !== null;
  current = { element: view.element, now, more };
  show(view);
  if (hadFocus) view.element.querySelector("button")?.focus();
}

/** Say that the first page takes long. */
export function showSlow() {
  const words = text("loadingSlowly") || text("loading");
  const loading = document.querySelector(".loading");
  if (loading) loading.textContent = words;
  announce(words);
}
