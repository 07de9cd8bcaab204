// How often each gold label was given each predicted one, and the averages that are taken from it. The averages follow
// scikit-learn's names (`average=`), because papers say "F1" of all of them: micro, macro, weighted.

import { BiobertError } from "../core/index.ts";
import { Counts, type PrecisionRecallF1 } from "./precision-recall.ts";

/** Means in percent; a macro or weighted average has no counts of its own. */
export interface AveragedScores {
  precision: number;
  recall: number;
  /** The mean of the classes' F1, which is not the F1 of the mean precision and recall. */
  f1: number;
}

export interface Averages {
  /** Over the counts of the chosen labels together. */
  micro: PrecisionRecallF1;
  /** The plain mean over the chosen labels. */
  macro: AveragedScores;
  /** The mean over the chosen labels, each weighted by its number of gold items. */
  weighted: AveragedScores;
}

/** Counts of (gold, predicted) pairs of single labels. */
export class ConfusionMatrix {
  private readonly cells = new Map<string, Map<string, number>>();
  private readonly seen = new Set<string>();
  private readonly goldTotals = new Map<string, number>();
  private readonly predictedTotals = new Map<string, number>();
  total = 0;

  /** Counts one item. */
  add(gold: string, predicted: string): void {
    this.seen.add(gold).add(predicted);
    let row = this.cells.get(gold);
    if (row === undefined) this.cells.set(gold, (row = new Map()));
    row.set(predicted, (row.get(predicted) ?? 0) + 1);
    this.goldTotals.set(gold, this.goldCount(gold) + 1);
    this.predictedTotals.set(predicted, this.predictedCount(predicted) + 1);
    this.total++;
  }

  /** Every label seen on either side, sorted by code units. */
  labels(): string[] {
    return [...this.seen].sort();
  }

  count(gold: string, predicted: string): number {
    return this.cells.get(gold)?.get(predicted) ?? 0;
  }

  goldCount(label: string): number {
    return this.goldTotals.get(label) ?? 0;
  }

  predictedCount(label: string): number {
    return this.predictedTotals.get(label) ?? 0;
  }

  /** How many items have the label that the gold says. */
  correct(): number {
    let correct = 0;
    for (const label of this.seen) correct += this.count(label, label);
    return correct;
  }

  /** One label against all others. */
  countsOf(label: string): Counts {
    return Counts.of(this.goldCount(label), this.predictedCount(label), this.count(label, label));
  }

  /** Rows are gold labels, columns predicted ones, in the order of `labels`. */
  table(labels: readonly string[]): number[][] {
    return labels.map((gold) => labels.map((predicted) => this.count(gold, predicted)));
  }
}

/** A table of labels, small enough to read. */
export interface ConfusionTable {
  labels: readonly string[];
  /** `counts[gold][predicted]`, both in the order of `labels`. */
  counts: readonly (readonly number[])[];
  /** How many labels there are, where the last one stands for those that are confused least. */
  labelCount?: number;
}

/** A table of at most so many labels: those that are confused most in their order, and the others together as the last one. */
export function mostConfused<Table extends ConfusionTable>(table: Table, most: number): Table {
  const { labels, counts } = table;
  if (labels.length <= most) return table;
  const confused = labels.map((_, i) =>
    labels.reduce((sum, __, j) => sum + (i === j ? 0 : counts[i]![j]! + counts[j]![i]!), 0),
  );
  const kept = [...labels.keys()]
    .sort((a, b) => confused[b]! - confused[a]! || a - b)
    .slice(0, most - 1)
    .sort((a, b) => a - b);
  const others = [...labels.keys()].filter((i) => !kept.includes(i));
  const groups = [...kept.map((i) => [i]), others];
  return {
    ...table,
    labels: [...kept.map((i) => labels[i]!), `${others.length} others`],
    counts: groups.map((rows) =>
      groups.map((columns) => rows.reduce((sum, i) => sum + columns.reduce((part, j) => part + counts[i]![j]!, 0), 0)),
    ),
    labelCount: labels.length,
  };
}

/**
 * Counts two lists of labels, item by item.
 * @throws BiobertError `input-format` when they differ in length.
 */
export function confusionOf(gold: readonly string[], predicted: readonly string[]): ConfusionMatrix {
  requireSameCount(gold.length, predicted.length);
  const matrix = new ConfusionMatrix();
  gold.forEach((label, i) => matrix.add(label, predicted[i]!));
  return matrix;
}

/** Micro, macro and weighted averages over labels, from the counts of each; all 0 where there is no label. */
export function averagesOf(counts: readonly Counts[]): Averages {
  const micro = new Counts();
  for (const each of counts) {
    micro.gold += each.gold;
    micro.predicted += each.predicted;
    micro.correct += each.correct;
  }
  const scores = counts.map((each) => each.scores());
  return {
    micro: micro.scores(),
    macro: meanScores(scores, () => 1),
    weighted: meanScores(scores, ({ goldCount }) => goldCount),
  };
}

function meanScores(
  scores: readonly PrecisionRecallF1[],
  weightOf: (score: PrecisionRecallF1) => number,
): AveragedScores {
  const total = scores.reduce((sum, score) => sum + weightOf(score), 0);
  const mean = (value: (score: PrecisionRecallF1) => number) =>
    total === 0 ? 0 : scores.reduce((sum, score) => sum + weightOf(score) * value(score), 0) / total;
  return { precision: mean((s) => s.precision), recall: mean((s) => s.recall), f1: mean((s) => s.f1) };
}

/** @throws BiobertError `input-format` when gold and predictions differ in number. */
export function requireSameCount(gold: number, predicted: number, what = "items"): void {
  if (gold === predicted) return;
  throw new BiobertError({
    code: "input-format",
    message: `the gold has ${gold} ${what}, the predictions have ${predicted}`,
    hint: "Both sides must hold the same items in the same order.",
  });
}
