// Scores where an item has any number of labels: Hallmarks of Cancer (Baker et al. 2016) by sentence and by abstract, and
// questions with several right answers (FrenchMedMCQA, Labrak et al. 2022).

import { BiobertError } from "../core/index.ts";
import { type AveragedScores, type Averages, averagesOf, requireSameCount } from "./confusion.ts";
import { Counts, type PrecisionRecallF1 } from "./precision-recall.ts";

export interface MultiLabelReport extends Averages {
  /** In the order of `labels`. */
  byLabel: Record<string, PrecisionRecallF1>;
  labels: string[];
  /** Percent of items whose labels are exactly the gold ones (scikit-learn's accuracy, FrenchMedMCQA's exact match). */
  exactMatch: number;
  /** Percent: the mean of right labels over the union of gold and predicted ones, 100 where both are empty: FrenchMedMCQA's score. */
  hammingScore: number;
  /** Percent of all (item, label) decisions that are wrong, over `labels`. */
  hammingLoss: number;
  /** Mean precision and recall over items; `f1` is the harmonic mean of these two means, as BLUE's script for HoC prints it. */
  byExample: AveragedScores & {
    /** The mean of the items' own F1 (scikit-learn's `average="samples"`). */
    meanF1: number;
  };
  count: number;
  exactCount: number;
}

/**
 * Scores sets of labels, item by item; a label given twice counts once. Averages are over `options.labels`, or all that occur on either side,
 * sorted. In `byExample`, an item without gold labels has recall 0 and one without predictions precision 0, as in BLUE.
 * @throws BiobertError `input-format` when the two lists differ in length, or a label is not among `options.labels`.
 */
export function scoreMultiLabel(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  options: { labels?: readonly string[] } = {},
): MultiLabelReport {
  requireSameCount(gold.length, predicted.length);
  const labels =
    options.labels === undefined ? [...new Set([...gold.flat(), ...predicted.flat()])].sort() : [...options.labels];
  const counts = new Map(labels.map((label) => [label, new Counts()]));
  const countsOf = (label: string): Counts => {
    const found = counts.get(label);
    if (found !== undefined) return found;
    throw new BiobertError({
      code: "input-format",
      message: `unknown label ${JSON.stringify(label)}`,
      hint: `Known are ${labels.join(", ")}.`,
    });
  };
  let exact = 0;
  let overlap = 0;
  let wrong = 0;
  const sums = { precision: 0, recall: 0, f1: 0 };
  gold.forEach((goldLabels, i) => {
    const goldSet = new Set(goldLabels);
    const predictedSet = new Set(predicted[i]);
    let shared = 0;
    for (const label of goldSet) {
      countsOf(label).gold++;
      if (!predictedSet.has(label)) continue;
      countsOf(label).correct++;
      shared++;
    }
    for (const label of predictedSet) countsOf(label).predicted++;
    const union = goldSet.size + predictedSet.size - shared;
    if (union === shared) exact++;
    overlap += union === 0 ? 1 : shared / union;
    wrong += union - shared;
    sums.precision += predictedSet.size === 0 ? 0 : shared / predictedSet.size;
    sums.recall += goldSet.size === 0 ? 0 : shared / goldSet.size;
    sums.f1 += union === 0 ? 0 : (2 * shared) / (goldSet.size + predictedSet.size);
  });
  const percent = (sum: number) => (gold.length === 0 ? 0 : (100 * sum) / gold.length);
  const [precision, recall] = [percent(sums.precision), percent(sums.recall)];
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return {
    ...averagesOf([...counts.values()]),
    byLabel: Object.fromEntries(labels.map((label) => [label, counts.get(label)!.scores()])),
    labels,
    exactMatch: percent(exact),
    hammingScore: percent(overlap),
    hammingLoss: labels.length === 0 ? 0 : percent(wrong) / labels.length,
    byExample: { precision, recall, f1, meanF1: percent(sums.f1) },
    count: gold.length,
    exactCount: exact,
  };
}

/**
 * The labels of each document: the union of those of its parts, as HoC's abstracts are scored by their sentences. Documents come
 * in order of first appearance, so that gold and predictions of the same parts stay aligned; labels in order of appearance.
 * @throws BiobertError `input-format` when the two lists differ in length.
 */
export function labelsByDocument(
  documentIds: readonly string[],
  labels: readonly (readonly string[])[],
): { id: string; labels: string[] }[] {
  requireSameCount(documentIds.length, labels.length, "lists of labels");
  const documents = new Map<string, Set<string>>();
  documentIds.forEach((id, i) => {
    const known = documents.get(id) ?? new Set<string>();
    for (const label of labels[i]!) known.add(label);
    documents.set(id, known);
  });
  return [...documents].map(([id, set]) => ({ id, labels: [...set] }));
}
