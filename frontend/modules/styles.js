// @ts-check
/**
 * Styles of step pages, scoped to the page's shadow tree.
 *
 * Selectors for `html` and `:root` become `:host`, `html[dir=rtl]` becomes `:host([dir=rtl])`, and `body` `.page`.
 *
 * Safari before 16.4 cannot construct sheets: there they are <style> elements, whose rules exist
 * only in the document.
 */

import { make } from "./dom.js";

/** @typedef {CSSStyleSheet | HTMLStyleElement} Sheet */

let base = "";

/** Fetch the default style of step pages. */
export async function loadBase() {
  const response = await fetch("study.css");
  if (response.ok) base = await response.text();
}

/** @param {ShadowRoot} root @param {string[]} css  of the page's <style> elements */
export function addStyles(root, css) {
  fill(addSheet(root), base);
  for (const text of withRem(css)) fill(addSheet(root), text);
}

/** Where a page sets the size of `html`, its `rem` is that size, not the product's. @param {string[]} css */
function withRem(css) {
  const size = /(?:^|[\s,}])(?:html|:root)\s*(?:,[^{}]*)?\{[^}]*?font-size\s*:\s*([^;}!]+)/i.exec(css.join("\n"))?.[1].trim();
  if (!size) return css;
  const unit = /^[\d.]+(%|em)$/.test(size) ? `${parseFloat(size) / (size.endsWith("%") ? 100 : 1)}rem` : `(${size})`;
  return css.map((text) => text.replace(/@media[^{]*|(?:html|:root)\s*\{[^}]*\}|(-?\d*\.?\d+)rem\b/gi, (whole, number) => (number ? `calc(${number} * ${unit})` : whole)));
}

/** @param {ShadowRoot} root  in the document now */
export function scopeStyles(root) {
  root.querySelectorAll("style").forEach(scope);
}

/** Append an empty sheet. @param {ShadowRoot} root @returns {Sheet} */
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
  // Browsers ignore @font-face in a shadow tree.
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
function scopedSelector(selector) {
  const element = (/** @type {string} */ name) => new RegExp(`(^|[\\s>+~,(])${name}(?![\\w-])`, "gi");
  return selector
    .replace(/(^|[\s>+~,(])(?:html|:root)([.:#[][^\s>+~,]*)?\s*>?\s*body(?![\w-])/gi, "$1.page")
    .replace(element("body"), "$1.page")
    .replace(/(^|[\s>+~,(])(?:html|:root)((?:[.#][\w-]+|\[[^\]]*\]|:(?!:|before|after|first-l)[\w-]+(?:\([^()]*\))?)*)(?![\w-])/gi, (_, before, state) => `${before}:host${state && `(${state})`}`);
}

/**
 * Return whether a page was written for a white background: it sets colours, and none for dark mode.
 *
 * @param {string[]} css  of its <style> elements
 * @param {Element} page
 */
export function needsWhite(css, page) {
  if (/prefers-color-scheme|color-scheme\s*:|light-dark\(/i.test(css.join())) return false;
  const own = [...page.querySelectorAll("[style]")].map((element) => element.getAttribute("style"));
  return /(?:^|[\s;{,])(?:color|background|background-color)\s*:/i.test([...css, ...own].join()) || page.querySelector("[bgcolor], font[color]") !== null;
}
