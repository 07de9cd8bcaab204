// Weights and batches from a counter, the same in both languages: reference/parity_weights.py is this file's twin.
// An element is a hash of (name, index), so golden files hold only results, never weights.

import { hash32 } from "../../src/core/index.ts";
import { toHuggingFaceName } from "../../src/bert/index.ts";
import type { ParameterSpec } from "../../src/nn/index.ts";
import { elementCount, type HostTensor } from "../../src/tensor/index.ts";

/** The counter's key for a name. */
export function hashName(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = hash32(hash, name.charCodeAt(i));
  return hash;
}

/** `count` numbers in [-1, 1). */
export function uniform(name: string, count: number): Float64Array {
  const key = hashName(name);
  const result = new Float64Array(count);
  for (let i = 0; i < count; i++) result[i] = hash32(key, i) / 2147483648 - 1;
  return result;
}

/** The weight of a checkpoint's tensor: around 1 for normalisation weights, around 0 for all others. */
export function counterWeight(name: string, dims: readonly number[], scale = 1): HostTensor {
  const center = name.endsWith("LayerNorm.weight") ? 1 : 0;
  const spread = center === 1 ? 0.25 : name.endsWith(".bias") ? 0.125 : 0.1875;
  const values = uniform(name, elementCount(dims));
  const data = new Float32Array(values.length);
  for (let i = 0; i < data.length; i++) data[i] = center + spread * (scale * values[i]!);
  return { dtype: "float32", dims, data };
}

/** A counter weight for every parameter, by our names; the generator is keyed by the checkpoint's names. */
export function counterWeights(specs: readonly ParameterSpec[], scale = 1): Map<string, HostTensor> {
  return new Map(specs.map((spec) => [spec.name, counterWeight(toHuggingFaceName(spec.name)!, spec.dims, scale)]));
}

/** `count` whole numbers below `bound`. */
export function counterClasses(step: number, salt: number, count: number, bound: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => hash32(step, salt, i) % bound);
}

export interface CounterBatch {
  inputIds: HostTensor;
  attentionMask: HostTensor;
  tokenTypeIds: HostTensor;
  labels: HostTensor;
  lossWeight: HostTensor;
}

/** A padded batch of two segments; about one label in four, the first of each row and all padding are -100. */
export function counterBatch(
  step: number,
  lengths: readonly number[],
  sequence: number,
  vocabulary: number,
  labelCount: number,
): CounterBatch {
  const count = lengths.length * sequence;
  const ids = new Int32Array(count);
  const mask = new Float32Array(count);
  const types = new Int32Array(count);
  const labels = new Int32Array(count).fill(-100);
  let counted = 0;
  for (let i = 0; i < count; i++) {
    const position = i % sequence;
    const length = lengths[Math.floor(i / sequence)]!;
    if (position >= length) continue;
    mask[i] = 1;
    ids[i] = 1 + (hash32(step, 1, i) % (vocabulary - 1));
    types[i] = position * 2 >= length ? 1 : 0;
    if (position === 0 || hash32(step, 2, i) % 4 === 0) continue;
    labels[i] = hash32(step, 3, i) % labelCount;
    counted++;
  }
  const dims = [lengths.length, sequence];
  return {
    inputIds: { dtype: "int32", dims, data: ids },
    attentionMask: { dtype: "float32", dims, data: mask },
    tokenTypeIds: { dtype: "int32", dims, data: types },
    labels: { dtype: "int32", dims: [count], data: labels },
    lossWeight: { dtype: "float32", dims: [], data: Float32Array.of(1 / counted) },
  };
}
