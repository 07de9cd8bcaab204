// The zip archives that `torch.save` writes (PKWARE's APPNOTE 6.3.10): stored entries, zip64, read by place. Compressed,
// encrypted and spanned archives are refused: PyTorch writes none, and what is not compressed cannot be a bomb.

import { crc32 } from "../checksum.ts";
import { type ByteSource, readChunks, readExactly } from "../byte-source.ts";
import { damagedModel, unsupportedModel } from "../damage.ts";

export interface ZipEntry {
  name: string;
  size: number;
  crc: number;
  /** Where its local header starts. */
  header: number;
  /** Where the next entry, or the directory, starts: its bytes end before. */
  limit: number;
}

const MAX_ENTRIES = 100_000;
const MAX_DIRECTORY_BYTES = 1 << 26;
const END_RECORD = 22;
const LONGEST_COMMENT = 0xffff;

const little = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Reads the directory of an archive: entries by name, none of them overlapping another.
 * @throws BiobertError `model-damaged`, or `unsupported` for an archive that PyTorch would not write.
 */
export async function readZipDirectory(source: ByteSource): Promise<Map<string, ZipEntry>> {
  const damaged = (message: string, name?: string): Error => damagedModel(source.name, message, name);
  const { count, start, size } = await findDirectory(source);
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY_BYTES)
    throw damaged(`its zip directory claims ${count} entries in ${size} bytes`);
  const directory = await readExactly(source, start, size, "zip directory");
  const view = little(directory);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== 0x02014b50)
      throw damaged(`entry ${i} of its zip directory is damaged`);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > size) throw damaged(`entry ${i} of its zip directory is cut off`);
    const name = nameOf(directory.subarray(at + 46, at + 46 + nameLength), source.name);
    if (names.has(name)) throw damaged("its zip directory has two entries of this name", name);
    names.add(name);
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    if ((flags & 0x2041) !== 0 || method !== 0) {
      throw unsupportedModel(
        source.name,
        `the zip entry is ${method === 0 ? "encrypted" : "compressed"}; PyTorch stores entries as they are`,
        name,
        "Save the model anew with torch.save.",
      );
    }
    const wide = wideFields(
      view,
      at,
      directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength),
      () => damaged("its zip64 sizes are missing", name),
    );
    if (wide.size !== wide.compressed) throw damaged("its two sizes in the zip directory differ", name);
    entries.push({ name, size: wide.size, crc: view.getUint32(at + 16, true), header: wide.header, limit: 0 });
    at = next;
  }
  if (at !== size) throw damaged(`${size - at} bytes of its zip directory belong to no entry`);
  entries.sort((a, b) => a.header - b.header);
  entries.forEach((entry, i) => {
    entry.limit = entries[i + 1]?.header ?? start;
    const leastEnd = entry.header + 30 + entry.name.length + entry.size;
    if (leastEnd > entry.limit)
      throw damaged("its bytes overlap those of another zip entry or end after the file", entry.name);
  });
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/**
 * Finds where an entry's bytes start.
 * @throws BiobertError `model-damaged` when its local header says otherwise than the directory.
 */
export async function locateZipEntry(source: ByteSource, entry: ZipEntry): Promise<number> {
  const head = little(await readExactly(source, entry.header, 30, entry.name));
  const nameLength = head.getUint16(26, true);
  const start = entry.header + 30 + nameLength + head.getUint16(28, true);
  const name = await readExactly(source, entry.header + 30, nameLength, entry.name);
  const same =
    head.getUint32(0, true) === 0x04034b50 && head.getUint16(8, true) === 0 && nameOf(name, source.name) === entry.name;
  if (!same || start + entry.size > entry.limit) {
    throw damagedModel(source.name, "its zip header says otherwise than the zip directory", entry.name);
  }
  return start;
}

/** Reads a small entry whole and checks it. Errors as `locateZipEntry`; `model-damaged` for a wrong checksum. */
export async function readZipEntry(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const bytes = await readExactly(source, await locateZipEntry(source, entry), entry.size, entry.name);
  requireChecksum(source, entry, crc32(bytes));
  return bytes;
}

/** Looks over an entry's bytes, which start at `start`, and checks them. */
export async function verifyZipEntry(source: ByteSource, entry: ZipEntry, start: number): Promise<void> {
  let crc = 0;
  for await (const chunk of readChunks(source, start, entry.size, entry.name)) crc = crc32(chunk, crc);
  requireChecksum(source, entry, crc);
}

/** @throws BiobertError `model-damaged` when the checksum is not the entry's. */
export function requireChecksum(source: ByteSource, entry: ZipEntry, crc: number): void {
  if (crc === entry.crc) return;
  throw damagedModel(
    source.name,
    `its bytes have the checksum ${crc.toString(16)}, the zip directory says ${entry.crc.toString(16)}`,
    entry.name,
  );
}

async function findDirectory(source: ByteSource): Promise<{ count: number; start: number; size: number }> {
  const damaged = (message: string): Error => damagedModel(source.name, message, "zip directory");
  const tailLength = Math.min(source.size, END_RECORD + LONGEST_COMMENT);
  const tailStart = source.size - tailLength;
  const tail = little(await readExactly(source, tailStart, tailLength, "zip directory"));
  let at = tailLength - END_RECORD;
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === 0x06054b50 && at + END_RECORD + tail.getUint16(at + 20, true) === tailLength)
  )
    at--;
  if (at < 0) throw damaged("the zip archive has no end: the file is cut off or is no zip archive");
  let count = tail.getUint16(at + 10, true);
  let size = tail.getUint32(at + 12, true);
  let start = tail.getUint32(at + 16, true);
  let end = tailStart + at;
  const disks = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  if (disks.some((disk) => disk !== 0 && disk !== 0xffff)) throw damaged("the zip archive spans several files");
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
    const locator = little(await readExactly(source, end - 20, 20, "zip directory"));
    if (locator.getUint32(0, true) !== 0x07064b50) throw damaged("its zip64 record is missing");
    const wideAt = Number(locator.getBigUint64(8, true));
    const wide = little(await readExactly(source, wideAt, 56, "zip directory"));
    if (wide.getUint32(0, true) !== 0x06064b50 || wideAt + 56 > end - 20) throw damaged("its zip64 record is damaged");
    count = Number(wide.getBigUint64(32, true));
    size = Number(wide.getBigUint64(40, true));
    start = Number(wide.getBigUint64(48, true));
    end = wideAt;
  }
  if (start + size > end)
    throw damaged(`the zip directory claims bytes ${start} to ${start + size}, but ends at ${end}`);
  return { count, start, size };
}

/** Sizes and place of an entry; those that do not fit 32 bits are in the zip64 extra field, in this order. */
function wideFields(
  view: DataView,
  at: number,
  extra: Uint8Array,
  missing: () => Error,
): { size: number; compressed: number; header: number } {
  const fields = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  if (fields.includes(0xffffffff)) {
    const extras = little(extra);
    let from = 0;
    while (from + 4 <= extra.length && extras.getUint16(from, true) !== 1) from += 4 + extras.getUint16(from + 2, true);
    if (from + 4 > extra.length) throw missing();
    const end = Math.min(extra.length, from + 4 + extras.getUint16(from + 2, true));
    from += 4;
    for (const [i, field] of fields.entries()) {
      if (field !== 0xffffffff) continue;
      if (from + 8 > end) throw missing();
      fields[i] = Number(extras.getBigUint64(from, true));
      from += 8;
    }
  }
  const [size, compressed, header] = fields as [number, number, number];
  return { size, compressed, header };
}

/** Names are compared byte by byte, so that characters stand for bytes here. */
function nameOf(bytes: Uint8Array, file: string): string {
  if (bytes.includes(0)) throw damagedModel(file, "a name in the zip archive has a zero byte");
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
