// A score over folds or seeds: mean and standard deviation.

import { BiobertError } from "../core/index.ts";

export interface FoldSummary {
  mean: number;
  /** Of a sample (divided by n - 1); 0 for a single value. */
  standardDeviation: number;
  minimum: number;
  maximum: number;
  count: number;
}

/**
 * Mean, standard deviation, least and greatest of the values.
 * @throws BiobertError `input-empty` when there is no value, `input-format` when one is not finite.
 */
export function summarizeFolds(values: readonly number[]): FoldSummary {
  if (values.length === 0) throw new BiobertError({ code: "input-empty", message: "there is no fold to average" });
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new BiobertError({ code: "input-format", message: `a fold's score is ${odd}` });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    standardDeviation: values.length === 1 ? 0 : Math.sqrt(squares / (values.length - 1)),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
    count: values.length,
  };
}

/** The same for every name that all folds have, each fold a record of scores. Errors as `summarizeFolds`. */
export function summarizeFoldScores(folds: readonly Readonly<Record<string, number>>[]): Record<string, FoldSummary> {
  const names = Object.keys(folds[0] ?? {}).filter((name) => folds.every((fold) => name in fold));
  return Object.fromEntries(names.map((name) => [name, summarizeFolds(folds.map((fold) => fold[name]!))]));
}
