// The int8 pass on a BERT: what it turns into bytes, what it leaves alone, and that the new graph means nearly the same.

import { describe, expect, it } from "vitest";
import { tokenClassifierForInference } from "../../src/bert/index.ts";
import {
  add,
  encodeOnnx,
  Graph,
  interpret,
  matMul,
  negate,
  quantize,
  rangeGraph,
  verify,
  type ActivationRange,
  type Feed,
  type GraphNode,
} from "../../src/graph/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { counterWeights, uniform } from "../support/counter-weights.ts";
import { LAYERS, smallConfig as config } from "../support/small-config.ts";

const source = tokenClassifierForInference(config, 3);
const weights = counterWeights(source.parameters);
const watched = rangeGraph(source.graph, weights);
const dims = [2, 7];
const ids = [3, 9, 60, 11, 2, 7, 1, 4, 4, 59, 21, 0, 0, 0];
const mask = ids.map((_, i) => (i < 11 ? 1 : 0));
const ranges = rangesOf(interpret(watched.graph, feedsOf(watched.weights)));
const small = quantize(source.graph, weights, ranges);
const nodesOf = (operator: string): GraphNode[] => small.graph.nodes.filter((node) => node.operator === operator);

/** The ranges that a range graph gives, in their order. */
function rangesOf(results: Readonly<Record<string, { data: ArrayLike<number> }>>): ActivationRange[] {
  const count = Object.keys(results).length / 2;
  return Array.from({ length: count }, (_, i) => ({
    low: results[`low.${i}`]!.data[0]!,
    high: results[`high.${i}`]!.data[0]!,
  }));
}

function feedsOf(given: ReadonlyMap<string, HostTensor>): Record<string, Feed> {
  const feeds: Record<string, Feed> = {
    input_ids: { dims, data: ids },
    attention_mask: { dims, data: mask },
    token_type_ids: { dims, data: ids.map(() => 0) },
  };
  for (const [name, { dims: shape, data }] of given) feeds[name] = { dims: shape, data: data as Float32Array };
  return feeds;
}

const largest = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
const gap = (a: ArrayLike<number>, b: ArrayLike<number>): number => largest(Array.from(a, (value, i) => value - b[i]!));

describe("a quantised BERT", () => {
  it("is a sound graph with the inputs and outputs of the old one", () => {
    verify(small.graph);
    const signature = (graph: Graph): unknown => [
      graph.inputs.map(({ name, dtype, shape }) => [name, dtype, shape]),
      [...graph.outputs].map(([name, { dtype, shape }]) => [name, dtype, shape]),
    ];
    expect(signature(small.graph)).toEqual(signature(source.graph));
  });

  it("multiplies in integers in every linear layer of the encoder, and quantises what several of them read once", () => {
    expect(nodesOf("integerMatMul")).toHaveLength(6 * LAYERS);
    expect(nodesOf("quantizeLinear"), "query, key and value share one").toHaveLength(4 * LAYERS);
    for (let layer = 0; layer < LAYERS; layer++) {
      const inputs = nodesOf("integerMatMul")
        .slice(6 * layer, 6 * layer + 3)
        .map((node) => node.inputs[0]);
      expect(new Set(inputs).size).toBe(1);
    }
  });

  it("leaves the small classifier, biases and normalisation in full precision", () => {
    const kept = [...small.weights.keys()];
    const matrices = [...weights].filter(([, tensor]) => tensor.dims.length === 2).map(([name]) => name);
    expect(kept.filter((name) => matrices.includes(name))).toEqual(["head.classifier.weight"]);
    expect(kept).toHaveLength(weights.size - matrices.length + 1);
    expect(new Set(small.graph.parameters.map(({ name }) => name))).toEqual(new Set(kept));
    expect(small.graph.nodes.filter((node) => node.operator === "matMul")).toHaveLength(1);
    for (const name of kept) expect(small.weights.get(name)).toBe(weights.get(name));
  });

  it("keeps weights within 7 bits, each column to its end, so that two products fit 16 bits", () => {
    for (const node of nodesOf("integerMatMul")) {
      const { dtype, dims: shape, data } = node.inputs[1]!.tensor!;
      const [inner, columns] = shape as [number, number];
      expect(dtype).toBe("int8");
      for (let column = 0; column < columns; column++) {
        const values = Array.from({ length: inner }, (_, row) => (data as Int8Array)[row * columns + column]!);
        expect(largest(values)).toBe(63);
      }
    }
    // A CPU without VNNI adds two products of an activation (at most 255) and a weight in a signed 16-bit integer.
    expect(2 * 255 * 63).toBeLessThanOrEqual(32767);
    expect(2 * 255 * 127).toBeGreaterThan(32767);
  });

  it("stores weights and embedding rows to half a step of their scale", () => {
    // The worst distance of stored from original values in steps, with `at` giving the index of one in the original.
    const worst = (name: string, stored: Int8Array, scaleOf: (at: number) => number, at = (i: number) => i): number => {
      const original = weights.get(name)!.data as Float32Array;
      return largest(Array.from(stored, (value, i) => value - original[at(i)]! / scaleOf(at(i))));
    };
    const linear = source.graph.nodes.filter((node) => node.operator === "matMul").map((node) => node.inputs[1]!);
    nodesOf("integerMatMul").forEach((node, i) => {
      const [columns, inner] = linear[i]!.shape as [number, number];
      const scales = node.inputs[3]!.tensor!.data as Float32Array;
      const transposed = (k: number): number => (k % columns) * inner + Math.floor(k / columns);
      const stored = node.inputs[1]!.tensor!.data as Int8Array;
      expect(worst(linear[i]!.name, stored, (k) => scales[Math.floor(k / inner)]!, transposed)).toBeLessThan(0.501);
    });
    const gathered = nodesOf("gatherRows").map((node) => node.inputs[0]!.tensor!);
    for (const name of ["embeddings.word.weight", "embeddings.position.weight", "embeddings.tokenType.weight"]) {
      const rows = weights.get(name)!.dims[0]!;
      const [table, scales] = ["int8", "float32"].map(
        (dtype) => gathered.find((tensor) => tensor.dims[0] === rows && tensor.dtype === dtype)!.data,
      );
      expect(largest(table as Int8Array)).toBe(127);
      expect(worst(name, table as Int8Array, (k) => (scales as Float32Array)[Math.floor(k / 16)]!)).toBeLessThan(0.501);
    }
  });

  it("asks for the ranges of what is quantised, in order: a graph that gives nothing else", () => {
    verify(watched.graph);
    expect(ranges).toHaveLength(4 * LAYERS);
    expect([...watched.graph.outputs.keys()]).toEqual(ranges.flatMap((_, i) => [`low.${i}`, `high.${i}`]));
    nodesOf("quantizeLinear").forEach((node, i) => {
      const [scale, zero] = node.inputs.slice(1).map((input) => Number(input.tensor!.data[0]));
      const { low, high } = ranges[i]!;
      expect(low).toBeLessThan(0);
      expect(scale! * (255 - zero!)).toBeCloseTo(high, 1);
      expect(scale! * -zero!).toBeCloseTo(low, 1);
    });
  });

  it("gives nearly the logits of the old graph, and ONNX Runtime those of the interpreter", async () => {
    const exact = interpret(source.graph, feedsOf(weights))["logits"]!.data;
    const meant = interpret(small.graph, feedsOf(small.weights))["logits"]!.data;
    const spread = Math.max(...exact) - Math.min(...exact);
    expect(gap(meant, exact), "quantising costs something").toBeGreaterThan(1e-4 * spread);
    expect(gap(meant, exact), "and not much").toBeLessThan(0.04 * spread);

    const session = await EngineSession.create(encodeOnnx(small.graph, { weights: small.weights }), { threads: 1 });
    const tensor = (data: readonly number[]): HostTensor => ({
      dtype: "int64",
      dims,
      data: BigInt64Array.from(data, BigInt),
    });
    const results = await session.run({
      input_ids: tensor(ids),
      attention_mask: tensor(mask),
      token_type_ids: tensor(ids.map(() => 0)),
    });
    await session.release();
    // Single precision may round an activation to the next of 255 steps.
    expect(gap(results["logits"]!.data as Float32Array, meant)).toBeLessThan(0.01 * spread);
  });
});

describe("quantising", () => {
  const weight: HostTensor = { dtype: "float32", dims: [16, 4], data: Float32Array.from(uniform("w", 64)) };
  const bias: HostTensor = { dtype: "float32", dims: [16], data: Float32Array.from(uniform("b", 16)) };
  const given = new Map([
    ["w", weight],
    ["b", bias],
  ]);

  function linear(
    build: (graph: Graph, product: ReturnType<typeof matMul>, b: ReturnType<typeof matMul>) => void,
  ): Graph {
    const graph = new Graph("one");
    const x = graph.input("x", "float32", ["n", 4]);
    const w = graph.parameter("w", "float32", [16, 4]);
    build(graph, matMul(x, w, { transposeB: true }), graph.parameter("b", "float32", [16]));
    return graph;
  }
  const operators = (graph: Graph): string[] => graph.nodes.map((node) => node.operator);

  const range = [{ low: -2, high: 3 }];

  it("takes a product with a bias, and one of zeros without dividing by them", () => {
    const graph = linear((g, product, b) => g.output("y", add(product, b)));
    expect(operators(quantize(graph, given, range).graph)).toEqual(["quantizeLinear", "integerMatMul"]);
    const zeros = new Map([...given, ["w", { ...weight, data: new Float32Array(64) }]] as const);
    const { graph: flat, weights: kept } = quantize(graph, zeros, range);
    const feeds = {
      x: { dims: [1, 4], data: [1, -2, 3, 0] },
      b: { dims: [16], data: kept.get("b")!.data as Float32Array },
    };
    expect([...interpret(flat, feeds)["y"]!.data]).toEqual([...(bias.data as Float32Array)]);
  });

  it("leaves alone a layer of fewer than 16 columns", () => {
    const graph = new Graph("narrow");
    const x = graph.input("x", "float32", ["n", 4]);
    graph.output(
      "y",
      add(
        matMul(x, graph.parameter("w", "float32", [15, 4]), { transposeB: true }),
        graph.parameter("b", "float32", [15]),
      ),
    );
    const narrow = new Map(
      [...given].map(([name, tensor]) => {
        const shape = [15, ...tensor.dims.slice(1)];
        const size = shape.reduce((product, dim) => product * dim, 1);
        return [name, { ...tensor, dims: shape, data: (tensor.data as Float32Array).slice(0, size) }] as const;
      }),
    );
    expect(operators(quantize(graph, narrow, []).graph)).toEqual(["matMul", "add"]);
  });

  it("refuses ranges too few or too many", () => {
    const graph = linear((g, product, b) => g.output("y", add(product, b)));
    for (const wrong of [[], [...range, ...range]]) {
      expect(() => quantize(graph, given, wrong)).toThrow(`${wrong.length} ranges`);
    }
  });

  it("sends values beyond the range to its ends, and keeps zero exact where the range leaves it out", () => {
    const graph = linear((g, product, b) => g.output("y", add(product, b)));
    const y = (x: number, { low, high }: ActivationRange): number[] => {
      const { graph: result, weights: kept } = quantize(graph, given, [{ low, high }]);
      const feeds = {
        x: { dims: [1, 4], data: [x, 0, 0, 0] },
        b: { dims: [16], data: kept.get("b")!.data as Float32Array },
      };
      return [...interpret(result, feeds)["y"]!.data];
    };
    expect(y(9, range[0]!)).toEqual(y(3, range[0]!));
    expect(y(-9, range[0]!)).toEqual(y(-2.001, range[0]!));
    expect(y(2.9, range[0]!)).not.toEqual(y(3, range[0]!));
    for (const aside of [
      { low: 1, high: 3 },
      { low: -3, high: -1 },
      { low: 0, high: 0 },
    ]) {
      expect(y(0, aside)).toEqual([...(bias.data as Float32Array)]);
    }
  });

  it.each<[string, (graph: Graph, product: ReturnType<typeof matMul>, b: ReturnType<typeof matMul>) => void]>([
    [
      "an output",
      (g, product, b) => {
        g.output("y", add(product, b));
        g.output("product", product);
      },
    ],
    [
      "read elsewhere, too",
      (g, product, b) => {
        g.output("y", add(product, b));
        g.output("z", negate(product));
      },
    ],
    ["not added to a bias", (g, product) => g.output("y", negate(product))],
  ])("leaves alone a product that is %s", (_how, build) => {
    const graph = linear(build);
    const { graph: result, weights: kept } = quantize(graph, given, []);
    verify(result);
    expect(operators(result)).toEqual(operators(graph));
    expect(result.parameters.every(({ name }) => kept.has(name))).toBe(true);
  });
});
