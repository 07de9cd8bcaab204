// Tests of two systems against each other: exact values by going through all resamplings of few items, and what must hold in general.

import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/index.ts";
import {
  alignLabels,
  approximateRandomisation,
  ITEM_STATISTICS,
  labelItems,
  meanPercent,
  microF1,
  pairedBootstrap,
} from "../../src/metrics/index.ts";

const accuracies = (values: readonly number[]) => ({ runs: [values.map((value) => [1, value])] });
const first = [0, 0, 1, 0, 1, 0, 1, 0];
const second = [1, 0, 1, 1, 1, 1, 0, 1];

/** Two-sided p-value over all 2^n swaps. */
function exactRandomisation(a: readonly number[], b: readonly number[]): number {
  const observed = Math.abs(b.reduce((sum, value, i) => sum + value - a[i]!, 0));
  let asLarge = 0;
  for (let mask = 0; mask < 1 << a.length; mask++) {
    const sum = a.reduce((total, value, i) => total + (mask & (1 << i) ? value - b[i]! : b[i]! - value), 0);
    if (Math.abs(sum) >= observed) asLarge++;
  }
  return asLarge / (1 << a.length);
}

describe("approximate randomisation", () => {
  it("comes near the p-value of all swaps", () => {
    const { difference, pValue } = approximateRandomisation(accuracies(first), accuracies(second), meanPercent, {
      samples: 20_000,
    });
    expect(difference).toBeCloseTo(37.5, 9);
    expect(Math.abs(pValue - exactRandomisation(first, second))).toBeLessThan(0.015);
  });

  it("finds nothing between a system and itself", () => {
    expect(approximateRandomisation(accuracies(first), accuracies(first), meanPercent, { samples: 200 })).toMatchObject(
      { difference: 0, pValue: 1 },
    );
  });
});

describe("labels of two systems", () => {
  const random = new Random(5, 1);
  const labels = ["yes", "no", "maybe"];
  const draw = (): string[] => Array.from({ length: 60 }, () => labels[random.nextInteger(3)]!);
  const gold = draw();
  const items = (predicted: readonly string[], order: readonly string[]) => ({
    runs: [labelItems(gold, predicted, order)["macroF1"]!.values],
  });
  const [mine, theirs] = [draw(), draw()];

  it("are put in one order, whatever each file's own is", () => {
    const [left, wanted] = [items(mine, labels), items(theirs, labels)];
    for (const order of [labels, ["maybe", "no", "yes"], ["no", "yes", "maybe"]]) {
      const right = alignLabels(left, items(theirs, order));
      expect(right).toEqual(wanted);
      const statistic = ITEM_STATISTICS["macro-f1"];
      expect(approximateRandomisation(left, right, statistic, { samples: 300 })).toEqual(
        approximateRandomisation(left, wanted, statistic, { samples: 300 }),
      );
    }
    // A label that is nowhere gold has its place, too.
    const more = alignLabels(items(mine, [...labels, "none"]), items(theirs, ["none", ...labels]));
    expect(more).toEqual(items(theirs, [...labels, "none"]));
  });

  it("must be the same", () => {
    const other = { runs: [labelItems(draw(), theirs, labels)["macroF1"]!.values] };
    expect(() => alignLabels(items(mine, labels), other)).toThrow("gold labels");
    expect(() => alignLabels(items(mine, labels), items(theirs, [...labels, "none"]))).toThrow("gold labels");
  });
});

describe("the paired bootstrap", () => {
  it("has the interval of the mean difference of few items, all resamplings counted", () => {
    // Three items with differences -1, 0 and 1: of all 27 draws of three, the sums are these.
    const items = [accuracies([1, 0, 0]), accuracies([0, 0, 1])] as const;
    const result = pairedBootstrap(...items, meanPercent, { samples: 20_000, level: 0.8 });
    // 1/27 of the draws lie at 100, 3/27 at 66.7, 6/27 at 33.3: a tenth from the top is at 66.7, and likewise below.
    expect(result.interval!.high).toBeCloseTo(200 / 3, 6);
    expect(result.interval!.low).toBeCloseTo(-200 / 3, 6);
  });

  it("covers the normal interval of a mean of many items", () => {
    const random = new Random(3);
    const values = Array.from({ length: 400 }, () => [
      random.nextFloat() < 0.6 ? 1 : 0,
      random.nextFloat() < 0.7 ? 1 : 0,
    ]);
    const [a, b] = [values.map((pair) => pair[0]!), values.map((pair) => pair[1]!)];
    const differences = a.map((value, i) => 100 * (b[i]! - value));
    const mean = differences.reduce((sum, value) => sum + value, 0) / 400;
    const error = Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400 / 400);
    const { difference, interval, pValue } = pairedBootstrap(accuracies(a), accuracies(b), meanPercent, {
      samples: 4000,
    });
    expect(difference).toBeCloseTo(mean, 9);
    expect(Math.abs(interval!.low - (mean - 1.96 * error))).toBeLessThan(0.5);
    expect(Math.abs(interval!.high - (mean + 1.96 * error))).toBeLessThan(0.5);
    expect(pValue < 0.05).toBe(interval!.low > 0);
  });

  it("scores micro-F1 by the sums of counts, and runs by their mean", () => {
    const run = (correct: number) => [
      [2, 2, correct],
      [1, 3, 1],
    ];
    const result = pairedBootstrap({ runs: [run(2), run(0)] }, { runs: [run(2)] }, microF1, { samples: 100 });
    expect(result.first).toBeCloseTo((75 + 25) / 2, 9);
    expect(result.second).toBeCloseTo(75, 9);
  });

  it("is wider where seeds differ, and the same whenever it is run with one seed", () => {
    const steady = { runs: [0, 1, 2].map(() => first.map((value) => [1, value])) };
    const varying = { runs: [first, second, first.map(() => 0)].map((run) => run.map((value) => [1, value])) };
    const width = (system: typeof steady, seed = 0) => {
      const { low, high } = pairedBootstrap(system, steady, meanPercent, { samples: 2000, seed }).interval!;
      return high - low;
    };
    expect(width(steady)).toBe(0);
    expect(width(varying)).toBeGreaterThan(10);
    expect(width(varying)).toBe(width(varying));
  });

  it("refuses systems that were not scored on the same items", () => {
    expect(() => pairedBootstrap(accuracies([1]), accuracies([1, 0]), meanPercent)).toThrow(
      "the systems have 1 and 2 items",
    );
    expect(() => pairedBootstrap({ runs: [] }, accuracies([1]), meanPercent)).toThrow("no item to compare");
    expect(() => pairedBootstrap({ runs: [[[1, 1]], []] }, accuracies([1]), meanPercent)).toThrow("1 and 0 items");
    expect(() => approximateRandomisation({ runs: [[[1, 1]], [[1, 0]]] }, accuracies([1]), meanPercent)).toThrow(
      "2 and 1 runs",
    );
  });
});
