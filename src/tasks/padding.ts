// Inputs of any task as a padded batch, and that batch as what the training graph takes.

import { invariant } from "../core/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import type { EncodedInput, PaddedBatch } from "./task.ts";

/** The pieces that an input takes in a batch of such: its longest sequence times their number. */
export function lengthOfInput({ sequences }: EncodedInput): number {
  return sequences.length * sequences.reduce((longest, { ids }) => Math.max(longest, ids.length), 0);
}

/** Pads inputs to the longest sequence among them. Inputs of one sequence make a batch without choices. */
export function padInputs(inputs: readonly EncodedInput[], padId: number): PaddedBatch {
  const batch = inputs.length;
  const perInput = inputs[0]?.sequences.length ?? 1;
  invariant(
    inputs.every(({ sequences }) => sequences.length === perInput),
    "the inputs of a batch have different numbers of sequences",
  );
  const sequences = inputs.flatMap((input) => input.sequences);
  const sequence = sequences.reduce((longest, { ids }) => Math.max(longest, ids.length), 0);
  const inputIds = new Int32Array(sequences.length * sequence).fill(padId);
  const attentionMask = new Int32Array(inputIds.length);
  const tokenTypeIds = new Int32Array(inputIds.length);
  let tokens = 0;
  sequences.forEach(({ ids, tokenTypeIds: types }, row) => {
    inputIds.set(ids, row * sequence);
    attentionMask.fill(1, row * sequence, row * sequence + ids.length);
    if (types !== undefined) tokenTypeIds.set(types, row * sequence);
    tokens += ids.length;
  });
  return {
    batch,
    ...(perInput === 1 ? {} : { choices: perInput }),
    sequence,
    inputIds,
    attentionMask,
    tokenTypeIds,
    tokens,
  };
}

/** A batch as the inputs of `modelForTraining`, targets apart. */
export function trainingFeeds(batch: PaddedBatch): Record<string, HostTensor> {
  const dims = [batch.batch, ...(batch.choices === undefined ? [] : [batch.choices]), batch.sequence];
  return {
    inputIds: { dtype: "int32", dims, data: batch.inputIds },
    attentionMask: { dtype: "float32", dims, data: Float32Array.from(batch.attentionMask) },
    tokenTypeIds: { dtype: "int32", dims, data: batch.tokenTypeIds },
  };
}
