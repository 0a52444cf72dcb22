// @ts-check
/** Loads a study's own style sheets; studies without any do not load this module. */

import { loadSheet } from "./dom.js";
import { addSheet, fill } from "./styles.js";

/** @param {import("./types.js").Sheet[]} sheets  of the study @param {string | null} linked  of the link @param {ShadowRoot} root */
export const adoptAll = (sheets, linked, root) => Promise.all([linked && adoptLinked(linked, root), ...sheets.map((sheet) => adopt(sheet, root))]);

/** Add what a link's style sheet can do without harm. @param {string} address @param {ShadowRoot} root */
async function adoptLinked(address, root) {
  const sheet = addSheet(root);
  try {
    const [{ harmlessStyle }, response] = await Promise.all([import("./harmless.js"), fetch(address, { credentials: "omit" })]);
    if (response.ok) fill(sheet, harmlessStyle(await response.text()));
  } catch {
    // the page is shown without it
  }
}

/**
 * Add a style sheet, scoped to the page if CORS allows reading it. Uses <link>: the content policy
 * allows styles from any origin, but no `fetch`.
 *
 * @param {import("./types.js").Sheet} sheet
 * @param {ShadowRoot} root
 */
async function adopt({ href: address, media }, root) {
  const sheet = addSheet(root); // before loading: the cascade follows the order of the links
  const load = (/** @type {string | null} */ crossOrigin) => loadSheet(address, { media: "not all", crossOrigin });
  try {
    const link = await load("anonymous");
    const text = textOf(/** @type {CSSStyleSheet} */ (link.sheet), address);
    link.remove();
    fill(sheet, media ? `@media ${media} {${text}}` : text);
  } catch {
    await load(null).then((link) => root.append(Object.assign(link, { media: media || "all" })), () => undefined);
  }
}

/** @param {CSSStyleSheet} sheet @param {string} address  base of relative addresses */
function textOf(sheet, address) {
  const rules = [...sheet.cssRules].map(({ cssText }) => cssText).join("\n");
  return rules.replace(/url\("(?!#|[a-z][a-z\d+.-]*:)((?:[^"\\]|\\.)*)"\)/gi, (_, path) => `url("${new URL(path, address)}")`);
}
