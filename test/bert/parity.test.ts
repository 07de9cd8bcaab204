// A small BERT against transformers on PyTorch (reference/parity_golden.py): hidden layers, pooler, logits, loss, every
// gradient tensor, and ten optimiser steps. Weights and batches come from a counter, the same in both languages.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import {
  bertEncoder,
  bertPooler,
  parseBertConfig,
  tokenClassifierForInference,
  tokenClassifierForTraining,
  toHuggingFaceName,
} from "../../src/bert/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import { parseSafetensors } from "../../src/formats/index.ts";
import { encodeOnnx, Graph, multiply, reduceSum, verify } from "../../src/graph/index.ts";
import { dropoutKey, ParameterScope } from "../../src/nn/index.ts";
import { createOptimizer, scheduleFactor } from "../../src/optim/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { counterBatch, counterWeight, counterWeights, uniform, type CounterBatch } from "../support/counter-weights.ts";
import { expectGradients, expectNear, floats, norm } from "../support/norms.ts";

const folder = new URL("../golden/", import.meta.url);
const golden = JSON.parse(readFileSync(new URL("token-classification.json", folder), "utf8")) as {
  config: Record<string, number>;
  labels: number;
  lengths: number[];
  sequence: number;
  loss: number;
  dropout: { hidden: number; attention: number; seed: number; step: number; examples: number[]; loss: number };
  optimizer: {
    warmup: number;
    total: number;
    learningRate: number;
    weightDecay: number;
    clip: number;
    losses: number[];
    gradientNorms: number[];
    learningRates: number[];
  };
  weightSamples: Record<string, number[]>;
  firstBatch: Record<string, number[]>;
};
const wanted = parseSafetensors(readFileSync(new URL("token-classification.safetensors", folder))).tensors;
const config = parseBertConfig(golden.config);

function batch(step: number): CounterBatch {
  return counterBatch(step, golden.lengths, golden.sequence, config.vocabSize, golden.labels);
}

const isKeyBias = (name: string): boolean => name.endsWith("attention.key.bias");

describe("the counter generator", () => {
  it("draws the weights that Python draws", () => {
    for (const [name, values] of Object.entries(golden.weightSamples)) {
      expect(Array.from(floats(counterWeight(name, [values.length])))).toEqual(values);
    }
  });

  it("draws the batches that Python draws", () => {
    const { inputIds, attentionMask, tokenTypeIds, labels } = batch(0);
    expect(Array.from(inputIds.data as Int32Array)).toEqual(golden.firstBatch["input_ids"]);
    expect(Array.from(attentionMask.data as Float32Array)).toEqual(golden.firstBatch["attention_mask"]);
    expect(Array.from(tokenTypeIds.data as Int32Array)).toEqual(golden.firstBatch["token_type_ids"]);
    expect(Array.from(labels.data as Int32Array)).toEqual(golden.firstBatch["labels"]);
  });
});

describe("the encoder", () => {
  let results: Record<string, HostTensor>;
  const pooledGradients = ["pooler.weight", "pooler.bias", "embeddings.tokenType.weight"];

  beforeAll(async () => {
    const graph = new Graph("encoder");
    const p = new ParameterScope(graph);
    const shape = ["batch", "sequence"];
    const states = bertEncoder(p, config, {
      inputIds: graph.input("inputIds", "int32", shape),
      attentionMask: graph.input("attentionMask", "float32", shape),
      tokenTypeIds: graph.input("tokenTypeIds", "int32", shape),
    });
    states.forEach((state, layer) => graph.output(`hidden.${layer}`, state));
    const pooled = bertPooler(p, config, states.at(-1)!);
    graph.output("pooled", pooled);
    const toward = graph.input("toward", "float32", ["batch", config.hiddenSize]);
    const sources = pooledGradients.map((name) => p.values[p.specs.findIndex((spec) => spec.name === name)]!);
    const found = gradients(reduceSum(multiply(pooled, toward), [0, 1]), sources);
    sources.forEach((source) => graph.output(`gradient.${source.name}`, found.get(source)!));
    verify(graph);
    const session = await EngineSession.create(encodeOnnx(graph, { weights: counterWeights(p.specs) }), { threads: 1 });
    const { inputIds, attentionMask, tokenTypeIds } = batch(0);
    const dims = [golden.lengths.length, config.hiddenSize];
    const data = Float32Array.from(uniform("pooler.toward", dims[0]! * dims[1]!));
    results = await session.run({ inputIds, attentionMask, tokenTypeIds, toward: { dtype: "float32", dims, data } });
    await session.release();
  });

  it("gives every hidden layer", () => {
    for (let layer = 0; layer <= config.layerCount; layer++) {
      const name = `hidden.${layer}`;
      expectNear(name, floats(results[name]), floats(wanted.get(name)), 1e-6);
    }
  });

  it("gives the pooled vectors and their gradients", () => {
    expectNear("pooled", floats(results["pooled"]), floats(wanted.get("pooled")), 1e-6);
    for (const name of pooledGradients) {
      const reference = floats(wanted.get(`pooled.gradient.${toHuggingFaceName(name)}`));
      expectNear(name, floats(results[`gradient.${name}`]), reference, 1e-5);
    }
  });
});

describe("the token classifier", () => {
  it("gives the logits from int64 inputs", async () => {
    const model = tokenClassifierForInference(config, golden.labels);
    verify(model.graph);
    const weights = counterWeights(model.parameters);
    const session = await EngineSession.create(encodeOnnx(model.graph, { weights }), { threads: 1 });
    expect([...session.inputNames].sort()).toEqual(["attention_mask", "input_ids", "token_type_ids"]);
    const { inputIds, attentionMask, tokenTypeIds } = batch(0);
    const wide = (tensor: HostTensor): HostTensor => ({
      dtype: "int64",
      dims: tensor.dims,
      data: BigInt64Array.from(tensor.data as Int32Array, (value) => BigInt(value)),
    });
    const { logits } = await session.run({
      input_ids: wide(inputIds),
      attention_mask: wide(attentionMask),
      token_type_ids: wide(tokenTypeIds),
    });
    await session.release();
    const reference = wanted.get("logits")!;
    expect([...logits!.dims]).toEqual([...reference.dims]);
    expectNear("logits", floats(logits), floats(reference), 1e-6);
  });

  it("gives the loss and the gradient of every parameter", async () => {
    const model = tokenClassifierForTraining(config, golden.labels);
    const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
    const loss = await step.run({ ...batch(0) });
    await step.release();
    expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-6);
    const names = [...wanted.keys()].filter((name) => name.startsWith("gradient."));
    const views = step.layout.views(step.gradients);
    expect([...views.keys()].map((name) => `gradient.${toHuggingFaceName(name)}`).sort()).toEqual(names.sort());
    expectGradients(views, (name) => wanted.get(`gradient.${toHuggingFaceName(name)}`), 1e-5);
  });

  it("drops out and scales as the reference does, given the same masks", async () => {
    const { hidden, attention, seed, step: at, examples, loss: reference } = golden.dropout;
    const model = tokenClassifierForTraining(
      { ...config, hiddenDropout: hidden, attentionDropout: attention },
      golden.labels,
    );
    const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
    const loss = await step.run({
      ...batch(0),
      dropoutKey: { dtype: "uint32", dims: [], data: Uint32Array.of(dropoutKey(seed, at)) },
      exampleIds: { dtype: "uint32", dims: [examples.length], data: Uint32Array.from(examples) },
    });
    await step.release();
    expect(Math.abs(loss - reference)).toBeLessThan(1e-6);
    const floor = 1e-6 * norm(step.gradients);
    const views = [...step.layout.views(step.gradients)].filter(
      ([name]) => !isKeyBias(name) && name !== "embeddings.word.weight",
    );
    expect(views.length).toBe(step.layout.slots.length - config.layerCount - 1);
    for (const [name, view] of views) {
      expectNear(name, floats(view), floats(wanted.get(`dropout.gradient.${toHuggingFaceName(name)}`)), 1e-5, floor);
    }
  });

  it("follows the reference through ten steps of AdamW", async () => {
    const { warmup, total, learningRate, weightDecay, clip, losses, gradientNorms, learningRates } = golden.optimizer;
    const model = tokenClassifierForTraining(config, golden.labels);
    const start = counterWeights(model.parameters);
    const step = await TrainingStep.create(model, start, { threads: 1 });
    const optimizer = createOptimizer("adamw", step.buffers, { weightDecay, touched: step.touched });
    for (let k = 0; k < losses.length; k++) {
      const loss = await step.run({ ...batch(k) });
      const gradientNorm = optimizer.gradientNorm();
      const rate = learningRate * scheduleFactor("linear", k, warmup, total);
      expect(Math.abs(loss - losses[k]!), `loss of step ${k}`).toBeLessThan(2e-6);
      expect(Math.abs(gradientNorm / gradientNorms[k]! - 1), `gradient norm of step ${k}`).toBeLessThan(1e-6);
      expect(rate, `learning rate of step ${k}`).toBeCloseTo(learningRates[k]!, 15);
      optimizer.step(k + 1, rate, Math.min(1, clip / gradientNorm));
    }
    await step.release();
    for (const [name, view] of step.views) {
      if (isKeyBias(name)) continue;
      const from = floats(start.get(name));
      const moved = floats(view).map((value, i) => value - from[i]!);
      const reference = floats(wanted.get(`after.${toHuggingFaceName(name)}`));
      expectNear(
        `${name}, distance moved`,
        moved,
        reference.map((value, i) => value - from[i]!),
        1e-4,
      );
    }
  });
});
