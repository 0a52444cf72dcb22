// @ts-check
/**
 * Sanitises researchers' HTML: keeps only elements and attributes that are known to be harmless.
 * Returns nodes: serialising and parsing them again could bring markup back.
 */

const ELEMENTS = new Set(
  (
    "a abbr address article aside audio b bdi bdo big blockquote br button caption center cite code col colgroup data " +
    "datalist dd del details dfn dir div dl dt em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header " +
    "hgroup hr i img input ins kbd label legend li main mark menu meter nav nobr ol optgroup option output p picture " +
    "pre progress q rp rt ruby s samp search section select small source span strike strong sub summary sup table " +
    "tbody td textarea tfoot th thead time tr track tt u ul var video wbr " +
    "svg g path rect circle ellipse line polyline polygon text tspan defs lineargradient radialgradient stop title desc " +
    "math mi mn mo mrow msup msub mfrac msqrt mroot mtext mtable mtr mtd mover munder mspace"
  ).split(" "),
);

/** Removed with their content; other unknown elements, and forms, are replaced by their content. */
const LEFT_OUT = new Set(
  "script style link meta base iframe frame frameset object embed applet template noscript foreignobject animate set use canvas".split(" "),
);

const ATTRIBUTES_OUT = new Set("srcdoc action formaction form formmethod formtarget formnovalidate ping is slot background target manifest autofocus nonce part".split(" "));

const ADDRESSES = new Set(["href", "src", "xlink:href", "poster", "cite", "data", "longdesc", "usemap"]);

/** @param {string} html  a fragment or a whole document @returns {import("./types.js").SafePage} */
export function sanitise(html) {
  const root = rootOf(new DOMParser().parseFromString(html, "text/html"));
  const body = /** @type {HTMLElement} */ (root.querySelector(":scope > body"));
  const css = [...root.querySelectorAll("style")].map((style) => style.textContent ?? "");
  const links = /** @type {HTMLLinkElement[]} */ ([...root.querySelectorAll("link[rel~=stylesheet i]")]);
  const sheets = links.map((link) => link.getAttribute("href") ?? "");
  const title = root.querySelector("title:not(svg *)")?.textContent ?? "";
  clean(body);
  return {
    nodes: [...body.childNodes],
    css,
    sheets: sheets.filter((address) => /^https?:/i.test(address)),
    title: title.replace(/\s+/g, " ").trim(),
    lang: root.lang,
    bodyClass: body.className,
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
  for (const form of root.querySelectorAll("form")) Element.prototype.replaceWith.call(form, ...own(Node.prototype, "childNodes", form));
  return root;
}

/** @param {object} prototype @param {string} name @param {object} object @returns {any} */
const own = (prototype, name, object) => Object.getOwnPropertyDescriptor(prototype, name)?.get?.call(object);

/** @param {Element} parent */
function clean(parent) {
  for (const node of [...parent.childNodes]) {
    if (node.nodeType === Node.TEXT_NODE) continue;
    if (!(node instanceof Element) || LEFT_OUT.has(node.localName.toLowerCase())) {
      node.remove(); // also comments
      continue;
    }
    clean(node);
    if (!ELEMENTS.has(node.localName.toLowerCase())) {
      node.replaceWith(...node.childNodes);
      continue;
    }
    cleanAttributes(node);
    tame(node);
  }
}

/** @param {Element} element */
function cleanAttributes(element) {
  for (const { name, value } of [...element.attributes]) {
    const key = name.toLowerCase();
    const unsafe = ADDRESSES.has(key) && !isSafeAddress(value, key === "src" || key === "poster");
    if (key.startsWith("on") || ATTRIBUTES_OUT.has(key) || unsafe) element.removeAttribute(name);
  }
}

/** @param {string} address @param {boolean} media */
function isSafeAddress(address, media) {
  const plain = address.replace(/[\u0000-\u0020]/g, "").toLowerCase(); // browsers ignore white space in a scheme
  if (media && /^data:(image|audio|video)\//.test(plain)) return true;
  return /^(https?:|mailto:|tel:|#)/.test(plain) || !/^[^/?#]*:/.test(plain);
}

/** Prevent that a page leaves the study or deletes answers. @param {Element} element */
function tame(element) {
  if (element instanceof HTMLAnchorElement && /^\s*https?:/i.test(element.getAttribute("href") ?? "")) {
    element.target = "_blank";
    element.rel = "noopener noreferrer";
  }
  const kind = element.getAttribute("type")?.trim().toLowerCase();
  if (element.localName === "button" && kind === "reset") element.remove();
  if (element.localName === "input" && (kind === "reset" || kind === "file" || kind === "image")) element.remove();
}
