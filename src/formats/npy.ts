// NumPy's .npy format, version 1.0 (numpy/lib/format.py's specification): a matrix of float32 in row-major order, written and read.

import { badInput } from "./reading.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0] as const;
const HINT =
  "A .npy file of version 1.0 with a matrix of little-endian float32 in row-major order, as numpy.save writes it.";

/** The bytes before the data of a float32 matrix: their count is a multiple of 64, as the specification asks. */
export function npyHeader(rows: number, columns: number): Uint8Array {
  const said = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const length = Math.ceil((10 + said.length + 1) / 64) * 64;
  const header = `${said.padEnd(length - 11)}\n`;
  const bytes = new Uint8Array(length);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  for (let i = 0; i < header.length; i++) bytes[10 + i] = header.charCodeAt(i);
  return bytes;
}

/** A float32 row as the bytes of a .npy file, little-endian on any machine. */
export function npyRow(row: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(row.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < row.length; i++) view.setFloat32(4 * i, row[i]!, true);
  return bytes;
}

/**
 * Reads a float32 matrix.
 * @throws BiobertError `input-format` for another format, dtype or order, or a length that is not the header's.
 */
export function parseNpy(
  bytes: Uint8Array,
  options: { file?: string } = {},
): { rows: number; columns: number; data: Float32Array } {
  const place = { file: options.file, hint: HINT };
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw badInput(place, "no .npy file of version 1.0");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 10 + view.getUint16(8, true);
  const header = String.fromCharCode(...bytes.subarray(10, Math.min(start, bytes.length)));
  const shape = /'shape':\s*\((\d+),\s*(\d+)\)/.exec(header);
  if (shape === null || !header.includes("'<f4'") || !/'fortran_order':\s*False/.test(header))
    throw badInput(place, `the header says ${JSON.stringify(header.trim().slice(0, 120))}`);
  const [rows, columns] = [Number(shape[1]), Number(shape[2])];
  if (bytes.length - start !== rows * columns * 4)
    throw badInput(place, `${bytes.length - start} bytes of data where ${rows} x ${columns} float32 are expected`);
  const data = Float32Array.from({ length: rows * columns }, (_, i) => view.getFloat32(start + 4 * i, true));
  return { rows, columns, data };
}
