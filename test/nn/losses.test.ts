// Losses against PyTorch's (reference/parity_heads.py): value and gradient, with class weights, ignored labels and label
// smoothing; and the parts of a batch against the whole.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import { Random } from "../../src/core/index.ts";
import { Graph, interpret, type Feed, type Value } from "../../src/graph/index.ts";
import { binaryCrossEntropy, crossEntropy, meanWeight, squaredError } from "../../src/nn/index.ts";
import { checkEngine, checkGradients, type Case, type LeafSpec } from "../autodiff/support.ts";
import { counterClasses, uniform } from "../support/counter-weights.ts";
import { distance, norm } from "../support/norms.ts";

interface GoldenLoss {
  kind: "crossEntropy" | "binaryCrossEntropy" | "squaredError";
  labelSmoothing?: number;
  classWeights?: number[];
  positiveWeights?: number[];
  loss: number;
  gradient: number[];
}
const golden = JSON.parse(readFileSync(new URL("../golden/heads.json", import.meta.url), "utf8")) as {
  lossFunctions: GoldenLoss[];
};

const [ROWS, CLASSES] = [7, 4];
const logits = Float64Array.from(uniform("losses.logits", ROWS * CLASSES), (x) => Math.fround(4 * Math.fround(x)));
const labels = counterClasses(30, 5, ROWS, CLASSES);
labels[2] = -100;

/** The targets of a loss: labels a row, or numbers an element. */
function targetsOf({ kind }: GoldenLoss): ArrayLike<number> {
  if (kind === "crossEntropy") return labels;
  if (kind === "binaryCrossEntropy") return counterClasses(31, 5, ROWS * CLASSES, 2);
  return Float32Array.from(uniform("losses.targets", ROWS * CLASSES));
}

/** Loss and gradient of rows `from`..`to`, in float64. */
function compute(test: GoldenLoss, weight: number, from = 0, to = ROWS): { loss: number; gradient: number[] } {
  const graph = new Graph(test.kind);
  const x = graph.input("x", "float32", ["rows", CLASSES]);
  const factor = graph.input("weight", "float32", []);
  const isRow = test.kind === "crossEntropy";
  const y = isRow ? graph.input("y", "int32", ["rows"]) : graph.input("y", "float32", ["rows", CLASSES]);
  const { classWeights, labelSmoothing = 0, positiveWeights } = test;
  const build: Record<GoldenLoss["kind"], () => Value> = {
    crossEntropy: () => crossEntropy(x, y, factor, { labelSmoothing, ...(classWeights && { classWeights }) }),
    binaryCrossEntropy: () => binaryCrossEntropy(x, y, factor, positiveWeights && { positiveWeights }),
    squaredError: () => squaredError(x, y, factor),
  };
  const loss = build[test.kind]();
  graph.output("loss", loss);
  graph.output("gradient", gradients(loss, [x]).get(x)!);
  const rows = (data: ArrayLike<number>, width: number): Feed => ({
    dims: width === 1 ? [to - from] : [to - from, width],
    data: Array.from(data).slice(from * width, to * width),
  });
  const feeds = {
    x: rows(logits, CLASSES),
    y: rows(targetsOf(test), isRow ? 1 : CLASSES),
    weight: { dims: [], data: [weight] },
  };
  const results = interpret(graph, feeds);
  return { loss: results["loss"]!.data[0]!, gradient: [...results["gradient"]!.data] };
}

function weightOf({ kind, classWeights }: GoldenLoss): number {
  return kind === "crossEntropy" ? meanWeight(labels, CLASSES, classWeights) : 1 / (ROWS * CLASSES);
}

const cases = golden.lossFunctions.map((test): [string, GoldenLoss] => {
  const { kind, loss: _loss, gradient: _gradient, ...options } = test;
  return [`${kind} ${JSON.stringify(options)}`, test];
});

describe.each(cases)("%s", (_name, test) => {
  it("is PyTorch's, and so is its gradient", () => {
    const { loss, gradient } = compute(test, weightOf(test));
    expect(Math.abs(loss / test.loss - 1)).toBeLessThan(1e-6);
    expect(distance(gradient, test.gradient) / norm(test.gradient)).toBeLessThan(1e-6);
  });

  it("adds up over the parts of a batch", () => {
    const whole = compute(test, weightOf(test));
    const parts = [compute(test, weightOf(test), 0, 3), compute(test, weightOf(test), 3)];
    expect(Math.abs(parts[0]!.loss + parts[1]!.loss - whole.loss)).toBeLessThan(1e-12);
    expect(
      distance(
        parts.flatMap(({ gradient }) => gradient),
        whole.gradient,
      ),
    ).toBeLessThan(1e-12);
  });
});

describe("in ONNX Runtime", () => {
  const weight: LeafSpec = { name: "weight", shape: [], dims: [], differentiate: false };
  const x: LeafSpec = { name: "x", shape: ["rows", 3], dims: [4, 3] };
  const labels: LeafSpec = { name: "y", dtype: "int32", shape: ["rows"], dims: [4], draw: (r) => r.nextInteger(5) - 1 };
  const targets: LeafSpec = { ...x, name: "y", draw: (r) => r.nextInteger(2), differentiate: false };
  const classWeights = [0.5, 2, 1];

  it.each<Case>([
    { name: "mean", leaves: [x, labels, weight], build: (a, y, w) => crossEntropy(a!, y!, w!) },
    {
      name: "smoothed",
      leaves: [x, labels, weight],
      build: (a, y, w) => crossEntropy(a!, y!, w!, { labelSmoothing: 0.2 }),
    },
    {
      name: "weighted and smoothed",
      leaves: [x, labels, weight],
      build: (a, y, w) => crossEntropy(a!, y!, w!, { classWeights, labelSmoothing: 0.2 }),
    },
    {
      name: "binary",
      leaves: [x, targets, weight],
      build: (a, y, w) => binaryCrossEntropy(a!, y!, w!, { positiveWeights: classWeights }),
    },
    { name: "squared", leaves: [x, targets, weight], build: (a, y, w) => squaredError(a!, y!, w!) },
  ])("$name: values and gradients are the interpreter's", async (test) => {
    const random = new Random(5);
    checkGradients(test, random);
    await checkEngine(test, random);
  });
});

describe("meanWeight", () => {
  it("counts labels that are classes, each with its weight", () => {
    expect(meanWeight([0, 1, 1, -100, 2, 7], 3)).toBe(1 / 4);
    expect(meanWeight([0, 1, 1, -100, 2, 7], 3, [1, 0.25, 2.5])).toBe(1 / 4);
    expect(meanWeight([0, 1, 1], 2, [3, 0.5])).toBe(1 / 4);
  });

  it("is 0 where nothing is counted, so that the loss is 0 and not NaN", () => {
    expect(meanWeight([-100, -1, 5], 5)).toBe(0);
    expect(meanWeight([], 5)).toBe(0);
  });
});

it("keeps binary cross-entropy finite and exact for scores far from zero", () => {
  const graph = new Graph("far");
  const x = graph.input("x", "float32", ["rows", 1]);
  const y = graph.input("y", "float32", ["rows", 1]);
  const loss = binaryCrossEntropy(x, y, graph.input("weight", "float32", []));
  graph.output("loss", loss);
  graph.output("gradient", gradients(loss, [x]).get(x)!);
  const column = (...data: number[]): Feed => ({ dims: [data.length, 1], data });
  const results = interpret(graph, {
    x: column(800, -800, 800, -800),
    y: column(1, 1, 0, 0),
    weight: { dims: [], data: [1] },
  });
  expect(results["loss"]!.data[0]).toBe(1600);
  expect([...results["gradient"]!.data]).toEqual([0, -1, 1, 0]);
});
