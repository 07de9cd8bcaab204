// Content hashes, to say which file a number came from and whether a checkpoint belongs to a run.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { readError } from "./system-errors.ts";

/** SHA-256 of bytes or UTF-8 text, hexadecimal. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * SHA-256 of files' bytes, one after another, hexadecimal.
 * @throws BiobertError `file-not-found` or `file-unreadable`.
 */
export async function sha256OfFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    try {
      for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
    } catch (error) {
      throw readError(error, path);
    }
  }
  return hash.digest("hex");
}

/** Whether there is a file, or a directory, of this name. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
