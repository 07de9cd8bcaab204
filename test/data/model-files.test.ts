// A model directory's files: what is read, what may be missing, and how what is wrong is named.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureDirectory, isSameDirectory, readModelFiles, readTensors, removeFile } from "../../src/data/index.ts";
import { encodeSafetensors } from "../../src/formats/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biobert-files-"));
  write("config.json", '{"hidden_size": 8}');
  write("vocab.txt", "[PAD]\né\n");
  write("model.safetensors", "whatever");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

it("reads the small files and finds the large ones", async () => {
  expect(await readModelFiles(folder)).toEqual({
    directory: folder,
    config: { hidden_size: 8 },
    vocabulary: "[PAD]\né\n",
    lowerCase: undefined,
    tokenizerConfig: {},
    manifest: undefined,
    weightsPath: join(folder, "model.safetensors"),
    quantizedPath: undefined,
  });
  const manifest = { formatVersion: 1, name: "n", heads: [{ name: "c", task: "ner", labels: ["O"] }] };
  write("biobert.json", `\ufeff${JSON.stringify(manifest)}`);
  write("tokenizer_config.json", '{"do_lower_case": false}');
  mkdirSync(join(folder, "onnx"));
  write("onnx/model_quantized.onnx", "whatever");
  rmSync(join(folder, "model.safetensors"));
  expect(await readModelFiles(folder)).toMatchObject({
    lowerCase: false,
    tokenizerConfig: { do_lower_case: false },
    manifest,
    weightsPath: undefined,
    quantizedPath: join(folder, "onnx", "model_quantized.onnx"),
  });
});

it("keeps a byte-order mark that is a vocabulary's own", async () => {
  write("vocab.txt", "\ufeff\n[PAD]\n");
  expect((await readModelFiles(folder)).vocabulary).toBe("\ufeff\n[PAD]\n");
});

it.each(["config.json", "vocab.txt"])("needs %s, as a file", async (name) => {
  rmSync(join(folder, name));
  await expect(readModelFiles(folder)).rejects.toMatchObject({
    code: "model-missing",
    message: `the model directory has no ${name}`,
    place: { file: folder },
  });
  mkdirSync(join(folder, name));
  await expect(readModelFiles(folder)).rejects.toMatchObject({ code: "model-missing" });
});

it("needs weights of some kind", async () => {
  rmSync(join(folder, "model.safetensors"));
  await expect(readModelFiles(folder)).rejects.toMatchObject({ code: "model-missing" });
});

it("tells a file and nothing at all from a directory", async () => {
  const file = join(folder, "vocab.txt");
  await expect(readModelFiles(file)).rejects.toMatchObject({ code: "model-missing", message: /this is a file/ });
  await expect(readModelFiles(join(folder, "no"))).rejects.toMatchObject({
    code: "model-missing",
    message: /no model/,
  });
});

it.each(["config.json", "tokenizer_config.json", "biobert.json"])(
  "refuses a %s that is no JSON object",
  async (name) => {
    for (const text of ["", "{", "[1]", "null", "3"]) {
      write(name, text);
      await expect(readModelFiles(folder), `with ${text}`).rejects.toMatchObject({
        code: "model-config",
        place: { file: join(folder, name) },
      });
    }
  },
);

it("refuses a manifest of another version or with a head it cannot read", async () => {
  const head = { name: "c", task: "ner", labels: ["O"] };
  for (const manifest of [
    {},
    { formatVersion: 2, heads: [head] },
    { formatVersion: 1, heads: head },
    { formatVersion: 1, heads: [null] },
    { formatVersion: 1, heads: [{ ...head, task: "qa" }] },
    { formatVersion: 1, heads: [{ ...head, labels: ["O", 1] }] },
    { formatVersion: 1, heads: [{ ...head, labels: "O" }] },
  ]) {
    write("biobert.json", JSON.stringify(manifest));
    await expect(readModelFiles(folder), `with ${JSON.stringify(manifest)}`).rejects.toMatchObject({
      code: "model-config",
      place: { file: join(folder, "biobert.json") },
    });
  }
});

it("refuses small files that are not text", async () => {
  write("config.json", Uint8Array.of(0, 1, 2, 3));
  await expect(readModelFiles(folder)).rejects.toMatchObject({ code: "input-binary" });
  write("config.json", Uint8Array.of(0x7b, 0xff, 0x7d));
  await expect(readModelFiles(folder)).rejects.toMatchObject({ code: "input-encoding" });
});

it("reads tensors, and names the file that is damaged or gone", async () => {
  const path = join(folder, "model.safetensors");
  await expect(readTensors(path)).rejects.toMatchObject({ code: "model-damaged", place: { file: path } });
  const tensor = { dtype: "float32" as const, dims: [2], data: Float32Array.of(1, -2) };
  write("model.safetensors", Buffer.concat([...encodeSafetensors(new Map([["t", tensor]]), { format: "pt" })]));
  const { tensors, metadata } = await readTensors(path);
  expect([...tensors]).toEqual([["t", tensor]]);
  expect(metadata).toEqual({ format: "pt" });
  await expect(readTensors(join(folder, "no"))).rejects.toMatchObject({ code: "file-not-found" });
});

it("makes directories and removes files, once and again", async () => {
  const deep = join(folder, "a", "b");
  for (let i = 0; i < 2; i++) await ensureDirectory(deep);
  writeFileSync(join(deep, "f"), "");
  for (let i = 0; i < 2; i++) await removeFile(join(deep, "f"));
  expect(await readTensors(join(deep, "f")).catch((error: { code: string }) => error.code)).toBe("file-not-found");
  await expect(ensureDirectory(join(folder, "vocab.txt", "a"))).rejects.toMatchObject({ code: "file-unwritable" });
  await expect(removeFile(deep)).rejects.toMatchObject({ code: "file-unwritable" });
  expect(await isSameDirectory(deep, join(folder, ".", "a", "b", "..", "b"))).toBe(true);
  expect(await isSameDirectory(deep, folder)).toBe(false);
  expect(await isSameDirectory(join(folder, "x"), join(folder, "x"))).toBe(false);
});
