// A file as bytes by place.

import { type FileHandle, open } from "node:fs/promises";
import type { ByteSource } from "../formats/index.ts";
import { readError } from "./system-errors.ts";

/** A source that holds something open until it is closed. */
export interface OpenSource extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a file for reading by place.
 * @throws BiobertError `file-not-found`, `file-unreadable`.
 */
export async function openFile(path: string): Promise<OpenSource> {
  try {
    const handle = await open(path, "r");
    return await sourceOf(handle, path).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
  } catch (error) {
    throw readError(error, path);
  }
}

/** A source over an open file, which it closes; `name` is what errors call it. */
export async function sourceOf(handle: FileHandle, name: string): Promise<OpenSource> {
  const entry = await handle.stat();
  if (entry.isDirectory()) throw Object.assign(new Error("a directory"), { code: "EISDIR" });
  return {
    name,
    size: entry.size,
    async read(offset, length) {
      // Memory of its own: tensors are views of it, and the pool of small buffers would be kept by them.
      const bytes = new Uint8Array(length);
      let done = 0;
      try {
        while (done < length) {
          const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 1 << 30), offset + done);
          if (bytesRead === 0) return bytes.subarray(0, done);
          done += bytesRead;
        }
      } catch (error) {
        throw readError(error, name);
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
