// @ts-check
/** Pages of our own, for when there is no page of the study to show. */

import { button, make } from "./dom.js";

/**
 * @param {string} title
 * @param {Array<string | Node>} content  paragraphs
 * @param {HTMLElement[]} [actions]
 * @returns {import("./types.js").View}
 */
export function notice(title, content, actions = []) {
  const heading = make("h1", {}, title);
  const buttons = actions.length ? make("p.actions", {}, ...actions) : null;
  const body = make("div", {}, ...content.map((part) => make("p", {}, part)));
  return { element: make("section.notice", {}, heading, body, buttons), title, heading };
}

/**
 * Nothing could be loaded so far.
 *
 * @param {import("./types.js").Again} again
 */
export function unreachable(again) {
  const offline = navigator.onLine === false;
  return notice(
    offline ? "You are offline" : "The study cannot be reached",
    [
      offline
        ? "Your device has no connection to the internet at the moment. As soon as it is back, the study goes on here by itself."
        : "Either your connection is interrupted, or something is wrong on our side. Nothing of what you have done is lost.",
      "You need not do anything: this page keeps trying.",
    ],
    [button("Try now", again.now, "main")],
  );
}
