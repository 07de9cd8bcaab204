// Every head against transformers on PyTorch (reference/parity_heads.py): hidden layers, pooler, logits, loss and every
// gradient tensor; pooled vectors; and the graphs as they are printed.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  modelForInference,
  modelForTraining,
  parseBertConfig,
  pooledVectors,
  pooledVectorsForInference,
  toHuggingFaceName,
  type BuiltModel,
  type Head,
  type Pooling,
} from "../../src/bert/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import { parseSafetensors } from "../../src/formats/index.ts";
import { encodeOnnx, multiply, print, reduceSum, verify } from "../../src/graph/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { counterBatch, counterWeights, uniform } from "../support/counter-weights.ts";
import { dropoutFeeds, headCases, inferenceFeeds, type BatchSizes, type Feeds } from "../support/heads.ts";
import { expectGradients, expectNear, floats, norm } from "../support/norms.ts";

const folder = new URL("../golden/", import.meta.url);
const golden = JSON.parse(readFileSync(new URL("heads.json", folder), "utf8")) as {
  config: Record<string, number>;
  lengths: number[];
  sequence: number;
  choices: number;
  labels: number;
  losses: Record<string, number>;
  dropout: {
    hidden: number;
    attention: number;
    seed: number;
    step: number;
    examples: number[];
    results: Record<string, { loss: number; gradientNorm: number }>;
  };
};
const wanted = parseSafetensors(readFileSync(new URL("heads.safetensors", folder))).tensors;
const config = parseBertConfig(golden.config);
const sizes: BatchSizes = { ...golden, vocabulary: config.vocabSize };
const cases = headCases(golden.labels);

/** Runs an inference graph; every hidden layer and the pooler are among its outputs. */
async function run(model: BuiltModel, feeds: Feeds): Promise<Record<string, HostTensor>> {
  model.states.forEach((state, layer) => model.graph.output(`hidden.${layer}`, state));
  const pooler = model.graph.nodes.find(({ operator }) => operator === "hyperbolicTangent");
  if (pooler !== undefined) model.graph.output("pooled", pooler.outputs[0]!);
  verify(model.graph);
  const weights = counterWeights(model.parameters);
  const session = await EngineSession.create(encodeOnnx(model.graph, { weights }), { threads: 1 });
  const results = await session.run(inferenceFeeds(feeds));
  await session.release();
  return results;
}

function goldenOf(name: string, part = ""): Map<string, HostTensor> {
  const prefix = `${name}/${part}`;
  const found = [...wanted].filter(([key]) => key.startsWith(prefix));
  return new Map(found.map(([key, tensor]) => [key.slice(prefix.length), tensor]));
}

describe.each(cases)("$head.name", ({ head, step: number, feeds, zeroGradients }) => {
  it("gives the hidden layers, the pooler and the logits of the reference, and their shapes", async () => {
    const results = await run(modelForInference(config, head), feeds(number, sizes));
    const reference = [...goldenOf(head.name)].filter(([name]) => !name.startsWith("gradient."));
    expect(Object.keys(results).sort()).toEqual(reference.map(([name]) => name).sort());
    for (const [name, tensor] of reference) {
      expectNear(name, floats(results[name]), floats(tensor), 1e-6);
      if (!name.startsWith("hidden.")) expect([...results[name]!.dims], `shape of ${name}`).toEqual([...tensor.dims]);
    }
  });

  it("gives the loss and the gradient of every parameter", async () => {
    const model = modelForTraining(config, head);
    const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
    const loss = await step.run(feeds(number, sizes));
    await step.release();
    expect(Math.abs(loss / golden.losses[head.name]! - 1)).toBeLessThan(1e-6);
    const views = step.layout.views(step.gradients);
    const reference = goldenOf(head.name, "gradient.");
    expect([...views.keys()].map((name) => toHuggingFaceName(name)!).sort()).toEqual([...reference.keys()].sort());
    const isZero = (name: string): boolean =>
      name.endsWith("attention.key.bias") || (zeroGradients ?? []).includes(name);
    expectGradients(views, (name) => reference.get(toHuggingFaceName(name)!), 1e-5, isZero);
  });

  it("drops out and scales as the reference does, given the same masks", async () => {
    const { hidden, attention, seed, step: at, examples, results } = golden.dropout;
    const model = modelForTraining({ ...config, hiddenDropout: hidden, attentionDropout: attention }, head);
    const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
    const whole = feeds(number, sizes);
    const loss = await step.run({ ...whole, ...dropoutFeeds(seed, at, examples.slice(0, whole["inputIds"]!.dims[0])) });
    await step.release();
    const reference = results[head.name]!;
    expect(Math.abs(loss / reference.loss - 1)).toBeLessThan(1e-6);
    expect(Math.abs(norm(step.gradients) / reference.gradientNorm - 1)).toBeLessThan(1e-5);
  });

  it("is printed as before", async () => {
    const small = { ...config, layerCount: 1, hiddenDropout: 0.1, attentionDropout: 0.1 };
    const running = modelForInference(small, head);
    const training = modelForTraining(small, head);
    training.graph.output("loss", training.loss);
    const encoder = new RegExp("^ {2}# layer\\.0\\n(?: {2}%.*\\n)*", "m");
    for (const [graph, name] of [
      [running.graph, head.name],
      [training.graph, `${head.name}-training`],
    ] as const) {
      verify(graph);
      // The encoder is printed whole in the token classifier's files.
      await expect(print(graph).replace(encoder, "  # layer.0 ...\n")).toMatchFileSnapshot(
        `../golden/heads/${name}.txt`,
      );
    }
  });
});

describe.each<Pooling>(["mean", "first", "max"])("vectors pooled by %s", (pooling) => {
  const { lengths, sequence } = golden;
  const { inputIds, attentionMask, tokenTypeIds } = counterBatch(20, lengths, sequence, config.vocabSize, 2);
  const feeds = { inputIds, attentionMask, tokenTypeIds };
  const name = `pooled-vectors-${pooling}`;

  it("are printed as before", async () => {
    const { graph } = pooledVectorsForInference({ ...config, layerCount: 1 }, pooling);
    verify(graph);
    const encoder = new RegExp("^ {2}# layer\\.0\\n(?: {2}%.*\\n)*", "m");
    await expect(print(graph).replace(encoder, "  # layer.0 ...\n")).toMatchFileSnapshot(`../golden/heads/${name}.txt`);
  });

  it("are the reference's", async () => {
    const { sentence_embedding } = await run(pooledVectorsForInference(config, pooling), feeds);
    const reference = wanted.get(`${name}/sentence_embedding`)!;
    expect([...sentence_embedding!.dims]).toEqual([...reference.dims]);
    expectNear(name, floats(sentence_embedding), floats(reference), 1e-6);
  });

  it("have the gradients of the reference", async () => {
    const head: Head = {
      name,
      predict: () => ({}),
      loss({ graph, states, inputs }) {
        const toward = graph.input("toward", "float32", ["batch", config.hiddenSize]);
        return reduceSum(multiply(pooledVectors(states.at(-1)!, inputs.attentionMask, pooling), toward), [0, 1]);
      },
    };
    const model = modelForTraining(config, head);
    const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
    const dims = [lengths.length, config.hiddenSize];
    const data = Float32Array.from(uniform("pooled.toward", dims[0]! * dims[1]!));
    await step.run({ ...feeds, toward: { dtype: "float32", dims, data } });
    await step.release();
    const reference = goldenOf(name, "gradient.");
    expect(reference.size).toBe(model.parameters.length);
    expectGradients(step.layout.views(step.gradients), (key) => reference.get(toHuggingFaceName(key)!), 1e-5);
  });
});
