// Scores of a thousand random cases each, against scikit-learn, seqeval, SciPy and trec_eval: the golden files hold what they said
// (reference/metrics_scores.py), the cases are drawn again here.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type AveragedScores,
  averagesOf,
  confusionOf,
  pearson,
  scoreBinary,
  scoreClassification,
  scoreEntities,
  scoreMultiLabel,
  scoreRankings,
  scoreRelations,
  spearman,
} from "../../src/metrics/index.ts";
import {
  goldenLines,
  randomLabelSets,
  randomLabels,
  randomNumbers,
  randomRankings,
  randomTags,
} from "./random-cases.ts";

const golden = (name: string) =>
  goldenLines(readFileSync(new URL(`golden/scores-${name}.txt`, import.meta.url), "utf8"));
const triple = ({ precision, recall, f1 }: AveragedScores) => [precision, recall, f1];

/** Holds every case to its line, in the golden file's precision, and says which one differs. */
function expectAll(lines: number[][], scoresOf: (seed: number) => number[]): void {
  expect(lines.length).toBe(1000);
  lines.forEach((line, seed) => {
    const ours = line.every(Number.isNaN) ? line : scoresOf(seed);
    const differs =
      ours.length !== line.length ||
      ours.some((value, i) => !(Math.abs(value - line[i]!) <= 6e-4) && !Number.isNaN(line[i]));
    if (differs) expect(ours, `case ${seed}`).toEqual(line);
  });
}

describe("a thousand random cases", () => {
  it("of single labels score as in scikit-learn", () => {
    expectAll(golden("classification"), (seed) => {
      const { gold, predicted } = randomLabels(seed);
      const report = scoreClassification(gold, predicted);
      expect(report.micro.f1).toBeCloseTo(report.accuracy, 9);
      const chosen = scoreRelations(gold, predicted, { classes: ["c1", "c2"] });
      return [
        report.accuracy,
        report.balancedAccuracy,
        ...triple(report.macro),
        ...triple(report.weighted),
        ...triple(chosen.micro),
        chosen.macro.f1,
        ...triple(scoreBinary(gold, predicted, "c1")),
      ];
    });
  });

  it("of label sets score as in scikit-learn", () => {
    expectAll(golden("multi-label"), (seed) => {
      const { gold, predicted } = randomLabelSets(seed);
      const report = scoreMultiLabel(gold, predicted);
      return [
        ...triple(report.micro),
        ...triple(report.macro),
        ...triple(report.weighted),
        report.exactMatch,
        report.hammingLoss,
        report.hammingScore,
        report.byExample.precision,
        report.byExample.recall,
      ];
    });
  });

  it("of tag sequences score as in seqeval's default mode", () => {
    expectAll(golden("entities"), (seed) => {
      const { gold, predicted } = randomTags(seed);
      const { overall, byType } = scoreEntities(gold, predicted);
      const f1s = Object.values(byType).map(({ f1 }) => f1);
      return [...triple(overall), f1s.length === 0 ? 0 : f1s.reduce((sum, f1) => sum + f1, 0) / f1s.length];
    });
  });

  it("of numbers correlate as in SciPy", () => {
    expectAll(golden("correlation"), (seed) => {
      const { first, second } = randomNumbers(seed);
      return [100 * pearson(first, second), 100 * spearman(first, second)];
    });
  });

  it("of rankings score as in trec_eval", () => {
    expectAll(golden("ranking"), (seed) => {
      const queries = randomRankings(seed).map(({ judged, scored }) => ({ relevances: judged, scores: scored }));
      const report = scoreRankings(queries, { cutoff: 5 });
      const { map, ndcg, ndcgAtCutoff, precisionAt1, meanReciprocalRank, recallAtCutoff, rPrecision } = report;
      return [map, ndcg, ndcgAtCutoff, precisionAt1, meanReciprocalRank, recallAtCutoff, rPrecision];
    });
  });
});

describe("averages", () => {
  it("of no label at all are 0", () => {
    expect(averagesOf([]).macro).toEqual({ precision: 0, recall: 0, f1: 0 });
    expect(confusionOf([], []).total).toBe(0);
  });
});
