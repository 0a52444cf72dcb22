// @ts-check
/** What the API has refused, in words for the participant. */

import { button, make } from "./dom.js";
import { notice } from "./notices.js";

const NOT_FOUND = "Project ID Not Found";

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
      "The study does not accept what the link says. Please tell the researcher who invited you, and send them this text:",
      make("code", {}, text),
    ],
    [button("Try again", again)],
  );
}

/**
 * A form was sent, and the study has not gone on.
 *
 * @param {string | null} text  what the API says, if it has refused the answers
 * @param {boolean} isLast  there is nothing to go on to
 */
export function notTaken(text, isLast) {
  if (text !== null) return `Your answers could not be taken: ${text === NOT_FOUND ? "this study has been closed." : text}`;
  return isLast ? "Thank you. Your answers have been sent." : "Your answers could not be taken yet. Please press Submit once more.";
}
