// Input files, found before anything is started.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { BenchmarkError } from "./options.mjs";

/** The file, or its gzip-compressed form, whichever is there. */
export function existingFile(file) {
  const found = [file, `${file}.gz`].find((candidate) => existsSync(candidate));
  if (found === undefined) throw new BenchmarkError(`there is no ${file}, nor its .gz form`);
  return path.resolve(found);
}

/** The text of a file, gzip-compressed or not. */
export function readTextFile(file) {
  const bytes = readFileSync(file);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
}
