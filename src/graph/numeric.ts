// Helpers of the float64 interpreter: strides, broadcasting, and the error function to double precision.

import type { DType } from "../tensor/index.ts";
import { elementCount } from "../tensor/index.ts";
import { wrapTo, type Numeric } from "./operator.ts";

/** A tensor of the interpreter, zeros unless `data` is given. */
export function numeric(dtype: DType, dims: readonly number[], data?: Float64Array): Numeric {
  return { dtype, dims, data: data ?? new Float64Array(elementCount(dims)) };
}

/** Elements to step over for each axis, row-major. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * dims[i + 1]!;
  return strides;
}

/** For each element of `dims` in order, the offset into a tensor of shape `from` broadcast to `dims`. */
export function broadcastOffsets(from: readonly number[], dims: readonly number[]): Int32Array {
  const strides = stridesOf(from);
  const pad = dims.length - from.length;
  const steps = dims.map((_, i) => (i < pad || from[i - pad] === 1 ? 0 : strides[i - pad]!));
  return walk(dims, steps);
}

/** For each index of `dims` in row-major order, the sum of index times step. */
export function walk(dims: readonly number[], steps: readonly number[], base = 0): Int32Array {
  const count = elementCount(dims);
  const offsets = new Int32Array(count);
  const index = new Array<number>(dims.length).fill(0);
  let offset = base;
  for (let i = 0; i < count; i++) {
    offsets[i] = offset;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      offset += steps[axis]!;
      if (index[axis]! < dims[axis]!) break;
      offset -= steps[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return offsets;
}

/** The broadcast of concrete shapes that inference has already accepted. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    return left === 1 ? right : left;
  });
}

/** Applies `fn` to every element, wrapped to `dtype`. */
export function mapUnary(x: Numeric, dtype: DType, fn: (x: number) => number): Numeric {
  return numeric(
    dtype,
    x.dims,
    x.data.map((value) => wrapTo(dtype, fn(value))),
  );
}

/** Applies `fn` to every pair of elements of two tensors broadcast together, wrapped to `dtype`. */
export function mapBinary(a: Numeric, b: Numeric, dtype: DType, fn: (a: number, b: number) => number): Numeric {
  const dims = broadcastDims(a.dims, b.dims);
  const left = broadcastOffsets(a.dims, dims);
  const right = broadcastOffsets(b.dims, dims);
  const out = numeric(dtype, dims);
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = wrapTo(dtype, fn(a.data[left[i]!]!, b.data[right[i]!]!));
  }
  return out;
}

/**
 * The error function to about 1e-16: its Maclaurin series below 2.5, the continued fraction of erfc above
 * (Abramowitz and Stegun 7.1.5 and 7.1.14).
 */
export function errorFunction(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 100; n++) {
      term *= (-z * z) / n;
      const part = term / (2 * n + 1);
      sum += part;
      if (Math.abs(part) < 1e-18 * Math.abs(sum)) break;
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = z;
  for (let n = 60; n >= 1; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / (fraction * Math.sqrt(Math.PI)));
}
