// Correlation of predicted with gold numbers: Pearson's r, and Spearman's rho as Pearson's r of ranks, ties sharing their mean rank.
// BIOSSES is reported by Pearson's (BLUE, BLURB).

import { BiobertError } from "../core/index.ts";
import { requireSameCount } from "./confusion.ts";

/**
 * Pearson's correlation coefficient, -1 to 1; NaN where one side is constant or has fewer than two numbers.
 * @throws BiobertError `input-format` when the lists differ in length or hold a number that is not finite.
 */
export function pearson(first: readonly number[], second: readonly number[]): number {
  requireNumbers(first, second);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanFirst, meanSecond] = [mean(first), mean(second)];
  let product = 0;
  let squareFirst = 0;
  let squareSecond = 0;
  first.forEach((value, i) => {
    const [x, y] = [value - meanFirst, second[i]! - meanSecond];
    product += x * y;
    squareFirst += x * x;
    squareSecond += y * y;
  });
  const r = product / (Math.sqrt(squareFirst) * Math.sqrt(squareSecond));
  return Math.max(-1, Math.min(1, r)); // rounding may go a hair beyond; NaN stays NaN
}

/** Spearman's rank correlation, -1 to 1; NaN where one side is constant or has fewer than two numbers. Errors as `pearson`. */
export function spearman(first: readonly number[], second: readonly number[]): number {
  requireNumbers(first, second);
  return pearson(ranksOf(first), ranksOf(second));
}

/** Ranks from 1 in ascending order; equal values share the mean of their ranks. */
export function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

function requireNumbers(first: readonly number[], second: readonly number[]): void {
  requireSameCount(first.length, second.length, "numbers");
  const at = first.findIndex((value, i) => !Number.isFinite(value) || !Number.isFinite(second[i]));
  if (at < 0) return;
  throw new BiobertError({
    code: "input-format",
    message: `item ${at + 1} is ${first[at]} and ${second[at]}: not two numbers`,
  });
}
