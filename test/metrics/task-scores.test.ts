// What the golden files do not hold: intervals, folds, relations of documents and missed gold, labels by document, calibration, clicks.

import { describe, expect, it } from "vitest";
import {
  RELATION_PROTOCOLS,
  SCIDOCS_COLUMNS,
  accuracyByGroup,
  labelsByDocument,
  pearson,
  scidocsAverage,
  scoreBinary,
  scoreCalibration,
  scoreClassification,
  scoreClicks,
  scoreDocumentRelations,
  scoreMultiLabel,
  scoreRankings,
  scoreRelations,
  spearman,
  summarizeFoldScores,
  summarizeFolds,
  wilsonInterval,
} from "../../src/metrics/index.ts";

describe("Wilson's interval", () => {
  // scipy.stats.binomtest(k, n).proportion_ci(method="wilson"), SciPy 1.17.
  it.each([
    [8, 10, 49.016247153664175, 94.33178485456249],
    [0, 20, 0, 16.112515805281934],
    [270, 400, 62.762396441454136, 71.90467325684548],
    [5, 5, 56.551753521682514, 100],
  ])("of %i in %i is SciPy's", (successes, trials, low, high) => {
    const interval = wilsonInterval(successes, trials);
    expect(interval.low).toBeCloseTo(low, 9);
    expect(interval.high).toBeCloseTo(high, 9);
  });

  it("is everything where nothing was tried, and refuses what is no proportion", () => {
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 100 });
    expect(() => wilsonInterval(3, 2)).toThrow("3 right out of 2");
  });
});

describe("folds", () => {
  it("have the mean and the deviation of a sample", () => {
    expect(summarizeFolds([80, 84, 82])).toEqual({
      mean: 82,
      standardDeviation: 2,
      minimum: 80,
      maximum: 84,
      count: 3,
    });
    expect(summarizeFolds([5]).standardDeviation).toBe(0);
    expect(summarizeFoldScores([{ f1: 1, own: 2 }, { f1: 3 }])).toEqual({ f1: summarizeFolds([1, 3]) });
    expect(() => summarizeFolds([])).toThrow("no fold");
    expect(() => summarizeFolds([Number.NaN])).toThrow("NaN");
  });
});

describe("relations", () => {
  it("count missed gold beside the headline, and detection apart from the class", () => {
    const gold = ["CPR:3", "CPR:4", "false", "false", "CPR:9"];
    const predicted = ["CPR:3", "CPR:3", "CPR:4", "false", "false"];
    const { classes } = RELATION_PROTOCOLS.chemprot;
    const report = scoreRelations(gold, predicted, { classes, missedGold: { "CPR:4": 2, "CPR:10": 5 } });
    expect(report.micro).toMatchObject({ goldCount: 3, predictedCount: 3, correctCount: 1 });
    expect(report.microWithMissedGold).toMatchObject({ goldCount: 5, recall: 20 });
    expect(report.detection).toMatchObject({ goldCount: 3, predictedCount: 3, correctCount: 2 });
    expect(report.accuracy).toBe(40);
    expect(Object.keys(report.byClass)).toEqual([...classes, "false"]);
    expect(scoreRelations(gold, predicted, { classes }).microWithMissedGold).toBeUndefined();
    expect(() => scoreRelations(["a"], [], { classes })).toThrow("the gold has 1 items, the predictions have 0");
  });

  it("of class 1 have specificity, the recall of all else", () => {
    const report = scoreBinary(["1", "1", "0", "0", "0"], ["1", "0", "1", "0", "0"]);
    expect(report).toMatchObject({
      precision: 50,
      recall: 50,
      f1: 50,
      truePositives: 1,
      falsePositives: 1,
      falseNegatives: 1,
      trueNegatives: 2,
    });
    expect(report.specificity).toBeCloseTo(200 / 3, 9);
  });

  it("of documents have no direction and count once, unless asked", () => {
    const relation = (first: string, second: string, type = "Bind") => ({ first, second, type });
    const gold = [
      { id: "1", relations: [relation("a", "b"), relation("c", "d", "Association")] },
      { id: "2", relations: [relation("a", "b")] },
    ];
    const predicted = [{ id: "1", relations: [relation("b", "a"), relation("a", "b"), relation("d", "c")] }];
    const report = scoreDocumentRelations(gold, predicted);
    expect(report.overall).toMatchObject({ goldCount: 3, predictedCount: 2, correctCount: 1 });
    expect(report.pairs).toMatchObject({ goldCount: 3, predictedCount: 2, correctCount: 2 });
    expect(scoreDocumentRelations(gold, predicted, { directed: true }).overall.predictedCount).toBe(3);
    expect(() => scoreDocumentRelations([], predicted)).toThrow('document "1" is not in the gold');
    expect(() => scoreDocumentRelations([gold[0]!, gold[0]!], [])).toThrow("twice in the gold");
  });
});

describe("labels", () => {
  it("of a document are those of its parts together", () => {
    const parts = labelsByDocument(["a", "b", "a"], [["x"], [], ["y", "x"]]);
    expect(parts).toEqual([
      { id: "a", labels: ["x", "y"] },
      { id: "b", labels: [] },
    ]);
    expect(() => labelsByDocument(["a"], [])).toThrow("lists of labels");
  });

  it("outside the known ones are refused", () => {
    expect(() => scoreMultiLabel([["x"]], [["z"]], { labels: ["x", "y"] })).toThrow('unknown label "z"');
  });

  it("have accuracies by group, with intervals", () => {
    const byLevel = accuracyByGroup(["A", "B", "C"], ["A", "B", "D"], ["easy", "hard", "hard"]);
    expect(byLevel).toMatchObject({ easy: { accuracy: 100, count: 1 }, hard: { accuracy: 50, correctCount: 1 } });
    expect(scoreClassification([], []).accuracy).toBe(0);
  });
});

describe("calibration", () => {
  it("is the gap of confidence and accuracy, by bins", () => {
    const report = scoreCalibration([0.95, 0.85, 0.85, 0.3, 1, 0], [true, true, false, false, true, false], 10);
    expect(report.bins[8]).toEqual({ from: 0.8, to: 0.9, count: 2, confidence: 0.85, accuracy: 0.5 });
    expect(report.bins[9]).toMatchObject({ count: 2, accuracy: 1 });
    expect(report.bins[0]).toMatchObject({ count: 1, confidence: 0 });
    expect(report.expectedCalibrationError).toBeCloseTo((100 * (2 * 0.025 + 2 * 0.35 + 0.3)) / 6, 9);
    expect(report.maximumCalibrationError).toBeCloseTo(35, 9);
    expect(report.brierScore).toBeCloseTo((0.0025 + 0.0225 + 0.7225 + 0.09) / 6, 9);
    expect(() => scoreCalibration([1.2], [true])).toThrow("confidence 1.2 of item 1");
  });
});

describe("rankings", () => {
  it("without any relevant document score 0", () => {
    const none = { relevances: new Map([["a", 0]]), scores: new Map([["a", 1]]) };
    expect(scoreRankings([none])).toMatchObject({ map: 0, ndcg: 0, queries: 1 });
  });

  it("of clicks weigh places by how seldom they are clicked; equal scores count as half above", () => {
    const lists = [
      { clickedScore: 2, otherScores: [1, 0], shownPosition: 1 },
      { clickedScore: 1, otherScores: [1, 3], shownPosition: 2 },
    ];
    const plain = scoreClicks(lists);
    expect(plain.ndcg).toBeCloseTo(50 * (1 + 1 / Math.log2(3.5)), 9);
    expect(plain.precisionAt1).toBe(50);
    const adjusted = scoreClicks(lists, [0.5, 0.25]);
    expect(adjusted.precisionAt1).toBeCloseTo(100 / 3, 9);
    expect(() => scoreClicks(lists, [0.5])).toThrow("place 2 has no propensity");
  });

  it("of SciDocs average over twelve columns, all of them", () => {
    const columns = Object.fromEntries(SCIDOCS_COLUMNS.map((name, i) => [name, i]));
    expect(scidocsAverage(columns)).toBe(5.5);
    expect(() => scidocsAverage({ ...columns, "cite-map": undefined })).toThrow("missing: cite-map");
  });
});

describe("correlation", () => {
  it("of a constant is no number, nor of too little", () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(spearman([1], [1])).toBeNaN();
    expect(() => pearson([1, Number.NaN], [1, 2])).toThrow("item 2 is NaN and 2");
  });
});
