// @ts-check
/**
 * Styles of step pages, which hold inside the page's shadow tree and nowhere else.
 *
 * What a whole document says of `html`, `:root` and `body` is turned to what stands for them there: the host, and the
 * element `.page`.
 *
 * Safari before 16.4 makes no sheets: there they are <style> elements, which have rules once they are in the document.
 */

import { make } from "./dom.js";

/** @typedef {CSSStyleSheet | HTMLStyleElement} Sheet */

let base = "";

/** Fetch the look of a page that has no style of its own. */
export async function loadBase() {
  const response = await fetch("study.css");
  if (response.ok) base = await response.text();
}

/** @param {ShadowRoot} root @param {string[]} css  of the page's <style> elements */
export function addStyles(root, css) {
  for (const text of [base, ...css]) fill(addSheet(root), text);
}

/** @param {ShadowRoot} root  in the document now */
export function scopeStyles(root) {
  root.querySelectorAll("style").forEach(scope);
}

/** Behind those that there are. @param {ShadowRoot} root @returns {Sheet} */
export function addSheet(root) {
  try {
    const sheet = new CSSStyleSheet();
    root.adoptedStyleSheets.push(sheet);
    return sheet;
  } catch {
    return root.appendChild(make("style", { hidden: true }));
  }
}

/** @param {Sheet} sheet @param {string} text */
export function fill(sheet, text) {
  if (sheet instanceof HTMLStyleElement) sheet.textContent = text;
  else sheet.replaceSync(text);
  scope(sheet);
}

/** @param {Sheet} made */
function scope(made) {
  const sheet = made instanceof HTMLStyleElement ? made.sheet : made;
  if (!sheet) return;
  // Fonts are known to a document as a whole; browsers pass over those of a shadow tree.
  for (const rule of sheet.cssRules) if (rule instanceof CSSFontFaceRule) document.head.append(make("style", {}, rule.cssText));
  scopeRules(sheet);
}

/** @param {CSSStyleSheet | CSSGroupingRule | CSSStyleRule} group */
function scopeRules(group) {
  for (const rule of group.cssRules ?? []) {
    if (rule instanceof CSSStyleRule) {
      const selector = scopedSelector(rule.selectorText);
      if (selector !== rule.selectorText) rule.selectorText = selector;
    }
    if ("cssRules" in rule) scopeRules(/** @type {CSSGroupingRule} */ (rule));
  }
}

/** @param {string} selector */
export function scopedSelector(selector) {
  const element = (/** @type {string} */ name) => new RegExp(`(^|[\\s>+~,(])${name}(?![\\w-])`, "gi");
  return selector
    .replace(/(^|[\s>+~,(])(?:html|:root)([.:#[][^\s>+~,]*)?\s*>?\s*body(?![\w-])/gi, "$1.page")
    .replace(element("body"), "$1.page")
    .replace(element("html"), "$1:host")
    .replace(element(":root"), "$1:host");
}

/**
 * Whether a page was written for a white ground: it sets colours, and does not speak of dark screens.
 *
 * @param {string[]} css  of its <style> elements
 * @param {Element} page
 */
export function needsWhite(css, page) {
  if (/prefers-color-scheme|color-scheme\s*:|light-dark\(/i.test(css.join())) return false;
  const own = [...page.querySelectorAll("[style]")].map((element) => element.getAttribute("style"));
  return /(?:^|[\s;{,])(?:color|background|background-color)\s*:/i.test([...css, ...own].join()) || page.querySelector("[bgcolor], font[color]") !== null;
}
