// BioCreative II's gene mention scorer (Smith et al. 2008, alt_eval.perl): a gold gene is found when a prediction is equal to it or to
// an alternative annotation that overlaps it. Offsets count non-space characters, ends inclusive.

import type { PrecisionRecallF1 } from "./precision-recall.ts";

/** One line of an `.eval` file. */
export interface Bc2gmMention {
  /** The sentence's identifier. */
  id: string;
  /** Non-space characters before it. */
  start: number;
  /** Of its last character: inclusive. */
  end: number;
  text?: string;
}

export interface Bc2gmReport extends PrecisionRecallF1 {
  /** Gold genes found, by themselves or by an alternative. */
  truePositives: number;
  /** Predictions equal to no gold gene and no alternative of their sentence. */
  falsePositives: number;
  falseNegatives: number;
  /** Of the true positives, those that an alternative alone found: without alternatives they would be misses. */
  byAlternative: number;
}

/**
 * Scores predictions, in any order. As in the official script one prediction can find several genes (its alternative overlaps
 * both), a prediction given twice is wrong twice but right once, precision is TP / (TP + FP) where TP counts gold genes, and a gold gene given
 * twice counts twice. `predictedCount` is TP + FP.
 */
export function scoreBc2gm(
  gold: readonly Bc2gmMention[],
  alternatives: readonly Bc2gmMention[],
  predicted: readonly Bc2gmMention[],
): Bc2gmReport {
  const goldOf = bySentence(gold);
  const alternativesOf = bySentence(alternatives);
  const predictedOf = bySentence(predicted);
  let exact = 0;
  let byAlternative = 0;
  for (const [id, genes] of goldOf) {
    const found = new Set((predictedOf.get(id) ?? []).map(placeOf));
    const usable = (alternativesOf.get(id) ?? []).filter((other) => found.has(placeOf(other)));
    for (const gene of genes) {
      if (found.has(placeOf(gene))) exact++;
      else if (usable.some((other) => other.start <= gene.end && gene.start <= other.end)) byAlternative++;
    }
  }
  let falsePositives = 0;
  for (const [id, mentions] of predictedOf) {
    const right = new Set([...(goldOf.get(id) ?? []), ...(alternativesOf.get(id) ?? [])].map(placeOf));
    falsePositives += mentions.filter((mention) => !right.has(placeOf(mention))).length;
  }
  const truePositives = exact + byAlternative;
  const predictedCount = truePositives + falsePositives;
  const precision = predictedCount === 0 ? 0 : (100 * truePositives) / predictedCount;
  const recall = gold.length === 0 ? 0 : (100 * truePositives) / gold.length;
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    goldCount: gold.length,
    predictedCount,
    correctCount: truePositives,
    truePositives,
    falsePositives,
    falseNegatives: gold.length - truePositives,
    byAlternative,
  };
}

/**
 * A span of a text, end exclusive, as BC2GM counts: characters that are not white space, the end inclusive. `start` and `end` are UTF-16
 * units. White space at either end of the span does not matter.
 */
export function bc2gmOffsets(text: string, start: number, end: number): { start: number; end: number } {
  const before = [...text.slice(0, start).replace(/\s/g, "")].length;
  const inside = [...text.slice(start, end).replace(/\s/g, "")].length;
  return { start: before, end: before + inside - 1 };
}

function placeOf({ start, end }: Bc2gmMention): string {
  return `${start} ${end}`;
}

function bySentence(mentions: readonly Bc2gmMention[]): Map<string, Bc2gmMention[]> {
  const groups = new Map<string, Bc2gmMention[]>();
  for (const mention of mentions) {
    const group = groups.get(mention.id);
    if (group === undefined) groups.set(mention.id, [mention]);
    else group.push(mention);
  }
  return groups;
}
