// @ts-check
/** Creates elements, and announces to screen readers. */

/**
 * @param {string} tag  with classes: "button.main"
 * @param {Record<string, any>} [properties]  on…: listeners; aria-…, data-…, role, for: attributes
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function make(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (/^(aria-|data-|role$|for$)/.test(key)) element.setAttribute(key, value);
    else Object.assign(element, { [key]: value });
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @param {string} label @param {() => void} act @param {string} [kind] @returns {HTMLButtonElement} */
export function button(label, act, kind = "") {
  return make(`button${kind && `.${kind}`}`, { type: "button", onclick: act }, label);
}

/** @param {string} href @param {Record<string, any>} [properties] @returns {Promise<HTMLLinkElement>} */
export function loadSheet(href, properties) {
  return new Promise((resolve, reject) => {
    const onerror = () => (link.remove(), reject(new Error(`${href} cannot be loaded`)));
    const link = make("link", { rel: "stylesheet", href, ...properties, onload: () => resolve(link), onerror });
    document.head.append(link);
  });
}

/** @param {string} id @returns {HTMLElement} */
export function place(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Say something to screen readers, and leave the focus where it is.
 *
 * @param {string} text
 * @param {"polite" | "urgent"} [how]  urgent interrupts the screen reader
 */
export function announce(text, how = "polite") {
  const region = place(how);
  if (region.textContent === text) region.textContent = ""; // screen readers ignore an unchanged text
  setTimeout(() => (region.textContent = text), 50);
}
