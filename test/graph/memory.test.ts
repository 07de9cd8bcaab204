// The estimate of a graph's memory, against counts made by hand.

import { expect, it } from "vitest";
import {
  add,
  erf,
  executionOrder,
  Graph,
  matMul,
  memoryEvents,
  multiply,
  negate,
  peakActivationBytes,
  reshape,
  scalar,
  exponential,
} from "../../src/graph/index.ts";

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
  graph.output("y", add(flat, flat)); // 160: results have memory of their own
  expect(peakActivationBytes(graph, sizes)).toBe(320);
  expect(peakActivationBytes(graph, sizes, new Set(["y"]))).toBe(160);
});

it("keeps what is read twice, and leaves out outputs that the caller has memory for", () => {
  const graph = new Graph("twice");
  const x = graph.input("x", "float32", ["rows", 4]);
  const a = exponential(x); // 160
  graph.output("y", add(exponential(a), a)); // 160 beside a, and the result
  expect(peakActivationBytes(graph, sizes)).toBe(480);
  expect(peakActivationBytes(graph, sizes, new Set(["y"]))).toBe(320);
});

it("keeps the buffer of a value that has ended for a later value of its size", () => {
  const graph = new Graph("reuse");
  const x = graph.input("x", "float32", ["rows", 4]);
  const square = graph.parameter("w", "float32", [4, 4]);
  const first = matMul(x, square); // 160
  const narrow = matMul(first, graph.parameter("v", "float32", [4, 1])); // 40
  const second = matMul(narrow, graph.parameter("u", "float32", [1, 4])); // in the buffer of first
  graph.output("y", matMul(second, graph.parameter("t", "float32", [4, 1]))); // 40, the result's own
  const events = memoryEvents(graph, sizes, new Set(["y"]));
  expect(events.filter(({ bytes }) => bytes > 0).map(({ bytes }) => bytes)).toEqual([160, 40]);
  expect(events.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(0);
});

it("follows ONNX Runtime's order: what was made last comes first, from the last of what nothing reads", () => {
  const graph = new Graph("order");
  const x = graph.input("x", "float32", ["rows", 4]);
  const early = exponential(x);
  const late = erf(x);
  graph.output("sum", add(early, late));
  graph.output("other", negate(x));
  expect(executionOrder(graph).map(({ operator }) => operator)).toEqual(["negate", "erf", "exponential", "add"]);
});
