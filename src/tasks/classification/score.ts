// The scores of each kind of classification.

import type { SequenceProblem } from "../../bert/index.ts";
import { confusionOf, pearson, scoreClassification, scoreMultiLabel, spearman } from "../../metrics/index.ts";
import type { CommonError, TaskScores } from "../task.ts";
import type { LabelPrediction } from "./decode.ts";

interface Gold {
  text: string;
  labels?: readonly string[];
  value?: number;
}

/** Scores predictions against the examples' gold labels or numbers. */
export function scoreLabels(
  examples: readonly Gold[],
  predictions: readonly LabelPrediction[],
  labels: readonly string[],
  problem: SequenceProblem,
): TaskScores {
  const counts = { texts: examples.length };
  if (problem === "regression") {
    const gold = examples.map(({ value }) => value!);
    const found = predictions.map(({ value }) => value!);
    // Where a side does not vary there is no correlation; a model that always says the same has learnt none.
    const orNone = (value: number): number => (Number.isNaN(value) ? 0 : value);
    const squares = gold.map((value, i) => (value - found[i]!) ** 2);
    return {
      protocol: "regression",
      metrics: {
        pearson: orNone(pearson(gold, found)),
        spearman: orNone(spearman(gold, found)),
        meanSquaredError: squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length),
      },
      units: { pearson: "correlation", spearman: "correlation", meanSquaredError: "number" },
      selection: "pearson",
      counts,
    };
  }
  if (problem === "multi-label") {
    const gold = examples.map(({ labels: own = [] }) => own);
    const found = predictions.map(({ labels: own }) => own);
    const { micro, macro, byLabel, exactMatch } = scoreMultiLabel(gold, found, { labels });
    return {
      protocol: "multi-label-classification",
      metrics: {
        microPrecision: micro.precision,
        microRecall: micro.recall,
        microF1: micro.f1,
        macroF1: macro.f1,
        exactMatch,
      },
      selection: "microF1",
      byLabel,
      errors: setErrors(examples, predictions),
      counts: { ...counts, labels: micro.goldCount },
    };
  }
  const gold = examples.map(({ labels: own }) => own![0]!);
  const found = predictions.map(({ labels: own }) => own[0]!);
  const { accuracy, macro, byLabel } = scoreClassification(gold, found, { labels });
  const { counts: table, errors } = confusions(gold, found, labels, (i) => examples[i]!.text);
  return {
    protocol: "single-label-classification",
    metrics: { accuracy, macroF1: macro.f1 },
    selection: "accuracy",
    byLabel,
    confusion: { labels, counts: table },
    errors,
    counts,
  };
}

/** Labels that were missed or added, each with how often. */
function setErrors(examples: readonly Gold[], predictions: readonly LabelPrediction[]): CommonError[] {
  const errors = new Map<string, CommonError>();
  const add = (gold: string, predicted: string, example: string): void => {
    const key = `${gold}\t${predicted}`;
    const error = errors.get(key);
    if (error === undefined) errors.set(key, { gold, predicted, count: 1, example });
    else error.count++;
  };
  examples.forEach(({ text, labels = [] }, i) => {
    const found = predictions[i]!.labels;
    for (const label of labels) if (!found.includes(label)) add(label, "", text);
    for (const label of found) if (!labels.includes(label)) add("", label, text);
  });
  return [...errors.values()].sort((a, b) => b.count - a.count);
}

/**
 * The confusion table of single labels, `counts[gold][predicted]` in the order of `labels`, and its cells off the diagonal, the fullest
 * first, each with the text of its first example.
 */
export function confusions(
  gold: readonly string[],
  predicted: readonly string[],
  labels: readonly string[],
  textOf: (example: number) => string,
): { counts: number[][]; errors: CommonError[] } {
  const matrix = confusionOf(gold, predicted);
  const errors = labels.flatMap((right) =>
    labels.flatMap((found): CommonError[] => {
      const count = matrix.count(right, found);
      if (count === 0 || right === found) return [];
      const first = gold.findIndex((label, i) => label === right && predicted[i] === found);
      return [{ gold: right, predicted: found, count, example: textOf(first) }];
    }),
  );
  return { counts: matrix.table(labels), errors: errors.sort((a, b) => b.count - a.count) };
}
