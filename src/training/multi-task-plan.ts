// Which corpus each batch of a multi-task training is of: in proportion to their sizes, or evened out by a temperature as in
// multilingual BERT and T5 (Raffel et al. 2020, section 3.5.2): probabilities of the power 1/temperature of the sizes.

import { Random } from "../core/index.ts";
import { lengthBatches } from "../data/index.ts";
import { drawEvenly, type DrawSource } from "./class-balance.ts";
import type { EpochPlan } from "./loop.ts";

/** How many examples an epoch draws of each corpus: as many in all as there are, at least one of each. */
export function drawsByTemperature(sizes: readonly number[], temperature: number): number[] {
  const weights = sizes.map((size) => size ** (1 / temperature));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => Math.max(1, Math.round((all * weight) / sum)));
}

/**
 * Epochs of batches each of one corpus, shuffled among each other. `lengths` are those of every corpus's inputs, which are numbered
 * one corpus after another. What is drawn more often than it is there, is drawn again; of what is drawn less often other
 * examples are left out in every epoch. A corpus with a source in `balanced` is drawn by class, and is as large as that says.
 */
export function multiTaskPlan(
  lengths: readonly (readonly number[])[],
  {
    temperature,
    batchSize,
    seed,
    balanced = [],
  }: { temperature: number; batchSize: number; seed: number; balanced?: readonly (DrawSource | undefined)[] },
): EpochPlan {
  const sources = lengths.map(
    (own, corpus): DrawSource => balanced[corpus] ?? { groups: [own.map((_, index) => index)], size: own.length },
  );
  const draws = drawsByTemperature(
    sources.map(({ size }) => size),
    temperature,
  );
  const all = lengths.reduce((sum, own) => sum + own.length, 0);
  return {
    batchCount: draws.reduce((sum, count) => sum + Math.ceil(count / batchSize), 0),
    batches(epoch) {
      const random = new Random(seed, 0x6d756c00 + epoch);
      let offset = 0;
      const batches = lengths.flatMap((own, corpus) => {
        const from = offset;
        offset += own.length;
        const drawn = drawEvenly(sources[corpus]!, draws[corpus]!, { random, stride: all, turn: epoch }).map(
          (draw) => from + draw,
        );
        const drawnLengths = drawn.map((draw) => own[(draw % all) - from]!);
        const made = lengthBatches(drawnLengths, { batchSize, seed: seed + corpus, epoch });
        return made.map((batch) => batch.map((index) => drawn[index]!));
      });
      return random.shuffle(batches);
    },
  };
}
