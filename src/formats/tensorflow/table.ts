// LevelDB's sorted string table (leveldb, doc/table_format.md), read whole: TensorFlow's `*.index` is one. Every block is
// checked against its CRC-32C, and keys must ascend.

import { crc32c, maskedCrc32c } from "../checksum.ts";
import { damagedModel } from "../damage.ts";
import { decodeSnappy } from "./snappy.ts";

export const TABLE_FOOTER_BYTES = 48;
/** `0xdb4775248b80fb57`, the last eight bytes of a table. */
export const TABLE_END = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);

/** A block is 256 KB before compression as TensorFlow writes them. */
const MAX_BLOCK_BYTES = 1 << 26;

/**
 * Reads a table's entries in order; keys as text whose characters are bytes.
 * @throws BiobertError `model-damaged` for whatever a writer of tables does not write.
 */
export function readTable(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const damaged = (message: string, cause?: unknown): Error => damagedModel(file, message, "index", cause);
  if (bytes.length < TABLE_FOOTER_BYTES || TABLE_END.some((byte, i) => bytes[bytes.length - 8 + i] !== byte)) {
    throw damaged("it does not end as a TensorFlow index does");
  }
  const footer = new Cursor(bytes.subarray(bytes.length - TABLE_FOOTER_BYTES, bytes.length - 8), damaged);
  footer.varint();
  footer.varint();
  const index = readBlock(bytes, footer.varint(), footer.varint(), damaged);
  const entries = new Map<string, Uint8Array>();
  let before: string | undefined;
  const seen = new Set<number>();
  for (const [, handle] of blockEntries(index, damaged)) {
    const place = new Cursor(handle, damaged);
    const offset = place.varint();
    // Blocks that are named again and again would make a small file a large table.
    if (seen.has(offset)) throw damaged("its index names a block twice");
    seen.add(offset);
    for (const [key, value] of blockEntries(readBlock(bytes, offset, place.varint(), damaged), damaged)) {
      if (before !== undefined && key <= before) throw damaged("its keys are not in order");
      before = key;
      entries.set(key, value);
    }
  }
  return entries;
}

type Damaged = (message: string, cause?: unknown) => Error;

/** A block's contents: one byte behind them tells their compression, four more their checksum. */
function readBlock(bytes: Uint8Array, offset: number, size: number, damaged: Damaged): Uint8Array {
  if (offset + size + 5 > bytes.length - TABLE_FOOTER_BYTES)
    throw damaged(`a block at ${offset} of ${size} bytes is beyond the file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset + size, 5);
  const crc = maskedCrc32c(crc32c(bytes.subarray(offset, offset + size + 1)));
  if (crc !== view.getUint32(1, true)) throw damaged(`the checksum of the block at ${offset} is wrong`);
  const contents = bytes.subarray(offset, offset + size);
  const compression = view.getUint8(0);
  if (compression === 0) return contents;
  if (compression !== 1) throw damaged(`a block has the unknown compression ${compression}`);
  try {
    return decodeSnappy(contents, MAX_BLOCK_BYTES);
  } catch (cause) {
    throw damaged("a compressed block is damaged", cause);
  }
}

/** Keys share their beginnings with the key before; the restart points that follow the entries are for searching only. */
function* blockEntries(block: Uint8Array, damaged: Damaged): Generator<[string, Uint8Array]> {
  if (block.length < 4) throw damaged("a block is too short");
  const restarts = new DataView(block.buffer, block.byteOffset + block.length - 4, 4).getUint32(0, true);
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw damaged("a block claims more restart points than it has bytes");
  const cursor = new Cursor(block.subarray(0, end), damaged);
  let key = "";
  while (!cursor.done) {
    const shared = cursor.varint();
    const rest = cursor.varint();
    const valueLength = cursor.varint();
    if (shared > key.length) throw damaged("a key shares more than there is");
    key = key.slice(0, shared) + String.fromCharCode(...cursor.take(checkedKey(rest, damaged)));
    yield [key, cursor.take(valueLength)];
  }
}

function checkedKey(length: number, damaged: Damaged): number {
  if (length > 4096) throw damaged(`a key has ${length} bytes`);
  return length;
}

class Cursor {
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly damaged: Damaged,
  ) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw this.damaged("a block ends in the middle of an entry");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Seven bits a byte, the lowest first. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.take(1)[0]!;
      value += (byte & 127) * scale;
      if (byte < 128) break;
      if (scale > 2 ** 56) throw this.damaged("a number is too long");
    }
    if (!Number.isSafeInteger(value)) throw this.damaged("a number is too large");
    return value;
  }
}
