// Examples of a batch with their labels, padded to the longest.

import { padInputs } from "../padding.ts";
import type { PaddedBatch } from "../task.ts";
import { tokenTargets } from "../targets.ts";
import type { NerExample } from "./examples.ts";

export interface NerBatch extends PaddedBatch {
  /** `[batch, sequence]`. */
  labels: Int32Array;
  /** Positions with a label. */
  counted: number;
}

/** Pads examples into one batch. */
export function collate(examples: readonly NerExample[], padId: number): NerBatch {
  const inputs = examples.map(({ ids, sentence }) => ({ example: sentence, sequences: [{ ids }] }));
  const batch = padInputs(inputs, padId);
  const { feeds, counted } = tokenTargets(
    examples.map(({ labels }) => labels),
    batch,
  );
  return { ...batch, labels: feeds["labels"]!.data as Int32Array, counted };
}
