// @ts-check
/** Reads the link: the study and the participant. Makes an id if the link has none. */

const ID_NAMES = ["userId", "PROLIFIC_PID", "workerId", "participant"];

/** A recruiting service would have replaced it: {{%PROLIFIC_PID%}}, ${workerId}, %SURVEY_CODE%. MTurk sends the second in its preview. */
const NOT_FILLED = /[{}<>[\]$%]|^ASSIGNMENT_ID_NOT_AVAILABLE$/;

/**
 * @param {string} search  the query of the page's address
 * @param {{get: (key: string) => string | null, set: (key: string, value: string) => boolean}} store  kept across visits
 * @returns {import("./types.js").Visit}
 */
export function readVisit(search, store) {
  const query = new URLSearchParams(repaired(search));
  const given = /** @param {string} name */ (name) => {
    for (const [key, value] of query) if (key.toLowerCase() === name.toLowerCase() && value.trim()) return value.trim();
    return null;
  };
  const projectId = given("projectId") ?? "";
  const linked = ID_NAMES.map(given).find((id) => id !== null && !NOT_FILLED.test(id));
  const named = [...query.keys()].some((key) => ID_NAMES.some((name) => name.toLowerCase() === key.toLowerCase()));
  const fault = linked ? null : NOT_FILLED.test(given("assignmentId") ?? "") ? "preview" : named ? "noId" : null;
  const kept = linked ? null : store.get(`${projectId}/id`);
  const userId = linked ?? kept ?? uuid4();
  if (!linked && !fault && !kept && projectId && !store.set(`${projectId}/id`, userId)) putIntoAddress(userId);
  const debug = query.get("debug");
  return {
    projectId,
    userId,
    fault,
    returned: kept !== null,
    css: given("css"),
    redirect: given("redirect"),
    server: given("server"),
    debug: debug !== null && !/^(0|false|no|off)$/i.test(debug),
  };
}

/** Of links that other programs have written or joined: `&amp;`, and a second `?`. @param {string} search */
function repaired(search) {
  const parts = search.replace(/^\?/, "").replace(/&(?:amp;)+/gi, "&").split("&");
  return parts.map((part) => (/^(css|redirect)=/i.test(part) ? part : part.replace(/\?/g, "&"))).join("&");
}

/** Without storage, a reload finds the id there. @param {string} userId */
function putIntoAddress(userId) {
  const address = new URL(location.href);
  address.searchParams.set("userId", userId);
  history.replaceState(history.state, "", address);
}

/** How the browser came to this page: "navigate", "reload", "back_forward". */
export function arrival() {
  return /** @type {PerformanceNavigationTiming | undefined} */ (performance.getEntriesByType("navigation")[0])?.type;
}

/** `crypto.randomUUID` exists on https and loopback only. */
export function uuid4() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * Return a link's address if it may be used: https, of this page's origin or of one that settings.json
 * allows. Anyone can write a link.
 *
 * @param {string | null} address @param {import("./types.js").Settings} settings @returns {string | null}
 */
export function allowed(address, { allow = [] }) {
  const { origin = "", protocol = "" } = webAddress(address) ? new URL(/** @type {string} */ (address)) : {};
  const isOwn = origin === location.origin;
  return isOwn || (protocol === "https:" && allow.includes(origin)) ? address : null;
}

/** Null unless it is a web address. @param {string | null | undefined} address @returns {string | null} */
export function webAddress(address) {
  try {
    return address && /^https?:\/\//i.test(address) && new URL(address) ? address : null;
  } catch {
    return null;
  }
}
