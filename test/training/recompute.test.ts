// Recomputation: the same loss and gradients to the bit, with less memory; and the order of the file that both rely on.

import { describe, expect, it } from "vitest";
import { parseBertConfig, tokenClassifierForTraining } from "../../src/bert/index.ts";
import { BiobertError } from "../../src/core/index.ts";
import {
  executionOrder,
  exponential,
  Graph,
  leavesLast,
  negate,
  peakActivationBytes,
  recompute,
  reduceSum,
  verify,
  type Value,
} from "../../src/graph/index.ts";
import { dropoutKey } from "../../src/nn/index.ts";
import {
  addGradientOutputs,
  recomputedSegment,
  trainingSchedule,
  TrainingStep,
  type Recomputation,
} from "../../src/training/index.ts";
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

const SIZES = new Map([
  ["batch", 8],
  ["sequence", 20],
]);
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
    const graphs = [undefined, { attention: false, layers: 2 }, LAYERS].map((recomputation) => {
      const { graph, loss } = trainingGraph();
      return trainingSchedule(graph, loss, recomputation);
    });
    graphs.forEach(verify);
    const [none, half, all] = graphs.map((graph) => peakActivationBytes(graph, SIZES)) as [number, number, number];
    expect(half).toBeLessThan(0.8 * none);
    expect(all).toBeLessThan(0.8 * half);
    const forward = (g: Graph): number => g.nodes.filter(({ operator }) => operator === "gelu").length;
    expect(graphs.map(forward)).toEqual([4, 6, 8]);
  });

  it("refuses a segment that no gradient comes to", () => {
    const graph = new Graph("no-gradient");
    const x = graph.input("x", "float32", ["rows", 4]);
    const made = exponential(x);
    const loss = reduceSum(made, [0, 1]);
    graph.output("loss", loss);
    graph.output("read", negate(made));
    const act = (): unknown => recompute(graph, { loss, segmentOf: () => "wave" });
    expect(act).toThrow(BiobertError);
    expect(act).toThrow(/wave cannot be recomputed/);
  });
});

describe("recomputation of attention", () => {
  const pairs = (graph: Graph): Value[] =>
    graph.nodes
      .flatMap(({ outputs }) => outputs)
      .filter(({ shape }) => shape.at(-1) === "sequence" && shape.at(-2) === "sequence");

  it("keeps no value for each pair of tokens from the forward pass to the backward pass", () => {
    const { graph, loss } = trainingGraph();
    const small = recompute(graph, { loss, segmentOf: recomputedSegment({ attention: true, layers: 0 }) });
    verify(small);
    const isBackward = (scope: string): boolean => scope.startsWith("gradient");
    const crossing = (g: Graph): number =>
      pairs(g).filter(
        (value) =>
          !isBackward(value.producer!.scope) &&
          g.nodes.some(({ scope, inputs }) => isBackward(scope) && inputs.includes(value)),
      ).length;
    expect(crossing(graph)).toBeGreaterThanOrEqual(2 * config.layerCount);
    expect(crossing(small)).toBe(0);
    const [whole, less] = [trainingSchedule(graph, loss), small].map((g) => peakActivationBytes(g, SIZES)) as [
      number,
      number,
    ];
    expect(less).toBeLessThan(whole);
  });
});

describe("the order of a training graph", () => {
  it("makes a mask when what it is for is there", () => {
    const { graph, loss } = trainingGraph();
    const lead = (g: Graph): number => {
      const order = executionOrder(g);
      const at = (operator: string): number =>
        order.findIndex((node) => node.operator === operator && node.scope === "layer.3");
      return at("less") - at("matMul");
    };
    expect(lead(graph)).toBeLessThan(0);
    expect(lead(trainingSchedule(graph, loss))).toBeGreaterThan(0);
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
    expect(leaves.map((node) => before.indexOf(node))).toEqual(
      leaves.map((node) => before.indexOf(node)).toSorted((a, b) => b - a),
    );
    expect(new Set(graph.nodes)).toEqual(new Set(before));
  });
});
