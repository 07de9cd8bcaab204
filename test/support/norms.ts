// Distances between tensors, as the parity checks use them.

import type { HostTensor } from "../../src/tensor/index.ts";

/** The Euclidean norm. */
export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}

/** The Euclidean norm of a - b. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}

/** The numbers of a float tensor. */
export function floats(tensor: HostTensor | undefined): Float32Array {
  if (tensor?.dtype !== "float32") throw new Error(`float32 wanted, not ${tensor?.dtype}`);
  return tensor.data as Float32Array;
}

/** The bits of single-precision numbers, so that equality means the same bits. */
export function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** The first element whose bits differ, -1 for none: quick where toEqual is not. */
export function firstDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  const [left, right] = [bits(a), bits(b)];
  return left.findIndex((word, i) => word !== right[i]);
}
