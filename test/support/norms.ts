// Distances between tensors, as the parity checks use them.

import { expect } from "vitest";
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

/** Fails unless `||got - reference|| <= bound * max(||reference||, floor)`. */
export function expectNear(
  name: string,
  got: ArrayLike<number>,
  reference: ArrayLike<number>,
  bound: number,
  floor = 0,
): void {
  const difference = distance(got, reference) / Math.max(norm(reference), floor);
  expect(difference, `${name}: relative distance`).toBeLessThanOrEqual(bound);
}

/**
 * Fails unless each gradient is the reference's but for `bound` of its norm, or of 1e-6 of the norm of all. The true
 * gradient of what a softmax does not see, an attention key's bias, is zero, so that one is only checked to be that small.
 */
export function expectGradients(
  views: ReadonlyMap<string, HostTensor>,
  reference: (name: string) => HostTensor | undefined,
  bound: number,
  isZero = (name: string): boolean => name.endsWith("attention.key.bias"),
): void {
  const wanted = new Map([...views.keys()].map((name): [string, Float32Array] => [name, floats(reference(name))]));
  const floor = 1e-6 * Math.hypot(...[...wanted.values()].map(norm));
  for (const [name, view] of views) {
    if (isZero(name)) {
      expect(norm(floats(view)), `${name}, whose true gradient is zero`).toBeLessThan(floor);
    } else expectNear(name, floats(view), wanted.get(name)!, bound, floor);
  }
}
