// Examples of a batch, padded to the longest.

import type { NerExample } from "./examples.ts";
import { IGNORED_LABEL } from "./examples.ts";

export interface NerBatch {
  batch: number;
  sequence: number;
  /** `[batch, sequence]` each. */
  inputIds: Int32Array;
  attentionMask: Int32Array;
  labels: Int32Array;
  /** Positions with a label. */
  counted: number;
  /** Positions that are not padding. */
  tokens: number;
}

/** Pads examples into one batch. */
export function collate(examples: readonly NerExample[], padId: number): NerBatch {
  const batch = examples.length;
  const sequence = examples.reduce((longest, { ids }) => Math.max(longest, ids.length), 0);
  const inputIds = new Int32Array(batch * sequence).fill(padId);
  const attentionMask = new Int32Array(batch * sequence);
  const labels = new Int32Array(batch * sequence).fill(IGNORED_LABEL);
  let counted = 0;
  let tokens = 0;
  examples.forEach((example, row) => {
    inputIds.set(example.ids, row * sequence);
    labels.set(example.labels, row * sequence);
    attentionMask.fill(1, row * sequence, row * sequence + example.ids.length);
    tokens += example.ids.length;
    for (const label of example.labels) if (label !== IGNORED_LABEL) counted++;
  });
  return { batch, sequence, inputIds, attentionMask, labels, counted, tokens };
}
