// `biobert convert`: which files it writes, what it refuses, and that nothing is left half written.

import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lazyRooms } from "../../src/cli/common/rooms.ts";
import { loadModel } from "../../src/inference/index.ts";
import { writeTinyModel } from "../support/tiny-model.ts";
import { fakeRooms, run } from "./harness.ts";

async function modelDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "convert-"));
  const model = join(directory, "model");
  await mkdir(model);
  const manifest = { formatVersion: 1, heads: [{ name: "classifier", task: "ner", labels: ["O", "B-Disease"] }] };
  const sizes = { vocab_size: 5, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 4 };
  const config = { ...sizes, max_position_embeddings: 32, id2label: { 0: "O", 1: "B-Disease" } };
  await writeFile(join(model, "config.json"), JSON.stringify(config));
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
    "fp16",
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
    "onnx/model_fp16.onnx",
    "onnx/model_quantized.onnx",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
  ]);
  const read = async (name: string): Promise<string> => readFile(join(to, name), "utf8");
  expect(JSON.parse(await read("tokenizer_config.json"))).toMatchObject({ do_lower_case: true, model_max_length: 32 });
  expect(JSON.parse(await read("tokenizer.json"))).toMatchObject({ normalizer: { lowercase: true } });
  expect(await readFile(join(to, "onnx/model_quantized.onnx"), "utf8")).toBe(`int8 of ${from}`);
  expect(await readFile(join(to, "onnx/model_fp16.onnx"), "utf8")).toBe(`fp16 of ${from}`);
  expect(JSON.parse(await readFile(join(to, "biobert.json"), "utf8"))).toEqual({
    formatVersion: 1,
    name: "mine",
    heads: [{ name: "classifier", task: "ner", labels: ["O", "B-Disease"], corpus: "written" }],
  });
  expect(result.out).toContain("onnx/model_quantized.onnx");
});

it.each(["safetensors", "torch", "tensorflow"])(
  "writes weights as %s, with settings that say the casing",
  async (format) => {
    const directory = await modelDirectory();
    const [from, to] = [join(directory, "model"), join(directory, "out")];
    await rm(join(from, "tokenizer_config.json"));
    const result = await run(["convert", from, to, "--to", format]);
    expect(result.code).toBe(0);
    expect(result.err).toContain("warning[casing-from-vocabulary]");
    expect((await readdir(to)).sort()).toEqual(
      [
        "biobert.json",
        "config.json",
        "special_tokens_map.json",
        `${format}.weights`,
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
      ].sort(),
    );
    expect(await readFile(join(to, `${format}.weights`), "utf8")).toBe(`${format} of ${from}`);
    expect(JSON.parse(await readFile(join(to, "tokenizer_config.json"), "utf8"))).toMatchObject({
      do_lower_case: true,
    });
    expect(JSON.parse(await readFile(join(to, "tokenizer.json"), "utf8"))).toMatchObject({
      normalizer: { lowercase: true },
    });
  },
);

it("writes a manifest of weights only where there is one or something to say in it", async () => {
  const directory = await modelDirectory();
  const from = join(directory, "model");
  await rm(join(from, "biobert.json"));
  const manifestOf = async (to: string, ...flags: string[]): Promise<unknown> => {
    expect((await run(["convert", from, join(directory, to), "--to", "torch", ...flags])).code).toBe(0);
    const text = await readFile(join(directory, to, "biobert.json"), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  };
  const head = { name: "classifier", task: "ner", labels: ["O", "B-Disease"] };
  expect(await manifestOf("plain")).toBeUndefined();
  expect(await manifestOf("named", "--name", "mine")).toEqual({ formatVersion: 1, name: "mine", heads: [head] });
  const config = JSON.parse(await readFile(join(from, "config.json"), "utf8")) as Record<string, unknown>;
  await writeFile(join(from, "config.json"), JSON.stringify({ ...config, id2label: undefined }));
  expect(await manifestOf("start", "--name", "mine", "--corpus", "PubMed")).toEqual({
    formatVersion: 1,
    name: "mine",
    heads: [],
  });
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
  let exports = 0;
  const inference = async () => {
    exports++;
    return fakeRooms().inference();
  };
  await run(["convert", from, full, "--to", "onnx"], { rooms: { ...fakeRooms(), inference } });
  expect(exports, "the target is looked at before the work").toBe(0);
});

it.each(["safetensors", "torch"])("refuses a precision for %s, which has one alone", async (format) => {
  const directory = await modelDirectory();
  const argv = ["convert", join(directory, "model"), join(directory, "out"), "--to", format, "--precision", "int8"];
  expect(await run(argv)).toMatchObject({ code: 2, out: "", err: expect.stringContaining("--precision") });
  expect(await readdir(directory)).toEqual(["model"]);
});

it("makes the folders above the target, and each file once", async () => {
  const directory = await modelDirectory();
  const to = join(directory, "new", "deep", "out");
  const { code, out } = await run([
    "convert",
    join(directory, "model"),
    to,
    "--to",
    "onnx",
    "--precision",
    "int8",
    "int8",
  ]);
  expect(code).toBe(0);
  expect(out.trim().split("\n")).toHaveLength(1);
  expect(await readdir(join(to, "onnx"))).toEqual(["model_quantized.onnx"]);
});

it.each([["fp32"], ["int8"], ["fp32", "int8"]])("writes a directory that is a model: %s %s", async (...precision) => {
  const directory = await mkdtemp(join(tmpdir(), "convert-"));
  const labels = ["O", "B-Disease", "I-Disease"];
  const from = await writeTinyModel(join(directory, "model"), labels, { config: { num_hidden_layers: 1 } });
  if (precision.length === 1) await rm(join(from, "biobert.json")); // a model of others
  const to = join(directory, "out");
  const argv = ["convert", from, to, "--to", "onnx", "--precision", ...precision.filter((p) => p !== undefined)];
  expect(await run(argv, { rooms: lazyRooms })).toMatchObject({ code: 0, err: "" });
  const model = await loadModel(to, { threads: 1 });
  expect(model.labels).toEqual(labels);
  expect(model.info.precision).toBe(precision.includes("int8") ? "int8" : "fp32");
  await model.dispose();
  const manifest = JSON.parse(await readFile(join(to, "biobert.json"), "utf8")) as unknown;
  expect(manifest).toEqual({ formatVersion: 1, heads: [{ name: "classifier", task: "ner", labels }] });
  await rm(directory, { recursive: true });
});
