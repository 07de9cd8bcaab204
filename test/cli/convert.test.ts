// `biobert convert`: which files it writes, what it refuses, and that nothing is left half written.

import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run } from "./harness.ts";

async function modelDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "convert-"));
  const model = join(directory, "model");
  await mkdir(model);
  const manifest = { formatVersion: 1, heads: [{ name: "classifier", task: "ner", labels: ["O", "B-Disease"] }] };
  await writeFile(join(model, "config.json"), JSON.stringify({ id2label: { 0: "O", 1: "B-Disease" } }));
  await writeFile(join(model, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
  await writeFile(join(model, "tokenizer_config.json"), JSON.stringify({ do_lower_case: true }));
  await writeFile(join(model, "biobert.json"), JSON.stringify(manifest));
  await writeFile(join(model, "model.safetensors"), "weights");
  return directory;
}

it("writes the settings, the manifest and the ONNX files asked for, and no float weights", async () => {
  const directory = await modelDirectory();
  const [from, to] = [join(directory, "model"), join(directory, "out")];
  const result = await run([
    "convert",
    from,
    to,
    "--to",
    "onnx",
    "--precision",
    "fp32",
    "int8",
    "--name",
    "mine",
    "--corpus",
    "written",
  ]);
  expect(result.err).toBe("");
  expect(result.code).toBe(0);
  expect((await readdir(to, { recursive: true })).sort()).toEqual([
    "biobert.json",
    "config.json",
    "onnx",
    "onnx/model.onnx",
    "onnx/model_quantized.onnx",
    "tokenizer_config.json",
    "vocab.txt",
  ]);
  expect(await readFile(join(to, "onnx/model_quantized.onnx"), "utf8")).toBe(`int8 of ${from}`);
  expect(JSON.parse(await readFile(join(to, "biobert.json"), "utf8"))).toEqual({
    formatVersion: 1,
    name: "mine",
    heads: [{ name: "classifier", task: "ner", labels: ["O", "B-Disease"], corpus: "written" }],
  });
  expect(result.out).toContain("onnx/model_quantized.onnx");
});

it.each(["safetensors", "torch", "tensorflow"])("writes weights as %s, with settings that say the casing", async (format) => {
  const directory = await modelDirectory();
  const [from, to] = [join(directory, "model"), join(directory, "out")];
  await rm(join(from, "tokenizer_config.json"));
  const result = await run(["convert", from, to, "--to", format]);
  expect(result.code).toBe(0);
  expect(result.err).toContain("warning[casing-from-vocabulary]");
  expect((await readdir(to)).sort()).toEqual(["biobert.json", "config.json", `${format}.weights`, "tokenizer_config.json", "vocab.txt"].sort());
  expect(await readFile(join(to, `${format}.weights`), "utf8")).toBe(`${format} of ${from}`);
  expect(JSON.parse(await readFile(join(to, "tokenizer_config.json"), "utf8"))).toEqual({ do_lower_case: true });
});

it("refuses a target that has files, the source as target, and a source that is no model", async () => {
  const directory = await modelDirectory();
  const from = join(directory, "model");
  const full = join(directory, "full");
  await mkdir(full);
  await writeFile(join(full, "mine.txt"), "keep");
  const occupied = await run(["convert", from, full, "--to", "onnx"]);
  expect(occupied.code).toBe(1);
  expect(occupied.err).toContain("file-exists");
  expect(await readdir(full)).toEqual(["mine.txt"]);
  expect((await run(["convert", from, from, "--to", "onnx"])).code).toBe(2);
  const missing = await run(["convert", join(directory, "nothing"), join(directory, "out"), "--to", "onnx"]);
  expect(missing.code).toBe(1);
  expect(missing.err).toContain("model-missing");
  expect((await run(["convert", from, join(directory, "out")])).code).toBe(2);
});
