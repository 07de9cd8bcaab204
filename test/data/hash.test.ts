// Hashes of content: published values of SHA-256, and files as one stream.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { exists, sha256, sha256OfFiles } from "../../src/data/index.ts";

const folder = mkdtempSync(join(tmpdir(), "biobert-hash-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The examples of FIPS 180-4's publication.
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

it("gives the published values, of text as of its UTF-8 bytes", () => {
  expect(sha256("")).toBe(EMPTY);
  expect(sha256("abc")).toBe(ABC);
  expect(sha256(Uint8Array.of(0x61, 0x62, 0x63))).toBe(ABC);
  expect(sha256("β😀")).toBe(sha256(new TextEncoder().encode("β😀")));
});

it("hashes files one after another, in the order given, larger than one chunk too", async () => {
  const paths = ["a", "b"].map((name) => join(folder, name));
  writeFileSync(paths[0]!, "ab");
  writeFileSync(paths[1]!, "c");
  expect(await sha256OfFiles(paths)).toBe(ABC);
  expect(await sha256OfFiles(paths.toReversed())).toBe(sha256("cab"));
  expect(await sha256OfFiles([])).toBe(EMPTY);
  const large = Buffer.alloc(300_000, "0123456789");
  writeFileSync(join(folder, "large"), large);
  expect(await sha256OfFiles([join(folder, "large")])).toBe(sha256(large));
});

it("names a file that is not there, and one that is a directory", async () => {
  const gone = join(folder, "gone");
  await expect(sha256OfFiles([gone])).rejects.toMatchObject({ code: "file-not-found", place: { file: gone } });
  await expect(sha256OfFiles([folder])).rejects.toMatchObject({ code: "file-unreadable", place: { file: folder } });
});

it("tells what exists", async () => {
  writeFileSync(join(folder, "here"), "");
  expect(await Promise.all([join(folder, "here"), folder, join(folder, "gone")].map(exists))).toEqual([
    true,
    true,
    false,
  ]);
});
