// Recomputation: the same loss and gradients to the bit, with less memory; and the order of the file that both rely on.

import { describe, expect, it } from "vitest";
import { parseBertConfig, tokenClassifierForTraining } from "../../src/bert/index.ts";
import { BiobertError } from "../../src/core/index.ts";
import { executionOrder, leavesLast, peakActivationBytes, recompute, verify, type Graph, type Value } from "../../src/graph/index.ts";
import { dropoutKey } from "../../src/nn/index.ts";
import { addGradientOutputs, recomputedSegment, trainingSchedule, TrainingStep, type Recomputation } from "../../src/training/index.ts";
import { counterBatch, counterWeights } from "../support/counter-weights.ts";
import { bits } from "../support/norms.ts";

const config = parseBertConfig({
  vocab_size: 61,
  hidden_size: 16,
  num_hidden_layers: 4,
  num_attention_heads: 2,
  intermediate_size: 64,
  max_position_embeddings: 20,
});

const LAYERS: Recomputation = { attention: false, layers: 4 };

function trainingGraph(): { graph: Graph; loss: Value } {
  const model = tokenClassifierForTraining(config, 3);
  addGradientOutputs(model);
  return model;
}

async function run(again?: Recomputation): Promise<{ loss: number; gradients: Float32Array }> {
  const model = tokenClassifierForTraining(config, 3);
  const options = { threads: 1, ...(again === undefined ? {} : { recompute: again }) };
  const step = await TrainingStep.create(model, counterWeights(model.parameters), options);
  const loss = await step.run({
    ...counterBatch(1, [9, 5, 3], 9, 60, 3),
    dropoutKey: { dtype: "uint32", dims: [], data: Uint32Array.of(dropoutKey(7, 3)) },
    exampleIds: { dtype: "uint32", dims: [3], data: Uint32Array.of(4, 0, 9) },
  });
  await step.release();
  return { loss, gradients: Float32Array.from(step.gradients) };
}

describe("recomputation", () => {
  it.each([
    ["attention", { attention: true, layers: 0 }],
    ["some layers", { attention: false, layers: 2 }],
    ["all layers", LAYERS],
    ["attention and one layer", { attention: true, layers: 1 }],
  ])("of %s gives the same bits, dropout on", async (_name, recomputation) => {
    const [kept, again] = [await run(), await run(recomputation)];
    expect(again.loss).toBe(kept.loss);
    expect(bits(again.gradients)).toEqual(bits(kept.gradients));
  });

  it("of layers keeps one layer's activations at a time", () => {
    const { graph, loss } = trainingGraph();
    const small = recompute(graph, { loss, segmentOf: recomputedSegment(LAYERS) });
    verify(small);
    const sizes = new Map([
      ["batch", 8],
      ["sequence", 20],
    ]);
    const [whole, one] = [peakActivationBytes(graph, sizes), peakActivationBytes(small, sizes)];
    expect(one).toBeLessThan(0.6 * whole);
    const forward = (g: Graph): number => g.nodes.filter(({ operator }) => operator === "gelu").length;
    expect(forward(small)).toBe(2 * forward(graph));
  });

  it("refuses a segment that no gradient comes to", () => {
    const { graph, loss } = trainingGraph();
    const act = (): unknown => recompute(graph, { loss, segmentOf: ({ scope }) => (scope === "loss" ? scope : undefined) });
    expect(act).toThrow(BiobertError);
    expect(act).toThrow(/loss cannot be recomputed/);
  });
});

describe("recomputation of attention", () => {
  const pairs = (graph: Graph): Value[] => graph.nodes.flatMap(({ outputs }) => outputs).filter(({ shape }) => shape.at(-1) === "sequence" && shape.at(-2) === "sequence");

  it("keeps no value for each pair of tokens from the forward pass to the backward pass", () => {
    const { graph, loss } = trainingGraph();
    const small = recompute(graph, { loss, segmentOf: recomputedSegment({ attention: true, layers: 0 }) });
    verify(small);
    const isBackward = (scope: string): boolean => scope.startsWith("gradient");
    const crossing = (g: Graph): number =>
      pairs(g).filter((value) => !isBackward(value.producer!.scope) && g.nodes.some(({ scope, inputs }) => isBackward(scope) && inputs.includes(value))).length;
    expect(crossing(graph)).toBeGreaterThanOrEqual(2 * config.layerCount);
    expect(crossing(small)).toBe(0);
    expect(peakActivationBytes(small, new Map([["batch", 8], ["sequence", 20]]))).toBeLessThan(peakActivationBytes(graph, new Map([["batch", 8], ["sequence", 20]])));
  });
});

describe("the order of a training graph", () => {
  it("makes a mask when what it is for is there: those of later layers after the first layer has run", () => {
    const { graph, loss } = trainingGraph();
    const lastScores = (g: Graph): number => {
      const order = executionOrder(g);
      const at = (layer: number, operator: string): number => order.findIndex((node) => node.operator === operator && node.scope === `layer.${layer}`);
      return at(3, "less") - at(0, "softmaxDropout");
    };
    expect(lastScores(graph)).toBeLessThan(0);
    expect(lastScores(trainingSchedule(graph, loss))).toBeGreaterThan(0);
    verify(graph);
  });

  it("puts what nothing reads at the end, the last made first, and stays an order to run in", () => {
    const { graph } = trainingGraph();
    const before = [...graph.nodes];
    leavesLast(graph);
    verify(graph);
    const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
    const leaves = graph.nodes.filter(({ outputs }) => !outputs.some((output) => read.has(output)));
    expect(graph.nodes.slice(-leaves.length)).toEqual(leaves);
    expect(leaves.map((node) => before.indexOf(node))).toEqual(leaves.map((node) => before.indexOf(node)).toSorted((a, b) => b - a));
    expect(new Set(graph.nodes)).toEqual(new Set(before));
  });
});
