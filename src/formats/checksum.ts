// Cyclic redundancy checks, reflected, initial and final complement: CRC-32 as zip has it (ISO 3309) and CRC-32C
// (Castagnoli, RFC 3720) with the mask that LevelDB puts over it. Eight bytes a turn (Kounavis and Berry 2005).

/** Continues a checksum over more bytes; start from 0. */
export type Checksum = (bytes: Uint8Array, previous?: number) => number;

function makeChecksum(polynomial: number): Checksum {
  let tables: Uint32Array[] | undefined;
  return (bytes, previous = 0) => {
    tables ??= makeTables(polynomial);
    const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    let crc = ~previous;
    let i = 0;
    for (const end = bytes.length - 7; i < end; i += 8) {
      const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
      crc =
        t7[low & 255]! ^
        t6[(low >>> 8) & 255]! ^
        t5[(low >>> 16) & 255]! ^
        t4[low >>> 24]! ^
        t3[bytes[i + 4]!]! ^
        t2[bytes[i + 5]!]! ^
        t1[bytes[i + 6]!]! ^
        t0[bytes[i + 7]!]!;
    }
    for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
    return ~crc >>> 0;
  };
}

function makeTables(polynomial: number): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    first[byte] = crc;
  }
  const tables = [first];
  for (let k = 1; k < 8; k++) {
    const before = tables[k - 1]!;
    tables.push(before.map((crc) => first[crc & 255]! ^ (crc >>> 8)));
  }
  return tables;
}

/** CRC-32 of zip and gzip. */
export const crc32: Checksum = makeChecksum(0xedb88320);

/** CRC-32C. */
export const crc32c: Checksum = makeChecksum(0x82f63b78);

/** A CRC-32C as LevelDB stores it: a checksum of data that hold checksums would be weak, so it is rotated and moved. */
export function maskedCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
