// Is one system better than another? The paired bootstrap over test items and, where each system has several runs, over seeds (Efron and
// Tibshirani 1993; Koehn 2004), and approximate randomisation (Noreen 1989; Yeh 2000). Both are seeded: the same answer every time.

import { BiobertError, Random } from "../core/index.ts";

/**
 * What a system did on each test item, run by run: `runs[r][item]` holds numbers that add up over items, such as gold, predicted and correct
 * entities of a sentence, or 1 and whether the answer was right.
 */
export interface SystemItems {
  runs: readonly (readonly (readonly number[])[])[];
}

/** The score of a set of items, from the sums of their numbers. */
export type Statistic = (sums: readonly number[]) => number;

/** Micro-F1 in percent from [gold, predicted, correct]. */
export const microF1: Statistic = ([gold, predicted, correct]) => {
  const all = gold! + predicted!;
  return all === 0 ? 0 : (200 * correct!) / all;
};

/** The mean in percent from [items, sum of their scores, each 0 to 1]: accuracy, exact match, mean F1. */
export const meanPercent: Statistic = ([count, sum]) => (count === 0 ? 0 : (100 * sum!) / count!);

export interface Comparison {
  /** Mean over runs. */
  first: number;
  second: number;
  /** second - first. */
  difference: number;
  /** Of the difference; of the given level (bootstrap alone). */
  interval?: { low: number; high: number; level: number };
  /** Two-sided: how likely a difference as large would be if the systems were equal. */
  pValue: number;
  samples: number;
  method: "paired-bootstrap" | "approximate-randomisation";
}

export interface ComparisonOptions {
  /** Default 10,000. */
  samples?: number;
  seed?: number;
  /** Of the interval (default 0.95). */
  level?: number;
}

/**
 * Compares two systems on the same items by resampling items, the same ones for both, and runs of each system, where it has several. The
 * interval holds the middle `level` of the resampled differences; the p-value is the share of them that lie as far from the
 * observed difference as that lies from 0.
 * @throws BiobertError `input-format` when the systems have no run, no item, or differ in their items.
 */
export function pairedBootstrap(
  first: SystemItems,
  second: SystemItems,
  statistic: Statistic,
  options: ComparisonOptions = {},
): Comparison {
  const { samples = 10_000, seed = 0, level = 0.95 } = options;
  const [a, b] = prepare(first, second);
  const observed = { first: a.score(statistic), second: b.score(statistic) };
  const difference = observed.second - observed.first;
  const random = new Random(seed, 0xb0075);
  const weights = new Float64Array(a.items);
  const differences = new Float64Array(samples);
  let asFar = 0;
  for (let sample = 0; sample < samples; sample++) {
    weights.fill(0);
    for (let i = 0; i < a.items; i++) weights[random.nextInteger(a.items)]!++;
    const value = b.resampled(statistic, weights, random) - a.resampled(statistic, weights, random);
    differences[sample] = value;
    if (Math.abs(value - difference) >= Math.abs(difference) - 1e-12) asFar++;
  }
  differences.sort();
  return {
    ...observed,
    difference,
    interval: { low: quantile(differences, (1 - level) / 2), high: quantile(differences, (1 + level) / 2), level },
    pValue: (asFar + 1) / (samples + 1),
    samples,
    method: "paired-bootstrap",
  };
}

/**
 * Compares two systems by swapping their results on each item with a chance of a half: the p-value is the share of swaps that give
 * a difference at least as large. Runs are paired in order, and an item is swapped in all of them together.
 * @throws BiobertError `input-format` as `pairedBootstrap`, and when the systems differ in their number of runs.
 */
export function approximateRandomisation(
  first: SystemItems,
  second: SystemItems,
  statistic: Statistic,
  options: Omit<ComparisonOptions, "level"> = {},
): Comparison {
  const { samples = 10_000, seed = 0 } = options;
  const [a, b] = prepare(first, second);
  if (a.runs !== b.runs) throw mismatch(`the systems have ${a.runs} and ${b.runs} runs`);
  const observed = { first: a.score(statistic), second: b.score(statistic) };
  const difference = observed.second - observed.first;
  const random = new Random(seed, 0xa44a);
  const stays = new Float64Array(a.items);
  const swaps = new Float64Array(a.items);
  let asLarge = 0;
  for (let sample = 0; sample < samples; sample++) {
    for (let i = 0; i < a.items; i++) {
      stays[i] = random.nextUint32() & 1;
      swaps[i] = 1 - stays[i]!;
    }
    let value = 0;
    for (let run = 0; run < a.runs; run++) {
      value +=
        statistic(add(b.sums(run, stays), a.sums(run, swaps))) - statistic(add(a.sums(run, stays), b.sums(run, swaps)));
    }
    if (Math.abs(value / a.runs) >= Math.abs(difference) - 1e-12) asLarge++;
  }
  return {
    ...observed,
    difference,
    pValue: (asLarge + 1) / (samples + 1),
    samples,
    method: "approximate-randomisation",
  };
}

/** A system's numbers, flat: run by run, item by item. */
class ItemTable {
  readonly runs: number;
  readonly items: number;
  readonly width: number;
  private readonly values: Float64Array;

  constructor(system: SystemItems) {
    this.runs = system.runs.length;
    this.items = system.runs[0]?.length ?? 0;
    this.width = system.runs[0]?.[0]?.length ?? 0;
    if (this.items === 0 || this.width === 0) throw mismatch("a system has no item to compare");
    this.values = new Float64Array(this.runs * this.items * this.width);
    let at = 0;
    for (const run of system.runs) {
      if (run.length !== this.items) throw mismatch(`the runs of a system have ${this.items} and ${run.length} items`);
      for (const item of run) {
        if (item.length !== this.width) throw mismatch(`items have ${this.width} and ${item.length} numbers`);
        for (const value of item) this.values[at++] = value;
      }
    }
  }

  /** The sums of a run, each item as often as its weight says. */
  sums(run: number, weights: Float64Array | undefined): number[] {
    const { items, width, values } = this;
    const sums = new Array<number>(width).fill(0);
    let at = run * items * width;
    for (let i = 0; i < items; i++) {
      const weight = weights === undefined ? 1 : weights[i]!;
      if (weight !== 0) for (let c = 0; c < width; c++) sums[c]! += weight * values[at + c]!;
      at += width;
    }
    return sums;
  }

  score(statistic: Statistic): number {
    let sum = 0;
    for (let run = 0; run < this.runs; run++) sum += statistic(this.sums(run, undefined));
    return sum / this.runs;
  }

  /** The mean score of as many runs, drawn with repetition, on weighted items. */
  resampled(statistic: Statistic, weights: Float64Array, random: Random): number {
    if (this.runs === 1) return statistic(this.sums(0, weights));
    const scores = new Map<number, number>();
    let sum = 0;
    for (let draw = 0; draw < this.runs; draw++) {
      const run = random.nextInteger(this.runs);
      let score = scores.get(run);
      if (score === undefined) scores.set(run, (score = statistic(this.sums(run, weights))));
      sum += score;
    }
    return sum / this.runs;
  }
}

function prepare(first: SystemItems, second: SystemItems): [ItemTable, ItemTable] {
  const [a, b] = [new ItemTable(first), new ItemTable(second)];
  if (a.items !== b.items) throw mismatch(`the systems have ${a.items} and ${b.items} items`);
  if (a.width !== b.width) throw mismatch(`the systems' items have ${a.width} and ${b.width} numbers`);
  return [a, b];
}

function mismatch(message: string): BiobertError {
  return new BiobertError({
    code: "input-format",
    message,
    hint: "Both systems must be scored on the same items, in the same order.",
  });
}

function add(first: readonly number[], second: readonly number[]): number[] {
  return first.map((value, i) => value + second[i]!);
}

/** Between the neighbouring values of a sorted list, linearly. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
