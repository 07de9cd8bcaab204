// A table that is looked up in two places and is a matrix in a third: its gradient has a dense part and rows, of which
// the training step makes one.

import { expect, it } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import {
  add,
  gatherRows,
  Graph,
  interpret,
  matMul,
  multiply,
  reduceSum,
  scalar,
  type Feed,
  type Value,
} from "../../src/graph/index.ts";
import { ParameterScope } from "../../src/nn/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { uniform } from "../support/counter-weights.ts";
import { distance, firstDifference, norm } from "../support/norms.ts";

const [ROWS, WIDTH] = [9, 5];

type Use = "first" | "second" | "matrix";

/** A loss in which the table is used as asked; lookups of row 2 are padding in the first place. */
function build(uses: readonly Use[]): { graph: Graph; p: ParameterScope; loss: Value } {
  const graph = new Graph("tied");
  const p = new ParameterScope(graph);
  const table = p.declare("table.weight", [ROWS, WIDTH], "normal");
  const [one, two] = ["first", "second"].map((name) => graph.input(name, "int32", ["count"])) as [Value, Value];
  const toward = graph.input("toward", "float32", ["count", WIDTH]);
  const squared = (x: Value): Value => reduceSum(multiply(multiply(x, x), toward), [0, 1]);
  const parts: Record<Use, () => Value> = {
    first: () => squared(gatherRows(table, one, { paddingIndex: 2 })),
    second: () => squared(gatherRows(table, two)),
    matrix: () => {
      const scores = matMul(toward, table, { transposeB: true });
      return multiply(reduceSum(multiply(scores, scores), [0, 1]), scalar(graph, 0.25));
    },
  };
  return { graph, p, loss: uses.map((use) => parts[use]()).reduce(add) };
}

function feedsOf(number: number): Record<string, HostTensor> {
  const rows = (name: string): Int32Array =>
    Int32Array.from(uniform(`${name}.${number}`, 7), (x) => Math.floor(((x + 1) / 2) * (ROWS - 1)));
  return {
    first: { dtype: "int32", dims: [7], data: rows("first") },
    second: { dtype: "int32", dims: [7], data: rows("second") },
    toward: { dtype: "float32", dims: [7, WIDTH], data: Float32Array.from(uniform(`toward.${number}`, 7 * WIDTH)) },
  };
}

const start: HostTensor = {
  dtype: "float32",
  dims: [ROWS, WIDTH],
  data: Float32Array.from(uniform("table", ROWS * WIDTH)),
};

/** The gradient of the table by the interpreter, which scatters every term. */
function expected(uses: readonly Use[], number: number): Float64Array {
  const { graph, p, loss } = build(uses);
  graph.output("gradient", gradients(loss, p.values).get(p.values[0]!)!);
  const feeds = Object.entries({ ...feedsOf(number), "table.weight": start }).map(
    ([name, { dims, data }]): [string, Feed] => [name, { dims, data: data as Float32Array }],
  );
  return interpret(graph, Object.fromEntries(feeds))["gradient"]!.data;
}

it.each<Use[][]>([
  [["first"]],
  [["matrix"]],
  [["first", "second"]],
  [["matrix", "first"]],
  [["first", "matrix"]],
  [["second", "matrix", "first"]],
])("adds up dense parts and rows: %j", async (uses) => {
  const { graph, p, loss } = build(uses);
  const model = { graph, parameters: p.specs, parameterValues: p.values, loss };
  const step = await TrainingStep.create(model, new Map([["table.weight", start]]), { threads: 1 });
  const near = (reference: ArrayLike<number>): void => {
    expect(distance(step.gradients, reference) / norm(reference)).toBeLessThan(1e-6);
  };
  const [zero, one] = [expected(uses, 0), expected(uses, 1)];
  await step.run(feedsOf(0));
  near(zero);
  const alone = Float32Array.from(step.gradients);
  await step.run(feedsOf(1), true);
  near(zero.map((value, i) => value + one[i]!));
  await step.run(feedsOf(1));
  near(one);
  await step.run(feedsOf(0));
  expect(firstDifference(step.gradients, alone), "a step begins its gradient anew").toBe(-1);
  await step.release();
});
