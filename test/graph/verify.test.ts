// A malformed graph is refused when it is built, or by the verifier when it was changed afterwards: each time with the
// operator's name and what was wrong, shapes included.

import { describe, expect, it } from "vitest";
import {
  add,
  batchMatMul,
  broadcastTo,
  cast,
  concatenate,
  gatherRows,
  Graph,
  integerMatMul,
  iota,
  layerNormalization,
  matMul,
  operatorNames,
  pad,
  quantizeLinear,
  reduceSum,
  reshape,
  scalar,
  scatterAddRows,
  select,
  slice,
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyGradient,
  softplus,
  transpose,
  verify,
  type GraphNode,
  type Value,
} from "../../src/graph/index.ts";

function expectRefused(build: () => unknown, operator: string, ...parts: string[]): void {
  let caught: unknown;
  try {
    build();
  } catch (error) {
    caught = error;
  }
  expect(caught, `${operator} must be refused`).toMatchObject({ code: "graph-invalid" });
  for (const part of [operator, ...parts]) expect((caught as Error).message).toContain(part);
}

describe("building", () => {
  const graph = new Graph("building");
  const a = graph.input("a", "float32", [2, 3]);
  const b = graph.input("b", "float32", [4, 5]);
  const rows = graph.input("rows", "float32", ["batch", 3]);
  const cube = graph.input("cube", "float32", ["batch", "sequence", 4]);
  const ids = graph.input("ids", "int32", ["batch", "sequence"]);
  const labels = graph.input("labels", "int32", ["batch"]);
  const number = scalar(graph, 1);

  it.each<[string, () => unknown, string[]]>([
    ["add", () => add(a, b), ["[2, 3]", "[4, 5]", "broadcast"]],
    ["add", () => add(ids, cube), ["int32[batch, sequence]", "float32[batch, sequence, 4]", "dtype"]],
    ["matMul", () => matMul(a, b), ["float32[2, 3]", "float32[4, 5]", "3 and 4"]],
    ["matMul", () => matMul(a, rows, { transposeA: true }), ["2 and batch"]],
    ["matMul", () => matMul(a, cube), ["[batch, sequence, 4]", "two matrices"]],
    ["batchMatMul", () => batchMatMul(cube, graph.input("other", "float32", ["sequence", 4, 4])), ["[sequence, 4, 4]"]],
    ["batchMatMul", () => batchMatMul(a, b), ["[2, 3]", "stacks"]],
    ["reshape", () => reshape(cube, ["batch", "sequence", 2]), ["[batch, sequence, 4]", "[batch, sequence, 2]"]],
    ["transpose", () => transpose(cube, [0, 0, 1]), ["[batch, sequence, 4]", "[0, 0, 1]"]],
    ["transpose", () => transpose(cube, [1, 0]), ["[1, 0]"]],
    ["broadcastTo", () => broadcastTo(a, [3, 2]), ["[2, 3]", "[3, 2]"]],
    ["broadcastTo", () => broadcastTo(cube, [4]), ["[batch, sequence, 4]", "[4]"]],
    ["slice", () => slice(a, 1, 2, 4), ["[2, 3]", "[2, 4)"]],
    ["slice", () => slice(a, 2, 0, 1), ["[2, 3]", "axis 2"]],
    ["pad", () => pad(cube, 0, 1, 1), ["[batch, sequence, 4]", "symbolic"]],
    ["concatenate", () => concatenate([a, b], 0), ["[2, 3]", "[4, 5]"]],
    ["concatenate", () => concatenate([rows, rows], 0), ["[batch, 3]", "symbolic"]],
    ["gatherRows", () => gatherRows(a, rows), ["float32[batch, 3]", "int32"]],
    ["gatherRows", () => gatherRows(number, ids), ["float32[]"]],
    ["scatterAddRows", () => scatterAddRows(ids, rows, 9), ["int32[batch, sequence]", "float32[batch, 3]"]],
    ["scatterAddRows", () => scatterAddRows(rows, rows, 9), ["float32[batch, 3]", "int32"]],
    ["softplus", () => softplus(ids), ["int32[batch, sequence]", "float32"]],
    ["softmaxCrossEntropy", () => softmaxCrossEntropy(rows, ids), ["int32[batch, sequence]", "one label a row"]],
    ["softmaxCrossEntropy", () => softmaxCrossEntropy(a, labels), ["float32[2, 3]", "int32[batch]"]],
    [
      "softmaxCrossEntropy",
      () => softmaxCrossEntropy(cube, labels),
      ["float32[batch, sequence, 4]", "[rows, classes]"],
    ],
    ["softmaxCrossEntropy", () => softmaxCrossEntropy(rows, rows), ["float32[batch, 3]", "int32"]],
    [
      "softmaxCrossEntropyGradient",
      () => softmaxCrossEntropyGradient(rows, labels, number),
      ["float32[batch, 3]", "float32[]", "one gradient a row"],
    ],
    ["reduceSum", () => reduceSum(a, [0, 2]), ["[2, 3]", "axis 2"]],
    ["reduceSum", () => reduceSum(a, [1, -1]), ["[2, 3]", "axes"]],
    ["softmax", () => softmax(number), ["float32[]"]],
    ["softmax", () => softmax(ids), ["int32[batch, sequence]", "float32"]],
    [
      "layerNormalization",
      () => layerNormalization(cube, number, number, 1e-12),
      ["[batch, sequence, 4]", "float32[]"],
    ],
    ["layerNormalization", () => layerNormalization(ids, number, number, 1e-12), ["int32[batch, sequence]", "float16"]],
    ["matMul", () => matMul(cast(a, "float16"), b), ["float16[2, 3]", "float32[4, 5]", "dtype"]],
    ["select", () => select(a, a, a), ["float32[2, 3]", "bool"]],
    ["select", () => select(cast(a, "bool"), a, cast(a, "int32")), ["int32[2, 3]", "dtype"]],
  ])("refuses %s (%#)", (operator, build, parts) => {
    const nodes = graph.nodes.length;
    expectRefused(build, operator, ...parts);
    expect(graph.nodes.filter((node) => node.operator === operator).length, "nothing is left behind").toBe(0);
    expect(graph.nodes.length).toBeLessThanOrEqual(nodes + 2);
  });

  it("refuses 8-bit products whose scales do not fit", () => {
    const x = quantizeLinear(rows, 0.1, 7);
    const weight = graph.constant({ dtype: "int8", dims: [3, 2], data: new Int8Array(6) });
    const columns = graph.constant({ dtype: "float32", dims: [2], data: new Float32Array(2) });
    const shape = (value: Value): number => value.shape.length;
    expect(shape(integerMatMul(x, weight, columns, columns))).toBe(2);
    const refused: [() => Value, string][] = [
      [() => integerMatMul(x, weight, number, columns), "one number a column"],
      [() => integerMatMul(x, columns, columns, columns), "float32[2]"],
      [() => integerMatMul({ ...x, scale: columns }, weight, columns, columns), "one scale"],
      [() => integerMatMul({ ...x, zeroPoint: number }, weight, columns, columns), "uint8"],
    ];
    for (const [build, part] of refused) expectRefused(build, "integerMatMul", "uint8[batch, 3]", part);
  });

  it.each(operatorNames())("refuses %s with too few or too many inputs", (operator) => {
    const attributes = {
      axis: 0,
      axes: [0],
      shape: [2, 3],
      order: [1, 0],
      length: 3,
      rows: 3,
      to: "int32",
      dtype: "int32",
    };
    const wrong = operator === "iota" ? [[a]] : operator === "concatenate" ? [[]] : [[], Array<Value>(9).fill(a)];
    for (const inputs of wrong) expectRefused(() => graph.add(operator, inputs, attributes), operator);
  });

  it("refuses an operator that does not exist", () => {
    expectRefused(() => graph.add("convolve", [a]), "convolve");
  });

  it("refuses a value of another graph, by name", () => {
    const other = new Graph("other");
    const foreign = other.input("foreign", "float32", [2, 3]);
    expectRefused(() => add(a, foreign), "add", "foreign", '"other"', '"building"');
    expectRefused(() => graph.output("result", foreign), "output result", "foreign");
  });

  it("refuses two inputs or two outputs of one name, and a parameter of symbolic shape", () => {
    expectRefused(() => graph.parameter("a", "float32", [1]), '"a"');
    graph.output("first", a);
    expectRefused(() => graph.output("first", b), '"first"');
    expectRefused(() => graph.parameter("weight", "float32", ["batch"]), "weight", "symbolic");
  });
});

describe("verify", () => {
  /** scores = softmax(x w^T + b) in scope "head", with its nodes to spoil. */
  function sound(): { graph: Graph; product: GraphNode; sum: GraphNode; nodes: GraphNode[] } {
    const graph = new Graph("sound");
    const x = graph.input("x", "float32", ["batch", 3]);
    const weight = graph.parameter("w", "float32", [2, 3]);
    const bias = graph.parameter("b", "float32", [2]);
    const scores = graph.scoped("head", () => softmax(add(matMul(x, weight, { transposeB: true }), bias)));
    graph.output("scores", scores);
    return { graph, product: graph.nodes[0]!, sum: graph.nodes[1]!, nodes: graph.nodes };
  }

  it("accepts a sound graph", () => {
    const { graph } = sound();
    expect(() => verify(graph)).not.toThrow();
  });

  it("refuses nodes out of order", () => {
    const { graph, nodes } = sound();
    nodes.reverse();
    expectRefused(() => verify(graph), "head/softmax#2(float32[batch, 2])", "before it is made");
  });

  it("refuses an input of another dtype", () => {
    const { graph, product } = sound();
    (product.inputs as Value[])[1] = graph.parameter("halves", "float16", [2, 3]);
    expectRefused(() => verify(graph), "matMul", "float32[batch, 3]", "float16[2, 3]", "dtype");
  });

  it("refuses a node with inputs too few", () => {
    const { graph, sum } = sound();
    (sum.inputs as Value[]).pop();
    expectRefused(() => verify(graph), "add", "float32[batch, 2]", "takes 2 inputs, got 1");
  });

  it("refuses an operator that is not there", () => {
    const { graph, sum } = sound();
    Object.assign(sum, { operator: "convolve" });
    expectRefused(() => verify(graph), "convolve");
  });

  it("refuses a missing node", () => {
    const { graph, nodes } = sound();
    nodes.splice(0, 1);
    expectRefused(() => verify(graph), "head/add#1(float32[batch, 2], float32[2])", "before it is made");
  });

  it("refuses attributes that no longer fit", () => {
    const { graph, product } = sound();
    Object.assign(product.attributes, { transposeB: false });
    expectRefused(() => verify(graph), "matMul", "float32[batch, 3]", "float32[2, 3]", "3 and 2");
  });

  it("refuses an input of another shape", () => {
    const { graph, sum } = sound();
    (sum.inputs as Value[])[1] = graph.parameter("wide", "float32", [7]);
    expectRefused(() => verify(graph), "add", "[batch, 2]", "[7]");
  });

  it("refuses an output of another shape or dtype than inference says", () => {
    const { graph, product } = sound();
    Object.assign(product.outputs[0]!, { shape: ["batch", 5] });
    expectRefused(() => verify(graph), "head/matMul#0", "float32[batch, 5]", "float32[batch, 2]");
    Object.assign(product.outputs[0]!, { shape: ["batch", 2], dtype: "int32" });
    expectRefused(() => verify(graph), "head/matMul#0", "int32[batch, 2]", "float32[batch, 2]");
  });

  it("refuses a node with outputs too many", () => {
    const { graph, sum } = sound();
    (sum.outputs as Value[]).push(sum.outputs[0]!);
    expectRefused(() => verify(graph), "head/add#1(float32[batch, 2], float32[2])", "2 outputs, not 1");
  });

  it("refuses an output that no node makes", () => {
    const { graph, nodes } = sound();
    nodes.splice(2, 1);
    expectRefused(() => verify(graph), '"scores"', "not made");
  });

  it("refuses a symbolic size that no input gives", () => {
    const graph = new Graph("sizes");
    const x = graph.input("x", "float32", ["batch*sequence", 4]);
    graph.output("y", add(x, scalar(graph, 1)));
    expectRefused(() => verify(graph), "add#0(float32[batch*sequence, 4], float32[])", '"batch"');
    const other = new Graph("iota");
    other.output("y", iota(other, "sequence"));
    expectRefused(() => verify(other), "iota#0", '"sequence"', "[sequence]");
  });
});
