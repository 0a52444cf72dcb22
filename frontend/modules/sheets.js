// @ts-check
/** A study's own style sheets, of whatever address; not loaded for studies that have none. */

import { loadSheet } from "./dom.js";
import { addSheet, fill } from "./styles.js";

/**
 * Scoped if it may be read, else as it is. By <link>, since the content policy lets styles come from anywhere, and
 * nothing be fetched from there.
 *
 * @param {string} address
 * @param {ShadowRoot} root
 */
export async function adopt(address, root) {
  const sheet = addSheet(root); // in its place at once: what counts is the order of the sheets, and not of their arrival
  const load = (/** @type {string | null} */ crossOrigin) => loadSheet(address, { media: "not all", crossOrigin });
  try {
    const link = await load("anonymous");
    const text = textOf(/** @type {CSSStyleSheet} */ (link.sheet), address);
    link.remove();
    fill(sheet, text);
  } catch {
    await load(null).then((link) => root.append(Object.assign(link, { media: "all" })), () => undefined);
  }
}

/** @param {CSSStyleSheet} sheet @param {string} address  which addresses in it are relative to */
function textOf(sheet, address) {
  const rules = [...sheet.cssRules].map(({ cssText }) => cssText).join("\n");
  return rules.replace(/url\("(?!#|[a-z][a-z\d+.-]*:)((?:[^"\\]|\\.)*)"\)/gi, (_, path) => `url("${new URL(path, address)}")`);
}
