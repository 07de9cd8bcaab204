// Recomputation: the same loss and gradients to the bit, with less memory; and the order of the file that both rely on.

import { describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import { parseBertConfig, tokenClassifierForTraining } from "../../src/bert/index.ts";
import { BiobertError } from "../../src/core/index.ts";
import { leavesLast, peakActivationBytes, recompute, removeUnused, verify, type Graph, type Value } from "../../src/graph/index.ts";
import { dropoutKey } from "../../src/nn/index.ts";
import { encoderLayer, TrainingStep } from "../../src/training/index.ts";
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

function trainingGraph(): { graph: Graph; loss: Value } {
  const { graph, loss, parameterValues, parameters } = tokenClassifierForTraining(config, 3);
  const found = gradients(loss, parameterValues);
  graph.output("loss", loss);
  parameters.forEach(({ name }, i) => {
    const gradient = found.get(parameterValues[i]!);
    if (gradient !== undefined) graph.output(`gradient.${name}`, gradient);
  });
  removeUnused(graph);
  return { graph, loss };
}

async function run(again: boolean): Promise<{ loss: number; gradients: Float32Array }> {
  const model = tokenClassifierForTraining(config, 3);
  const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1, recompute: again });
  const loss = await step.run({
    ...counterBatch(1, [9, 5, 3], 9, 60, 3),
    dropoutKey: { dtype: "uint32", dims: [], data: Uint32Array.of(dropoutKey(7, 3)) },
    exampleIds: { dtype: "uint32", dims: [3], data: Uint32Array.of(4, 0, 9) },
  });
  await step.release();
  return { loss, gradients: Float32Array.from(step.gradients) };
}

describe("recomputation", () => {
  it("gives the same bits, dropout on", async () => {
    const [kept, again] = [await run(false), await run(true)];
    expect(again.loss).toBe(kept.loss);
    expect(bits(again.gradients)).toEqual(bits(kept.gradients));
  });

  it("keeps one layer's activations at a time", () => {
    const { graph, loss } = trainingGraph();
    const small = recompute(graph, { loss, segmentOf: encoderLayer });
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
    const act = (): unknown => recompute(graph, { loss, segmentOf: (scope) => (scope === "embeddings" ? scope : undefined) });
    expect(act).toThrow(BiobertError);
    expect(act).toThrow(/embeddings cannot be recomputed/);
  });
});

describe("the order of leaves", () => {
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
