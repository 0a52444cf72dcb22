// @ts-check
/**
 * Sanitises researchers' HTML: keeps only elements and attributes that are known to be harmless.
 * Returns nodes: serialising and parsing them again could bring markup back.
 */

import { make } from "./dom.js";
import { KEPT } from "./kept.js";

const set = (/** @type {string} */ words) => new Set(words.split(" "));
const ELEMENTS = set(KEPT.elements);

/** Removed with their content; other unknown elements, and forms, are replaced by their content. */
const REMOVED = set(KEPT.removed);

const ATTRIBUTES_REMOVED = set(KEPT.attributesRemoved);
const ADDRESSES = set(KEPT.addresses);
const INPUTS_REMOVED = set(KEPT.inputsRemoved);

/** Where the study's files are: the page's "assets/a.png" is `${assets}a.png`. Ends with a slash. */
let assets = "";

/** @param {string} html  a fragment or a whole document @param {string | null} files  where the study's files are @returns {import("./types.js").SafePage} */
export function sanitise(html, files) {
  assets = files ?? "";
  const root = rootOf(new DOMParser().parseFromString(html, "text/html"));
  const body = /** @type {HTMLElement} */ (root.querySelector(":scope > body, :scope > frameset"));
  const css = [...root.querySelectorAll("style")].map(({ media, textContent }) => (media ? `@media ${media} {${textContent}\n}` : textContent ?? "")).map(cssWithAssets);
  if (root.getAttribute("style")) css.unshift(`html {${cssWithAssets(root.getAttribute("style") ?? "")}}`);
  const links = /** @type {HTMLLinkElement[]} */ ([...root.querySelectorAll("link[rel~=stylesheet i]:not([rel~=alternate i])")]);
  const sheets = links.map((link) => ({ href: absolute(link.getAttribute("href") ?? ""), media: link.media }));
  const title = root.querySelector("title:not(svg *)")?.textContent ?? "";
  clean(body);
  return {
    nodes: [...body.childNodes],
    css,
    sheets: sheets.filter(({ href }) => /^https?:/i.test(href)),
    title: title.replace(/\s+/g, " ").trim(),
    lang: body.lang || root.lang,
    dir: body.dir || root.dir,
    body: { className: body.className, id: body.id, style: styleOf(body) },
  };
}

/**
 * Return the root element, with forms replaced by their content. A form's and a document's properties
 * may be fields and images of the page (`<input name=childNodes>`, `<img name=body>`); no other
 * element's are.
 *
 * @param {Document} read @returns {HTMLElement}
 */
function rootOf(read) {
  const root = /** @type {HTMLElement} */ (own(Document.prototype, "documentElement", read));
  for (const form of root.querySelectorAll("form")) {
    const content = [...own(Node.prototype, "childNodes", form)];
    Element.prototype.replaceWith.call(form, ...asWritten(form, content));
  }
  return root;
}

/**
 * The content of an element that is not kept, in the direction and language of this element.
 *
 * @param {Element} element @param {ChildNode[]} content @returns {ChildNode[]}
 */
function asWritten(element, content) {
  const [dir, lang] = ["dir", "lang"].map((name) => Element.prototype.getAttribute.call(element, name) ?? "");
  if (!dir && !lang) return content;
  const holder = make(element.localName === "form" ? "div" : "span", { ...(dir && { dir }), ...(lang && { lang }) });
  holder.append(...content);
  return [holder];
}

/** @param {object} prototype @param {string} name @param {object} object @returns {any} */
const own = (prototype, name, object) => Object.getOwnPropertyDescriptor(prototype, name)?.get?.call(object);

/** @param {HTMLElement} body @returns {string}  with its colours in the older form */
function styleOf(body) {
  const colour = (/** @type {string} */ name) => (body.getAttribute(name) ?? "").trim().replace(/^(?=([\da-f]{3}){1,2}$)/i, "#").replace(/[;:]/g, "");
  const [back, text] = [colour("bgcolor"), colour("text")];
  return `${back && `background-color: ${back};`}${text && `color: ${text};`}${cssWithAssets(body.getAttribute("style") ?? "")}`;
}

/** @param {Element} parent */
function clean(parent) {
  for (const node of [...parent.childNodes]) {
    if (node.nodeType === Node.TEXT_NODE) continue;
    if (!(node instanceof Element) || REMOVED.has(node.localName.toLowerCase())) {
      node.remove(); // also comments
      continue;
    }
    clean(node);
    const isFieldOfPicture = !(node instanceof HTMLElement) && node.matches("input, select, textarea, button"); // no field for browsers
    if (isFieldOfPicture || !ELEMENTS.has(node.localName.toLowerCase())) {
      node.replaceWith(...asWritten(node, [...node.childNodes]));
      continue;
    }
    cleanAttributes(node);
    tame(node);
  }
}

/** @param {Element} element */
function cleanAttributes(element) {
  const isImage = element.localName === "image";
  for (const { name, value } of [...element.attributes]) {
    const key = name.toLowerCase();
    const unsafe = ADDRESSES.has(key) && !isSafeAddress(value, key === "src" || key === "poster" || isImage);
    if (key.startsWith("on") || ATTRIBUTES_REMOVED.has(key) || unsafe) element.removeAttribute(name);
    else if (ADDRESSES.has(key)) element.setAttribute(name, absolute(value));
    else if (assets && key === "style") element.setAttribute(name, cssWithAssets(value));
    else if (assets && key === "srcset") element.setAttribute(name, value.replace(/(^|,)\s*(?:\.{1,2}\/)*assets\//g, `$1 ${assets}`));
  }
}

/** Of an address without a scheme, or of one of the study's files. @param {string} address */
function absolute(address) {
  const whole = address.replace(/^\s*\/\//, "https://");
  return assets ? whole.replace(/^\s*(?:\.{1,2}\/)*assets\//, assets) : whole;
}

/** @param {string} css */
const cssWithAssets = (css) => (assets ? css.replace(/(url\(\s*["']?\s*)(?:\.{1,2}\/)*assets\//gi, `$1${assets}`) : css);

/** @param {string} address @param {boolean} media */
function isSafeAddress(address, media) {
  const plain = address.replace(/[\u0000-\u0020]/g, "").toLowerCase(); // browsers ignore white space in a scheme
  if (media && /^data:(image|audio|video)\//.test(plain)) return true;
  return /^(https?:|mailto:|tel:|#)/.test(plain) || !/^[^/?#]*:/.test(plain);
}

/** Prevent that a page leaves the study or deletes answers. @param {Element} element */
function tame(element) {
  const name = element.localName;
  const href = (element.getAttribute("href") ?? element.getAttribute("xlink:href"))?.trim();
  if (href !== undefined && name !== "image" && !href.startsWith("#")) {
    if ((name !== "a" && name !== "area") || !href) ["href", "xlink:href"].forEach((key) => element.removeAttribute(key));
    else if (!/^(mailto|tel):/i.test(href)) {
      element.setAttribute("target", "_blank");
      element.setAttribute("rel", "noopener noreferrer");
    }
  }
  const kind = element.getAttribute("type")?.trim().toLowerCase() ?? "";
  if ((name === "button" && kind === "reset") || (name === "input" && INPUTS_REMOVED.has(kind))) element.remove();
}
