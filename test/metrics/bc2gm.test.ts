// BC2GM's scores against its official script, on made-up annotations (test/metrics/golden/bc2gm.jsonl, by
// reference/metrics_bc2gm.py).

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseBc2gmEval } from "../../src/formats/index.ts";
import { bc2gmOffsets, scoreBc2gm } from "../../src/metrics/index.ts";

type Row = [string, number, number];
interface Case {
  gold: Row[];
  alternatives: Row[];
  predicted: Row[];
  counts: [number, number, number];
}

const cases = readFileSync(new URL("golden/bc2gm.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);
const mentions = (rows: Row[]) => rows.map(([id, start, end]) => ({ id, start, end }));
const scoreOf = ({ gold, alternatives, predicted }: Case) =>
  scoreBc2gm(mentions(gold), mentions(alternatives), mentions(predicted));

it("counts as the official script does", () => {
  expect(cases.length).toBe(60);
  cases.forEach((item, index) => {
    const { truePositives, falsePositives, falseNegatives } = scoreOf(item);
    expect([truePositives, falsePositives, falseNegatives], `case ${index}`).toEqual(item.counts);
  });
  expect(cases.filter((item) => scoreOf(item).byAlternative > 0).length).toBeGreaterThan(10);
});

it("takes precision from what was found and what was wrong", () => {
  const gene = { id: "S1", start: 3, end: 9 };
  const report = scoreBc2gm(
    [gene, { id: "S1", start: 20, end: 25 }],
    [{ id: "S1", start: 5, end: 9 }],
    [
      { id: "S1", start: 5, end: 9 },
      { id: "S1", start: 21, end: 25 },
    ],
  );
  expect(report).toMatchObject({
    precision: 50,
    recall: 50,
    f1: 50,
    byAlternative: 1,
    goldCount: 2,
    predictedCount: 2,
  });
});

it("counts characters that are no space, the end inclusive", () => {
  const text = "The  PI 3-kinase of 𝛼-cells";
  const at = text.indexOf("PI");
  expect(bc2gmOffsets(text, at, at + "PI 3-kinase".length)).toEqual({ start: 3, end: 12 });
  expect(bc2gmOffsets(text, at - 1, at + 2)).toEqual({ start: 3, end: 4 });
  const cells = text.indexOf("cells");
  expect(bc2gmOffsets(text, cells, text.length)).toEqual({ start: 17, end: 21 });
});

it("scores the stored submission as the script did, where it is at hand", () => {
  const root = process.env["BIOBERT_DATA"] ?? "";
  const folder = join(root, "eval-golden", "bc2gm");
  const printed =
    root !== "" && existsSync(folder) ? readFileSync(join(folder, "expected-1.txt"), "utf8") : "TP: 0\nFP: 0\nFN: 0\n";
  const read = (...parts: string[]) =>
    printed.startsWith("TP: 0\n") ? [] : parseBc2gmEval(readFileSync(join(...parts), "utf8"));
  const test = [root, "BC2GM", "original", "test"];
  const report = scoreBc2gm(read(...test, "GENE.eval"), read(...test, "ALTGENE.eval"), read(folder, "system-1.eval"));
  const { truePositives, falsePositives, falseNegatives } = report;
  expect(printed.trim()).toContain(`TP: ${truePositives}\nFP: ${falsePositives}\nFN: ${falseNegatives}`);
});
