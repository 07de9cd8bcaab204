// The estimate of a graph's memory, against counts made by hand.

import { expect, it } from "vitest";
import { add, Graph, matMul, multiply, peakActivationBytes, reshape, scalar, exponential } from "../../src/graph/index.ts";

const sizes = new Map([["rows", 10]]);

it("counts values while somebody will still read them", () => {
  const graph = new Graph("chain");
  const x = graph.input("x", "float32", ["rows", 4]);
  const wide = matMul(x, graph.parameter("w", "float32", [4, 8])); // 320 bytes
  const narrow = matMul(wide, graph.parameter("v", "float32", [8, 2])); // 80, with wide alive
  graph.output("y", matMul(narrow, graph.parameter("u", "float32", [2, 2]))); // 80
  expect(peakActivationBytes(graph, sizes)).toBe(320 + 80);
});

it("lets an operator write over what only it reads, and counts no memory for another shape", () => {
  const graph = new Graph("in-place");
  const x = graph.input("x", "float32", ["rows", 4]);
  const doubled = multiply(x, scalar(graph, 2)); // 160: x belongs to the caller
  const flat = reshape(exponential(doubled), ["4*rows"]); // over doubled
  graph.output("y", add(flat, flat));
  expect(peakActivationBytes(graph, sizes)).toBe(160);
});

it("keeps what is read twice, and leaves out outputs that the caller has memory for", () => {
  const graph = new Graph("twice");
  const x = graph.input("x", "float32", ["rows", 4]);
  const a = exponential(x); // 160
  graph.output("y", add(exponential(a), a)); // 160 beside a; the sum goes over one of them
  expect(peakActivationBytes(graph, sizes)).toBe(320);
  expect(peakActivationBytes(graph, sizes, new Set(["y"]))).toBe(320);
});
