// Items of test sets as results/items/ keeps them: compressed, and without the corpus's ids, since some licences forbid to pass annotations
// on. `biobert compare` then takes items to be in the order of the test file.
//
//   node scripts/keep-items.mjs runs/chemprot/items.json results/items/chemprot-ours-1.json.gz

import { readFile, rename, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";

const [from, to] = process.argv.slice(2);
if (from === undefined || to?.endsWith(".json.gz") !== true) {
  console.error("usage: node scripts/keep-items.mjs ITEMS.json[.gz] KEPT.json.gz");
  process.exit(2);
}
const bytes = await readFile(from);
const items = JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8"));
for (const group of items.groups) group.ids = [];
await writeFile(`${to}.tmp`, gzipSync(`${JSON.stringify(items)}\n`, { level: 9 }));
await rename(`${to}.tmp`, to);
