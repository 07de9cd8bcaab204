// Reading lines as a stream, however the bytes are cut, with bad lines as values.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDocumentLines, readLines } from "../../src/data/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biobert-lines-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? Buffer.from(part) : part;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("readLines", () => {
  it("gives the same lines however the bytes are cut, zipped or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme", maxLength: 6 }).map((line) => line.replaceAll(/[\p{Cc}\uFEFF]/gu, "_"))),
        fc.constantFrom("\n", "\r\n"),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (lines, end, size, zipped) => {
          const plain = Buffer.from(lines.map((line) => line + end).join(""));
          const bytes = zipped ? gzipSync(plain) : plain;
          const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
            bytes.subarray(i * size, (i + 1) * size),
          );
          expect(await all(readLines(chunks(...parts)))).toEqual(lines.map((text, i) => ({ line: i + 1, text })));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("drops a byte-order mark at the start only, and needs no last line end", async () => {
    expect(await all(readLines(chunks("\uFEFFa\n\uFEFFb")))).toEqual([
      { line: 1, text: "a" },
      { line: 2, text: "\uFEFFb" },
    ]);
    expect(await all(readLines(chunks()))).toEqual([]);
  });

  it("reads a line of 20 MB between two others from a file", async () => {
    const path = join(folder, "long");
    const long = "x".repeat(20_000_000);
    await writeFile(path, `a\n${long}\nb\n`);
    const lines = await all(readLines(path));
    expect(lines.map((item) => ("text" in item ? item.text.length : -1))).toEqual([1, 20_000_000, 1]);
  });

  it("gives an error value for a line that is too long or not UTF-8, and goes on", async () => {
    const items = await all(
      readLines(chunks("good\nlo", "ng li", "ne\nb", Uint8Array.of(0xff), "d\nlast"), { maxLineBytes: 6, file: "in" }),
    );
    expect(items).toMatchObject([
      { line: 1, text: "good" },
      { line: 2, error: { code: "input-too-large", place: { file: "in", line: 2 } } },
      {
        line: 3,
        error: {
          code: "input-encoding",
          message: "not UTF-8: byte 0xff at byte offset 1 of the line",
          place: { line: 3 },
        },
      },
      { line: 4, text: "last" },
    ]);
  });

  it("throws for what is no text at all, a damaged gzip stream or a missing file", async () => {
    await expect(all(readLines(chunks("a\u0000b\n")))).rejects.toMatchObject({ code: "input-binary" });
    await expect(all(readLines(chunks(gzipSync("a\nb\n").subarray(0, 14))))).rejects.toMatchObject({
      code: "input-format",
    });
    await expect(all(readLines(join(folder, "none")))).rejects.toMatchObject({ code: "file-not-found" });
    await expect(all(readLines(folder))).rejects.toMatchObject({ code: "file-unreadable" });
  });

  it("passes a failure of its source on, zipped or not", async () => {
    const broken = async function* (start: Uint8Array): AsyncGenerator<Uint8Array> {
      yield start;
      throw Object.assign(new Error("input/output error"), { code: "EIO" });
    };
    for (const start of [Buffer.from("abc"), gzipSync("abc").subarray(0, 12)]) {
      await expect(all(readLines(broken(start), { file: "pipe" }))).rejects.toMatchObject({
        code: "file-unreadable",
        place: { file: "pipe" },
      });
    }
  });

  it("closes its source when the reader stops early", async () => {
    for (const zipped of [false, true]) {
      let closed = false;
      const source = async function* () {
        try {
          yield zipped ? gzipSync("a\nb\n") : Buffer.from("a\nb\n");
          yield Buffer.from("c\n");
        } finally {
          closed = true;
        }
      };
      for await (const item of readLines(source())) {
        expect(item).toEqual({ line: 1, text: "a" });
        break;
      }
      expect(closed).toBe(true);
    }
  });
});

it("readDocumentLines gives documents and error values with their lines", async () => {
  const path = join(folder, "documents.jsonl");
  await writeFile(path, '{"id":"a","text":"x"}\n\n{"id":1\n{"id":2,"text":""}\n');
  expect(await all(readDocumentLines(path))).toMatchObject([
    { line: 1, document: { id: "a", text: "x" } },
    { line: 3, error: { code: "input-format", place: { file: path, line: 3 } } },
    { line: 4, document: { id: "2", text: "" } },
  ]);
});
