// @ts-check
/**
 * Styles of step pages, which hold inside the page's shadow tree and nowhere else.
 *
 * What a whole document says of `html`, `:root` and `body` is turned to what stands for them there: the host, and the
 * element `.page`.
 */

/** @type {CSSStyleSheet | null} */
let base = null;

/** Fetch the look of a page that has no style of its own. */
export async function loadBase() {
  const response = await fetch("study.css");
  base = new CSSStyleSheet();
  base.replaceSync(response.ok ? await response.text() : "");
}

export function baseSheets() {
  return base ? [base] : [];
}

/** @param {string} text @returns {CSSStyleSheet} */
export function scoped(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  for (let place = sheet.cssRules.length - 1; place >= 0; place -= 1) {
    if (sheet.cssRules[place] instanceof CSSFontFaceRule) shareFont(sheet.cssRules[place].cssText);
  }
  scopeRules(sheet);
  return sheet;
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

/** Fonts are known to a document as a whole; browsers pass over those of a shadow tree. */
/** @param {string} rule */
function shareFont(rule) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rule);
  document.adoptedStyleSheets.push(sheet);
}

/** A style sheet of another address: scoped if it may be read, else as it is. @param {string} address @param {ShadowRoot} root */
export async function adopt(address, root) {
  try {
    const response = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
    if (!response.ok) return;
    root.adoptedStyleSheets.push(scoped(await response.text()));
  } catch {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    root.prepend(link);
  }
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
