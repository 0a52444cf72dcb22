/**
 * Runs a CloudFront Function as CloudFront does: `node run_function.mjs FILE ROOT_DOMAIN`.
 *
 * Each line of standard input is {"uri", "method", "headers", "keys", "now"}: the request, the content
 * of the key value store, and the time in milliseconds since 1970 (absent: now). Each line of standard
 * output is {"response"} or {"request"}: what the function answered, or sends on; with {"origin",
 * "used"}: what it passed to `cf.updateRequestOrigin`, and how many MACs and reads of the store it took.
 */

import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import vm from "node:vm";

const [file, rootDomain] = process.argv.slice(2);
const source = readFileSync(file, "utf8").replaceAll("{{root_domain}}", rootDomain);
const code = source.replace(/^import (\w+) from '(cloudfront|crypto)';$/gm, "const $1 = modules.$2;");
if (/^import /m.test(code)) throw new Error(`${file} imports what CloudFront does not have`);

let origin = null;
let keys = {};
let now = Date.now();
let used = { macs: 0, reads: 0 };

const cf = {
  kvs: () => ({
    get: async (key) => {
      used.reads += 1;
      if (!Object.hasOwn(keys, key)) throw new Error(`key not found: ${key}`);
      return keys[key];
    },
  }),
  updateRequestOrigin: (settings) => {
    if (origin) throw new Error("updateRequestOrigin was called twice");
    origin = JSON.parse(JSON.stringify(settings));
  },
};
/** In CloudFront the time is that of the run's start. */
class FixedDate extends Date {
  static now() {
    return now;
  }
}
// None of Node's own: no fetch, no process, no timers.
const createHmac = (algorithm, key) => {
  used.macs += 1;
  return crypto.createHmac(algorithm, key);
};
const context = vm.createContext({ modules: { cloudfront: cf, crypto: { createHmac } }, Date: FixedDate, Number });
const handler = vm.runInContext(`"use strict";\n${code}\nhandler;`, context, { filename: file });

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  origin = null;
  used = { macs: 0, reads: 0 };
  keys = given.keys ?? {};
  now = given.now ?? Date.now();
  const headers = Object.fromEntries(Object.entries(given.headers ?? {}).map(([name, value]) => [name.toLowerCase(), { value }]));
  const event = {
    version: "1.0", context: { eventType: "viewer-request" }, viewer: { ip: "203.0.113.1" },
    request: { method: given.method ?? "GET", uri: given.uri, querystring: {}, headers, cookies: {} },
  };
  const returned = await handler(event);
  console.log(JSON.stringify({ ...("statusCode" in returned ? { response: returned } : { request: returned }), origin, used }));
}
