// Elements as checkpoints store them, little-endian, and the arrays they become. Half precisions become float32 and int16
// becomes int32, exactly; memory is taken to be little-endian, as every machine that runs JavaScript today is.

import type { DType, HostArray } from "../tensor/index.ts";

export type StoredType =
  | "bool"
  | "uint8"
  | "int8"
  | "int16"
  | "float16"
  | "bfloat16"
  | "int32"
  | "uint32"
  | "float32"
  | "float64"
  | "int64";

const STORED: Record<StoredType, { bytes: number; dtype: DType }> = {
  bool: { bytes: 1, dtype: "bool" },
  uint8: { bytes: 1, dtype: "uint8" },
  int8: { bytes: 1, dtype: "int8" },
  int16: { bytes: 2, dtype: "int32" },
  float16: { bytes: 2, dtype: "float32" },
  bfloat16: { bytes: 2, dtype: "float32" },
  int32: { bytes: 4, dtype: "int32" },
  uint32: { bytes: 4, dtype: "uint32" },
  float32: { bytes: 4, dtype: "float32" },
  float64: { bytes: 8, dtype: "float64" },
  int64: { bytes: 8, dtype: "int64" },
};

/** Bytes of one element in the file. */
export function storedBytes(type: StoredType): number {
  return STORED[type].bytes;
}

/** The dtype that elements of this type have once read. */
export function readType(type: StoredType): DType {
  return STORED[type].dtype;
}

/** Whole elements out of their bytes: a view where the bytes are aligned and need no conversion, else a copy. */
export function decodeElements(type: StoredType, bytes: Uint8Array): HostArray {
  const width = STORED[type].bytes;
  const length = bytes.byteLength / width;
  // `slice` of a Node Buffer is a view, hence the explicit copy.
  const own = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset } = own;
  switch (type) {
    case "float32":
      return new Float32Array(buffer, byteOffset, length);
    case "float64":
      return new Float64Array(buffer, byteOffset, length);
    case "int64":
      return new BigInt64Array(buffer, byteOffset, length);
    case "int32":
      return new Int32Array(buffer, byteOffset, length);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, length);
    case "int16":
      return Int32Array.from(new Int16Array(buffer, byteOffset, length));
    case "int8":
      return new Int8Array(buffer, byteOffset, length);
    case "float16":
      return halvesToFloats(new Uint16Array(buffer, byteOffset, length));
    case "bfloat16":
      return bfloatsToFloats(new Uint16Array(buffer, byteOffset, length));
    case "bool":
    case "uint8":
      return new Uint8Array(buffer, byteOffset, length);
  }
}

/** IEEE 754 half precision to single precision, exactly. */
function halvesToFloats(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const sign = (half & 0x8000) << 16;
    let exponent = (half >>> 10) & 31;
    let fraction = half & 0x3ff;
    if (exponent === 31) {
      bits[i] = sign | 0x7f800000 | (fraction << 13);
    } else if (exponent === 0 && fraction === 0) {
      bits[i] = sign;
    } else {
      if (exponent === 0) {
        // A subnormal half is a normal float: move its leading one to the hidden place.
        const shift = Math.clz32(fraction) - 21;
        fraction = (fraction << shift) & 0x3ff;
        exponent = 1 - shift;
      }
      bits[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    }
  }
  return new Float32Array(bits.buffer);
}

/** bfloat16 is the upper half of a float. */
function bfloatsToFloats(upper: Uint16Array): Float32Array {
  const bits = new Uint32Array(upper.length);
  for (let i = 0; i < upper.length; i++) bits[i] = upper[i]! << 16;
  return new Float32Array(bits.buffer);
}
