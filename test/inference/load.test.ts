// Loading a model directory: what it gives is the model that the files hold, and every kind of damage has its code.

import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadParameters, parseBertConfig, tokenClassifierForInference } from "../../src/bert/index.ts";
import { BiobertError, hash32, type Warning } from "../../src/core/index.ts";
import { readTensors } from "../../src/data/index.ts";
import { encodeSafetensors } from "../../src/formats/index.ts";
import { encodeOnnx, Graph, interpret, negate, type Feed } from "../../src/graph/index.ts";
import { exportOnnx, loadModel, type LoadModelOptions, type TokenBatch } from "../../src/inference/index.ts";
import { temporaryFolder, writeTinyModel } from "../support/tiny-model.ts";

const LABELS = ["O", "B-Disease", "I-Disease"];
const folder = temporaryFolder("load");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let sound: string;
beforeAll(async () => {
  sound = await writeTinyModel(join(folder, "sound"), LABELS, { config: { num_hidden_layers: 1 } });
  mkdirSync(join(sound, "onnx"));
  writeFileSync(join(sound, "onnx", "model_quantized.onnx"), await exportOnnx(sound, "int8"));
});

let copies = 0;
/** A copy of the sound model with something done to it. */
function spoilt(spoil: (directory: string) => void): string {
  const directory = join(folder, `copy-${copies++}`);
  cpSync(sound, directory, { recursive: true });
  spoil(directory);
  return directory;
}

async function failureOf(directory: string, options?: LoadModelOptions): Promise<BiobertError> {
  const model = await loadModel(directory, { threads: 1, ...options }).catch((error: unknown) => error);
  if (model instanceof BiobertError) return model;
  throw new Error(`loaded, or failed without a code: ${String(model)}`);
}

function editConfig(directory: string, change: (config: Record<string, unknown>) => void): void {
  const path = join(directory, "config.json");
  const config = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  change(config);
  writeFileSync(path, JSON.stringify(config));
}

/** Two rows, one of them padded. */
function someBatch(vocabulary: number): TokenBatch {
  const ids = (row: number, length: number): number[] =>
    Array.from({ length }, (_, i) => 5 + (hash32(row, i) % (vocabulary - 5)));
  return {
    inputIds: Int32Array.from([2, ...ids(1, 7), 3, 2, ...ids(2, 4), 3, 0, 0, 0]),
    attentionMask: Int32Array.from([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]),
    batch: 2,
    sequence: 9,
  };
}

describe("a loaded model", () => {
  it("computes in fp32 what the float64 interpreter computes of its graph and weights", async () => {
    const model = await loadModel(sound, { precision: "fp32", threads: 1 });
    const batch = someBatch(model.tokenizer.vocabulary.size);
    const found = Float32Array.from(await model.run(batch));
    await model.dispose();

    const config = parseBertConfig(JSON.parse(readFileSync(join(sound, "config.json"), "utf8")));
    const { graph, parameters } = tokenClassifierForInference(config, LABELS.length);
    const weights = loadParameters(parameters, (await readTensors(join(sound, "model.safetensors"))).tensors);
    const dims = [batch.batch, batch.sequence];
    const feeds: Record<string, Feed> = {
      input_ids: { dims, data: Float64Array.from(batch.inputIds) },
      attention_mask: { dims, data: Float64Array.from(batch.attentionMask) },
      token_type_ids: { dims, data: new Float64Array(18) },
    };
    for (const [name, { dims: shape, data }] of weights) {
      feeds[name] = { dims: shape, data: Float64Array.from(data as Float32Array) };
    }
    const exact = interpret(graph, feeds)["logits"]!.data;
    expect(found).toHaveLength(exact.length);
    expect(Math.max(...found) - Math.min(...found), "the logits differ among themselves").toBeGreaterThan(0.1);
    found.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThan(1e-5));
  });

  it("says what it is", async () => {
    const [int8, fp32] = [await loadModel(sound), await loadModel(`${sound}/`, { precision: "fp32" })];
    expect(int8.labels).toEqual(LABELS);
    expect(int8.maxPieces).toBe(64);
    expect(int8.info).toMatchObject({ name: "sound", precision: "int8", weightsFile: "onnx/model_quantized.onnx" });
    expect(fp32.info).toMatchObject({ name: "sound", precision: "fp32", weightsFile: "model.safetensors" });
    const { tensors } = await readTensors(join(sound, "model.safetensors"));
    const count = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect([int8.info.parameters, fp32.info.parameters]).toEqual([count, count]);
    expect(fp32.info.heads).toEqual([{ name: "classifier", task: "ner", labels: LABELS }]);
    await Promise.all([int8.dispose(), fp32.dispose()]);
  });

  it("runs in fp32 where there is no quantised file, without manifest, and from a directory of a quantised file alone", async () => {
    const plain = spoilt((directory) => {
      rmSync(join(directory, "onnx"), { recursive: true });
      rmSync(join(directory, "biobert.json"));
    });
    const small = spoilt((directory) => rmSync(join(directory, "model.safetensors")));
    for (const [directory, precision] of [
      [plain, "fp32"],
      [small, "int8"],
    ] as const) {
      const model = await loadModel(directory, { threads: 1 });
      expect(model.info.precision).toBe(precision);
      expect(await model.run(someBatch(model.tokenizer.vocabulary.size))).toHaveLength(2 * 9 * 3);
      await model.dispose();
    }
  });
});

describe("an ONNX file in half precision", () => {
  it("is nearly the model, in half the bytes; it is asked for as fp16, or runs where there is nothing else", async () => {
    const bytes = await exportOnnx(sound, "fp16");
    expect(bytes.length / (await exportOnnx(sound, "fp32")).length).toBeLessThan(0.6);
    const beside = spoilt((directory) => writeFileSync(join(directory, "onnx", "model_fp16.onnx"), bytes));
    const alone = spoilt((directory) => {
      rmSync(join(directory, "model.safetensors"));
      rmSync(join(directory, "onnx", "model_quantized.onnx"));
      writeFileSync(join(directory, "onnx", "model_fp16.onnx"), bytes);
    });
    const logits: Float32Array[] = [];
    for (const [directory, precision, ran] of [
      [beside, "fp32", "fp32"],
      [beside, "fp16", "fp16"],
      [alone, "auto", "fp16"],
    ] as const) {
      const model = await loadModel(directory, { precision, threads: 1 });
      expect(model.info.precision).toBe(ran);
      if (ran === "fp16") expect(model.info.weightsFile).toBe("onnx/model_fp16.onnx");
      logits.push(Float32Array.from(await model.run(someBatch(model.tokenizer.vocabulary.size))));
      await model.dispose();
    }
    expect(logits[2]).toEqual(logits[1]);
    const apart = Math.max(...logits[0]!.map((value, i) => Math.abs(value - logits[1]![i]!)));
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThan(5e-3);
    expect(await failureOf(sound, { precision: "fp16" })).toMatchObject({
      code: "model-missing",
      hint: expect.stringContaining("--precision fp16"),
    });
  });
});

describe("a device that is not there", () => {
  it("is what the error says, whichever weights were to run: the files are not called damaged", async () => {
    const exported = await exportOnnx(sound, "fp32");
    const alone = spoilt((directory) => {
      rmSync(join(directory, "model.safetensors"));
      writeFileSync(join(directory, "onnx", "model.onnx"), exported);
    });
    // ONNX Runtime's npm package comes without CUDA, and this project's settings do not download it.
    for (const directory of [sound, alone])
      expect((await failureOf(directory, { device: "cuda" })).code).toBe("device-unavailable");
  });
});

describe("an ONNX file in full precision", () => {
  it("runs where there is no model.safetensors, to the same bits, and is asked for as fp32", async () => {
    const exported = await exportOnnx(sound, "fp32");
    const alone = spoilt((directory) => {
      rmSync(join(directory, "model.safetensors"));
      rmSync(join(directory, "onnx", "model_quantized.onnx"));
      writeFileSync(join(directory, "onnx", "model.onnx"), exported);
    });
    const models = [
      await loadModel(sound, { precision: "fp32", threads: 1 }),
      await loadModel(alone, { threads: 1 }),
      await loadModel(alone, { precision: "fp32", threads: 1 }),
    ];
    const batch = someBatch(models[0]!.tokenizer.vocabulary.size);
    const logits: Float32Array[] = [];
    for (const model of models) {
      logits.push(Float32Array.from(await model.run(batch)));
      await model.dispose();
    }
    expect(logits[1]).toEqual(logits[0]);
    expect(logits[2]).toEqual(logits[0]);
    expect(models[1]!.info).toMatchObject({ precision: "fp32", weightsFile: "onnx/model.onnx" });
    expect((await failureOf(alone, { precision: "int8" })).message).toContain("onnx/model_quantized.onnx");
  });

  it("comes after the quantised file, and after model.safetensors", async () => {
    const all = spoilt((directory) => writeFileSync(join(directory, "onnx", "model.onnx"), "not read"));
    for (const [precision, file] of [
      ["auto", "onnx/model_quantized.onnx"],
      ["fp32", "model.safetensors"],
    ] as const) {
      const model = await loadModel(all, { precision, threads: 1 });
      expect(model.info.weightsFile).toBe(file);
      await model.dispose();
    }
  });

  it("is told as damaged, and where", async () => {
    const garbage = spoilt((directory) => {
      rmSync(join(directory, "model.safetensors"));
      rmSync(join(directory, "onnx", "model_quantized.onnx"));
      writeFileSync(join(directory, "onnx", "model.onnx"), "no protobuf at all ".repeat(50));
    });
    const error = await failureOf(garbage);
    expect(error.code).toBe("model-damaged");
    expect(error.place.file).toMatch(/model\.onnx$/);
  });
});

describe("what is not there", () => {
  it("is the directory", async () => {
    expect(await failureOf(join(folder, "nowhere"))).toMatchObject({ code: "model-missing" });
    expect(await failureOf(join(sound, "config.json"))).toMatchObject({ code: "model-missing" });
  });

  it.each(["config.json", "vocab.txt"])("is %s, which the error names", async (name) => {
    const bare = spoilt((directory) => {
      for (const file of [name, "tokenizer.json"]) rmSync(join(directory, file));
    });
    const error = await failureOf(bare);
    expect(error.code).toBe("model-missing");
    expect(error.message).toContain(name);
  });

  it("is vocab.txt or the tokenizer's case, where tokenizer.json has them", async () => {
    for (const name of ["vocab.txt", "tokenizer_config.json"]) {
      const warnings: Warning[] = [];
      const directory = spoilt((each) => rmSync(join(each, name)));
      const models = [
        await loadModel(sound, { threads: 1 }),
        await loadModel(directory, { threads: 1, warn: (warning) => warnings.push(warning) }),
      ];
      expect(models[1]!.tokenizer.vocabulary.pieces).toEqual(models[0]!.tokenizer.vocabulary.pieces);
      expect(models[1]!.tokenizer.options).toMatchObject({ lowerCase: true });
      expect(warnings).toEqual([]);
      for (const model of models) await model.dispose();
    }
  });

  it("is the tokenizer's case, which is read from the vocabulary and said", async () => {
    const without = spoilt((directory) => rmSync(join(directory, "tokenizer_config.json")));
    const silent = spoilt((directory) => writeFileSync(join(directory, "tokenizer_config.json"), "{}"));
    for (const directory of [without, silent]) rmSync(join(directory, "tokenizer.json"));
    for (const directory of [without, silent]) {
      const warnings: Warning[] = [];
      const model = await loadModel(directory, { threads: 1, warn: (warning) => warnings.push(warning) });
      expect(warnings.map(({ code }) => code)).toEqual(["casing-from-vocabulary"]);
      expect(model.tokenizer.options.lowerCase).toBe(true);
      await model.dispose();
    }
    const unclear = spoilt((directory) =>
      writeFileSync(join(directory, "tokenizer_config.json"), '{"do_lower_case": "no"}'),
    );
    const error = await failureOf(unclear);
    expect(error.code).toBe("model-config");
    expect(error.message).toContain("do_lower_case");
  });

  it("is the weights: all, or those of the precision asked for", async () => {
    const none = spoilt((directory) => {
      rmSync(join(directory, "onnx"), { recursive: true });
      rmSync(join(directory, "model.safetensors"));
    });
    expect((await failureOf(none)).code).toBe("model-missing");
    const small = spoilt((directory) => rmSync(join(directory, "model.safetensors")));
    const large = spoilt((directory) => rmSync(join(directory, "onnx"), { recursive: true }));
    for (const [directory, precision, file] of [
      [small, "fp32", "model.safetensors"],
      [large, "int8", "model_quantized.onnx"],
    ] as const) {
      const error = await failureOf(directory, { precision });
      expect(error.code).toBe("model-missing");
      expect(error.message).toContain(file);
    }
  });

  it.each<[string, unknown]>([
    ["absent", undefined],
    ["null", null],
    ["empty", {}],
    ["a string", "OBI"],
    ["with a hole", { 0: "O", 2: "B-Disease" }],
    ["with two names of one id", { 0: "O", "00": "B-Disease" }],
    ["with an empty id", { 0: "O", "": "B-Disease" }],
    ["with a negative id", { 0: "O", "-1": "B-Disease" }],
    ["with a fraction", { 0: "O", "0.5": "B-Disease" }],
    ["with words for ids", { O: "O", NaN: "B-Disease" }],
    ["with a number for a label", { 0: "O", 1: 7 }],
  ])("is a head: id2label is %s", async (_how, id2label) => {
    const error = await failureOf(
      spoilt((directory) => editConfig(directory, (config) => void (config["id2label"] = id2label))),
    );
    expect(error.code).toBe("model-task");
  });
});

describe("what is damaged", () => {
  const weights = (directory: string): string => join(directory, "model.safetensors");

  it("is config.json", async () => {
    for (const text of ["", "{", "[]", "null", '"bert"']) {
      const error = await failureOf(spoilt((directory) => writeFileSync(join(directory, "config.json"), text)));
      expect(error.code, `with ${text}`).toBe("model-config");
      expect(error.place.file, `with ${text}`).toMatch(/config\.json$/);
    }
    const other = spoilt((directory) => editConfig(directory, (config) => void (config["hidden_size"] = 33)));
    expect((await failureOf(other)).code).toBe("model-config");
  });

  it("is the manifest", async () => {
    for (const text of ["{}", '{"formatVersion":2,"heads":[]}', '{"formatVersion":1,"heads":[null]}', "no"]) {
      const error = await failureOf(spoilt((directory) => writeFileSync(join(directory, "biobert.json"), text)));
      expect(error, `with ${text}`).toMatchObject({ code: "model-config" });
      expect(error.place.file, `with ${text}`).toMatch(/biobert\.json$/);
    }
  });

  it("is a manifest with other labels than config.json, in another order or number, for a run and for an export", async () => {
    for (const labels of [
      ["O", "I-Disease", "B-Disease"],
      ["O", "B-Disease"],
      ["O", "B-Gene", "I-Gene"],
    ]) {
      const manifest = { formatVersion: 1, heads: [{ name: "classifier", task: "ner", labels }] };
      const other = spoilt((path) => writeFileSync(join(path, "biobert.json"), JSON.stringify(manifest)));
      const error = await failureOf(other);
      expect(error.code).toBe("model-config");
      expect(error.message).toContain(`${labels.join(", ")} here, but ${LABELS.join(", ")} in id2label`);
      expect(error.place.file).toMatch(/biobert\.json$/);
      await expect(exportOnnx(other, "int8")).rejects.toMatchObject({ code: "model-config" });
    }
  });

  it("is the vocabulary: of another size, without special tokens, not text", async () => {
    for (const [text, code] of [
      [`${readFileSync(join(sound, "vocab.txt"), "utf8")}more\n`, "model-vocabulary"],
      [readFileSync(join(sound, "vocab.txt"), "utf8").replace("[SEP]", "[SAP]"), "model-vocabulary"],
      ["", "model-vocabulary"],
      ["\0\u0001\u0002", "input-binary"],
    ] as const) {
      expect((await failureOf(spoilt((directory) => writeFileSync(join(directory, "vocab.txt"), text)))).code).toBe(
        code,
      );
    }
  });

  it("is model.safetensors, truncated anywhere", async () => {
    const size = readFileSync(weights(sound)).length;
    for (const length of [0, 7, 100, size >> 1, size - 1]) {
      const error = await failureOf(
        spoilt((directory) => truncateSync(weights(directory), length)),
        { precision: "fp32" },
      );
      expect(error.code, `${length} bytes`).toBe("model-damaged");
      expect(error.place.file).toMatch(/model\.safetensors$/);
    }
  });

  it("is one weight that is not a number, one tensor that is missing, one of another shape", async () => {
    const { tensors, metadata } = await readTensors(weights(sound));
    const name = "bert.encoder.layer.0.output.dense.weight";
    const write = (directory: string, changed: typeof tensors): void =>
      writeFileSync(weights(directory), Buffer.concat([...encodeSafetensors(changed, metadata)]));
    const tensor = tensors.get(name)!;
    const data = Float32Array.from(tensor.data as Float32Array);
    data[5] = Number.NaN;
    const cases = [
      ["model-damaged", new Map([...tensors, [name, { ...tensor, data }]])],
      ["model-tensor", new Map([...tensors].filter(([key]) => key !== name))],
      ["model-tensor", new Map([...tensors, [name, { ...tensor, dims: tensor.dims.toReversed() }]])],
    ] as const;
    for (const [code, changed] of cases) {
      const error = await failureOf(
        spoilt((directory) => write(directory, changed)),
        { precision: "fp32" },
      );
      expect(error.code).toBe(code);
      expect(error.describe()).toContain("output.dense.weight");
    }
  });

  it("is the quantised file: empty, garbage, truncated, or another model's", async () => {
    const whole = readFileSync(join(sound, "onnx", "model_quantized.onnx"));
    const other = new Graph("other");
    other.output("y", negate(other.input("x", "float32", ["n"])));
    for (const [what, bytes] of [
      ["empty", Buffer.alloc(0)],
      ["garbage", Buffer.from("no protobuf at all ".repeat(50))],
      ["truncated", whole.subarray(0, whole.length >> 1)],
      ["another model", encodeOnnx(other)],
    ] as const) {
      const directory = spoilt((path) => writeFileSync(join(path, "onnx", "model_quantized.onnx"), bytes));
      const error = await failureOf(directory);
      expect(error, `with ${what}`).toMatchObject({ code: "model-damaged" });
      expect(error.place.file, `with ${what}`).toMatch(/model_quantized\.onnx$/);
      const model = await loadModel(directory, { precision: "fp32" });
      expect(model.info.precision, "the other weights still run").toBe("fp32");
      await model.dispose();
    }
  });

  it("is not a directory whose name has changed", async () => {
    const moved = join(folder, "another name, of another place");
    renameSync(
      spoilt(() => undefined),
      moved,
    );
    const model = await loadModel(moved);
    expect(model.info.name).toBe("another name, of another place");
    await model.dispose();
  });
});
