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
    lowerCase: true,
    tokenizerConfig: { do_lower_case: true },
    manifest: undefined,
    weightsPath: join(folder, "model.safetensors"),
    weightsFiles: [join(folder, "model.safetensors")],
    halfPath: undefined,
    quantizedPath: undefined,
    notes: [
      {
        code: "casing-from-vocabulary",
        message: expect.stringContaining("none in upper case"),
        place: { file: folder },
      },
    ],
  });
  const manifest = { formatVersion: 1, name: "n", heads: [{ name: "c", task: "ner", labels: ["O"] }] };
  write("biobert.json", `\ufeff${JSON.stringify(manifest)}`);
  write("tokenizer_config.json", '{"do_lower_case": false}');
  mkdirSync(join(folder, "onnx"));
  write("onnx/model_quantized.onnx", "whatever");
  write("onnx/model_fp16.onnx", "whatever");
  rmSync(join(folder, "model.safetensors"));
  expect(await readModelFiles(folder)).toMatchObject({
    lowerCase: false,
    tokenizerConfig: { do_lower_case: false },
    manifest,
    weightsPath: undefined,
    halfPath: join(folder, "onnx", "model_fp16.onnx"),
    quantizedPath: join(folder, "onnx", "model_quantized.onnx"),
  });
});

it.each([
  [["the", "gene", "##s", "[UNK]", "BRCA"], false],
  [["the", "gene", "##s", "[UNK]", "[MASK]", "3", "β"], true],
  [[...Array.from({ length: 200 }, (_, i) => `piece${String.fromCharCode(97 + (i % 26))}`), "A"], true],
])("reads from the vocabulary what no file says, and says so: %#", async (pieces, lowerCase) => {
  write("vocab.txt", `${pieces.join("\n")}\n`);
  for (const silent of [undefined, "{}"]) {
    if (silent !== undefined) write("tokenizer_config.json", silent);
    const files = await readModelFiles(folder);
    expect(files).toMatchObject({ lowerCase, tokenizerConfig: { do_lower_case: lowerCase } });
    expect(files.notes.map(({ code }) => code)).toEqual(["casing-from-vocabulary"]);
  }
  write("tokenizer_config.json", JSON.stringify({ do_lower_case: !lowerCase }));
  expect(await readModelFiles(folder)).toMatchObject({ lowerCase: !lowerCase, notes: [] });
});

it("reads vocabulary and casing of a tokenizer.json, in the order of its ids", async () => {
  rmSync(join(folder, "vocab.txt"));
  const model = { type: "WordPiece", vocab: { Gene: 2, "[PAD]": 0, "##s": 1 } };
  const normalizer = { type: "BertNormalizer", lowercase: true, strip_accents: null, handle_chinese_chars: false };
  write("tokenizer.json", JSON.stringify({ model, normalizer }));
  expect(await readModelFiles(folder)).toMatchObject({
    vocabulary: "[PAD]\n##s\nGene\n",
    tokenizerConfig: { do_lower_case: true, tokenize_chinese_chars: false },
    notes: [],
  });
  for (const vocab of [{ a: 0, b: 2 }, { a: 0, b: 0 }, { a: -1 }, { a: 0.5 }, { "a\nb": 0 }, { a: "0" }]) {
    write("tokenizer.json", JSON.stringify({ model: { type: "WordPiece", vocab } }));
    await expect(readModelFiles(folder), `with ${JSON.stringify(vocab)}`).rejects.toMatchObject({
      code: "model-vocabulary",
    });
  }
  write("tokenizer.json", JSON.stringify({ model: { type: "BPE", vocab: { a: 0 } } }));
  await expect(readModelFiles(folder)).rejects.toMatchObject({ code: "model-vocabulary" });
});

it("finds settings under names of their own by what they hold", async () => {
  rmSync(join(folder, "config.json"));
  rmSync(join(folder, "vocab.txt"));
  write("bert_config_large.json", '{"hidden_size": 8, "num_hidden_layers": 2}');
  write("other.json", '{"hidden": 8}');
  write("vocab_58k.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nGene\n");
  write("notes.txt", "nothing of the kind\n");
  expect(await readModelFiles(folder)).toMatchObject({
    config: { num_hidden_layers: 2 },
    vocabulary: "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nGene\n",
    lowerCase: false,
  });
  write("bert_config_base.json", '{"hidden_size": 8, "num_hidden_layers": 2}');
  await expect(readModelFiles(folder)).rejects.toMatchObject({
    code: "model-missing",
    message: expect.stringContaining("bert_config_base.json"),
  });
});

it("refuses JSON nested without end", async () => {
  write("config.json", `{"num_hidden_layers": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
  await expect(readModelFiles(folder)).rejects.toMatchObject({
    code: "model-config",
    message: expect.stringContaining("nested"),
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
  await expect(readModelFiles(file)).rejects.toMatchObject({
    code: "model-missing",
    message: /this file holds no weights/,
  });
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
    { formatVersion: 1, heads: [{ ...head, task: 7 }] },
    { formatVersion: 1, heads: [head, head] },
    { formatVersion: 1, heads: [{ ...head, options: [] }] },
    { formatVersion: 1, heads: [{ ...head, maxLength: 0 }] },
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
