// @ts-check
/** Removes from a style sheet whatever loads a file or writes a text. Anyone can write a link. */

const RULES = ["CSSStyleRule", "CSSMediaRule", "CSSSupportsRule", "CSSLayerBlockRule", "CSSLayerStatementRule", "CSSContainerRule", "CSSKeyframesRule", "CSSKeyframeRule"];

/** Functions that load, and escapes, which could spell one: a value with `var()` is kept as written. */
const LOADS = /\\|(?:url|src|image|image-set|cross-fade|element|paint)\(/i;

/** Properties that write their strings into the page. */
const WRITES = /^(?:content|quotes|list-style(?:-type)?|string-set|hyphenate-character|text-emphasis(?:-style)?|text-overflow|--.*)$/;

/** @param {string} css @returns {string} */
export function harmlessStyle(css) {
  // In a document that loads nothing: Safari before 16.4 cannot construct sheets.
  const style = document.createElement("style");
  style.textContent = css;
  document.implementation.createHTMLDocument("").head.append(style);
  const sheet = /** @type {CSSStyleSheet} */ (style.sheet);
  strip(sheet);
  return [...sheet.cssRules].map(({ cssText }) => cssText).join("\n");
}

/** @param {any} group  a sheet, or a rule with rules */
function strip(group) {
  for (let index = group.cssRules.length - 1; index >= 0; index -= 1) {
    const rule = group.cssRules[index];
    if (rule.style) stripProperties(rule.style);
    if (rule.cssRules && RULES.includes(rule.constructor.name)) strip(rule);
    // keyframes are deleted by their key: an unknown kind of rule in them does not exist
    else if (!RULES.includes(rule.constructor.name) && group.deleteRule && rule.constructor.name !== "CSSNestedDeclarations") group.deleteRule(index);
  }
}

/** @param {CSSStyleDeclaration} style */
function stripProperties(style) {
  for (const name of [...style]) {
    const value = style.getPropertyValue(name);
    if (LOADS.test(value) || (WRITES.test(name) && (name === "content" || /["']/.test(value)))) style.removeProperty(name);
  }
}
