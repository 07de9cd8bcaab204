// The plain scores of classifiers: confusion counts, precision, recall and F1 by class with their micro and macro means
// (as scikit-learn's precision_recall_fscore_support counts them), accuracy, and the correlations of Pearson and Spearman.

import { invariant } from "../core/index.ts";
import { Counts, type PrecisionRecallF1 } from "./precision-recall.ts";

/** `counts[gold][predicted]` over class numbers below `size`. */
export function confusionCounts(gold: ArrayLike<number>, predicted: ArrayLike<number>, size: number): number[][] {
  invariant(gold.length === predicted.length, `${gold.length} gold classes, ${predicted.length} predicted ones`);
  const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let i = 0; i < gold.length; i++) counts[gold[i]!]![predicted[i]!]!++;
  return counts;
}

export interface ClassScores {
  /** In the order of the labels. */
  byLabel: Record<string, PrecisionRecallF1>;
  /** Over the counts of all scored labels together. */
  micro: PrecisionRecallF1;
  /** Mean of the scored labels' F1, percent; one that is in neither side counts as 0. */
  macroF1: number;
}

function summary(labels: readonly string[], counts: readonly Counts[], scored: readonly string[]): ClassScores {
  const all = new Counts();
  let sum = 0;
  labels.forEach((label, i) => {
    if (!scored.includes(label)) return;
    for (const side of ["gold", "predicted", "correct"] as const) all[side] += counts[i]![side];
    sum += counts[i]!.scores().f1;
  });
  return {
    byLabel: Object.fromEntries(labels.map((label, i) => [label, counts[i]!.scores()])),
    micro: all.scores(),
    macroF1: scored.length === 0 ? 0 : sum / scored.length,
  };
}

/** Scores by class of a confusion table; the means are over the `scored` labels (default all). */
export function scoreConfusion(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
  scored: readonly string[] = labels,
): ClassScores {
  const counts = labels.map((_, label) => {
    const count = new Counts();
    count.gold = confusion[label]!.reduce((sum, value) => sum + value, 0);
    count.predicted = confusion.reduce((sum, row) => sum + row[label]!, 0);
    count.correct = confusion[label]![label]!;
    return count;
  });
  return summary(labels, counts, scored);
}

/** Percent of examples on the diagonal of a confusion table; 0 without examples. */
export function accuracyOf(confusion: readonly (readonly number[])[]): number {
  let right = 0;
  let all = 0;
  confusion.forEach((row, gold) =>
    row.forEach((count, predicted) => {
      all += count;
      if (gold === predicted) right += count;
    }),
  );
  return all === 0 ? 0 : (100 * right) / all;
}

/** Scores of sets of labels: each label of an example counts by itself. `exact` is the percent of examples with all right. */
export function scoreLabelSets(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  labels: readonly string[],
): ClassScores & { exact: number } {
  invariant(gold.length === predicted.length, `${gold.length} gold sets, ${predicted.length} predicted ones`);
  const counts = new Map(labels.map((label) => [label, new Counts()]));
  let exact = 0;
  gold.forEach((right, i) => {
    const found = predicted[i]!;
    for (const label of right) counts.get(label)!.gold++;
    for (const label of found) {
      counts.get(label)!.predicted++;
      if (right.includes(label)) counts.get(label)!.correct++;
    }
    if (right.length === found.length && right.every((label) => found.includes(label))) exact++;
  });
  return {
    ...summary(labels, [...counts.values()], labels),
    exact: gold.length === 0 ? 0 : (100 * exact) / gold.length,
  };
}

/** Pearson's correlation, -1 to 1; NaN where a side does not vary or there are fewer than two values. */
export function pearson(left: ArrayLike<number>, right: ArrayLike<number>): number {
  invariant(left.length === right.length, `${left.length} values beside ${right.length}`);
  const mean = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const [meanLeft, meanRight] = [mean(left), mean(right)];
  let [product, squareLeft, squareRight] = [0, 0, 0];
  for (let i = 0; i < left.length; i++) {
    const [x, y] = [left[i]! - meanLeft, right[i]! - meanRight];
    product += x * y;
    squareLeft += x * x;
    squareRight += y * y;
  }
  return product / Math.sqrt(squareLeft * squareRight);
}

/** Spearman's correlation: Pearson's of the ranks, equal values sharing the mean of theirs. */
export function spearman(left: ArrayLike<number>, right: ArrayLike<number>): number {
  return pearson(ranksOf(left), ranksOf(right));
}

function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}
