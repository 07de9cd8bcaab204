// Reading files whole: bytes, and text that is checked to be text. Every failure is a `BiobertError` with the file's name.

import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { BiobertError } from "../core/index.ts";
import { jsonFaultPlace } from "../formats/index.ts";
import { errorCodeOf, readError } from "./system-errors.ts";

export interface ReadTextOptions {
  /** Refuse more bytes than this, counted after unzipping (default 512 MB, about the longest string JavaScript can hold). */
  maxBytes?: number;
  /** Drop a leading byte-order mark. Off by default: character offsets count it. */
  stripBom?: boolean;
  /** Refuse a text that is empty or only white space (`input-empty`). */
  requireContent?: boolean;
}

const LARGEST_TEXT = 512 * 1024 * 1024;
/** How much of a file decides whether it is text. */
const SAMPLE = 64 * 1024;

/**
 * Reads a whole file.
 * @throws BiobertError `file-not-found`, `file-unreadable` (a directory, no permission, larger than Node reads at once).
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw readError(error, path);
  }
}

/**
 * Reads a whole file, unzipped where it starts with gzip's magic bytes.
 * @throws BiobertError those of `readBytes`; `input-format` (damaged gzip), `input-too-large`.
 */
export async function readUnzipped(path: string, maxBytes = LARGEST_TEXT): Promise<Uint8Array> {
  const bytes = await readBytes(path);
  return isGzip(bytes) ? unzip(bytes, path, maxBytes) : bytes;
}

/**
 * Reads a text file in UTF-8; one that starts with gzip's magic bytes, whatever its name, is unzipped first.
 * @throws BiobertError those of `readBytes`; `input-format` (damaged gzip), `input-too-large`, `input-binary`,
 * `input-encoding` with line and byte offset, `input-empty` when content is required.
 */
export async function readText(path: string, options: ReadTextOptions = {}): Promise<string> {
  const maxBytes = Math.min(options.maxBytes ?? LARGEST_TEXT, LARGEST_TEXT);
  const bytes = await readUnzipped(path, maxBytes);
  if (bytes.length > maxBytes) throw tooLarge(path, maxBytes);
  const text = decodeText(bytes, path);
  if (options.requireContent === true && !/[^\s\ufeff]/.test(text)) {
    throw new BiobertError({
      code: "input-empty",
      message: bytes.length === 0 ? "the file is empty" : "the file holds only white space",
      place: { file: path },
      hint: "Look whether it is the right file and was written to its end.",
    });
  }
  return options.stripBom === true && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * The value of a JSON file, with or without a byte-order mark; `hint` says how to come by a right one.
 * @throws BiobertError `input-format` with line and column for what is no JSON, and those of `readText`.
 */
export async function readJson(
  path: string,
  { hint, ...options }: ReadTextOptions & { hint?: string } = {},
): Promise<unknown> {
  const text = await readText(path, { requireContent: true, stripBom: true, ...options });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BiobertError({
      code: "input-format",
      message: `not JSON: ${(cause as Error).message}`,
      place: { file: path, ...jsonFaultPlace(text) },
      ...(hint === undefined ? {} : { hint }),
      cause,
    });
  }
}

/**
 * Decodes UTF-8, keeping a byte-order mark. `file` is the name that errors give.
 * @throws BiobertError `input-binary` (NUL bytes or many control characters at the start), `input-encoding`.
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  refuseBinary(bytes, file);
  if (!isUtf8(bytes)) throw invalidUtf8(bytes, file, 1);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Whether the bytes start as gzip data do. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The `input-encoding` error for bytes that are not UTF-8; `firstLine` is the number of the line they start in. */
export function invalidUtf8(bytes: Uint8Array, file: string, firstLine: number): BiobertError {
  const offset = firstInvalidByte(bytes);
  let line = firstLine;
  for (let i = bytes.indexOf(10); i >= 0 && i < offset; i = bytes.indexOf(10, i + 1)) line++;
  const value = bytes[offset]!.toString(16).padStart(2, "0");
  return new BiobertError({
    code: "input-encoding",
    message: `not UTF-8: byte 0x${value} at byte offset ${offset}${firstLine > 1 ? " of the line" : ""}`,
    place: { file, line },
    hint: "Convert the text first, for example: iconv -f WINDOWS-1252 -t UTF-8 IN > OUT",
  });
}

/**
 * Looks at the start of the bytes (64 KB) for what is not UTF-8 text.
 * @throws BiobertError `input-binary` or, for UTF-16 text, `input-encoding`.
 */
export function refuseBinary(bytes: Uint8Array, file: string): void {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new BiobertError({
      code: "input-encoding",
      message: "the text is UTF-16, not UTF-8",
      place: { file, line: 1 },
      hint: "Convert it first: iconv -f UTF-16 -t UTF-8 IN > OUT",
    });
  }
  const sample = bytes.subarray(0, SAMPLE);
  let control = 0;
  for (const byte of sample)
    if (byte === 0x7f || (byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1b)) control++;
  const signature = String.fromCharCode(...bytes.subarray(0, 5));
  if (sample.includes(0) || control > sample.length / 10 || signature === "%PDF-") {
    throw new BiobertError({
      code: "input-binary",
      message: `the file is not text${signature === "%PDF-" ? " but a PDF" : signature.startsWith("PK") ? " but a zip archive or an office document" : ""}`,
      place: { file },
      hint: "Extract its text first; input is plain text in UTF-8, gzip-compressed or not.",
    });
  }
}

/** The `input-too-large` error of a text, or of one of its lines. */
export function tooLarge(file: string, maxBytes: number, line?: number): BiobertError {
  return new BiobertError({
    code: "input-too-large",
    message: `${line === undefined ? "the text" : "the line"} is larger than ${maxBytes} bytes`,
    place: { file, line },
    hint: "Split it into smaller documents.",
  });
}

/** The error for gzip data that end too early or do not check out. */
export function damagedGzip(file: string, cause: unknown): BiobertError {
  return new BiobertError({
    code: "input-format",
    message: "the gzip data are damaged or truncated",
    place: { file },
    hint: "Copy or download the file again.",
    cause,
  });
}

async function unzip(bytes: Uint8Array, path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    throw errorCodeOf(error) === "ERR_BUFFER_TOO_LARGE" ? tooLarge(path, maxBytes) : damagedGzip(path, error);
  }
}

/** Index of the first byte that no UTF-8 sequence explains: the start of the broken sequence (Unicode, table 3-7). */
function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at]!;
    const length =
      lead < 0x80
        ? 1
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : lead >= 0xe0 && lead < 0xf0
            ? 3
            : lead >= 0xf0 && lead < 0xf5
              ? 4
              : 0;
    if (length === 0) return at;
    for (let i = 1; i < length; i++) {
      const low = i > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
      const high = i > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      const byte = bytes[at + i];
      if (byte === undefined || byte < low || byte > high) return at;
    }
    at += length;
  }
  return at;
}
