// The linear support vector machine against scikit-learn's LinearSVC (reference/linear_svm.py), and what it refuses.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { predictLinearSvm, trainLinearSvm } from "../../src/metrics/index.ts";

interface Golden {
  count: number;
  width: number;
  cases: { classes: number; cost: number; bias: boolean; weights: number[][]; biases: number[]; predicted: string[] }[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/linear-svm.json", import.meta.url), "utf8")) as Golden;

function data(classes: number): { vectors: number[][]; labels: string[] } {
  const indices = Array.from({ length: golden.count }, (_, i) => i);
  const value = (i: number, j: number) =>
    ((i * 7919 + j * 10473 + i * j * 31) % 1000) / 500 - 1 + (j === i % classes ? 0.8 : 0);
  return {
    vectors: indices.map((i) => Array.from({ length: golden.width }, (_, j) => value(i, j))),
    labels: indices.map((i) => `c${i % classes}`),
  };
}

it.each(golden.cases)(
  "has LinearSVC's weights for $classes classes at C = $cost, bias $bias",
  ({ classes, cost, bias, ...expected }) => {
    const { vectors, labels } = data(classes);
    const svm = trainLinearSvm(vectors, labels, { cost, bias, tolerance: 1e-10, maxPasses: 100_000 });
    expect(svm.converged).toBe(true);
    expect(svm.weights).toHaveLength(expected.weights.length);
    for (const [k, row] of expected.weights.entries()) {
      for (const [j, value] of row.entries()) expect(svm.weights[k]![j]).toBeCloseTo(value, 6);
      expect(svm.biases[k]).toBeCloseTo(expected.biases[k]!, 6);
    }
    expect(predictLinearSvm(svm, vectors)).toEqual(expected.predicted);
  },
);

it("refuses one class, and labels that do not go with the vectors", () => {
  expect(() => trainLinearSvm([[1], [2]], ["a", "a"])).toThrow(/two classes/);
  expect(() => trainLinearSvm([[1], [2]], ["a"])).toThrow(/2 vectors with 1 labels/);
  expect(() => trainLinearSvm([[1], [2, 3]], ["a", "b"])).toThrow(/different lengths/);
});
