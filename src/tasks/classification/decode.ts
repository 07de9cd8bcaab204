// From the logits of a sequence classifier to labels and their probabilities.

import type { SequenceProblem } from "../../bert/index.ts";

export interface LabelPrediction {
  /** The one label, those from the threshold on with the likeliest first, or none for a number. */
  labels: string[];
  /** The predicted number of a regression. */
  value?: number;
  /** The probability of each label, 0 to 1; absent for a regression. */
  scores?: Record<string, number>;
}

/** Softmax of logits. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const highest = Math.max(...Array.from(logits));
  const values = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

/** The prediction that a row of logits says; of equal labels the first. */
export function decodeLabels(
  logits: Float32Array,
  labels: readonly string[],
  { problem, threshold }: { problem: SequenceProblem; threshold: number },
): LabelPrediction {
  if (problem === "regression") return { labels: [], value: logits[0]! };
  const probabilities =
    problem === "single-label" ? softmax(logits) : Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  const scores = Object.fromEntries(labels.map((label, i) => [label, probabilities[i]!]));
  if (problem === "single-label") {
    // By logits: where two differ by less than their probabilities can show, the higher one still wins.
    const best = logits.reduce((at, logit, i) => (logit > logits[at]! ? i : at), 0);
    return { labels: [labels[best]!], scores };
  }
  const found = labels.map((_, i) => i).filter((i) => probabilities[i]! >= threshold);
  return {
    labels: found.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b).map((i) => labels[i]!),
    scores,
  };
}
