// @ts-check
/**
 * The page's texts: the study's own, else those of its language in texts/. Until the study says its
 * language, the one of an earlier visit or of the browser.
 */

/** @typedef {string | Record<string, string>} Text  several forms: by the plural category of `count` */
/** @typedef {"" | "_later" | "_device"} Part  of a language's texts */

const FALLBACK = "en";
const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ku-arab|ps|sd|ug|ur|yi)\b/i;

/** @type {Record<string, Record<string, Text>>} */
const first = globalThis.hippoTexts;

let language = document.documentElement.lang;
/** @type {Record<string, Text>} */
let own = {};
/** @type {Record<string, Text>} */
let known = { ...first[shipped(language)] };
/** @type {Set<Part>} */
const parts = new Set();
/** @type {Record<string, Promise<any> | undefined>} */
const files = {};
let failures = 0;

/** @param {string} tag  such as de-AT @returns {string}  the language of texts/ that is nearest */
function shipped(tag) {
  const base = tag.split("-")[0].toLowerCase();
  return base in first ? base : FALLBACK;
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]  of the placeholders; numbers are written as the language does
 */
export function text(key, values = {}) {
  const found = own[key] ?? known[key] ?? "";
  const form = typeof found === "string" ? found : (found[new Intl.PluralRules(language).select(Number(values.count))] ?? found.other);
  return form.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name] ?? whole;
    return typeof value === "number" ? value.toLocaleString(language) : value;
  });
}

/** @param {string[]} items */
export function listed(items) {
  return new Intl.ListFormat(language, { type: "unit" }).format(items);
}

/** @param {Date} moment @returns {string}  hours and minutes */
export function timeOf(moment) {
  return moment.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
}

/** @param {string} tag */
function show(tag) {
  Object.assign(document.documentElement, { lang: tag, dir: RIGHT_TO_LEFT.test(tag) ? "rtl" : "ltr" });
  document.querySelector(".loading")?.replaceChildren(text("loading"));
}

/** Load the language that the study will probably say. @param {string} tag */
export function expect(tag) {
  language = tag;
  known = { ...first[shipped(tag)] };
  show(tag);
  load(shipped(tag), "").catch(() => {}); // `speak` tries again
}

/**
 * Speak a language, with the study's own texts; resolves when its texts are loaded.
 *
 * @param {string} tag
 * @param {Record<string, Text>} [ownTexts]  undefined: those of before
 */
export async function speak(tag, ownTexts) {
  if (ownTexts) own = ownTexts;
  if (tag === language && parts.has("")) return;
  const wanted = new Set(parts).add("");
  const loaded = await Promise.all([...wanted].map((part) => load(shipped(tag), part)));
  language = tag;
  if ([...parts].some((part) => !wanted.has(part))) await loadTexts("");
  else known = Object.assign({ ...first[shipped(tag)] }, ...loaded);
  parts.add("");
  show(tag);
  document.getElementById("banner")?.setAttribute("aria-label", text("notice"));
  document.documentElement.style.setProperty("--new-tab", JSON.stringify(` ${text("newTab")}`)); // study.css
}

/** Load a further part of the texts; `speak` loads it again in another language. @param {Part} part */
export async function loadTexts(part) {
  const tag = language;
  const wanted = new Set(parts).add("").add(part);
  const loaded = await Promise.all([...wanted].map((each) => load(shipped(tag), each)));
  if (tag !== language || [...parts].some((each) => !wanted.has(each))) return loadTexts(part);
  for (const each of wanted) parts.add(each);
  known = Object.assign({ ...first[shipped(tag)] }, ...loaded);
}

/** @param {string} name @param {Part} part @returns {Promise<Record<string, Text>>} */
async function load(name, part) {
  const file = `../texts/${name}${part}.js`;
  // Browsers do not fetch a module again that failed to load once, but they do at another address.
  files[file] ??= import(failures ? `${file}?again=${failures}` : file);
  try {
    return (await files[file]).TEXTS;
  } catch (error) {
    failures += 1;
    files[file] = undefined;
    throw error;
  }
}
