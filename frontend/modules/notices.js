// @ts-check
/** Pages of our own, for when there is no page of the study to show. */

import { button, make } from "./dom.js";
import { NOT_FOUND } from "./api.js";

/**
 * @param {string} title
 * @param {Array<string | Node>} content  paragraphs
 * @param {Array<HTMLElement>} [actions]
 * @returns {import("./types.js").View & {body: HTMLElement}}
 */
export function notice(title, content, actions = []) {
  const heading = make("h1", {}, title);
  const body = make("div", {}, ...content.map((part) => make("p", {}, part)));
  const buttons = actions.length ? make("p.actions", {}, ...actions) : null;
  return { element: make("section.notice", {}, heading, body, buttons), title, heading, body };
}

/** The link names no study. */
export function incompleteLink() {
  return notice("This link is not complete", [
    "It does not say which study you want to take part in. Perhaps the end of the link got lost when it was copied.",
    "Please open it again from where you found it, or ask the researcher who invited you for a new one.",
  ]);
}

/**
 * The API does not know what is asked for, or does not take it.
 *
 * @param {string} text  what it says
 * @param {() => void} again
 */
export function refused(text, again) {
  if (text === NOT_FOUND) {
    return notice(
      "This study is not open",
      [
        "It may have ended, or may not have begun yet, or the link may have been copied incompletely.",
        "If you have just been invited, please tell the researcher who sent you the link.",
      ],
      [button("Try again", again)],
    );
  }
  return notice(
    "This link does not work",
    [
      "The study's server does not accept what the link says. Please tell the researcher who invited you, and send them this text:",
      make("code", {}, text),
    ],
    [button("Try again", again)],
  );
}

/**
 * Nothing could be loaded so far.
 *
 * @param {import("./types.js").Again} again
 */
export function unreachable(again) {
  const offline = navigator.onLine === false;
  const view = notice(
    offline ? "You are offline" : "The study cannot be reached",
    [
      offline
        ? "Your device has no connection to the internet at the moment. As soon as it is back, the study goes on here by itself."
        : "Either your connection is interrupted, or something is wrong on our side. Nothing of what you have done is lost.",
      "You need not do anything: this page keeps trying.",
    ],
    [button("Try now", again.now, "main")],
  );
  view.element.classList.add("trouble");
  return view;
}

/** The game is played in another tab. @param {() => void} here */
export function elsewhere(here) {
  return notice(
    "The game is open in another window",
    ["It can be played in one window at a time. Please go on there, or take it over to this one."],
    [button("Play here", here, "main")],
  );
}
