// What parameters start with, and the loss: which labels count, and that parts add up to the whole.

import { describe, expect, it } from "vitest";
import { Graph, interpret, iota } from "../../src/graph/index.ts";
import {
  crossEntropy,
  embedding,
  initialTensor,
  layerNorm,
  linear,
  ParameterScope,
  type ParameterSpec,
} from "../../src/nn/index.ts";
import { uniform } from "../support/counter-weights.ts";

const spec = (changes: Partial<ParameterSpec> = {}): ParameterSpec => ({
  name: "layers.0.attention.query.weight",
  dims: [100, 200],
  initializer: "normal",
  decay: true,
  ...changes,
});

describe("initialTensor", () => {
  it("draws a normal distribution of the deviation asked for", () => {
    const { data, dims } = initialTensor(spec(), 1, 0.02);
    const values = Array.from(data as Float32Array);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const within = values.filter((value) => Math.abs(value) < 0.02).length / values.length;
    expect(dims).toEqual([100, 200]);
    expect(Math.abs(mean)).toBeLessThan((4 * 0.02) / Math.sqrt(values.length));
    expect(Math.abs(Math.sqrt(variance) / 0.02 - 1)).toBeLessThan(0.02);
    expect(Math.abs(within - 0.6827)).toBeLessThan(0.015);
  });

  it("depends on the seed and the name alone", () => {
    const first = initialTensor(spec(), 1, 0.02).data;
    expect(initialTensor(spec(), 1, 0.02).data).toEqual(first);
    expect(initialTensor(spec(), 2, 0.02).data).not.toEqual(first);
    expect(initialTensor(spec({ name: "layers.1.attention.query.weight" }), 1, 0.02).data).not.toEqual(first);
    expect(initialTensor(spec({ dims: [10] }), 1, 0.02).data).toEqual(first.slice(0, 10));
  });

  it("starts biases at zero and normalisation weights at one", () => {
    expect([...initialTensor(spec({ dims: [3], initializer: "zeros" }), 1, 0.02).data]).toEqual([0, 0, 0]);
    expect([...initialTensor(spec({ dims: [3], initializer: "ones" }), 1, 0.02).data]).toEqual([1, 1, 1]);
  });
});

describe("bricks", () => {
  it("declare what they need, and let matrices and tables decay but no bias and no normalisation weight", () => {
    const graph = new Graph("bricks");
    const p = new ParameterScope(graph);
    const table = embedding(p, "table", iota(graph, 5), 9, 4);
    layerNorm(p, "norm", linear(p, "dense", table, 3), 1e-12);
    expect(p.specs.map(({ name, dims, initializer, decay }) => [name, dims, initializer, decay])).toEqual([
      ["table.weight", [9, 4], "normal", true],
      ["dense.weight", [3, 4], "normal", true],
      ["dense.bias", [3], "zeros", false],
      ["norm.weight", [3], "ones", false],
      ["norm.bias", [3], "zeros", false],
    ]);
    expect(graph.parameters).toEqual(p.values);
  });
});

describe("crossEntropy", () => {
  const classes = 3;
  const graph = new Graph("loss");
  const logits = graph.input("logits", "float32", ["rows", classes]);
  const labels = graph.input("labels", "int32", ["rows"]);
  graph.output("loss", crossEntropy(logits, labels, graph.input("weight", "float32", [])));
  const loss = (values: ArrayLike<number>, tags: readonly number[], weight: number): number =>
    interpret(graph, {
      logits: { dims: [tags.length, classes], data: values },
      labels: { dims: [tags.length], data: tags },
      weight: { dims: [], data: [weight] },
    })["loss"]!.data[0]!;

  it("is the mean of minus the log-probability of the counted labels", () => {
    const values = uniform("logits", 12).map((value) => 3 * value);
    const tags = [2, -100, 0, 3];
    const expected = [0, 2].map((row) => {
      const scores = [...values.subarray(row * classes, (row + 1) * classes)];
      return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[tags[row]!]!;
    });
    expect(loss(values, tags, 1 / 2)).toBeCloseTo((expected[0]! + expected[1]!) / 2, 12);
  });

  it("of parts adds up to that of the whole", () => {
    const values = uniform("logits", 12);
    const tags = [1, 0, -100, 2];
    const parts = loss(values.subarray(0, 3), tags.slice(0, 1), 1 / 3) + loss(values.subarray(3), tags.slice(1), 1 / 3);
    expect(parts).toBeCloseTo(loss(values, tags, 1 / 3), 14);
  });

  it("is log 3 where nothing is known, and finite for large logits", () => {
    expect(loss([0, 0, 0], [1], 1)).toBeCloseTo(Math.log(3), 14);
    expect(loss([1000, 0, -1000], [2], 1)).toBe(2000);
  });
});
