// The published outputs of the official script, beside corpora that cannot be part of this project: read from the folder that
// BIOBERT_DATA names, where it has them. Without it the same rules are checked on the small case alone.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { conllevalText, scoreEntities } from "../../src/metrics/index.ts";

/** Prints a report as conlleval does, from lines of `token ... gold predicted`. */
function conlleval(text: string): string {
  const sentences = text
    .split(/\n\s*\n/)
    .map((block) => block.split("\n").filter((line) => line.trim() !== ""))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.trim().split(/\s+/)));
  const column = (fromEnd: number) => sentences.map((rows) => rows.map((row) => row.at(-fromEnd)!));
  return conllevalText(scoreEntities(column(2), column(1)));
}

const small = "the O O\ngout B-D B-D\nflare I-D O\n\nasthma B-D B-D\nsalt O B-C\n";
const cases: [string, string, string][] = [
  [
    "a small case",
    small,
    `processed 5 tokens with 2 phrases; found: 3 phrases; correct: 1.
accuracy:  60.00%; precision:  33.33%; recall:  50.00%; FB1:  40.00
                C: precision:   0.00%; recall:   0.00%; FB1:   0.00  1
                D: precision:  50.00%; recall:  50.00%; FB1:  50.00  2`,
  ],
];

const folder = join(process.env["BIOBERT_DATA"] ?? "", "eval-golden", "conlleval");
if (process.env["BIOBERT_DATA"] !== undefined && existsSync(folder)) {
  const read = (...parts: string[]) => readFileSync(join(folder, ...parts), "utf8").replaceAll("\r", "");
  cases.push(
    ["CoNLL-2000's sample", read("conll2000", "output.txt"), read("conll2000", "result.txt")],
    [
      "BioBERT on NCBI-disease",
      read("NCBI-disease-biobert", "predictions.conll"),
      read("NCBI-disease-biobert", "expected.txt"),
    ],
  );
  for (const name of readdirSync(join(folder, "cases")).filter((file) => file.endsWith(".conll"))) {
    cases.push([name, read("cases", name), read("cases", name.replace(".conll", ".expected.txt"))]);
  }
}

it.each(cases)("prints what the official script printed for %s", (_, text, expected) => {
  // For untyped tags the script prints the line of its one nameless type twice.
  const once = expected.trimEnd().replace(/^( +: .*)\n\1$/m, "$1");
  expect(conlleval(text)).toBe(once);
});
