// Bytes by place: what readers of large files work over, so that a file of gigabytes is never in memory whole. `data/` makes
// one over a file; here is the one over memory.

import { damagedModel } from "./damage.ts";

export interface ByteSource {
  /** The file's name, for errors. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset` on, which the caller has checked to lie inside. They are not to be changed. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A source over bytes in memory; what it reads are views of them. */
export function memorySource(bytes: Uint8Array, name = "memory"): ByteSource {
  return { name, size: bytes.byteLength, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/**
 * Reads bytes that must be there.
 * @throws BiobertError `model-damaged` when the file ends before them or the numbers are no places in a file; `what` names them.
 */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
): Promise<Uint8Array> {
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > source.size
  ) {
    throw damagedModel(
      source.name,
      `bytes ${offset} to ${offset + length} are beyond the ${source.size} bytes of the file`,
      what,
    );
  }
  const bytes = await source.read(offset, length);
  if (bytes.byteLength !== length) throw damagedModel(source.name, "the file became shorter while it was read", what);
  return bytes;
}

/** How much of a long range is in memory at a time when it is only looked over. */
const CHUNK = 1 << 22;

/** The bytes of a range, a few megabytes at a time. Errors are those of `readExactly`. */
export async function* readChunks(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; done += CHUNK) {
    yield await readExactly(source, offset + done, Math.min(CHUNK, length - done), what);
  }
}
