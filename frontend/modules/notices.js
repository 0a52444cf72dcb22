// @ts-check
/** Pages of our own, for when there is no page of the study to show. */

import { button, make } from "./dom.js";
import { show } from "./shell.js";

/** @param {string} title @param {Array<string | Node>} content @param {HTMLElement[]} [actions] @returns {View} */
export function notice(title, content, actions = []) {
  const heading = make("h1", {}, title);
  const buttons = actions.length ? make("p.actions", {}, ...actions) : null;
  const body = make("div", {}, ...content.map((part) => make("p", {}, part)));
  return { element: make("section.notice", {}, heading, body, buttons), title, heading };
}

/** @typedef {import("./types.js").View} View */

/** @type {{element: HTMLElement, now: () => void, offline: boolean} | null} */
let told = null;

/**
 * Nothing could be loaded so far. What is told already is left alone: somebody may be reading it, or at its button.
 *
 * @param {import("./types.js").Again} again
 */
export function showUnreachable({ now }) {
  const offline = navigator.onLine === false;
  if (told?.element.isConnected && told.now === now && told.offline === offline) return;
  const view = unreachable(now, offline);
  told = { element: view.element, now, offline };
  show(view);
}

/** @param {() => void} now @param {boolean} offline */
function unreachable(now, offline) {
  return notice(
    offline ? "You are offline" : "The study cannot be reached",
    [
      offline
        ? "Your device has no connection to the internet at the moment. As soon as it is back, the study goes on here by itself."
        : "Either your connection is interrupted, or something is wrong on our side. Nothing of what you have done is lost.",
      "You need not do anything: this page keeps trying.",
    ],
    [button("Try now", now, "main")],
  );
}
