// Prints all results as a Markdown table; with --write, puts it, and the tables of docs/features.md, between their marks in
// pages.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { BenchmarkError, readOptions } from "./lib/options.mjs";
import { putFeatures } from "./lib/features.mjs";
import { markdownTable, putTable, readComparisons } from "./lib/table.mjs";

const ABOUT = "The kept results as a Markdown table.";
const TABLE = {
  results: { value: "DIR", default: path.join("bench", "results"), help: "folder of result files, from the clone" },
  write: { value: "FILE", multiple: true, help: "a page to put it in, such as README.md; again for another" },
};

await runMain(() => {
  const values = readOptions(ABOUT, TABLE);
  if (values === undefined) return;
  const folder = path.resolve(root, values.results);
  const comparisons = readComparisons(folder);
  if (comparisons.length === 0) throw new BenchmarkError(`there are no results in ${values.results}`);
  if (values.write === undefined) process.stdout.write(`${markdownTable(comparisons)}\n`);
  for (const file of values.write ?? []) {
    const before = readFileSync(file, "utf8");
    const withTable = putTable(before, comparisons);
    const page = putFeatures(withTable ?? before, folder) ?? withTable;
    if (page === undefined)
      throw new BenchmarkError(`${file} has no marks to put the table between: see docs/benchmarks.md`);
    writeFileSync(file, page);
  }
});
