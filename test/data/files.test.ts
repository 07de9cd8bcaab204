// Reading files whole: what is text and what is not, and the place of what is wrong.

import { mkdtemp, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeText, readBytes, readText } from "../../src/data/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biobert-files-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** The decoded text, or the message of the error that decoding gives. */
function textOrMessage(bytes: Uint8Array): string {
  try {
    return decodeText(bytes, "f");
  } catch (error) {
    return (error as Error).message;
  }
}

describe("readBytes", () => {
  it("gives a file's bytes", async () => {
    expect([...(await readBytes(await put("bytes", Uint8Array.of(0, 255))))]).toEqual([0, 255]);
  });

  it("says that a file is not there", async () => {
    const path = join(folder, "nowhere");
    await expect(readBytes(path)).rejects.toMatchObject({ code: "file-not-found", place: { file: path } });
    await expect(readBytes(join(await put("plain", "x"), "below"))).rejects.toMatchObject({ code: "file-not-found" });
  });

  it("says that a directory is no file", async () => {
    await expect(readBytes(folder)).rejects.toMatchObject({
      code: "file-unreadable",
      message: expect.stringContaining("directory"),
    });
  });
});

describe("readText", () => {
  it("reads UTF-8 as it stands, gzip by content and not by name", async () => {
    const text = "\uFEFFβ-thalassaemia\r\n😀\u0000".replace("\u0000", "");
    expect(await readText(await put("plain.gz", text))).toBe(text);
    expect(await readText(await put("zipped.txt", gzipSync(text)))).toBe(text);
    expect(await readText(await put("zipped.txt", gzipSync(text)), { stripBom: true })).toBe(text.slice(1));
    expect(await readText(await put("empty", ""))).toBe("");
  });

  it.each([
    ["", "the file is empty"],
    ["\uFEFF \r\n\u00A0", "the file holds only white space"],
  ])("refuses %j where content is needed", async (text, message) => {
    const path = await put("void", text);
    await expect(readText(path, { requireContent: true })).rejects.toMatchObject({ code: "input-empty", message });
  });

  it.each([
    ["NUL bytes", Buffer.from("BM\u0000\u0000abc")],
    ["control characters", Uint8Array.from({ length: 50 }, (_, i) => (i % 4 === 0 ? 1 : 65))],
    ["a PDF's signature", Buffer.from("%PDF-1.7\nabc")],
  ])("takes %s for a binary file", async (_, bytes) => {
    const path = await put("binary", bytes);
    await expect(readText(path)).rejects.toMatchObject({ code: "input-binary", place: { file: path } });
  });

  it("lets a few control characters pass", async () => {
    const text = "page one\fpage two \u001b[1m and \u0001 then a long enough tail";
    expect(await readText(await put("terminal", text))).toBe(text);
  });

  it("gives line and byte offset of what is not UTF-8", async () => {
    const path = await put("latin", Buffer.concat([Buffer.from("é\nna"), Buffer.from([0xef]), Buffer.from("ve\n")]));
    await expect(readText(path)).rejects.toMatchObject({
      code: "input-encoding",
      message: "not UTF-8: byte 0xef at byte offset 5",
      place: { file: path, line: 2 },
    });
  });

  it("calls UTF-16 by its name", async () => {
    const path = await put("wide", Buffer.from("\uFEFFabc", "utf16le"));
    await expect(readText(path)).rejects.toMatchObject({
      code: "input-encoding",
      message: expect.stringContaining("UTF-16"),
    });
  });

  it("refuses more than maxBytes, zipped or not, without unzipping it all", async () => {
    const long = "a".repeat(10_000);
    for (const content of [long, gzipSync(long)]) {
      const path = await put("long", content);
      await expect(readText(path, { maxBytes: 9_999 })).rejects.toMatchObject({ code: "input-too-large" });
      expect(await readText(path, { maxBytes: 10_000 })).toBe(long);
    }
  });

  it("notices a truncated gzip file", async () => {
    const path = await put("cut.gz", gzipSync("some text that is long enough").subarray(0, 25));
    await expect(readText(path)).rejects.toMatchObject({
      code: "input-format",
      message: expect.stringContaining("gzip"),
    });
  });
});

it("finds the first broken byte where the standard decoder finds its first replacement", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 4 }).map((text) => [...Buffer.from(text.replaceAll("\uFFFD", "_"))]),
    fc.array(fc.integer({ min: 0x80, max: 0xff }), { maxLength: 3 }),
    fc.constantFrom([0xed, 0xa0, 0x80], [0xe0, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf], [0xe2, 0x82]),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      // Control characters and a leading UTF-16 mark have errors of their own.
      const bytes = Uint8Array.from([65, ...pieces.flat().filter((byte) => byte >= 0x20 && byte !== 0x7f)]);
      const lenient = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      const replacement = lenient.indexOf("\uFFFD");
      const broken = !Buffer.from(lenient).equals(bytes);
      const expected = broken ? `offset ${Buffer.byteLength(lenient.slice(0, replacement))}` : lenient;
      expect(textOrMessage(bytes).endsWith(expected)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it("reports a file without read permission as unreadable, or reads it as the superuser may", async () => {
  const locked = await put("locked", "x");
  await chmod(locked, 0);
  const outcome = await readText(locked).catch((error: { code: string }) => error.code);
  expect(outcome).toBe(process.getuid?.() === 0 ? "x" : "file-unreadable");
});
