// A batch of ids as the inputs of an inference graph.

import { elementCount, type HostTensor } from "../tensor/index.ts";

/** A padded batch of ids, row-major `[batch, sequence]`, or `[batch, choices, sequence]`. */
export interface IdBatch {
  inputIds: Int32Array;
  /** 1 for a token, 0 for padding. */
  attentionMask: Int32Array;
  /** All zero where absent. */
  tokenTypeIds?: Int32Array;
  batch: number;
  /** Sequences an example, for a choice among them; absent for one. */
  choices?: number;
  sequence: number;
}

/** A batch as the inputs of `modelForInference`, and of ONNX files with its names. */
export function classifierInputs(batch: IdBatch): Record<string, HostTensor> {
  const dims = [batch.batch, ...(batch.choices === undefined ? [] : [batch.choices]), batch.sequence];
  const tensor = (values: Int32Array | undefined): HostTensor => ({
    dtype: "int64",
    dims,
    data: widened(values, elementCount(dims)),
  });
  return {
    input_ids: tensor(batch.inputIds),
    attention_mask: tensor(batch.attentionMask),
    token_type_ids: tensor(batch.tokenTypeIds),
  };
}

/** 32-bit ids as int64; the high halves stay zero, as no id is negative. */
function widened(values: Int32Array | undefined, length: number): BigInt64Array {
  const wide = new BigInt64Array(length);
  if (values === undefined) return wide;
  const halves = new Int32Array(wide.buffer);
  for (let i = 0; i < length; i++) halves[2 * i] = values[i]!;
  return wide;
}
