// Files and standard input as streams of bytes, unpacked where they are gzip, that Ctrl-C ends at any moment. A path is
// opened only once, so that pipes with a name (`<(command)` in a shell) work.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BiobertError } from "../../core/index.ts";
import { damagedGzip, errorCodeOf, isGzip, readError } from "../../data/index.ts";
import type { InputStream } from "./context.ts";

export interface InputSource {
  /** The path as given, or `stdin`. */
  name: string;
  /** Size in bytes, where it is known. */
  size?: number;
  /** The bytes, unpacked. Errors: `file-not-found`, `file-unreadable`, `input-format` (damaged gzip), `interrupted`. */
  open(): AsyncGenerator<Buffer>;
}

/** The error that Ctrl-C ends a command with. */
export function interruptedError(hint?: string): BiobertError {
  return new BiobertError({ code: "interrupted", message: "Stopped by Ctrl-C", hint });
}

/** A file as a source. `onBytes` hears how many (packed) bytes were read, for progress. */
export async function fileSource(
  path: string,
  signal: AbortSignal,
  onBytes?: (count: number) => void,
): Promise<InputSource> {
  const found = await stat(path).catch(() => undefined);
  return {
    name: path,
    size: found?.isFile() ? found.size : undefined,
    open: () => unpacked(createReadStream(path, { signal, highWaterMark: 1 << 18 }), path, signal, onBytes),
  };
}

/** Standard input as a source. */
export function streamSource(stream: InputStream, signal: AbortSignal): InputSource {
  return {
    name: "stdin",
    async *open() {
      const stop = (): void => void stream.destroy?.(interruptedError());
      if (signal.aborted) throw interruptedError();
      signal.addEventListener("abort", stop, { once: true });
      try {
        yield* unpacked(stream, "stdin", signal);
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
  };
}

/** `first`, then the rest of `others`. */
export async function* prepended<T>(first: T, others: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* others;
}

async function* unpacked(
  stream: AsyncIterable<Uint8Array | string>,
  name: string,
  signal: AbortSignal,
  onBytes?: (count: number) => void,
): AsyncGenerator<Buffer> {
  try {
    const bytes = buffers(stream, onBytes);
    const first = await bytes.next();
    if (first.done) return;
    const all = prepended(first.value, bytes);
    if (isGzip(first.value)) yield* gunzipped(all);
    else yield* all;
  } catch (error) {
    if (signal.aborted) throw interruptedError();
    throw errorCodeOf(error)?.startsWith("Z_") === true ? damagedGzip(name, error) : readError(error, name);
  }
}

async function* buffers(
  stream: AsyncIterable<Uint8Array | string>,
  onBytes?: (count: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    const bytes =
      typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    onBytes?.(bytes.length);
    if (bytes.length > 0) yield bytes;
  }
}

async function* gunzipped(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const packed = Readable.from(bytes);
  const gunzip = createGunzip();
  packed.on("error", (error) => gunzip.destroy(error));
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Buffer>;
  } finally {
    packed.destroy();
  }
}
