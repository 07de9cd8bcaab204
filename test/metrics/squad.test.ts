// SQuAD's normalisation, exact match and F1 against the functions of transformers (test/metrics/golden/squad.jsonl, by
// reference/metrics_squad.py), and how questions are added up.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { answerF1, normalizeAnswer, scoreSquad } from "../../src/metrics/index.ts";

const rows = readFileSync(new URL("golden/squad.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as [string, string, string, number, number]);

it("normalises and compares as SQuAD's script does", () => {
  expect(rows.length).toBe(400);
  for (const [prediction, answer, normal, exact, f1] of rows) {
    expect(normalizeAnswer(prediction)).toBe(normal);
    expect(normalizeAnswer(prediction) === normalizeAnswer(answer) ? 1 : 0).toBe(exact);
    expect(answerF1(prediction, answer)).toBeCloseTo(f1, 8);
  }
});

it("takes the best of several answers, and parts questions with an answer from those without", () => {
  const questions = [
    { id: "1", answers: ["protein kinase C", "PKC"] },
    { id: "2", answers: ["the gut"] },
    { id: "3", answers: [] },
    { id: "4", answers: [] },
    { id: "5", answers: ["zinc"] },
  ];
  const predictions = new Map([
    ["1", "PKC."],
    ["2", "gut flora"],
    ["3", ""],
    ["4", "iron"],
  ]);
  const report = scoreSquad(questions, predictions);
  expect(report.exactMatch).toBeCloseTo(40, 9);
  expect(report.f1).toBeCloseTo((100 * (1 + 2 / 3 + 1)) / 5, 9);
  expect(report.answerable).toMatchObject({ count: 3 });
  expect(report.answerable!.exactMatch).toBeCloseTo(100 / 3, 9);
  expect(report.unanswerable).toEqual({ exactMatch: 50, f1: 50, count: 2 });
  expect(report.missing).toBe(1);
  expect(scoreSquad([], predictions)).toEqual({ exactMatch: 0, f1: 0, count: 0, missing: 0 });
});
