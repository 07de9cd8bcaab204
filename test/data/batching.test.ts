// Batches: every example once, little padding, new company each epoch, the same everywhere for one seed.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/index.ts";
import { lengthBatches, paddingShare, tokenBudgetBatches } from "../../src/data/index.ts";

/** Lengths spread like those of sentences in abstracts: log-normal around 30 pieces. */
function sentenceLengths(count: number): number[] {
  const random = new Random(5);
  return Array.from({ length: count }, () => Math.max(3, Math.round(Math.exp(3.4 + 0.5 * random.nextNormal()))));
}

const anyLengths = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 60 });
const flatSorted = (batches: number[][]) => batches.flat().sort((left, right) => left - right);
const indices = (lengths: readonly number[]) => lengths.map((_, index) => index);

describe("lengthBatches", () => {
  it("uses every example once, in full batches but one", () => {
    fc.assert(
      fc.property(anyLengths, fc.integer({ min: 1, max: 9 }), fc.boolean(), (lengths, batchSize, shuffle) => {
        const batches = lengthBatches(lengths, { batchSize, shuffle, seed: 3 });
        expect(flatSorted(batches)).toEqual(indices(lengths));
        expect(batches.length).toBe(Math.ceil(lengths.length / batchSize));
        expect(batches.filter((batch) => batch.length !== batchSize).length).toBeLessThanOrEqual(1);
        expect(Math.min(batchSize, ...batches.map((batch) => batch.length))).toBeGreaterThan(0);
      }),
    );
  });

  it("keeps padding under 5 % in every epoch", () => {
    const lengths = sentenceLengths(6000);
    for (let epoch = 0; epoch < 5; epoch++) {
      const batches = lengthBatches(lengths, { batchSize: 32, seed: 1, epoch });
      expect(paddingShare(lengths, batches)).toBeLessThan(0.05);
    }
  });

  it("gives the same batches for the same seed and epoch, and others for another", () => {
    const lengths = sentenceLengths(500);
    const batches = (seed: number, epoch: number) => lengthBatches(lengths, { batchSize: 16, seed, epoch });
    expect(batches(1, 2)).toEqual(batches(1, 2));
    expect(batches(1, 2)).not.toEqual(batches(1, 3));
    expect(batches(1, 2)).not.toEqual(batches(2, 2));
    // The very batches are pinned: a change of them changes every published training run.
    expect(lengthBatches([5, 9, 5, 7, 9, 5, 2], { batchSize: 3, seed: 42, epoch: 1 })).toEqual([
      [2, 5, 0],
      [6],
      [1, 4, 3],
    ]);
  });

  it("changes the company of an example from epoch to epoch, and the order of lengths", () => {
    const lengths = sentenceLengths(3000);
    const [first, second] = [0, 1].map((epoch) => lengthBatches(lengths, { batchSize: 32, epoch }));
    const batchOf = new Map(second!.flatMap((batch, number) => batch.map((index) => [index, number] as const)));
    let together = 0;
    let pairs = 0;
    for (const batch of first!) {
      for (const left of batch) {
        for (const right of batch) {
          if (left === right) continue;
          pairs++;
          if (batchOf.get(left) === batchOf.get(right)) together++;
        }
      }
    }
    expect(together / pairs).toBeLessThan(0.3);
    const longest = first!.map((batch) => Math.max(...batch.map((index) => lengths[index]!)));
    const rises = longest.filter((length, i) => i > 0 && length > longest[i - 1]!).length;
    expect(rises / longest.length).toBeGreaterThan(0.25);
  });

  it("sorts by length alone when it does not shuffle", () => {
    expect(lengthBatches([1, 3, 2, 3], { batchSize: 2, shuffle: false })).toEqual([
      [1, 3],
      [2, 0],
    ]);
  });

  it("refuses a batch size that is none", () => {
    for (const batchSize of [0, -1, 1.5, Number.NaN])
      expect(() => lengthBatches([1], { batchSize })).toThrow("batchSize");
  });
});

describe("tokenBudgetBatches", () => {
  it("uses every example once and keeps to both limits, longest first", () => {
    fc.assert(
      fc.property(
        anyLengths,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 8 }),
        (lengths, maxTokens, maxBatch) => {
          const batches = tokenBudgetBatches(lengths, maxTokens, maxBatch);
          expect(flatSorted(batches)).toEqual(indices(lengths));
          const order = batches.flat().map((index) => lengths[index]!);
          expect(order).toEqual(order.toSorted((left, right) => right - left));
          const fits = (batch: number[]) =>
            batch.length <= maxBatch && (batch.length === 1 || lengths[batch[0]!]! * batch.length <= maxTokens);
          expect(batches.every(fits)).toBe(true);
        },
      ),
    );
  });

  it("fills a batch before it begins the next", () => {
    expect(tokenBudgetBatches([4, 10, 5, 1, 1, 1], 10, 2)).toEqual([[1], [2, 0], [3, 4], [5]]);
  });
});

it("paddingShare counts the padding of each batch to its longest example", () => {
  expect(paddingShare([1, 3, 4], [[0, 1], [2]])).toBeCloseTo(2 / 10, 12);
  expect(paddingShare([], [])).toBe(0);
});
