// Checkpoints: names both ways over a whole BERT, and every mismatch between a checkpoint and a model by name.

import { describe, expect, it } from "vitest";
import {
  bertEncoder,
  bertPooler,
  exportParameters,
  fromCheckpointName,
  loadParameters,
  maskedLanguageModel,
  modelForTraining,
  nextSentencePrediction,
  parseBertConfig,
  preTraining,
  questionAnswering,
  readParameters,
  tokenClassifierForTraining,
  toHuggingFaceName,
  toTensorFlowName,
} from "../../src/bert/index.ts";
import type { Warning } from "../../src/core/index.ts";
import type { TensorSource } from "../../src/formats/index.ts";
import { Graph } from "../../src/graph/index.ts";
import { ParameterScope } from "../../src/nn/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { counterWeights } from "../support/counter-weights.ts";
import { floats } from "../support/norms.ts";

const config = parseBertConfig({
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 12,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 6,
});

/** The tensors of BertForTokenClassification with a pooler, written out as `state_dict()` lists them. */
const theirs = [
  "bert.embeddings.word_embeddings.weight",
  "bert.embeddings.position_embeddings.weight",
  "bert.embeddings.token_type_embeddings.weight",
  "bert.embeddings.LayerNorm.weight",
  "bert.embeddings.LayerNorm.bias",
  ...Array.from({ length: 12 }, (_, layer) =>
    [
      "attention.self.query.weight",
      "attention.self.query.bias",
      "attention.self.key.weight",
      "attention.self.key.bias",
      "attention.self.value.weight",
      "attention.self.value.bias",
      "attention.output.dense.weight",
      "attention.output.dense.bias",
      "attention.output.LayerNorm.weight",
      "attention.output.LayerNorm.bias",
      "intermediate.dense.weight",
      "intermediate.dense.bias",
      "output.dense.weight",
      "output.dense.bias",
      "output.LayerNorm.weight",
      "output.LayerNorm.bias",
    ].map((part) => `bert.encoder.layer.${layer}.${part}`),
  ).flat(),
  "bert.pooler.dense.weight",
  "bert.pooler.dense.bias",
  "classifier.weight",
  "classifier.bias",
];

describe("names", () => {
  it("go there and back, with and without the prefix, for every tensor of a BERT", () => {
    for (const name of theirs) {
      const ours = fromCheckpointName(name);
      expect(ours, `our name of ${name}`).toBeDefined();
      expect(ours!.transposed).toBe(false);
      expect(toHuggingFaceName(ours!.name)).toBe(name);
      expect(fromCheckpointName(name.replace(/^bert\./, ""))).toEqual(ours);
      const old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
      expect(fromCheckpointName(old)).toEqual(ours);
      const tensorFlow = toTensorFlowName(ours!.name)!;
      for (const form of [tensorFlow.name, tensorFlow.name.replace(/^bert\//, "")]) {
        expect(fromCheckpointName(form), `for ${form}`).toEqual({
          name: ours!.name,
          transposed: tensorFlow.transposed,
        });
      }
    }
    expect(new Set(theirs.map((name) => fromCheckpointName(name)!.name)).size).toBe(theirs.length);
  });

  it.each([
    ["layers.11.feedForward.output.dense.weight", "bert/encoder/layer_11/output/dense/kernel", true],
    ["layers.0.attention.output.norm.bias", "bert/encoder/layer_0/attention/output/LayerNorm/beta", false],
    ["embeddings.word.weight", "bert/embeddings/word_embeddings", false],
    ["pooler.weight", "bert/pooler/dense/kernel", true],
    ["head.classifier.weight", "output_weights", false],
    ["head.span.bias", "cls/squad/output_bias", false],
    ["head.nextSentence.weight", "cls/seq_relationship/output_weights", false],
    ["head.predictions.transform.dense.weight", "cls/predictions/transform/dense/kernel", true],
    ["head.predictions.bias", "cls/predictions/output_bias", false],
  ])("of %s is %s in TensorFlow", (ours, name, transposed) => {
    expect(toTensorFlowName(ours)).toEqual({ name, transposed });
    expect(fromCheckpointName(name)).toEqual({ name: ours, transposed });
  });

  it("cover what the encoder, the pooler and the head declare, and nothing else", () => {
    const graph = new Graph("names");
    const p = new ParameterScope(graph);
    const input = (name: string) => graph.input(name, "int32", ["batch", "sequence"]);
    const inputs = { inputIds: input("ids"), attentionMask: input("mask"), tokenTypeIds: input("types") };
    bertPooler(p, config, bertEncoder(p, config, inputs).at(-1)!);
    const declared = [...p.specs.map(({ name }) => toHuggingFaceName(name)), "classifier.weight", "classifier.bias"];
    expect(declared.sort()).toEqual([...theirs].sort());
  });

  it("go there and back for the heads of pre-training and of answers, as transformers saves them", () => {
    // The decoder's matrix and its bias are those of the embedding table and of `predictions`: not saved twice.
    const heads = {
      [preTraining().name]: [
        "cls.predictions.bias",
        "cls.predictions.transform.LayerNorm.bias",
        "cls.predictions.transform.LayerNorm.weight",
        "cls.predictions.transform.dense.bias",
        "cls.predictions.transform.dense.weight",
        "cls.seq_relationship.bias",
        "cls.seq_relationship.weight",
      ],
      [questionAnswering().name]: ["qa_outputs.bias", "qa_outputs.weight"],
    };
    for (const head of [preTraining(), questionAnswering()]) {
      const ours = modelForTraining(config, head).parameters.map(({ name }) => name);
      const names = ours.map((name) => toHuggingFaceName(name)!);
      expect(names.map((name) => fromCheckpointName(name)?.name)).toEqual(ours);
      expect(names.filter((name) => !name.startsWith("bert.")).sort()).toEqual(heads[head.name]);
    }
  });

  it("of tensors that BERT does not have are unknown", () => {
    const strange = [
      "bert.encoder.layer.0.attention.self.distance_embedding.weight",
      "bert.embeddings.word_embeddings.extra",
      "bert.encoder.layer.x.output.dense.weight",
      "classifier",
      "pooler",
      "cls.predictions.decoder.weight",
      "bert.classifier.weight",
      "bert.embeddings.position_ids",
      "bert/pooler/dense/kernel/adam_m",
      "bert/encoder/layer_0/output/dense/weight",
      "bert/encoder.layer.0/output/dense/kernel",
      "global_step",
      "",
    ];
    expect(strange.map(fromCheckpointName)).toEqual(strange.map(() => undefined));
    expect(["pooler", "layers.0.attention.weight", "embeddings.word.gamma"].map(toHuggingFaceName)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

const small = { ...config, layerCount: 2 };
const { parameters } = tokenClassifierForTraining(small, 3);
const weights = counterWeights(parameters);
const complete = (): Map<string, HostTensor> => exportParameters(weights);
const start = { seed: 5, deviation: 0.02 };

/** A tensor of a checkpoint changed or, without a change, taken away. */
function changed(name: string, change?: (tensor: HostTensor) => HostTensor): Map<string, HostTensor> {
  const checkpoint = complete();
  const tensor = checkpoint.get(name)!;
  if (change === undefined) checkpoint.delete(name);
  else checkpoint.set(name, change(tensor));
  return checkpoint;
}

const resized = (dims: number[]) => (): HostTensor => ({
  dtype: "float32",
  dims,
  data: new Float32Array(dims.reduce((a, b) => a * b, 1)),
});

function errorOf(checkpoint: ReadonlyMap<string, HostTensor>, initialize?: typeof start): unknown {
  try {
    loadParameters(parameters, checkpoint, { file: "model.safetensors", ...(initialize && { initialize }) });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("loadParameters", () => {
  it("gives back what exportParameters wrote", () => {
    const warnings: Warning[] = [];
    const loaded = loadParameters(parameters, complete(), { warn: (warning) => warnings.push(warning) });
    expect([...loaded.keys()]).toEqual(parameters.map(({ name }) => name));
    for (const [name, tensor] of loaded) expect(tensor, `tensor ${name}`).toEqual(weights.get(name));
    expect(warnings).toEqual([]);
  });

  it("takes an encoder without prefix", () => {
    const bare = new Map([...complete()].map(([name, tensor]) => [name.replace(/^bert\./, ""), tensor]));
    expect(loadParameters(parameters, bare)).toEqual(loadParameters(parameters, complete()));
  });

  it("names an encoder weight that is missing, even where a head may start anew", () => {
    const name = "bert.encoder.layer.1.attention.self.key.weight";
    for (const initialize of [undefined, start]) {
      const error = errorOf(changed(name), initialize);
      expect(error).toMatchObject({ code: "model-tensor", place: { file: "model.safetensors" } });
      expect((error as Error).message).toContain(`${name} [8, 8]`);
    }
  });

  it("names a weight of another shape or dtype", () => {
    const name = "bert.embeddings.word_embeddings.weight";
    expect(errorOf(changed(name, resized([12, 8])), start)).toMatchObject({
      code: "model-tensor",
      message: expect.stringContaining(`${name} is float32[12, 8]`),
      place: { file: "model.safetensors", name },
    });
    expect(errorOf(changed(name, resized([88])))).toMatchObject({ message: expect.stringContaining("[88]") });
    const integers = (): HostTensor => ({ dtype: "int32", dims: [11, 8], data: new Int32Array(88) });
    expect(errorOf(changed(name, integers))).toMatchObject({ message: expect.stringContaining("int32[11, 8]") });
  });

  it("refuses a checkpoint that has one tensor under two names", () => {
    for (const other of ["encoder.layer.0.output.LayerNorm.bias", "bert.encoder.layer.0.output.LayerNorm.beta"]) {
      const name = "bert.encoder.layer.0.output.LayerNorm.bias";
      const twice = complete().set(other, complete().get(name)!);
      expect(errorOf(twice)).toMatchObject({
        code: "model-tensor",
        place: { name: other },
        message: expect.stringContaining(name),
      });
    }
  });

  it("lists all that is missing", () => {
    const checkpoint = new Map([...complete()].filter(([name]) => !name.includes("attention.self.key")));
    const { message } = errorOf(checkpoint, start) as Error;
    for (const name of complete().keys())
      expect(message.includes(name), `of ${name}`).toBe(name.includes("attention.self.key"));
  });

  it("takes what is in double precision", () => {
    const name = "bert.embeddings.LayerNorm.weight";
    const double = changed(name, ({ data, dims }) => ({
      dtype: "float64",
      dims,
      data: Float64Array.from(data as Float32Array),
    }));
    expect(loadParameters(parameters, double)).toEqual(weights);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("names a weight that holds %s", (value) => {
    const name = "bert.encoder.layer.0.output.dense.bias";
    const spoilt = changed(name, (tensor) => {
      const data = Float32Array.from(tensor.data as Float32Array);
      data[6] = value;
      return { ...tensor, data };
    });
    expect(errorOf(spoilt)).toMatchObject({
      code: "model-damaged",
      message: `${name} holds ${value} at element 6`,
      place: { file: "model.safetensors", name },
    });
  });

  it("starts a head that is missing or of another size, and says so", () => {
    const without = changed("classifier.weight");
    without.delete("classifier.bias");
    expect(errorOf(without)).toMatchObject({ code: "model-tensor" });
    const otherLabels = changed("classifier.weight", resized([9, 8]));
    otherLabels.set("classifier.bias", resized([9])());
    for (const checkpoint of [without, otherLabels]) {
      const warnings: Warning[] = [];
      const warn = (warning: Warning): number => warnings.push(warning);
      const loaded = loadParameters(parameters, checkpoint, { initialize: start, warn });
      expect(warnings.map(({ code }) => code)).toEqual(["head-initialised"]);
      expect(warnings[0]!.message).toContain("classifier.weight");
      const values = floats(loaded.get("head.classifier.weight"));
      expect(values.length).toBe(24);
      expect(new Set(values).size).toBe(24);
      expect(Math.max(...values.map(Math.abs))).toBeLessThan(0.1);
      expect(Array.from(floats(loaded.get("head.classifier.bias")))).toEqual([0, 0, 0]);
      const again = loadParameters(parameters, checkpoint, { initialize: start });
      expect(again.get("head.classifier.weight")).toEqual(loaded.get("head.classifier.weight"));
    }
  });

  it("lists tensors it has no place for, layers beyond the configuration's among them", () => {
    const checkpoint = complete();
    const strange = ["lm_head.weight", "bert.encoder.layer.2.output.dense.weight", "classifier.extra"];
    const heads = ["bert.pooler.dense.weight", "cls.predictions.bias", "cls.predictions.decoder.weight"];
    const buffers = ["bert.embeddings.position_ids", "bert/pooler/dense/kernel/adam_v", "global_step"];
    for (const name of [...strange, ...heads, ...buffers]) checkpoint.set(name, resized([2])());
    const warnings: Warning[] = [];
    loadParameters(parameters, checkpoint, { warn: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([
      {
        code: "heads-unused",
        message: `in the checkpoint, of heads that this model does not have: ${heads.join(", ")}`,
      },
      {
        code: "tensors-unused",
        message: `in the checkpoint, not in the model: ${strange.join(", ")}`,
      },
    ]);
  });
});

/** Tensors in memory as an opened checkpoint, which notes what is read of it. */
function sourceOf(tensors: ReadonlyMap<string, HostTensor>, read: string[]): TensorSource {
  return {
    format: "safetensors",
    file: "memory",
    metadata: {},
    tensors,
    async read(name) {
      read.push(name);
      return tensors.get(name)!;
    },
  };
}

describe("loadParameters for the masked language model", () => {
  const model = modelForTraining(small, maskedLanguageModel());
  const ours = counterWeights(model.parameters);
  const saved = (): Map<string, HostTensor> => exportParameters(ours);
  const [decoder, table] = ["cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"];

  it("takes a checkpoint with or without the decoder that is the embedding table once more, without a word", () => {
    const copied = saved();
    copied.set(decoder, copied.get(table)!);
    copied.set("cls.predictions.decoder.bias", copied.get("cls.predictions.bias")!);
    for (const checkpoint of [saved(), copied]) {
      const warnings: Warning[] = [];
      const loaded = loadParameters(model.parameters, checkpoint, { warn: (warning) => warnings.push(warning) });
      for (const [name, tensor] of loaded) expect(tensor, `tensor ${name}`).toEqual(ours.get(name));
      expect(warnings).toEqual([]);
    }
  });

  it("takes the bias from the decoder where it is only there", () => {
    const checkpoint = saved();
    checkpoint.set("cls.predictions.decoder.bias", checkpoint.get("cls.predictions.bias")!);
    checkpoint.delete("cls.predictions.bias");
    const loaded = loadParameters(model.parameters, checkpoint);
    expect(loaded.get("head.predictions.bias")).toEqual(ours.get("head.predictions.bias"));
  });

  it("refuses a decoder of its own, which would be lost, unless nothing asks for it", () => {
    const checkpoint = saved();
    const other = Float32Array.from(floats(checkpoint.get(table)));
    other[3]! += 1;
    checkpoint.set(decoder, { ...checkpoint.get(table)!, data: other });
    const load = (specs: typeof parameters) => (): unknown => loadParameters(specs, checkpoint, { initialize: start });
    expect(load(model.parameters)).toThrowError(
      expect.objectContaining({
        code: "model-tensor",
        place: { name: decoder },
        message: expect.stringContaining(table),
      }),
    );
    expect(load(parameters)).not.toThrow();
  });

  it("reads a copy like any tensor where the checkpoint is read tensor by tensor, and only for this head", async () => {
    const copied = saved().set(decoder, saved().get(table)!);
    const other = { ...saved().get(table)!, data: floats(saved().get(table)).map((value) => value + 1) };
    for (const [tensor, refused] of [
      [copied.get(decoder)!, false],
      [other, true],
    ] as const) {
      const read: string[] = [];
      const checkpoint = sourceOf(new Map(copied).set(decoder, tensor), read);
      const forWords = readParameters(model.parameters, checkpoint);
      if (refused)
        await expect(forWords).rejects.toMatchObject({
          code: "model-tensor",
          place: { file: "memory", name: decoder },
        });
      else expect(await forWords).toEqual(loadParameters(model.parameters, saved()));
      expect(read.filter((name) => name === decoder)).toEqual([decoder]);
      read.length = 0;
      await readParameters(parameters, checkpoint, { initialize: start });
      expect(read).not.toContain(decoder);
    }
  });

  it("compares no copy with a head that is started anew", () => {
    const checkpoint = saved();
    for (const name of ["cls.predictions.bias", "cls.predictions.decoder.bias"]) checkpoint.set(name, resized([12])());
    const warnings: Warning[] = [];
    loadParameters(model.parameters, checkpoint, { initialize: start, warn: (warning) => warnings.push(warning) });
    expect(warnings).toMatchObject([
      { code: "head-initialised", message: expect.stringContaining("head.predictions.bias") },
    ]);
  });

  it("starts a pooler that was never trained, and says so", () => {
    const next = modelForTraining(small, nextSentencePrediction());
    const warnings: Warning[] = [];
    const warn = (warning: Warning): number => warnings.push(warning);
    const loaded = loadParameters(next.parameters, saved(), { initialize: start, warn });
    expect(warnings.map(({ code }) => code)).toEqual(["head-initialised", "heads-unused"]);
    for (const name of ["pooler.weight", "pooler.bias", "head.nextSentence.weight", "head.nextSentence.bias"]) {
      expect(warnings[0]!.message).toContain(name);
    }
    expect(Math.max(...floats(loaded.get("pooler.weight")).map(Math.abs))).toBeGreaterThan(0);
    expect(() => loadParameters(next.parameters, saved())).toThrowError(/bert\.pooler\.dense\.weight/);
  });
});
