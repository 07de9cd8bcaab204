// Finds the ranges that a model's activations take, for an int8 export: runs it in full precision on pieces drawn at random
// from its own vocabulary. They widen the ranges no less than sentences do, and they need no text of the right language.

import { classifierInputs } from "../bert/index.ts";
import { Random } from "../core/index.ts";
import { EngineSession } from "../engine/index.ts";
import { encodeOnnx, fuse, rangeGraph, type ActivationRange, type Graph } from "../graph/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import type { Vocabulary } from "../tokenizer/index.ts";

const SEQUENCES = 128;
const SHORTEST = 6;
const LONGEST = 64;

/** Sequences of `[CLS]`, pieces of a vocabulary at random, `[SEP]`; the same ones each time. */
export function calibrationSequences({ clsId, sepId, size }: Vocabulary, maxPieces: number): Int32Array[] {
  const random = new Random(1);
  return Array.from({ length: SEQUENCES }, () => {
    const length = Math.min(maxPieces, SHORTEST + random.nextInteger(LONGEST - SHORTEST + 1));
    const sequence = Int32Array.from({ length }, () => random.nextInteger(size));
    sequence[0] = clsId;
    sequence[length - 1] = sepId;
    return sequence;
  });
}

/**
 * The range of each activation that `quantize` asks for, over all the sequences, each run alone.
 * @param sequences piece ids, `[CLS]` and `[SEP]` counted
 * @param choices 1 where the graph's inputs are `[batch, choices, sequence]`
 */
export async function activationRanges(
  graph: Graph,
  weights: ReadonlyMap<string, HostTensor>,
  sequences: readonly Int32Array[],
  choices?: number,
): Promise<ActivationRange[]> {
  const watched = rangeGraph(graph, weights);
  const fused = fuse(watched.graph, watched.weights);
  const session = await EngineSession.create(encodeOnnx(fused.graph, { weights: fused.weights }));
  const ranges: ActivationRange[] = [];
  try {
    for (const inputIds of sequences) {
      const attentionMask = new Int32Array(inputIds.length).fill(1);
      const found = await session.run(
        classifierInputs({ inputIds, attentionMask, batch: 1, choices, sequence: inputIds.length }),
      );
      for (let i = 0; `low.${i}` in found; i++) {
        const range = (ranges[i] ??= { low: 0, high: 0 });
        range.low = Math.min(range.low, found[`low.${i}`]!.data[0] as number);
        range.high = Math.max(range.high, found[`high.${i}`]!.data[0] as number);
      }
    }
  } finally {
    await session.release();
  }
  return ranges;
}
