// @ts-check
/** Notices to participants about requests that the API has refused. */

import { button, make } from "./dom.js";
import { notice } from "./notices.js";

const NOT_FOUND = "Project ID Not Found";

/**
 * The link names no study, or not the participant that it should name.
 *
 * @param {import("./types.js").Visit["fault"]} fault
 */
export function incompleteLink(fault) {
  if (fault === "preview") {
    return notice("This is a preview", [
      "The service that recruits for this study shows it before you have accepted it. Please accept the task there; then the study begins.",
    ]);
  }
  if (fault === "noId") {
    return notice("This link does not say who you are", [
      "The link should contain your participant ID, and its place is empty or holds a placeholder. With another ID, your answers would not be counted as yours.",
      "Please open the study from the service that invited you, or ask the researcher for a link of your own.",
    ]);
  }
  return notice("This link is not complete", [
    "The link does not say which study you want to take part in. Part of it may have been lost when it was copied.",
    "Please open the original link again, or ask the researcher who invited you for a new one.",
  ]);
}

/**
 * The API refused the request with status 400.
 *
 * @param {string} text  the API's reason
 * @param {() => void} again
 */
export function refused(text, again) {
  if (text === NOT_FOUND) {
    return notice(
      "This study is not open",
      [
        "The study may have ended or may not have started yet, or a part of the link may be missing.",
        "If you have just been invited, please contact the researcher who sent you the link.",
      ],
      [button("Try again", again)],
    );
  }
  return notice(
    "This link does not work",
    [
      "The study does not accept this link. Please send this text to the researcher who invited you:",
      make("code", {}, text),
    ],
    [button("Try again", again)],
  );
}

/**
 * The participant sent a form, and /next serves the same step again.
 *
 * @param {string | null} text  the API's reason, if it refused the answers
 * @param {boolean} isLast  no step follows
 */
export function notAccepted(text, isLast) {
  if (text !== null) return `Your answers could not be accepted: ${text === NOT_FOUND ? "this study has closed." : text}`;
  return isLast ? "Thank you. Your answers have been sent." : "Your answers could not be accepted yet. Please press Submit again.";
}
