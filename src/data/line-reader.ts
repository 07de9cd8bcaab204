// Lines of a file or a stream, one at a time: memory holds one line and one chunk, however large the input. A bad line is
// a value, not an exception, so that the reader's caller decides whether to go on.

import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BiobertError } from "../core/index.ts";
import { documentOfLine, type DocumentLine } from "../formats/index.ts";
import { damagedGzip, invalidUtf8, isGzip, refuseBinary, tooLarge } from "./files.ts";
import { readError } from "./system-errors.ts";

/** One line without its end ("\n" or "\r\n"), or why it cannot be read; lines are counted from 1. */
export type ReadLine = { line: number; text: string } | { line: number; error: BiobertError };

export interface ReadLinesOptions {
  /** A longer line is an `input-too-large` error value (default 256 MB); the lines after it are read all the same. */
  maxLineBytes?: number;
  /** The name that errors give when the source is a stream (default `-`). */
  file?: string;
}

/** A path, or a stream of bytes such as `process.stdin`. */
export type LineSource = string | AsyncIterable<Uint8Array>;

/**
 * Reads UTF-8 lines; gzip data are recognised by their first bytes and unzipped. A byte-order mark at the start is dropped.
 * Error values: `input-encoding`, `input-too-large`.
 * @throws BiobertError `file-not-found`, `file-unreadable`, `input-binary`, `input-encoding` (UTF-16), `input-format` (damaged gzip).
 */
export async function* readLines(source: LineSource, options: ReadLinesOptions = {}): AsyncGenerator<ReadLine> {
  const file = typeof source === "string" ? source : (options.file ?? "-");
  const maxLineBytes = options.maxLineBytes ?? 256 * 1024 * 1024;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let line = 1;

  const finishLine = (): ReadLine => {
    const bytes = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    const number = line++;
    const length = pendingBytes;
    pending = [];
    pendingBytes = 0;
    if (length > maxLineBytes) return { line: number, error: tooLarge(file, maxLineBytes, number) };
    if (!isUtf8(bytes)) return { line: number, error: invalidUtf8(bytes, file, number) };
    const text = new TextDecoder("utf-8", { ignoreBOM: number !== 1 }).decode(bytes);
    return { line: number, text: text.endsWith("\r") ? text.slice(0, -1) : text };
  };
  const keep = (part: Uint8Array) => {
    pendingBytes += part.length;
    if (pendingBytes > maxLineBytes) pending = [];
    else pending.push(part);
  };

  let first = true;
  for await (const chunk of textChunks(source, file)) {
    if (first) refuseBinary(chunk, file);
    first = false;
    let from = 0;
    for (let newline = chunk.indexOf(10); newline >= 0; newline = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, newline));
      from = newline + 1;
      yield finishLine();
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  }
  if (pendingBytes > 0) yield finishLine();
}

/**
 * Reads JSON lines of documents (`{"id", "text"}`), one at a time; blank lines are passed over. A line that cannot be read,
 * parsed or understood is an error value with its number.
 * @throws BiobertError as `readLines` does.
 */
export async function* readDocumentLines(
  source: LineSource,
  options: ReadLinesOptions = {},
): AsyncGenerator<DocumentLine> {
  const file = typeof source === "string" ? source : options.file;
  for await (const item of readLines(source, options)) {
    const read = "error" in item ? item : documentOfLine(item.text, item.line, file);
    if (read !== undefined) yield read;
  }
}

/** The source's chunks, unzipped where they are gzip data, failures as `BiobertError`. */
async function* textChunks(source: LineSource, file: string): AsyncGenerator<Uint8Array> {
  const raw = (typeof source === "string" ? createReadStream(source, { highWaterMark: 1 << 18 }) : source)[
    Symbol.asyncIterator
  ]();
  const nextRaw = () =>
    raw.next().catch((error: unknown) => {
      throw readError(error, file);
    });
  try {
    // Two bytes decide whether this is gzip; a pipe may hand them over one by one.
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < 2) {
      const { done, value } = await nextRaw();
      if (done === true) break;
      head = head.length === 0 ? value : Buffer.concat([head, value]);
    }
    const all = async function* () {
      if (head.length > 0) yield head;
      for (let item = await nextRaw(); item.done !== true; item = await nextRaw()) yield item.value as Uint8Array;
    };
    if (!isGzip(head)) {
      yield* all();
      return;
    }
    const input = Readable.from(all(), { objectMode: false });
    const output = createGunzip();
    input.on("error", (error) => output.destroy(error));
    try {
      for await (const chunk of input.pipe(output)) yield chunk as Uint8Array;
    } catch (error) {
      throw error instanceof BiobertError ? error : damagedGzip(file, error);
    } finally {
      input.destroy();
    }
  } finally {
    await raw.return?.();
  }
}
