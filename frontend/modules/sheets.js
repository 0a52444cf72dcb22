// @ts-check
/** Loads a study's own style sheets; studies without any do not load this module. */

import { loadSheet } from "./dom.js";
import { addSheet, fill } from "./styles.js";

/**
 * Add a style sheet, scoped to the page if CORS allows reading it. Uses <link>: the content policy
 * allows styles from any origin, but no `fetch`.
 *
 * @param {import("./types.js").Sheet} sheet
 * @param {ShadowRoot} root
 */
export async function adopt({ href: address, media }, root) {
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
