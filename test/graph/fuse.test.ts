// The pass before an export: what it joins, what it leaves alone, and that the graph means what it meant.

import { describe, expect, it } from "vitest";
import { tokenClassifierForInference } from "../../src/bert/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import {
  add,
  encodeOnnx,
  fuse,
  Graph,
  interpret,
  matMul,
  negate,
  verify,
  type Feed,
  type Value,
} from "../../src/graph/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { counterWeights } from "../support/counter-weights.ts";
import { LAYERS, smallConfig as config } from "../support/small-config.ts";

const operators = (graph: Graph): string[] => graph.nodes.map((node) => node.operator);

describe("a fused BERT", () => {
  const source = tokenClassifierForInference(config, 3);
  const weights = counterWeights(source.parameters);
  const fused = fuse(source.graph, weights);

  it("has every linear layer as one node, all parameters, and nothing else changed", () => {
    verify(fused.graph);
    const left = operators(source.graph).filter((name) => name !== "matMul" && name !== "add");
    expect(operators(fused.graph).filter((name) => name === "affine")).toHaveLength(6 * LAYERS + 1);
    expect(operators(fused.graph).filter((name) => name !== "affine" && name !== "add")).toEqual(left);
    // Two sums of the embeddings, a mask and two residuals a layer.
    expect(operators(fused.graph).filter((name) => name === "add")).toHaveLength(2 + 3 * LAYERS);
    expect(fused.weights).toEqual(weights);
    expect(fused.graph.parameters).toHaveLength(source.graph.parameters.length);
  });

  it("gives the logits of the graph it was made of, in the interpreter and in ONNX Runtime", async () => {
    const dims = [2, 7];
    const given = {
      input_ids: [3, 9, 60, 11, 2, 7, 1, 4, 4, 59, 21, 0, 0, 0],
      attention_mask: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0],
      token_type_ids: [0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    };
    const feeds: Record<string, Feed> = Object.fromEntries(
      Object.entries(given).map(([name, data]) => [name, { dims, data }]),
    );
    for (const [name, { dims: shape, data }] of weights) feeds[name] = { dims: shape, data: data as Float32Array };
    const wanted = interpret(source.graph, feeds)["logits"]!.data;
    expect(interpret(fused.graph, feeds)["logits"]!.data).toEqual(wanted);
    const session = await EngineSession.create(encodeOnnx(fused.graph, { weights: fused.weights }), { threads: 1 });
    const inputs = Object.entries(given).map(([name, data]): [string, HostTensor] => [
      name,
      { dtype: "int64", dims, data: BigInt64Array.from(data, BigInt) },
    ]);
    const results = await session.run(Object.fromEntries(inputs));
    await session.release();
    const got = results["logits"]!.data as Float32Array;
    wanted.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(1e-5));
  });
});

describe("fusing leaves alone", () => {
  const built = (build: (graph: Graph, product: Value, bias: Value) => void, transposeB = true, alpha = 1): Graph => {
    const graph = new Graph("one");
    const w = graph.parameter("w", "float32", transposeB ? [5, 4] : [4, 5]);
    const product = matMul(graph.input("x", "float32", ["n", 4]), w, { transposeB, alpha });
    build(graph, product, graph.parameter("b", "float32", [5]));
    return graph;
  };

  it.each<[string, Graph]>([
    ["a product that is an output", built((g, product, b) => (g.output("y", add(product, b)), g.output("z", product)))],
    [
      "a product read elsewhere",
      built((g, product, b) => (g.output("y", add(product, b)), g.output("z", negate(product)))),
    ],
    ["a product without a bias", built((g, product) => g.output("y", negate(product)))],
    [
      "a sum with another matrix",
      built((g, product) => g.output("y", add(product, g.input("r", "float32", ["n", 5])))),
    ],
    ["a sum with an input", built((g, product) => g.output("y", add(product, g.input("r", "float32", [5]))))],
    ["a product with a factor", built((g, product, b) => g.output("y", add(product, b)), true, 0.5)],
    ["a product with the weight as it lies", built((g, product, b) => g.output("y", add(product, b)), false)],
  ])("%s", (_what, graph) => {
    const { graph: result } = fuse(graph, new Map());
    verify(result);
    expect(operators(result)).toEqual(operators(graph));
  });
});
