// Safetensors (https://huggingface.co/docs/safetensors): 8 bytes of header length, a JSON header, one buffer of raw tensors.
// Numbers are little-endian in the file and taken to be so in memory. The writer gives the bytes the reference library gives.

import { BiobertError } from "../core/index.ts";
import { type DType, type HostTensor, elementCount } from "../tensor/index.ts";
import { type ByteSource, readExactly } from "./byte-source.ts";
import { damagedModel, unsupportedModel } from "./damage.ts";
import { decodeElements, readType, storedBytes, type StoredType } from "./elements.ts";
import { repeatedKey } from "./json-keys.ts";
import type { TensorSource } from "./tensor-source.ts";

export interface Safetensors {
  tensors: Map<string, HostTensor>;
  /** The header's `__metadata__`, empty when it has none. */
  metadata: Record<string, string>;
}

interface Entry {
  name: string;
  stored: StoredType;
  dims: number[];
  begin: number;
  end: number;
}

interface Header {
  entries: Entry[];
  metadata: Record<string, string>;
  /** Where the tensors' bytes begin in the file. */
  dataStart: number;
}

const MAX_HEADER_BYTES = 100_000_000;
/** PyTorch allows 64 dimensions. */
const MAX_RANK = 64;

const READ: Record<string, StoredType> = {
  BOOL: "bool",
  U8: "uint8",
  I8: "int8",
  I16: "int16",
  F16: "float16",
  BF16: "bfloat16",
  I32: "int32",
  U32: "uint32",
  F32: "float32",
  F64: "float64",
  I64: "int64",
};
const KNOWN_BUT_UNREAD = new Set(["U16", "U64", "C64", "F4", "F6_E2M3", "F6_E3M2", "F8_E4M3", "F8_E5M2", "F8_E8M0"]);

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
  const { file } = options;
  const headerEnd = checkedHeaderEnd(bytes, bytes.byteLength, file);
  const { entries, metadata, dataStart } = parseHeader(bytes.subarray(8, headerEnd), bytes.byteLength, file);
  const tensors = new Map<string, HostTensor>();
  for (const entry of entries)
    tensors.set(entry.name, tensorOf(entry, bytes.subarray(dataStart + entry.begin, dataStart + entry.end)));
  return { tensors, metadata };
}

/**
 * Opens a safetensors file for reading tensor by tensor; only the header is read at once. The checks and errors are those of
 * `parseSafetensors`.
 */
export async function openSafetensors(source: ByteSource): Promise<TensorSource> {
  const file = source.name;
  const start = await source.read(0, Math.min(8, source.size));
  const headerEnd = checkedHeaderEnd(start, source.size, file);
  const { entries, metadata, dataStart } = parseHeader(
    await readExactly(source, 8, headerEnd - 8, "header"),
    source.size,
    file,
  );
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    format: "safetensors",
    file,
    metadata,
    tensors: new Map(entries.map(({ name, stored, dims }) => [name, { dtype: readType(stored), dims }])),
    async read(name) {
      const entry = byName.get(name)!;
      return tensorOf(entry, await readExactly(source, dataStart + entry.begin, entry.end - entry.begin, name));
    },
  };
}

/** Where the header ends in the file, by its first 8 bytes. */
function checkedHeaderEnd(start: Uint8Array, size: number, file: string | undefined): number {
  if (start.byteLength < 8) throw damagedModel(file, `a safetensors file has at least 8 bytes, this one has ${size}`);
  const headerBytes = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (headerBytes > BigInt(MAX_HEADER_BYTES)) {
    throw damagedModel(file, `the header claims ${headerBytes} bytes, more than ${MAX_HEADER_BYTES}`);
  }
  const end = 8 + Number(headerBytes);
  if (end > size)
    throw damagedModel(file, `the header claims ${headerBytes} bytes, but the file ends after ${size - 8} of them`);
  return end;
}

/** Reads and checks the header's JSON, given without its length; `size` is that of the file. */
function parseHeader(json: Uint8Array, size: number, file: string | undefined): Header {
  const damaged = (message: string, name?: string, cause?: unknown): BiobertError =>
    damagedModel(file, message, name, cause);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
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
      entries.push(readEntry(name, value, file, damaged));
    }
  }

  const dataStart = 8 + json.byteLength;
  const dataBytes = size - dataStart;
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
  return { entries, metadata, dataStart };
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
    throw unsupportedModel(
      file,
      `dtype ${dtype} is not supported`,
      name,
      `Save the model with one of ${Object.keys(READ).join(", ")}.`,
    );
  }
  const stored = Object.hasOwn(READ, dtype) ? READ[dtype]! : undefined;
  if (stored === undefined) throw damaged(`unknown dtype ${JSON.stringify(dtype)}`, name);
  if (!isCountList(shape)) throw damaged("its shape is not a list of whole numbers", name);
  if (shape.length > MAX_RANK) throw damaged(`its shape has ${shape.length} dimensions, more than ${MAX_RANK}`, name);
  if (!isCountList(offsets) || offsets.length !== 2) throw damaged("its data_offsets are not two whole numbers", name);
  const [begin, end] = offsets as [number, number];
  if (end < begin) throw damaged(`its data end (${end}) before they begin (${begin})`, name);
  const size = elementCount(shape) * storedBytes(stored);
  if (size !== end - begin) {
    throw damaged(
      `shape [${shape.join(", ")}] of ${dtype} needs ${size} bytes, the header gives it ${end - begin}`,
      name,
    );
  }
  return { name, stored, dims: shape, begin, end };
}

function tensorOf({ stored, dims }: Entry, bytes: Uint8Array): HostTensor {
  return { dtype: readType(stored), dims, data: decodeElements(stored, bytes) };
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
