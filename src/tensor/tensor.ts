// Host tensors: a dtype, concrete dimensions and a typed array in row-major order. No arithmetic here.

import { BiobertError } from "../core/index.ts";

export type DType = "float32" | "float64" | "float16" | "int32" | "int64" | "uint32" | "uint8" | "int8" | "bool";

export type HostArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int32Array
  | BigInt64Array
  | Uint32Array
  | Uint8Array
  | Int8Array;

export interface HostTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: HostArray;
}

const BYTES: Record<DType, number> = {
  float32: 4,
  float64: 8,
  float16: 2,
  int32: 4,
  int64: 8,
  uint32: 4,
  uint8: 1,
  int8: 1,
  bool: 1,
};

/** Bytes that one element takes in memory. */
export function bytesPerElement(dtype: DType): number {
  return BYTES[dtype];
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A zeroed typed array for `length` elements of `dtype` (float16 as its bits in a Uint16Array, bool as bytes). */
export function arrayFor(dtype: DType, length: number): HostArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
    case "float16":
      return new Uint16Array(length);
    case "int32":
      return new Int32Array(length);
    case "int64":
      return new BigInt64Array(length);
    case "uint32":
      return new Uint32Array(length);
    case "int8":
      return new Int8Array(length);
    case "uint8":
    case "bool":
      return new Uint8Array(length);
  }
}

/**
 * Checks that `data` holds exactly the elements that `dims` ask for.
 * @throws BiobertError `internal` when it does not.
 */
export function hostTensor(dtype: DType, dims: readonly number[], data: HostArray): HostTensor {
  if (data.length !== elementCount(dims)) {
    throw new BiobertError({
      code: "internal",
      message: `a ${dtype} tensor of shape [${dims.join(", ")}] needs ${elementCount(dims)} elements, got ${data.length}`,
    });
  }
  return { dtype, dims, data };
}
