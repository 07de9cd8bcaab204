// JSON files of any size, an element at a time: an array, or an object whose list lies under one name. Gzip is unzipped on the
// way. Only one element is in memory, and only it can be broken: the error says where in the file it starts.

import { createReadStream } from "node:fs";
import { type Duplex, pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BiobertError } from "../../core/index.ts";
import { damagedGzip, readError } from "../../data/index.ts";

export interface JsonElement {
  value: unknown;
  /** Position in the list, from 0. */
  index: number;
  /** Line of the file in which it starts, from 1. */
  line: number;
}

export interface JsonListHeader {
  /** The object's other fields that stand before the list; empty for a plain array. */
  fields: Record<string, unknown>;
  isArray: boolean;
}

/** An element larger than this is refused: it is no entry but a broken file. */
const LARGEST_ELEMENT = 64 * 1024 * 1024;

/**
 * The elements of a file's list. The first thing that comes is the header. Errors: `file-not-found`, `file-unreadable`,
 * `input-format` with file and line.
 */
export async function* readJsonList(
  path: string,
  listName = "items",
  onBytes?: (bytes: number) => void,
): AsyncGenerator<JsonListHeader | JsonElement> {
  const scanner = new Scanner(path, chunksOf(path, onBytes));
  const first = await scanner.peek();
  if (first === "[") {
    yield { fields: {}, isArray: true };
    yield* elementsOf(scanner);
    await scanner.expectEnd();
    return;
  }
  if (first !== "{")
    throw scanner.problem(`expected a JSON array or object, not ${first === "" ? "the end" : JSON.stringify(first)}`);
  const fields: Record<string, unknown> = {};
  let isFound = false;
  await scanner.take("{");
  for (let isFirst = true; (await scanner.peek()) !== "}"; isFirst = false) {
    if (!isFirst) await scanner.take(",");
    const name = String((await scanner.value()).value);
    await scanner.take(":");
    if (name === listName && (await scanner.peek()) === "[") {
      isFound = true;
      yield { fields, isArray: false };
      yield* elementsOf(scanner);
    } else {
      Object.defineProperty(fields, name, {
        value: (await scanner.value()).value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  await scanner.take("}");
  await scanner.expectEnd();
  if (!isFound) yield { fields, isArray: false };
}

/** Whether this is an element of the list, not its header. */
export function isElement(item: JsonListHeader | JsonElement): item is JsonElement {
  return "index" in item;
}

async function* elementsOf(scanner: Scanner): AsyncGenerator<JsonElement> {
  await scanner.take("[");
  for (let index = 0; (await scanner.peek()) !== "]"; index++) {
    if (index > 0) await scanner.take(",");
    yield { ...(await scanner.value()), index };
  }
  await scanner.take("]");
}

async function* chunksOf(path: string, onBytes: (bytes: number) => void = () => {}): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let isGzip = false;
  try {
    isGzip = await startsAsGzip(path);
    const bytes = Readable.from(counted(createReadStream(path, { highWaterMark: 1 << 18 }), onBytes));
    const content: AsyncIterable<Uint8Array> = isGzip ? compose(bytes, createGunzip()) : bytes;
    for await (const chunk of content) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) {
      throw new BiobertError({
        code: "input-encoding",
        message: "the file is not UTF-8",
        place: { file: path },
        cause: error,
      });
    }
    const isDamaged = isGzip && (error as { code?: string }).code?.startsWith("Z_") === true;
    throw isDamaged ? damagedGzip(path, error) : readError(error, path);
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Errors of the source reach the reader, and a reader that stops closes the source. */
function compose(source: Readable, through: Duplex): AsyncIterable<Uint8Array> {
  pipeline(source, through, () => {});
  return through;
}

async function startsAsGzip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 1 })) {
    const [first, second] = chunk as Uint8Array;
    return first === 0x1f && second === 0x8b;
  }
  return false;
}

/** Cuts the text of one value after another out of a stream, by brackets and quotes, and lets JSON.parse judge it. */
class Scanner {
  private buffer = "";
  private at = 0;
  private line = 1;
  private isFirst = true;
  private readonly path: string;
  private readonly chunks: AsyncIterator<string>;

  constructor(path: string, chunks: AsyncIterator<string>) {
    this.path = path;
    this.chunks = chunks;
  }

  /** The next character that is no white space; "" at the end. */
  async peek(): Promise<string> {
    for (;;) {
      for (; this.at < this.buffer.length; this.at++) {
        const character = this.buffer[this.at]!;
        if (character === "\n") this.line++;
        else if (character !== " " && character !== "\t" && character !== "\r") return character;
      }
      if (!(await this.more())) return "";
    }
  }

  async take(wanted: string): Promise<void> {
    const character = await this.peek();
    if (character !== wanted)
      throw this.problem(
        `expected ${wanted}, found ${character === "" ? "the end of the file: it is cut off" : JSON.stringify(character)}`,
      );
    this.at++;
  }

  async expectEnd(): Promise<void> {
    const character = await this.peek();
    if (character !== "") throw this.problem(`expected the end of the file, found ${JSON.stringify(character)}`);
  }

  async value(): Promise<{ value: unknown; line: number }> {
    await this.peek();
    const line = this.line;
    let depth = 0;
    let isText = false;
    let end = this.at;
    for (;;) {
      if (end >= this.buffer.length) {
        const offset = end - this.at;
        if (offset > LARGEST_ELEMENT) throw this.problem("the element is larger than 64 MB");
        if (!(await this.more())) {
          if (depth === 0 && !isText && offset > 0) break;
          throw this.problem("the file ends within a value: it is cut off");
        }
        end = this.at + offset;
        continue;
      }
      const code = this.buffer.charCodeAt(end);
      if (isText) {
        if (code === 0x5c) end++;
        else if (code === 0x22) {
          isText = false;
          if (depth === 0) {
            end++;
            break;
          }
        }
      } else if (code === 0x22) isText = true;
      else if (code === 0x7b || code === 0x5b) depth++;
      else if (code === 0x7d || code === 0x5d) {
        if (depth === 0) break;
        depth--;
        if (depth === 0) {
          end++;
          break;
        }
      } else if (depth === 0 && (code === 0x2c || code === 0x3a || code <= 0x20)) break;
      end++;
    }
    const text = this.buffer.slice(this.at, end);
    this.at = end;
    try {
      return { value: JSON.parse(text) as unknown, line };
    } catch (error) {
      throw this.problem(`not JSON: ${(error as Error).message}`, line, error);
    } finally {
      for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) this.line++;
    }
  }

  problem(message: string, line = this.line, cause?: unknown): BiobertError {
    return new BiobertError({
      code: "input-format",
      message,
      place: { file: this.path, line },
      hint: "The file must be JSON; if it was downloaded, download it again.",
      cause,
    });
  }

  private async more(): Promise<boolean> {
    const next = await this.chunks.next();
    if (next.done === true) return false;
    let chunk = next.value;
    if (this.isFirst && chunk !== "") {
      this.isFirst = false;
      if (chunk.startsWith("\ufeff")) chunk = chunk.slice(1);
    }
    this.buffer = this.buffer.slice(this.at) + chunk;
    this.at = 0;
    return true;
  }
}
