// TensorFlow checkpoints, version 2 ("tensor bundle", as `tf.train.Saver` writes them): an index that maps names to
// BundleEntryProto (tensorflow/core/protobuf/tensor_bundle.proto), and data files with the tensors' bytes. Partitioned
// variables, strings and resources are listed and cannot be read; the format before version 2 is left out.

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { type ByteSource, readExactly } from "../byte-source.ts";
import { crc32c, maskedCrc32c } from "../checksum.ts";
import { damagedModel, unsupportedModel } from "../damage.ts";
import { decodeElements, readType, storedBytes, type StoredType } from "../elements.ts";
import { elementCount } from "../../tensor/index.ts";
import type { TensorSource } from "../tensor-source.ts";
import { readTable } from "./table.ts";

/** DataType of tensorflow/core/framework/types.proto. */
const TYPES: Record<number, StoredType> = {
  1: "float32",
  2: "float64",
  3: "int32",
  4: "uint8",
  5: "int16",
  6: "int8",
  9: "int64",
  10: "bool",
  14: "bfloat16",
  19: "float16",
  22: "uint32",
};

const MAX_INDEX_BYTES = 1 << 26;
const MAX_RANK = 254;

interface BundleEntry {
  type: number;
  dims: number[];
  shard: number;
  offset: number;
  size: number;
  crc: number;
  partitioned: boolean;
}

/** The name of one of a checkpoint's data files, its prefix without the index's `.index` before it. */
export function shardSuffix(shard: number, count: number): string {
  const digits = (value: number): string => String(value).padStart(5, "0");
  return `.data-${digits(shard)}-of-${digits(count)}`;
}

/**
 * Opens a checkpoint: `index` is the source of its `.index`, `openShard` opens the data file of this number, out of `count`.
 * Tensors are checked against their CRC-32C when they are read.
 * @throws BiobertError `model-damaged`; `unsupported` for a big-endian file; that of `openShard`.
 */
export async function openTensorFlow(
  index: ByteSource,
  openShard: (shard: number, count: number) => Promise<ByteSource>,
): Promise<TensorSource> {
  const file = index.name;
  if (index.size > MAX_INDEX_BYTES)
    throw damagedModel(file, `an index of ${index.size} bytes is none of TensorFlow's`, "index");
  const table = readTable(await readExactly(index, 0, index.size, "index"), file);
  const headerBytes = table.get("");
  if (headerBytes === undefined) throw damagedModel(file, "the index has no header", "index");
  const header = decoded(file, "header", () => readHeader(headerBytes));
  if (header.bigEndian) throw unsupportedModel(file, "its numbers are big-endian");
  table.delete("");
  if (!(header.shards >= 1 && header.shards <= 10_000))
    throw damagedModel(file, `the index claims ${header.shards} data files`, "index");

  const entries = new Map<string, BundleEntry>();
  for (const [key, value] of table) {
    const name = decodeName(key);
    const entry = decoded(file, name, () => readEntry(value));
    const type = TYPES[entry.type];
    const bytes = type === undefined ? undefined : elementCount(entry.dims) * storedBytes(type);
    const sound =
      [entry.offset, entry.size, ...entry.dims].every((n) => Number.isSafeInteger(n) && n >= 0) &&
      entry.dims.length <= MAX_RANK;
    if (!sound || entry.shard >= header.shards || (bytes !== undefined && !entry.partitioned && bytes !== entry.size)) {
      throw damagedModel(file, `its index entry does not fit its shape [${entry.dims.slice(0, 8).join(", ")}]`, name);
    }
    entries.set(name, entry);
  }
  const shards = new Map<number, Promise<ByteSource>>();
  const shardOf = (shard: number): Promise<ByteSource> => {
    const known = shards.get(shard);
    if (known !== undefined) return known;
    const opened = openShard(shard, header.shards);
    shards.set(shard, opened);
    return opened;
  };
  const readable = ({ type, partitioned }: BundleEntry): StoredType | undefined =>
    partitioned ? undefined : TYPES[type];
  return {
    format: "tensorflow",
    file,
    metadata: {},
    tensors: new Map(
      [...entries].map(([name, entry]) => {
        const type = readable(entry);
        return [name, { dtype: type === undefined ? undefined : readType(type), dims: entry.dims }];
      }),
    ),
    async read(name) {
      const entry = entries.get(name)!;
      const type = readable(entry);
      if (type === undefined) {
        throw unsupportedModel(
          file,
          entry.partitioned
            ? "a variable in several parts is not supported"
            : `tensors of TensorFlow's type ${entry.type} are not supported`,
          name,
        );
      }
      const bytes = await readExactly(await shardOf(entry.shard), entry.offset, entry.size, name);
      if (maskedCrc32c(crc32c(bytes)) !== entry.crc)
        throw damagedModel(file, "the checksum of its bytes is wrong", name);
      return { dtype: readType(type), dims: entry.dims, data: decodeElements(type, bytes) };
    },
  };
}

function decoded<T>(file: string, name: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw damagedModel(file, "its index entry is damaged", name, cause);
  }
}

function decodeName(key: string): string {
  return new TextDecoder().decode(Uint8Array.from(key, (character) => character.charCodeAt(0)));
}

/** BundleHeaderProto: num_shards = 1, endianness = 2. */
function readHeader(bytes: Uint8Array): { shards: number; bigEndian: boolean } {
  const header = { shards: 0, bigEndian: false };
  readFields(bytes, {
    1: (reader) => (header.shards = reader.int32()),
    2: (reader) => (header.bigEndian = reader.int32() !== 0),
  });
  return header;
}

/** BundleEntryProto: dtype = 1, shape = 2, shard_id = 3, offset = 4, size = 5, crc32c = 6 (fixed), slices = 7. */
function readEntry(bytes: Uint8Array): BundleEntry {
  const entry: BundleEntry = { type: 0, dims: [], shard: 0, offset: 0, size: 0, crc: 0, partitioned: false };
  readFields(bytes, {
    1: (reader) => (entry.type = reader.int32()),
    2: (reader) => (entry.dims = readShape(reader.bytes())),
    3: (reader) => (entry.shard = reader.int32()),
    4: (reader) => (entry.offset = Number(reader.int64())),
    5: (reader) => (entry.size = Number(reader.int64())),
    6: (reader) => (entry.crc = reader.fixed32()),
    7: (reader) => {
      entry.partitioned = true;
      reader.bytes();
    },
  });
  return entry;
}

/** TensorShapeProto: dim = 2 { size = 1 }, unknown_rank = 3. */
function readShape(bytes: Uint8Array): number[] {
  const dims: number[] = [];
  readFields(bytes, {
    2: (reader) => {
      let size = 0;
      readFields(reader.bytes(), { 1: (dim) => (size = Number(dim.int64())) });
      dims.push(size);
    },
    3: (reader) => {
      if (reader.bool()) throw new RangeError("the shape is of unknown rank");
    },
  });
  return dims;
}

/** Reads a message's fields by number and skips those that are not asked for. */
function readFields(bytes: Uint8Array, fields: Readonly<Record<number, (reader: BinaryReader) => unknown>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const read = fields[field];
    // Groups nest; no message here has any.
    if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw new RangeError("a group");
    if (read === undefined) reader.skip(wire, field);
    else read(reader);
  }
}
