// @ts-check
/** Notices to participants about requests that the API has refused. */

import { button, make } from "./dom.js";
import { notice } from "./notices.js";
import { text } from "./texts.js";

const NOT_FOUND = "Project ID Not Found";

/**
 * The link names no study, or not the participant that it should name.
 *
 * @param {import("./types.js").Visit["fault"]} fault
 */
export function incompleteLink(fault) {
  if (fault === "preview") return notice(text("previewTitle"), [text("preview")]);
  if (fault === "noId") return notice(text("noIdTitle"), [text("noId"), text("noIdWhat")]);
  return notice(text("linkCutTitle"), [text("linkCut"), text("linkCutWhat")]);
}

/**
 * The API refused the request with status 400.
 *
 * @param {string} reason  the API's, in English
 * @param {() => void} again
 */
export function refused(reason, again) {
  const actions = [button(text("tryAgain"), again)];
  if (reason === NOT_FOUND) return notice(text("notFoundTitle"), [text("notFound"), text("notFoundWhat")], actions);
  const details = make("details", {}, make("summary", {}, text("details")), make("code", { lang: "en", dir: "ltr" }, reason));
  const title = text(reason.startsWith("userId") ? "badIdTitle" : "badLinkTitle");
  return notice(title, [text("badLinkWhat"), details], actions);
}

/**
 * The participant sent a form, and /next serves the same step again.
 *
 * @param {string | null} reason  the API's, if it refused the answers
 * @param {boolean} isLast  no step follows
 */
export function notAccepted(reason, isLast) {
  if (reason === NOT_FOUND) return text("refusedClosed");
  if (reason !== null) return text("refusedAnswers", { reason });
  return text(isLast ? "answersSent" : "submitAgain");
}
