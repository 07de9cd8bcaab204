// Reductions over axes, and the normalisations that reduce over the last axis: softmax and layer normalisation.

import { sameShape, type Dim } from "../dims.ts";
import type { Value, ValueType } from "../ir.ts";
import { mapBinary, numeric, stridesOf, walk } from "../numeric.ts";
import {
  defineOperator,
  expectDtype,
  expectInputs,
  expectSameDtype,
  FLOATS,
  normalAxis,
  operatorNamed,
  refuse,
  type Attributes,
  type Numeric,
} from "../operator.ts";

function reducedShape(operator: string, inputs: readonly ValueType[], attributes: Attributes): Dim[] {
  const shape = inputs[0]!.shape;
  const axes = (attributes["axes"] as number[]).map((axis) => normalAxis(operator, inputs, axis, shape));
  if (new Set(axes).size !== axes.length || axes.length === 0) refuse(operator, inputs, `axes [${axes.join(", ")}]`);
  const keep = attributes["keepDims"] === true;
  return shape.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
}

interface ReductionRow {
  onnx: string;
  start: number;
  step(total: number, x: number): number;
  finish?(total: number, count: number): number;
}

const REDUCTIONS: Record<string, ReductionRow> = {
  reduceSum: { onnx: "ReduceSum", start: 0, step: (total, x) => total + x },
  reduceMean: { onnx: "ReduceMean", start: 0, step: (total, x) => total + x, finish: (total, count) => total / count },
  reduceMax: { onnx: "ReduceMax", start: Number.NEGATIVE_INFINITY, step: (total, x) => Math.max(total, x) },
  reduceSumSquare: { onnx: "ReduceSumSquare", start: 0, step: (total, x) => total + x * x },
};

for (const [name, row] of Object.entries(REDUCTIONS)) {
  defineOperator({
    name,
    infer(inputs, attributes) {
      expectInputs(name, inputs, 1);
      expectDtype(name, inputs, 0, FLOATS);
      return [{ dtype: inputs[0]!.dtype, shape: reducedShape(name, inputs, attributes) }];
    },
    interpret([x], attributes) {
      const rank = x!.dims.length;
      const axes = (attributes["axes"] as number[]).map((axis) => (axis < 0 ? axis + rank : axis));
      const kept = x!.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
      const keptStrides = stridesOf(kept);
      const target = walk(
        x!.dims,
        x!.dims.map((_, axis) => (axes.includes(axis) ? 0 : keptStrides[axis]!)),
      );
      const dims = attributes["keepDims"] === true ? kept : x!.dims.filter((_, axis) => !axes.includes(axis));
      const out = numeric(x!.dtype, dims);
      out.data.fill(row.start);
      for (let i = 0; i < x!.data.length; i++) out.data[target[i]!] = row.step(out.data[target[i]!]!, x!.data[i]!);
      const count = axes.reduce((product, axis) => product * x!.dims[axis]!, 1);
      if (row.finish) out.data.forEach((total, i) => (out.data[i] = row.finish!(total, count)));
      return [out];
    },
    lower(node, writer) {
      const axes = writer.int64Vector(node.attributes["axes"] as number[]);
      writer.node(
        row.onnx,
        [writer.name(node.inputs[0]!), axes],
        node.outputs.map((o) => writer.name(o)),
        {
          keepdims: { int: Number(node.attributes["keepDims"]) },
        },
      );
    },
  });
}

/** Runs `fn` on each row of the last axis. */
function overRows(x: Numeric, fn: (row: Float64Array, out: Float64Array) => void): Numeric {
  const out = numeric(x.dtype, x.dims);
  const width = x.dims.at(-1)!;
  for (let start = 0; start < x.data.length; start += width) {
    fn(x.data.subarray(start, start + width), out.data.subarray(start, start + width));
  }
  return out;
}

for (const [name, onnx] of [
  ["softmax", "Softmax"],
  ["logSoftmax", "LogSoftmax"],
] as const) {
  defineOperator({
    name,
    infer(inputs) {
      expectInputs(name, inputs, 1);
      expectDtype(name, inputs, 0, FLOATS);
      if (inputs[0]!.shape.length === 0) refuse(name, inputs, "takes at least one axis");
      return [{ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }];
    },
    interpret([x]) {
      return [
        overRows(x!, (row, out) => {
          const peak = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
          const total = row.reduce((sum, value) => sum + Math.exp(value - peak), 0);
          row.forEach((value, i) => {
            out[i] = name === "softmax" ? Math.exp(value - peak) / total : value - peak - Math.log(total);
          });
        }),
      ];
    },
    lower(node, writer) {
      writer.direct(onnx, node, { axis: { int: -1 } });
    },
  });
}

// Softmax and dropout in one operator, because their gradient together needs neither the mask nor one pass of the two apart.
defineOperator({
  name: "softmaxDropout",
  infer(inputs) {
    expectInputs("softmaxDropout", inputs, 2);
    expectDtype("softmaxDropout", inputs, 0, ["float32"]);
    expectDtype("softmaxDropout", inputs, 1, ["bool"]);
    const { shape } = inputs[0]!;
    if (shape.length === 0) refuse("softmaxDropout", inputs, "takes at least one axis");
    if (!sameShape(shape, inputs[1]!.shape)) refuse("softmaxDropout", inputs, "the mask has another shape");
    return [
      { dtype: "float32", shape },
      { dtype: "float32", shape },
    ];
  },
  interpret([x, keep], attributes, context) {
    const [probabilities] = operatorNamed("softmax").interpret([x!], attributes, context);
    return [mapBinary(probabilities!, keep!, "float32", (p, k) => (k === 0 ? 0 : p)), probabilities!];
  },
  lower(node, writer) {
    const [dropped, probabilities] = node.outputs.map((output) => writer.name(output)) as [string, string];
    const mask = writer.fresh("mask");
    // A product with 0 or 1 takes a fifth of the time of ONNX Runtime's Where. The later of the two in the file runs first,
    // so that the mask is not made, for every layer, before the scores are.
    writer.node("Cast", [writer.name(node.inputs[1]!)], [mask], { to: { dtype: "float32" } });
    writer.node("Softmax", [writer.name(node.inputs[0]!)], [probabilities], { axis: { int: -1 } });
    writer.node("Mul", [probabilities, mask], [dropped]);
  },
});

defineOperator({
  name: "layerNormalization",
  infer(inputs) {
    expectInputs("layerNormalization", inputs, 3);
    const [x, weight, bias] = inputs as [ValueType, ValueType, ValueType];
    expectDtype("layerNormalization", inputs, 0, FLOATS);
    expectSameDtype("layerNormalization", inputs);
    const width = x.shape.at(-1);
    for (const vector of [weight, bias]) {
      if (vector.shape.length !== 1 || vector.shape[0] !== width) {
        refuse("layerNormalization", inputs, `weight and bias must be [${width}]`);
      }
    }
    const statistics: ValueType = { dtype: "float32", shape: [...x.shape.slice(0, -1), 1] };
    return [{ dtype: x.dtype, shape: x.shape }, statistics, statistics];
  },
  interpret([x, weight, bias], attributes) {
    const epsilon = attributes["epsilon"] as number;
    const width = x!.dims.at(-1)!;
    const rows = x!.data.length / width;
    const statisticsDims = [...x!.dims.slice(0, -1), 1];
    const mean = numeric("float32", statisticsDims);
    const inverse = numeric("float32", statisticsDims);
    const out = numeric(x!.dtype, x!.dims);
    for (let r = 0; r < rows; r++) {
      const row = x!.data.subarray(r * width, (r + 1) * width);
      const center = row.reduce((a, b) => a + b, 0) / width;
      const variance = row.reduce((sum, value) => sum + (value - center) ** 2, 0) / width;
      mean.data[r] = center;
      inverse.data[r] = 1 / Math.sqrt(variance + epsilon);
      row.forEach((value, i) => {
        out.data[r * width + i] = (value - center) * inverse.data[r]! * weight!.data[i]! + bias!.data[i]!;
      });
    }
    return [out, mean, inverse];
  },
  lower(node, writer) {
    writer.direct("LayerNormalization", node, {
      axis: { int: -1 },
      epsilon: { float: node.attributes["epsilon"] as number },
    });
  },
});

export interface ReductionOptions {
  keepDims?: boolean;
}

function reduce(operator: string, x: Value, axes: readonly number[], options: ReductionOptions): Value {
  return x.graph.add(operator, [x], { axes, keepDims: options.keepDims ?? false })[0]!;
}

/** Sum over axes. */
export const reduceSum = (x: Value, axes: readonly number[], options: ReductionOptions = {}): Value =>
  reduce("reduceSum", x, axes, options);
/** Mean over axes. */
export const reduceMean = (x: Value, axes: readonly number[], options: ReductionOptions = {}): Value =>
  reduce("reduceMean", x, axes, options);
/** Largest over axes. */
export const reduceMax = (x: Value, axes: readonly number[], options: ReductionOptions = {}): Value =>
  reduce("reduceMax", x, axes, options);
/** Sum of squares over axes. */
export const reduceSumSquare = (x: Value, axes: readonly number[], options: ReductionOptions = {}): Value =>
  reduce("reduceSumSquare", x, axes, options);
/** exp(x) over the sum of exp(x), along the last axis. */
export const softmax = (x: Value): Value => x.graph.add("softmax", [x])[0]!;
/**
 * Softmax along the last axis, and the same with zeros where `keep` (bool, of the shape of x) is false.
 * The caller scales what is kept.
 */
export function softmaxDropout(x: Value, keep: Value): { dropped: Value; probabilities: Value } {
  const [dropped, probabilities] = x.graph.add("softmaxDropout", [x, keep]);
  return { dropped: dropped!, probabilities: probabilities! };
}
/** The logarithm of softmax along the last axis. */
export const logSoftmax = (x: Value): Value => x.graph.add("logSoftmax", [x])[0]!;

/**
 * Layer normalisation over the last axis (Ba et al. 2016): output, mean and inverse standard deviation, the latter two
 * `[..., 1]` for the gradient's use.
 */
export function layerNormalization(
  x: Value,
  weight: Value,
  bias: Value,
  epsilon: number,
): { output: Value; mean: Value; inverseDeviation: Value } {
  const [output, mean, inverseDeviation] = x.graph.add("layerNormalization", [x, weight, bias], { epsilon });
  return { output: output!, mean: mean!, inverseDeviation: inverseDeviation! };
}
