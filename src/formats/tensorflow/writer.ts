// TensorFlow's tensor bundle, written: one data file and an index with a CRC-32C for each tensor, as `bundle.ts` reads them.
// Keys are stored whole, which the format allows, and blocks are not compressed, as TensorFlow's own are not.

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { crc32c, maskedCrc32c } from "../checksum.ts";
import { unsupportedModel } from "../damage.ts";
import type { DType, HostTensor } from "../../tensor/index.ts";
import { TABLE_END, TABLE_FOOTER_BYTES } from "./table.ts";

/** DataType of tensorflow/core/framework/types.proto. */
const TYPES: Record<DType, number> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int8: 6,
  int64: 9,
  bool: 10,
  float16: 19,
  uint32: 22,
};

/** A block ends with the entry that makes it larger. */
const BLOCK_BYTES = 1 << 18;

/** A checkpoint's two files. */
export interface TensorFlowFiles {
  /** `PREFIX.index`. */
  index: Uint8Array;
  /** `PREFIX.data-00000-of-00001`, in chunks: each tensor's own memory. */
  data: Uint8Array[];
}

/**
 * Encodes tensors under their TensorFlow names.
 * @throws BiobertError `unsupported` for an empty name, which is the header's.
 */
export function encodeTensorFlow(tensors: ReadonlyMap<string, HostTensor>): TensorFlowFiles {
  const encoder = new TextEncoder();
  const named = [...tensors].map(([name, tensor]) => ({ name, key: encoder.encode(name), tensor }));
  named.sort((a, b) => compareBytes(a.key, b.key));
  // BundleHeaderProto: one shard, little-endian, written for readers of version 1 on.
  const header = new BinaryWriter()
    .tag(1, WireType.Varint)
    .int32(1)
    .tag(3, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int32(1)
    .join()
    .finish();
  const entries: [Uint8Array, Uint8Array][] = [[new Uint8Array(), header]];
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const { name, key, tensor } of named) {
    if (name === "") throw unsupportedModel(undefined, "a tensor without a name cannot be written");
    const { buffer, byteOffset, byteLength } = tensor.data;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    entries.push([key, entryOf(tensor, offset, bytes)]);
    data.push(bytes);
    offset += byteLength;
  }
  return { index: tableOf(entries), data };
}

/** BundleEntryProto; zero values are left out, as protobuf does. */
function entryOf({ dtype, dims }: HostTensor, offset: number, bytes: Uint8Array): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(TYPES[dtype]).tag(2, WireType.LengthDelimited).fork();
  for (const dim of dims) {
    writer.tag(2, WireType.LengthDelimited).fork();
    if (dim !== 0) writer.tag(1, WireType.Varint).int64(dim);
    writer.join();
  }
  writer.join();
  if (offset !== 0) writer.tag(4, WireType.Varint).int64(offset);
  if (bytes.length !== 0) writer.tag(5, WireType.Varint).int64(bytes.length);
  return writer
    .tag(6, WireType.Bit32)
    .fixed32(maskedCrc32c(crc32c(bytes)))
    .finish();
}

/** A sorted string table of entries that are in order. */
function tableOf(entries: readonly [Uint8Array, Uint8Array][]): Uint8Array {
  const file: number[] = [];
  const append = (block: Uint8Array): Uint8Array => {
    const contents = Uint8Array.from([...block, 0]);
    const handle = new BinaryWriter().int64(file.length).int64(block.length).finish();
    for (const byte of contents) file.push(byte);
    file.push(...little32(maskedCrc32c(crc32c(contents))));
    return handle;
  };
  const index: [Uint8Array, Uint8Array][] = [];
  let block: [Uint8Array, Uint8Array][] = [];
  let size = 0;
  for (const [i, entry] of entries.entries()) {
    block.push(entry);
    size += entry[0].length + entry[1].length + 16;
    if (size < BLOCK_BYTES && i < entries.length - 1) continue;
    index.push([entry[0], append(blockOf(block))]);
    block = [];
    size = 0;
  }
  const metaIndex = append(blockOf([]));
  const indexHandle = append(blockOf(index));
  const footer = new Uint8Array(TABLE_FOOTER_BYTES);
  footer.set([...metaIndex, ...indexHandle]);
  footer.set(TABLE_END, TABLE_FOOTER_BYTES - TABLE_END.length);
  return Uint8Array.from([...file, ...footer]);
}

/** Entries with nothing shared between keys, so that each is a restart point. */
function blockOf(entries: readonly [Uint8Array, Uint8Array][]): Uint8Array {
  const writer = new BinaryWriter();
  const restarts: number[] = [];
  let at = 0;
  for (const [key, value] of entries) {
    restarts.push(at);
    const head = new BinaryWriter().uint32(0).uint32(key.length).uint32(value.length).finish();
    writer.raw(head).raw(key).raw(value);
    at += head.length + key.length + value.length;
  }
  if (restarts.length === 0) restarts.push(0);
  const end = [...restarts, restarts.length].flatMap(little32);
  return writer.raw(Uint8Array.from(end)).finish();
}

function little32(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  for (let i = 0; i < left.length && i < right.length; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return left.length - right.length;
}
