// @ts-check
/** The completion card: the code, and the link back to the recruiting service. */

import { announce, button, make } from "./dom.js";
import { addSheet, fill } from "./styles.js";
import { text } from "./texts.js";
import { webAddress } from "./visit.js";

const SERVICES = {
  "prolific.com": "Prolific",
  "mturk.com": "Mechanical Turk",
  "sona-systems.com": "SONA",
  "cloudresearch.com": "CloudResearch",
};

/**
 * @param {import("./types.js").Completion | undefined} completion
 * @param {import("./types.js").Visit} visit
 * @param {boolean} codeShown  the page already shows the code
 * @returns {HTMLElement | null}  null if there is neither code nor link to show
 */
export function completionCard(completion, visit, codeShown) {
  const code = completion?.code ?? null;
  const back = webAddress(completion?.redirect) ?? fillIn(visit.redirect, code, visit);
  if (!back && (!code || codeShown)) return null;
  const parts = [];
  if (code && !codeShown) parts.push(...codeParts(code));
  if (back) {
    const place = serviceOf(back);
    parts.push(
      make("p", {}, code && back.includes(encodeURIComponent(code)) ? text("backWithCode", { place }) : text("backTo", { place })),
      make("p", {}, make("a.button.main", { href: back, rel: "noreferrer" }, text("goBack", { place }))),
    );
  }
  return make("section.notice.completion", { "aria-label": text("codeLabel") }, ...parts);
}

/** @param {string} code */
function codeParts(code) {
  const shown = make("output.code", {}, code);
  return [make("h2", {}, text("codeTitle")), make("p.copy", {}, shown, copyButton(code, shown))];
}

/** @param {string} code @param {HTMLElement} shown */
function copyButton(code, shown) {
  const copy = button(text("copy"), async () => {
    try {
      await navigator.clipboard.writeText(code);
      copy.textContent = text("copied");
      announce(text("codeCopied"));
    } catch {
      getSelection()?.selectAllChildren(shown); // no clipboard access: the participant copies it
      announce(text("codeSelected"));
    }
  });
  return copy;
}

const COPY_STYLE = "@layer base { .hippo-copy { min-height: 0; padding: .1em .7em; font-size: .9em; } }";

/**
 * Beside the codes in a study's own last page. Where there is no code, the participant's id is the code.
 *
 * @param {HTMLElement} step  the page's element
 * @param {string | null} [code]
 */
export function addCopyButtons(step, code) {
  const root = /** @type {ShadowRoot} */ (step.shadowRoot);
  const codes = [...root.querySelectorAll(code ? "span.COMPLETION_CODE" : "span.MTURK_CODE")].filter((place) => !place.closest("a, button"));
  if (codes.length) fill(addSheet(root), COPY_STYLE);
  for (const place of /** @type {HTMLElement[]} */ (codes)) {
    const copy = copyButton(place.textContent ?? "", place);
    copy.classList.add("hippo-copy");
    const line = place.closest("p, li, td, dd, h1, h2, h3");
    if (line) line.append(" ", copy);
    else place.after(" ", copy);
  }
}

/**
 * @param {string | null} address  with placeholders
 * @param {string | null} code
 * @param {{userId: string, projectId: string}} visit
 */
function fillIn(address, code, { userId, projectId }) {
  if (!address || (address.includes("{code}") && code === null)) return null;
  const values = { code: code ?? "", userId, projectId };
  return webAddress(address.replace(/\{(code|userId|projectId)\}/g, (_, /** @type {keyof typeof values} */ name) => encodeURIComponent(values[name])));
}

/** @param {string} address */
function serviceOf(address) {
  const host = new URL(address).hostname;
  return Object.entries(SERVICES).find(([name]) => `.${host}`.endsWith(`.${name}`))?.[1] ?? host;
}
