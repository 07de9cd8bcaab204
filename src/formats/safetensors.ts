// Safetensors (https://huggingface.co/docs/safetensors): 8 bytes of header length, a JSON header, one buffer of raw tensors.
// Numbers are little-endian in the file and taken to be so in memory. The writer gives the bytes the reference library gives.

import { BiobertError } from "../core/index.ts";
import { type DType, type HostArray, type HostTensor, elementCount } from "../tensor/index.ts";
import { repeatedKey } from "./json-keys.ts";

export interface Safetensors {
  tensors: Map<string, HostTensor>;
  /** The header's `__metadata__`, empty when it has none. */
  metadata: Record<string, string>;
}

interface Entry {
  name: string;
  stored: string;
  dims: number[];
  begin: number;
  end: number;
}

const MAX_HEADER_BYTES = 100_000_000;

const BYTES: Record<string, number> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
};
const KNOWN_BUT_UNREAD = new Set([
  "I16",
  "U16",
  "U64",
  "C64",
  "F4",
  "F6_E2M3",
  "F6_E3M2",
  "F8_E4M3",
  "F8_E5M2",
  "F8_E8M0",
]);

/** In the order the reference library lays tensors out: the later in this list, the earlier in the file. */
const WRITTEN: [DType, string][] = [
  ["bool", "BOOL"],
  ["uint8", "U8"],
  ["int8", "I8"],
  ["float16", "F16"],
  ["int32", "I32"],
  ["uint32", "U32"],
  ["float32", "F32"],
  ["float64", "F64"],
  ["int64", "I64"],
];

/**
 * Parses a safetensors file. Tensors are views of `bytes` where their place is aligned for their type and copies where it
 * is not; F16 and BF16 become float32. The whole header is checked before any tensor is made.
 * @throws BiobertError `model-damaged` (truncated, lying or overlapping header entries; `place.name` is the tensor),
 * `unsupported` for a dtype that is known but not read here.
 */
export function parseSafetensors(bytes: Uint8Array, options: { file?: string } = {}): Safetensors {
  const damaged = (message: string, name?: string, cause?: unknown) =>
    new BiobertError({
      code: "model-damaged",
      message,
      place: { file: options.file, name },
      hint: "The file may be truncated or not a safetensors file: copy or download it again.",
      cause,
    });

  if (bytes.byteLength < 8) throw damaged(`a safetensors file has at least 8 bytes, this one has ${bytes.byteLength}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(MAX_HEADER_BYTES))
    throw damaged(`the header claims ${headerBytes} bytes, more than ${MAX_HEADER_BYTES}`);
  const dataStart = 8 + Number(headerBytes);
  if (dataStart > bytes.byteLength) {
    throw damaged(`the header claims ${headerBytes} bytes, but the file ends after ${bytes.byteLength - 8} of them`);
  }

  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
    header = JSON.parse(text);
  } catch (cause) {
    throw damaged("the header is not JSON in UTF-8", undefined, cause);
  }
  if (!isRecord(header)) throw damaged("the header is not a JSON object");
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw damaged("the header names this twice", repeated);

  const metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      if (!isRecord(value)) throw damaged("the metadata is not an object", name);
      for (const [key, item] of Object.entries(value)) {
        if (typeof item !== "string") throw damaged(`the metadata value ${JSON.stringify(key)} is not a string`, name);
        Object.defineProperty(metadata, key, { value: item, enumerable: true, writable: true, configurable: true });
      }
    } else {
      entries.push(readEntry(name, value, options.file, damaged));
    }
  }

  const dataBytes = bytes.byteLength - dataStart;
  let expected = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.end > dataBytes) {
      throw damaged(
        `its bytes ${entry.begin} to ${entry.end} lie beyond the ${dataBytes} bytes of data in the file`,
        entry.name,
      );
    }
    if (entry.begin < expected) throw damaged("its bytes overlap those of another tensor", entry.name);
    if (entry.begin > expected)
      throw damaged(`${entry.begin - expected} bytes before it belong to no tensor`, entry.name);
    expected = entry.end;
  }
  if (expected !== dataBytes) throw damaged(`${dataBytes - expected} bytes at the end belong to no tensor`);

  const tensors = new Map<string, HostTensor>();
  for (const entry of entries) tensors.set(entry.name, tensorOf(bytes, dataStart, entry));
  return { tensors, metadata };
}

/**
 * Encodes tensors as the chunks of a safetensors file, to be written one after another: the header, then each tensor's own
 * memory (no copy). The same tensors give the same bytes whatever order they come in: wider types first, then names in code
 * point order, so every tensor is aligned; the header is padded with spaces to a multiple of 8.
 * @throws BiobertError `internal` for a tensor named `__metadata__` or one whose data do not fill its shape.
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, HostTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const rank = (dtype: DType) => WRITTEN.findIndex(([known]) => known === dtype);
  const ordered = [...tensors].sort(
    ([leftName, left], [rightName, right]) =>
      rank(right.dtype) - rank(left.dtype) || compareCodePoints(leftName, rightName),
  );
  const fields: string[] = [];
  const metadataEntries = Object.entries(metadata).sort(([left], [right]) => compareCodePoints(left, right));
  if (metadataEntries.length > 0) {
    const pairs = metadataEntries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    fields.push(`"__metadata__":{${pairs.join(",")}}`);
  }
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of ordered) {
    if (name === "__metadata__" || tensor.data.length !== elementCount(tensor.dims)) {
      throw new BiobertError({
        code: "internal",
        message: `cannot write a tensor of shape [${tensor.dims}] under this name`,
        place: { name },
      });
    }
    const end = offset + tensor.data.byteLength;
    const stored = WRITTEN[rank(tensor.dtype)]![1];
    fields.push(
      `${JSON.stringify(name)}:{"dtype":"${stored}","shape":[${tensor.dims.join(",")}],"data_offsets":[${offset},${end}]}`,
    );
    chunks.push(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
    offset = end;
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return [header, ...chunks];
}

function readEntry(
  name: string,
  value: unknown,
  file: string | undefined,
  damaged: (message: string, name?: string) => BiobertError,
): Entry {
  if (!isRecord(value)) throw damaged("its header entry is not an object", name);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string") throw damaged("its header entry has no dtype", name);
  if (KNOWN_BUT_UNREAD.has(dtype)) {
    throw new BiobertError({
      code: "unsupported",
      message: `dtype ${dtype} is not supported`,
      place: { file, name },
      hint: `Save the model with one of ${Object.keys(BYTES).join(", ")}.`,
    });
  }
  const width = Object.hasOwn(BYTES, dtype) ? BYTES[dtype]! : undefined;
  if (width === undefined) throw damaged(`unknown dtype ${JSON.stringify(dtype)}`, name);
  if (!isCountList(shape)) throw damaged("its shape is not a list of whole numbers", name);
  if (!isCountList(offsets) || offsets.length !== 2) throw damaged("its data_offsets are not two whole numbers", name);
  const [begin, end] = offsets as [number, number];
  if (end < begin) throw damaged(`its data end (${end}) before they begin (${begin})`, name);
  const size = elementCount(shape) * width;
  if (size !== end - begin) {
    throw damaged(
      `shape [${shape.join(", ")}] of ${dtype} needs ${size} bytes, the header gives it ${end - begin}`,
      name,
    );
  }
  return { name, stored: dtype, dims: shape, begin, end };
}

function tensorOf(bytes: Uint8Array, dataStart: number, entry: Entry): HostTensor {
  const { stored, dims } = entry;
  const width = BYTES[stored]!;
  const length = (entry.end - entry.begin) / width;
  const from = dataStart + entry.begin;
  // `slice` of a Node Buffer is a view, hence the explicit copy.
  const aligned = (bytes.byteOffset + from) % width === 0;
  const buffer = aligned ? bytes.buffer : new Uint8Array(bytes.subarray(from, from + length * width)).buffer;
  const offset = aligned ? bytes.byteOffset + from : 0;
  switch (stored) {
    case "F32":
      return { dtype: "float32", dims, data: new Float32Array(buffer, offset, length) };
    case "F64":
      return { dtype: "float64", dims, data: new Float64Array(buffer, offset, length) };
    case "I64":
      return { dtype: "int64", dims, data: new BigInt64Array(buffer, offset, length) };
    case "I32":
      return { dtype: "int32", dims, data: new Int32Array(buffer, offset, length) };
    case "U32":
      return { dtype: "uint32", dims, data: new Uint32Array(buffer, offset, length) };
    case "I8":
      return { dtype: "int8", dims, data: new Int8Array(buffer, offset, length) };
    case "F16":
      return { dtype: "float32", dims, data: halvesToFloats(new Uint16Array(buffer, offset, length)) };
    case "BF16":
      return { dtype: "float32", dims, data: bfloatsToFloats(new Uint16Array(buffer, offset, length)) };
    default: {
      const data: HostArray = new Uint8Array(buffer, offset, length);
      return { dtype: stored === "BOOL" ? "bool" : "uint8", dims, data };
    }
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCountList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** Order of UTF-8 bytes, which is the order of code points and not of UTF-16 units. */
function compareCodePoints(left: string, right: string): number {
  const a = Array.from(left, (character) => character.codePointAt(0)!);
  const b = Array.from(right, (character) => character.codePointAt(0)!);
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
