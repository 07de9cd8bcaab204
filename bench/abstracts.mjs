// Writes the texts of `annotate`, `annotate-js` and `tokenize`: the first documents of the PubMed text as JSON lines.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { existingFile, readTextFile } from "./lib/files.mjs";
import { runMain } from "./lib/main.mjs";
import { BenchmarkError, count, readOptions } from "./lib/options.mjs";

const ABOUT =
  'Writes abstracts as JSON lines {"id", "text"}. The source is a text with one document a block, blank lines between;\na title and its abstract stay on lines of their own.';
const TABLE = {
  out: { value: "FILE", required: true, help: "where they go" },
  data: {
    value: "DIR",
    default: process.env.BIOBERT_DATA,
    help: "folder with pubmed-text/pubmed_abstracts.txt ($BIOBERT_DATA)",
  },
  text: { value: "FILE", help: "another source" },
  documents: { value: "N", default: "2000", help: "how many, from the first" },
};

await runMain(() => {
  const values = readOptions(ABOUT, TABLE);
  if (values === undefined) return;
  const documents = count(values, "documents");
  if (values.text === undefined && values.data === undefined) {
    throw new BenchmarkError("--data or BIOBERT_DATA must name the data folder", 2);
  }
  const source = values.text ?? path.join(values.data, "pubmed-text", "pubmed_abstracts.txt");
  const blocks = readTextFile(existingFile(source))
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter(Boolean);
  const lines = blocks.slice(0, documents).map((text, i) => JSON.stringify({ id: String(i + 1), text }));
  if (lines.length < documents) throw new BenchmarkError(`${source} has ${lines.length} documents, not ${documents}`);
  writeFileSync(values.out, `${lines.join("\n")}\n`);
});
