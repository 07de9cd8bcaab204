// Scores of single-label classification (sentences, documents, yes/no, multiple choice). Every average carries its name, after
// scikit-learn's; micro-F1 over all classes of a single-label task is the accuracy, and is said to be.

import { type Interval, wilsonInterval } from "./confidence.ts";
import { type Averages, averagesOf, confusionOf, requireSameCount } from "./confusion.ts";
import type { PrecisionRecallF1 } from "./precision-recall.ts";

export interface ClassificationReport extends Averages {
  /** Percent of items with the right label. */
  accuracy: number;
  /** Wilson's 95 % interval of the accuracy. */
  accuracyInterval: Interval;
  /** Percent: the mean recall over the labels that the gold has. */
  balancedAccuracy: number;
  /** In the order of `labels`. */
  byLabel: Record<string, PrecisionRecallF1>;
  /** What the averages are over: the labels asked for, or all that either side has, sorted. */
  labels: string[];
  /** Rows are gold labels, columns predicted ones; over every label that either side has. */
  confusion: { labels: string[]; counts: number[][] };
  count: number;
  correctCount: number;
}

export interface ClassificationOptions {
  /** The labels that micro, macro and weighted averages are over (default: all that occur on either side). */
  labels?: readonly string[];
}

/**
 * Scores predicted labels against gold ones, item by item.
 * @throws BiobertError `input-format` when the two lists differ in length.
 */
export function scoreClassification(
  gold: readonly string[],
  predicted: readonly string[],
  options: ClassificationOptions = {},
): ClassificationReport {
  const matrix = confusionOf(gold, predicted);
  const all = matrix.labels();
  const labels = options.labels === undefined ? all : [...new Set(options.labels)];
  const counts = labels.map((label) => matrix.countsOf(label));
  const correctCount = matrix.correct();
  const recalls = all
    .filter((label) => matrix.goldCount(label) > 0)
    .map((label) => matrix.countsOf(label).scores().recall);
  return {
    ...averagesOf(counts),
    accuracy: matrix.total === 0 ? 0 : (100 * correctCount) / matrix.total,
    accuracyInterval: wilsonInterval(correctCount, matrix.total),
    balancedAccuracy: recalls.length === 0 ? 0 : recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
    byLabel: Object.fromEntries(labels.map((label, i) => [label, counts[i]!.scores()])),
    labels,
    confusion: { labels: all, counts: matrix.table(all) },
    count: matrix.total,
    correctCount,
  };
}

/**
 * Accuracy with its interval for each group of items (difficulty levels, subjects), in order of first appearance.
 * @throws BiobertError `input-format` when the three lists differ in length.
 */
export function accuracyByGroup(
  gold: readonly string[],
  predicted: readonly string[],
  groups: readonly string[],
): Record<string, { accuracy: number; interval: Interval; count: number; correctCount: number }> {
  requireSameCount(gold.length, predicted.length);
  requireSameCount(gold.length, groups.length, "groups");
  const counts = new Map<string, { count: number; correct: number }>();
  groups.forEach((group, i) => {
    const tally = counts.get(group) ?? { count: 0, correct: 0 };
    tally.count++;
    if (gold[i] === predicted[i]) tally.correct++;
    counts.set(group, tally);
  });
  return Object.fromEntries(
    [...counts].map(([group, { count, correct }]) => [
      group,
      { accuracy: (100 * correct) / count, interval: wilsonInterval(correct, count), count, correctCount: correct },
    ]),
  );
}
