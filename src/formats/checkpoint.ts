// What kind of checkpoint a file is, told by its first and last bytes and never by its name.

import type { ByteSource } from "./byte-source.ts";
import { TABLE_END, TABLE_FOOTER_BYTES } from "./tensorflow/table.ts";
import { LEGACY_START } from "./torch/checkpoint.ts";

export type CheckpointKind =
  | "safetensors"
  | "torch-zip"
  | "torch-legacy"
  | "tensorflow-index"
  | "gzip"
  | "tar"
  | "json"
  /** A Git LFS pointer: a few lines of text in place of the file. */
  | "git-lfs"
  | undefined;

/** Tells what a file is; undefined for nothing that holds or describes weights. */
export async function kindOfCheckpoint(source: ByteSource): Promise<CheckpointKind> {
  const start = await source.read(0, Math.min(source.size, 512));
  const startsWith = (bytes: ArrayLike<number>, at = 0): boolean =>
    start.length >= at + bytes.length && Array.from(bytes).every((byte, i) => start[at + i] === byte);
  const text = (characters: string): number[] => Array.from(characters, (character) => character.charCodeAt(0));
  if (startsWith([0x1f, 0x8b])) return "gzip";
  if (startsWith(text("PK\x03\x04"))) return "torch-zip";
  if (startsWith(LEGACY_START)) return "torch-legacy";
  if (startsWith(text("version https://git-lfs"))) return "git-lfs";
  if (startsWith(text("ustar"), 257)) return "tar";
  if (source.size >= TABLE_FOOTER_BYTES) {
    const end = await source.read(source.size - TABLE_END.length, TABLE_END.length);
    if (TABLE_END.every((byte, i) => end[i] === byte)) return "tensorflow-index";
  }
  if (start.length > 8 && start[8] === 0x7b && start[5] === 0 && start[6] === 0 && start[7] === 0) return "safetensors";
  const first = start.find((byte) => ![0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf].includes(byte));
  return first === 0x7b ? "json" : undefined;
}
