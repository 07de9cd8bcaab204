// Element-wise operators: one value out for each value in, with NumPy broadcasting for those of two inputs.

import type { DType } from "../../tensor/index.ts";
import { broadcastShapes } from "../dims.ts";
import type { Value } from "../ir.ts";
import { broadcastDims, broadcastOffsets, errorFunction, mapBinary, mapUnary, numeric } from "../numeric.ts";
import { defineOperator, expectDtype, expectInputs, expectSameDtype, FLOATS, refuse } from "../operator.ts";

const NUMBERS: readonly DType[] = [...FLOATS, "int32", "int64", "uint32"];

interface BinaryRow {
  onnx: string;
  dtypes: readonly DType[];
  result?: DType;
  fn(a: number, b: number, dtype: DType): number;
}

const BINARY: Record<string, BinaryRow> = {
  add: { onnx: "Add", dtypes: NUMBERS, fn: (a, b) => a + b },
  subtract: { onnx: "Sub", dtypes: NUMBERS, fn: (a, b) => a - b },
  // 32-bit integers wrap, which is what the dropout hash wants; float64 products would lose their low bits.
  multiply: { onnx: "Mul", dtypes: NUMBERS, fn: (a, b, dtype) => (FLOATS.includes(dtype) ? a * b : Math.imul(a, b)) },
  divide: { onnx: "Div", dtypes: FLOATS, fn: (a, b) => a / b },
  bitwiseXor: { onnx: "BitwiseXor", dtypes: ["uint32"], fn: (a, b) => a ^ b },
  less: { onnx: "Less", dtypes: NUMBERS, result: "bool", fn: (a, b) => Number(a < b) },
  equal: { onnx: "Equal", dtypes: NUMBERS, result: "bool", fn: (a, b) => Number(a === b) },
};

for (const [name, row] of Object.entries(BINARY)) {
  defineOperator({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 2);
      expectDtype(name, inputs, 0, row.dtypes);
      expectSameDtype(name, inputs);
      const shape = broadcastShapes(inputs[0]!.shape, inputs[1]!.shape, name);
      return [{ dtype: row.result ?? inputs[0]!.dtype, shape }];
    },
    interpret([a, b]) {
      return [mapBinary(a!, b!, row.result ?? a!.dtype, (x, y) => row.fn(x, y, a!.dtype))];
    },
    lower(node, writer) {
      writer.direct(row.onnx, node);
    },
  });
}

interface UnaryRow {
  onnx: string;
  domain?: string;
  fn(x: number): number;
}

const UNARY: Record<string, UnaryRow> = {
  negate: { onnx: "Neg", fn: (x) => -x },
  exponential: { onnx: "Exp", fn: Math.exp },
  logarithm: { onnx: "Log", fn: Math.log },
  squareRoot: { onnx: "Sqrt", fn: Math.sqrt },
  reciprocal: { onnx: "Reciprocal", fn: (x) => 1 / x },
  hyperbolicTangent: { onnx: "Tanh", fn: Math.tanh },
  erf: { onnx: "Erf", fn: errorFunction },
  sigmoid: { onnx: "Sigmoid", fn: (x) => 1 / (1 + Math.exp(-x)) },
  softplus: { onnx: "Softplus", fn: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) },
  // The exact form, x * Phi(x), that BERT's original code and BioBERT's weights use (Hendrycks and Gimpel 2016).
  gelu: { onnx: "Gelu", domain: "com.microsoft", fn: (x) => 0.5 * x * (1 + errorFunction(x * Math.SQRT1_2)) },
};

for (const [name, row] of Object.entries(UNARY)) {
  defineOperator({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 1);
      expectDtype(name, inputs, 0, FLOATS);
      return [{ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }];
    },
    interpret([x]) {
      return [mapUnary(x!, x!.dtype, row.fn)];
    },
    lower(node, writer) {
      writer.direct(row.onnx, node, {}, row.domain);
    },
  });
}

defineOperator({
  name: "shiftRight",
  infer(inputs) {
    expectInputs("shiftRight", inputs, 2);
    expectDtype("shiftRight", inputs, 0, ["uint32"]);
    expectSameDtype("shiftRight", inputs);
    return [{ dtype: "uint32", shape: broadcastShapes(inputs[0]!.shape, inputs[1]!.shape, "shiftRight") }];
  },
  interpret([x, bits]) {
    return [mapBinary(x!, bits!, "uint32", (a, b) => a >>> b)];
  },
  lower(node, writer) {
    writer.direct("BitShift", node, { direction: { string: "RIGHT" } });
  },
});

defineOperator({
  name: "cast",
  infer(inputs, attributes) {
    expectInputs("cast", inputs, 1);
    return [{ dtype: attributes["to"] as DType, shape: inputs[0]!.shape }];
  },
  interpret([x], attributes) {
    const to = attributes["to"] as DType;
    return [mapUnary(x!, to, (value) => (FLOATS.includes(to) ? value : Math.trunc(value)))];
  },
  lower(node, writer) {
    writer.direct("Cast", node, { to: { dtype: node.attributes["to"] as DType } });
  },
});

defineOperator({
  name: "select",
  infer(inputs) {
    expectInputs("select", inputs, 3);
    expectDtype("select", inputs, 0, ["bool"]);
    if (inputs[1]!.dtype !== inputs[2]!.dtype) refuse("select", inputs, "the two choices differ in dtype");
    const choices = broadcastShapes(inputs[1]!.shape, inputs[2]!.shape, "select");
    return [{ dtype: inputs[1]!.dtype, shape: broadcastShapes(inputs[0]!.shape, choices, "select") }];
  },
  interpret([condition, a, b]) {
    const dims = broadcastDims(condition!.dims, broadcastDims(a!.dims, b!.dims));
    const mask = broadcastOffsets(condition!.dims, dims);
    const [first, second] = [broadcastOffsets(a!.dims, dims), broadcastOffsets(b!.dims, dims)];
    const chosen = Float64Array.from(mask, (at, i) =>
      condition!.data[at] === 0 ? b!.data[second[i]!]! : a!.data[first[i]!]!,
    );
    return [numeric(a!.dtype, dims, chosen)];
  },
  lower(node, writer) {
    writer.direct("Where", node);
  },
});

function one(operator: string, ...inputs: Value[]): Value {
  return inputs[0]!.graph.add(operator, inputs)[0]!;
}

/** a + b, broadcast. */
export const add = (a: Value, b: Value): Value => one("add", a, b);
/** a - b, broadcast. */
export const subtract = (a: Value, b: Value): Value => one("subtract", a, b);
/** a * b, broadcast; 32-bit integers wrap. */
export const multiply = (a: Value, b: Value): Value => one("multiply", a, b);
/** a / b, broadcast. */
export const divide = (a: Value, b: Value): Value => one("divide", a, b);
/** Bits of a xor bits of b (uint32). */
export const bitwiseXor = (a: Value, b: Value): Value => one("bitwiseXor", a, b);
/** a < b as bool, broadcast. */
export const less = (a: Value, b: Value): Value => one("less", a, b);
/** a = b as bool, broadcast. */
export const equal = (a: Value, b: Value): Value => one("equal", a, b);
/** x >>> bits (uint32). */
export const shiftRight = (x: Value, bits: Value): Value => one("shiftRight", x, bits);
/** -x */
export const negate = (x: Value): Value => one("negate", x);
/** e to the x */
export const exponential = (x: Value): Value => one("exponential", x);
/** Natural logarithm. */
export const logarithm = (x: Value): Value => one("logarithm", x);
/** Square root. */
export const squareRoot = (x: Value): Value => one("squareRoot", x);
/** 1 / x */
export const reciprocal = (x: Value): Value => one("reciprocal", x);
/** tanh(x) */
export const hyperbolicTangent = (x: Value): Value => one("hyperbolicTangent", x);
/** 1 / (1 + exp(-x)) */
export const sigmoid = (x: Value): Value => one("sigmoid", x);
/** log(1 + exp(x)), for any x: -log(1 - sigmoid(x)). */
export const softplus = (x: Value): Value => one("softplus", x);
/** The error function. */
export const erf = (x: Value): Value => one("erf", x);
/** x * Phi(x), the exact GELU. */
export const gelu = (x: Value): Value => one("gelu", x);
/** condition ? a : b, broadcast. */
export const select = (condition: Value, a: Value, b: Value): Value => one("select", condition, a, b);
/** x converted to another dtype; floats to integers truncate. */
export const cast = (x: Value, to: DType): Value => x.graph.add("cast", [x], { to })[0]!;

/** A scalar constant of the graph. */
export function scalar(graph: Value["graph"], value: number, dtype: "float32" | "int32" | "uint32" = "float32"): Value {
  const data =
    dtype === "float32" ? Float32Array.of(value) : dtype === "int32" ? Int32Array.of(value) : Uint32Array.of(value);
  return graph.constant({ dtype, dims: [], data });
}

/** x times a number known when the graph is built. */
export function scale(x: Value, factor: number): Value {
  return factor === 1 ? x : multiply(x, scalar(x.graph, factor));
}
