// @ts-check
/** With `?debug=true`: a log of all requests, answers and game messages. */

import { make } from "./dom.js";

const MOST_LINES = 300;

/** @returns {(line: string) => void} */
export function debugLog() {
  const lines = make("ol", { tabIndex: 0, "aria-label": "Messages, oldest first" });
  const panel = make("details", { open: true }, make("summary", {}, "Messages"), lines);
  document.body.append(make("section.debug", { "aria-label": "Messages" }, panel));
  return (line) => {
    const time = new Date().toISOString().slice(11, 23);
    lines.append(make("li", {}, `${time} ${shortened(line)}`));
    if (lines.childElementCount > MOST_LINES) lines.firstElementChild?.remove();
    lines.scrollTop = lines.scrollHeight;
  };
}

/** @param {string} line  pictures in it are replaced by their length, and secrets removed */
function shortened(line) {
  const short = line
    .replace(/"(token|secret|proof)":"[^"]*"/g, '"$1":"…"')
    .replace(/"([A-Za-z0-9+/=]{200,})"/g, (_, picture) => `"… ${picture.length} characters"`);
  return short.length > 600 ? `${short.slice(0, 600)} …` : short;
}
