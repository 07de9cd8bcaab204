// Wilson's score interval for a proportion (Wilson 1927): unlike the normal interval it stays within 0 and 1 and keeps its
// coverage for small test sets, which is what accuracies on a few hundred questions need.

import { BiobertError } from "../core/index.ts";

export interface Interval {
  low: number;
  high: number;
}

/** The normal quantile of a two-sided 95 % interval. */
const QUANTILE_95 = 1.959963984540054;

/**
 * The 95 % interval, in percent, of a proportion of `successes` among `trials`; 0 to 100 where there is no trial. `quantile` is
 * that of the standard normal distribution, for another level.
 * @throws BiobertError `input-format` when the counts are not 0 <= successes <= trials.
 */
export function wilsonInterval(successes: number, trials: number, quantile = QUANTILE_95): Interval {
  if (!(successes >= 0 && successes <= trials)) {
    throw new BiobertError({ code: "input-format", message: `${successes} right out of ${trials} is no proportion` });
  }
  if (trials === 0) return { low: 0, high: 100 };
  const share = successes / trials;
  const square = quantile * quantile;
  const scale = 1 + square / trials;
  const middle = (share + square / (2 * trials)) / scale;
  const half = (quantile / scale) * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials * trials));
  // At either end the formula is exact, but not in floating point.
  const low = successes === 0 ? 0 : 100 * (middle - half);
  const high = successes === trials ? 100 : 100 * (middle + half);
  return { low, high };
}
