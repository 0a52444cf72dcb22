/**
 * Runs a CloudFront Function as CloudFront does: `node run_function.mjs FILE ROOT_DOMAIN`.
 *
 * Each line of standard input is {"uri", "method", "headers", "keys", "now"}: the request, the content
 * of the key value store, and the time in milliseconds since 1970 (absent: now). Each line of standard
 * output is {"response"} or {"request"}: what the function answered, or sends on; with {"origin",
 * "used"}: what it passed to `cf.updateRequestOrigin`, and what it took: `macs`, the bytes `hashed` in
 * them, and `reads` of the store.
 *
 * With the argument `count` after ROOT_DOMAIN, `used` also has `calls`: how often a function of the file
 * was entered. With "times": N in the line the request is run N more times, and `used` has `microseconds`:
 * the mean of one.
 */

import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import inspector from "node:inspector";
import { createInterface } from "node:readline";
import vm from "node:vm";

const [file, rootDomain, counts] = process.argv.slice(2);
const source = readFileSync(file, "utf8").replaceAll("{{root_domain}}", rootDomain);
const code = source.replace(/^import (\w+) from '(cloudfront|crypto)';$/gm, "const $1 = modules.$2;");
if (/^import /m.test(code)) throw new Error(`${file} imports what CloudFront does not have`);

let origin = null;
let keys = {};
let now = Date.now();
let used = { macs: 0, hashed: 0, reads: 0 };

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
  const mac = crypto.createHmac(algorithm, key);
  return {
    update(text) {
      used.hashed += Buffer.byteLength(text);
      mac.update(text);
      return this;
    },
    digest: (form) => mac.digest(form),
  };
};
const context = vm.createContext({ modules: { cloudfront: cf, crypto: { createHmac } }, Date: FixedDate, Number });
const handler = vm.runInContext(`"use strict";\n${code}\nhandler;`, context, { filename: file });

const session = new inspector.Session();
if (counts === "count") {
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  entered(); // what ran while the file was loaded
}

/** How often functions of the file were entered since the last call; V8 has the answer at once. */
function entered() {
  let found = 0;
  session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    const scripts = result.filter((script) => script.url.endsWith(file));
    found = scripts.flatMap((script) => script.functions).reduce((sum, each) => sum + each.ranges[0].count, 0);
  });
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  origin = null;
  used = { macs: 0, hashed: 0, reads: 0 };
  keys = given.keys ?? {};
  now = given.now ?? Date.now();
  const headers = Object.fromEntries(Object.entries(given.headers ?? {}).map(([name, value]) => [name.toLowerCase(), { value }]));
  const event = {
    version: "1.0", context: { eventType: "viewer-request" }, viewer: { ip: "203.0.113.1" },
    request: { method: given.method ?? "GET", uri: given.uri, querystring: {}, headers, cookies: {} },
  };
  const returned = await handler(event);
  const [first, took] = [origin, { ...used }];
  if (counts === "count") took.calls = entered();
  if (given.times) {
    const began = process.hrtime.bigint();
    for (let run = 0; run < given.times; run += 1) {
      origin = null;
      await handler(event);
    }
    took.microseconds = Number(process.hrtime.bigint() - began) / 1000 / given.times;
  }
  console.log(JSON.stringify({ ...("statusCode" in returned ? { response: returned } : { request: returned }), origin: first, used: took }));
}
