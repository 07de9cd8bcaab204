// Checks shared by the operator tests: numeric gradients on the interpreter, and ONNX Runtime against the interpreter.

import { expect } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import type { Random } from "../../src/core/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import {
  encodeOnnx,
  Graph,
  interpret,
  multiply,
  reduceSum,
  verify,
  type Feed,
  type Value,
} from "../../src/graph/index.ts";
import { arrayFor, elementCount, type HostTensor } from "../../src/tensor/index.ts";

export interface LeafSpec {
  name: string;
  dtype?: "float32" | "int32" | "uint32";
  shape: (number | string)[];
  dims: number[];
  /** How to draw an element; default: normal for floats. */
  draw?: (random: Random) => number;
  /** Whether a gradient with respect to it is checked; default: floats are. */
  differentiate?: boolean;
}

export interface Case {
  name: string;
  leaves: LeafSpec[];
  build(...values: Value[]): Value | readonly Value[];
}

export function drawFeeds(leaves: readonly LeafSpec[], random: Random): Record<string, Feed> {
  return Object.fromEntries(
    leaves.map((leaf) => {
      const draw =
        leaf.draw ??
        ((r: Random) =>
          leaf.dtype === undefined || leaf.dtype === "float32" ? Math.fround(r.nextNormal()) : r.nextInteger(3));
      const data = Float64Array.from({ length: elementCount(leaf.dims) }, () => draw(random));
      return [leaf.name, { dims: leaf.dims, data }];
    }),
  );
}

/** A graph whose loss is a fixed random weighting of all float results of the case. */
export function lossGraph(test: Case): { graph: Graph; sources: Map<string, Value>; loss: Value } {
  const graph = new Graph(test.name);
  const leaves = test.leaves.map((leaf) => graph.input(leaf.name, leaf.dtype ?? "float32", leaf.shape));
  const built = test.build(...leaves);
  const results = (Array.isArray(built) ? built : [built]) as Value[];
  let loss: Value | undefined;
  results.forEach((result, i) => {
    if (result.dtype !== "float32") return;
    const weight = graph.input(`weight${i}`, "float32", result.shape);
    const weighted = multiply(result, weight);
    const total =
      result.shape.length === 0
        ? weighted
        : reduceSum(
            weighted,
            result.shape.map((_, axis) => axis),
          );
    loss = loss === undefined ? total : (graph.add("add", [loss, total])[0] as Value);
  });
  const sources = new Map<string, Value>();
  test.leaves.forEach((leaf, i) => {
    if ((leaf.dtype ?? "float32") === "float32" && leaf.differentiate !== false) sources.set(leaf.name, leaves[i]!);
  });
  return { graph, sources, loss: loss! };
}

/** Every gradient of the case against central differences on the float64 interpreter, to 1e-6. */
export function checkGradients(test: Case, random: Random): void {
  const { graph, sources, loss } = lossGraph(test);
  const found = gradients(loss, [...sources.values()]);
  graph.output("loss", loss);
  for (const [name, source] of sources) {
    const gradient = found.get(source);
    expect(gradient, `${test.name}: the loss must depend on ${name}`).toBeDefined();
    graph.output(`gradient.${name}`, gradient!);
  }
  verify(graph);
  const feeds = drawFeeds(test.leaves, random);
  fillWeights(graph, feeds, random);
  const analytic = interpret(graph, feeds);
  const step = 1e-5;
  for (const name of sources.keys()) {
    const feed = feeds[name]!;
    const data = feed.data as Float64Array;
    for (let i = 0; i < data.length; i++) {
      const before = data[i]!;
      data[i] = before + step;
      const above = interpret(graph, feeds)["loss"]!.data[0]!;
      data[i] = before - step;
      const below = interpret(graph, feeds)["loss"]!.data[0]!;
      data[i] = before;
      const numericGradient = (above - below) / (2 * step);
      const own = analytic[`gradient.${name}`]!.data[i]!;
      const scale = Math.max(1, Math.abs(numericGradient));
      expect(
        Math.abs(own - numericGradient) / scale,
        `${test.name}: d/d${name}[${i}] is ${own}, differences say ${numericGradient}`,
      ).toBeLessThan(1e-6);
    }
  }
}

/** Results and gradients of the case in ONNX Runtime against the interpreter, to 1e-5 of the largest magnitude. */
export async function checkEngine(test: Case, random: Random): Promise<void> {
  const { graph, sources, loss } = lossGraph(test);
  const found = sources.size === 0 ? new Map<Value, Value>() : gradients(loss, [...sources.values()]);
  if (loss !== undefined) graph.output("loss", loss);
  graph.nodes
    .filter((node) => node.scope === "")
    .forEach((node) => node.outputs.forEach((output, i) => graph.output(`value.${node.id}.${i}`, output)));
  for (const [name, source] of sources) graph.output(`gradient.${name}`, found.get(source)!);
  const feeds = drawFeeds(test.leaves, random);
  fillWeights(graph, feeds, random);
  const wanted = interpret(graph, feeds);
  const session = await EngineSession.create(encodeOnnx(graph), { threads: 1 });
  const inputs: Record<string, HostTensor> = {};
  for (const input of graph.inputs) {
    const feed = feeds[input.name]!;
    const data = arrayFor(input.dtype, feed.data.length);
    Array.from(feed.data).forEach((value, i) => ((data as Float32Array)[i] = value));
    inputs[input.name] = { dtype: input.dtype, dims: feed.dims, data };
  }
  const used = Object.fromEntries(Object.entries(inputs).filter(([name]) => session.inputNames.includes(name)));
  const results = await session.run(used);
  await session.release();
  for (const [name, expected] of Object.entries(wanted)) {
    const got = results[name]!;
    expect([...got.dims], `${test.name}: shape of ${name}`).toEqual([...expected.dims]);
    const size = expected.data.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
    expected.data.forEach((value, i) => {
      const difference = Math.abs(Number(got.data[i]) - value) / size;
      expect(
        difference,
        `${test.name}: ${name}[${i}] is ${String(got.data[i])}, the interpreter says ${value}`,
      ).toBeLessThan(1e-5);
    });
  }
}

function fillWeights(graph: Graph, feeds: Record<string, Feed>, random: Random): void {
  for (const input of graph.inputs) {
    if (feeds[input.name] !== undefined) continue;
    const sizes = new Map<string, number>();
    for (const other of graph.inputs) {
      const feed = feeds[other.name];
      other.shape.forEach(
        (dim, axis) => feed !== undefined && typeof dim === "string" && sizes.set(dim, feed.dims[axis]!),
      );
    }
    const dims = input.shape.map((dim) =>
      typeof dim === "number"
        ? dim
        : dim.split("*").reduce((product, part) => product * (sizes.get(part) ?? Number(part)), 1),
    );
    feeds[input.name] = {
      dims,
      data: Float64Array.from({ length: elementCount(dims) }, () => Math.fround(random.nextNormal())),
    };
  }
}
