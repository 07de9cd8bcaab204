// Operators that move values without changing them: reshape, transpose, broadcast, slice, concatenate; rows by index.

import type { DType } from "../../tensor/index.ts";
import { broadcastShapes, dimNames, formatShape, multiplyDims, resolveDim, resolveShape, sameShape } from "../dims.ts";
import type { Dim, Shape } from "../dims.ts";
import type { Graph, Value } from "../ir.ts";
import { broadcastOffsets, numeric, stridesOf, walk } from "../numeric.ts";
import { defineOperator, expectDtype, expectInputs, normalAxis, refuse, type Attributes } from "../operator.ts";

defineOperator({
  name: "reshape",
  infer(inputs, attributes) {
    expectInputs("reshape", inputs, 1);
    const shape = attributes["shape"] as Dim[];
    if (multiplyDims(...shape) !== multiplyDims(...inputs[0]!.shape)) {
      refuse("reshape", inputs, `${formatShape(shape)} has another number of elements`);
    }
    return [{ dtype: inputs[0]!.dtype, shape }];
  },
  interpret([x], attributes, { sizes }) {
    return [numeric(x!.dtype, resolveShape(attributes["shape"] as Dim[], sizes), x!.data)];
  },
  lower(node, writer) {
    const shape = writer.shapeVector(node.attributes["shape"] as Shape, true);
    writer.node("Reshape", [writer.name(node.inputs[0]!), shape], [writer.name(node.outputs[0]!)]);
  },
});

defineOperator({
  name: "transpose",
  infer(inputs, attributes) {
    expectInputs("transpose", inputs, 1);
    const order = attributes["order"] as number[];
    const shape = inputs[0]!.shape;
    if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== shape.length) {
      refuse("transpose", inputs, `[${order.join(", ")}] is not an order of its axes`);
    }
    return [{ dtype: inputs[0]!.dtype, shape: order.map((axis) => shape[axis]!) }];
  },
  interpret([x], attributes) {
    const order = attributes["order"] as number[];
    const strides = stridesOf(x!.dims);
    const dims = order.map((axis) => x!.dims[axis]!);
    const from = walk(
      dims,
      order.map((axis) => strides[axis]!),
    );
    return [
      numeric(
        x!.dtype,
        dims,
        Float64Array.from(from, (offset) => x!.data[offset]!),
      ),
    ];
  },
  lower(node, writer) {
    writer.direct("Transpose", node, { perm: { ints: node.attributes["order"] as number[] } });
  },
});

// x, which ONNX Runtime cannot run before y is there: its own shape, worked out with the help of y's. It costs nothing.
defineOperator({
  name: "after",
  infer(inputs) {
    expectInputs("after", inputs, 2);
    if (inputs[1]!.shape.length === 0) refuse("after", inputs, "the second needs an axis");
    const { dtype, shape } = inputs[0]!;
    return [{ dtype, shape }];
  },
  interpret([x]) {
    return [x!];
  },
  lower(node, writer) {
    const [x, y] = node.inputs.map((input) => writer.name(input)) as [string, string];
    let shape = writer.fresh("shape");
    if (sameShape(node.inputs[0]!.shape, node.inputs[1]!.shape)) {
      writer.node("Shape", [y], [shape]);
    } else {
      const [own, size, nothing] = [shape, writer.fresh("size"), writer.fresh("size")];
      shape = writer.fresh("shape");
      writer.node("Shape", [x], [own]);
      writer.node("Shape", [y], [size], { start: { int: 0 }, end: { int: 1 } });
      writer.node("Mul", [size, writer.int64Vector([0])], [nothing]);
      writer.node("Add", [own, nothing], [shape]);
    }
    writer.node("Reshape", [x, shape], [writer.name(node.outputs[0]!)]);
  },
});

defineOperator({
  name: "broadcastTo",
  infer(inputs, attributes) {
    expectInputs("broadcastTo", inputs, 1);
    const shape = attributes["shape"] as Dim[];
    if (!sameShape(broadcastShapes(inputs[0]!.shape, shape, "broadcastTo"), shape)) {
      refuse("broadcastTo", inputs, `does not broadcast to ${formatShape(shape)}`);
    }
    return [{ dtype: inputs[0]!.dtype, shape }];
  },
  interpret([x], attributes, { sizes }) {
    const dims = resolveShape(attributes["shape"] as Dim[], sizes);
    const from = broadcastOffsets(x!.dims, dims);
    return [
      numeric(
        x!.dtype,
        dims,
        Float64Array.from(from, (offset) => x!.data[offset]!),
      ),
    ];
  },
  lower(node, writer) {
    const shape = writer.shapeVector(node.attributes["shape"] as Shape, false);
    writer.node("Expand", [writer.name(node.inputs[0]!), shape], [writer.name(node.outputs[0]!)]);
  },
});

defineOperator({
  name: "slice",
  infer(inputs, attributes) {
    expectInputs("slice", inputs, 1);
    const shape = [...inputs[0]!.shape];
    const axis = normalAxis("slice", inputs, attributes["axis"] as number, shape);
    const [start, end] = [attributes["start"] as number, attributes["end"] as number];
    const size = shape[axis]!;
    if (start < 0 || end <= start || (typeof size === "number" && end > size)) {
      refuse("slice", inputs, `[${start}, ${end}) is not a range of axis ${axis}`);
    }
    shape[axis] = end - start;
    return [{ dtype: inputs[0]!.dtype, shape }];
  },
  interpret([x], attributes) {
    const [axis, start, end] = [attributes["axis"], attributes["start"], attributes["end"]] as [number, number, number];
    const strides = stridesOf(x!.dims);
    const dims = x!.dims.map((dim, i) => (i === axis ? end - start : dim));
    const from = walk(dims, strides, start * strides[axis]!);
    return [
      numeric(
        x!.dtype,
        dims,
        Float64Array.from(from, (offset) => x!.data[offset]!),
      ),
    ];
  },
  lower(node, writer) {
    const { axis, start, end } = node.attributes as Record<string, number>;
    const vectors = [start!, end!, axis!].map((number) => writer.int64Vector([number]));
    writer.node("Slice", [writer.name(node.inputs[0]!), ...vectors], [writer.name(node.outputs[0]!)]);
  },
});

/** Pads an axis with zeros on both sides: the gradient of a slice. */
defineOperator({
  name: "pad",
  infer(inputs, attributes) {
    expectInputs("pad", inputs, 1);
    expectDtype("pad", inputs, 0, ["float32"]);
    const shape = [...inputs[0]!.shape];
    const axis = normalAxis("pad", inputs, attributes["axis"] as number, shape);
    const size = shape[axis]!;
    if (typeof size !== "number") refuse("pad", inputs, `axis ${axis} has a symbolic size`);
    shape[axis] = size + (attributes["before"] as number) + (attributes["after"] as number);
    return [{ dtype: "float32", shape }];
  },
  interpret([x], attributes) {
    const { axis, before, after } = attributes as Record<string, number>;
    const dims = x!.dims.map((dim, i) => (i === axis ? dim + before! + after! : dim));
    const strides = stridesOf(dims);
    const out = numeric("float32", dims);
    walk(x!.dims, strides, before! * strides[axis!]!).forEach((offset, i) => (out.data[offset] = x!.data[i]!));
    return [out];
  },
  lower(node, writer) {
    const { axis, before, after } = node.attributes as Record<string, number>;
    const pads = writer.int64Vector([before!, after!]);
    const axes = writer.int64Vector([axis!]);
    writer.node("Pad", [writer.name(node.inputs[0]!), pads, "", axes], [writer.name(node.outputs[0]!)], {
      mode: { string: "constant" },
    });
  },
});

defineOperator({
  name: "concatenate",
  infer(inputs, attributes) {
    if (inputs.length === 0) refuse("concatenate", inputs, "takes at least one input");
    const shape = [...inputs[0]!.shape];
    const axis = normalAxis("concatenate", inputs, attributes["axis"] as number, shape);
    let size = 0;
    for (const input of inputs) {
      const part = input.shape[axis];
      const others = (s: Shape): Shape => s.filter((_, i) => i !== axis);
      if (typeof part !== "number") refuse("concatenate", inputs, `axis ${axis} has a symbolic size`);
      if (!sameShape(others(input.shape), others(shape)) || input.dtype !== inputs[0]!.dtype) {
        refuse("concatenate", inputs, "inputs differ outside the axis");
      }
      size += part;
    }
    shape[axis] = size;
    return [{ dtype: inputs[0]!.dtype, shape }];
  },
  interpret(inputs, attributes) {
    const axis = attributes["axis"] as number;
    const size = inputs.reduce((sum, input) => sum + input.dims[axis]!, 0);
    const dims = inputs[0]!.dims.map((dim, i) => (i === axis ? size : dim));
    const strides = stridesOf(dims);
    const out = numeric(inputs[0]!.dtype, dims);
    let start = 0;
    for (const input of inputs) {
      walk(input.dims, strides, start * strides[axis]!).forEach((offset, i) => (out.data[offset] = input.data[i]!));
      start += input.dims[axis]!;
    }
    return [out];
  },
  lower(node, writer) {
    writer.direct("Concat", node, { axis: { int: node.attributes["axis"] as number } });
  },
});

defineOperator({
  name: "gatherRows",
  infer(inputs) {
    expectInputs("gatherRows", inputs, 2);
    expectDtype("gatherRows", inputs, 1, ["int32", "int64"]);
    if (inputs[0]!.shape.length < 1) refuse("gatherRows", inputs, "a scalar has no rows");
    return [{ dtype: inputs[0]!.dtype, shape: [...inputs[1]!.shape, ...inputs[0]!.shape.slice(1)] }];
  },
  interpret([table, indices]) {
    const rowDims = table!.dims.slice(1);
    const width = rowDims.reduce((product, dim) => product * dim, 1);
    const out = numeric(table!.dtype, [...indices!.dims, ...rowDims]);
    indices!.data.forEach((row, i) => out.data.set(table!.data.subarray(row * width, (row + 1) * width), i * width));
    return [out];
  },
  lower(node, writer) {
    writer.direct("Gather", node, { axis: { int: 0 } });
  },
});

defineOperator({
  name: "scatterAddRows",
  infer(inputs, attributes) {
    expectInputs("scatterAddRows", inputs, 2);
    const [indices, updates] = inputs as [(typeof inputs)[0], (typeof inputs)[0]];
    expectDtype("scatterAddRows", inputs, 0, ["int32", "int64"]);
    expectDtype("scatterAddRows", inputs, 1, ["float32"]);
    if (!sameShape(updates.shape.slice(0, indices.shape.length), indices.shape)) {
      refuse("scatterAddRows", inputs, "there must be one row of updates for each index");
    }
    return [{ dtype: "float32", shape: [attributes["rows"] as Dim, ...updates.shape.slice(indices.shape.length)] }];
  },
  interpret([indices, updates], attributes, { sizes }) {
    const rowDims = updates!.dims.slice(indices!.dims.length);
    const width = rowDims.reduce((product, dim) => product * dim, 1);
    const out = numeric("float32", [resolveDim(attributes["rows"] as Dim, sizes), ...rowDims]);
    indices!.data.forEach((row, i) => {
      if (row === attributes["paddingIndex"]) return;
      for (let k = 0; k < width; k++) out.data[row * width + k]! += updates!.data[i * width + k]!;
    });
    return [out];
  },
  // ScatterElements adds one element after another, always in the same order. ScatterND takes a quarter of the time, but
  // its threads add repeated rows in any order: four runs gave four results. The training step takes the operands of
  // this node for a parameter's gradient and adds the rows on the host.
  lower(node, writer) {
    const [indices, updates] = node.inputs as [Value, Value];
    const [zeros, wide, column, everywhere] = ["zeros", "rows", "rows", "rows"].map((name) => writer.fresh(name)) as [
      string,
      string,
      string,
      string,
    ];
    writer.node("ConstantOfShape", [writer.shapeVector(node.outputs[0]!.shape, false)], [zeros]);
    writer.node("Cast", [writer.name(indices)], [wide], { to: { dtype: "int64" } });
    const rank = updates.shape.length - indices.shape.length;
    const flat: Shape = [multiplyDims(...indices.shape), ...updates.shape.slice(indices.shape.length)];
    const ones = Array.from({ length: rank }, () => 1);
    writer.node("Reshape", [wide, writer.int64Vector([-1, ...ones])], [column]);
    const shape = writer.shapeVector(flat, false);
    writer.node("Expand", [column, shape], [everywhere]);
    let rows = writer.name(updates);
    if (indices.shape.length !== 1) {
      const flattened = writer.fresh("updates");
      writer.node("Reshape", [rows, shape], [flattened]);
      rows = flattened;
    }
    const { paddingIndex } = node.attributes as RowOptions;
    if (paddingIndex !== undefined) {
      const [padded, zero, kept] = ["padded", "zero", "updates"].map((name) => writer.fresh(name)) as [
        string,
        string,
        string,
      ];
      writer.node("Equal", [column, writer.int64Scalar(paddingIndex)], [padded]);
      writer.node("CastLike", [writer.int64Scalar(0), rows], [zero]);
      writer.node("Where", [padded, zero, rows], [kept]);
      rows = kept;
    }
    writer.node("ScatterElements", [zeros, everywhere, rows], [writer.name(node.outputs[0]!)], {
      axis: { int: 0 },
      reduction: { string: "add" },
    });
  },
});

defineOperator({
  name: "iota",
  infer(inputs, attributes) {
    expectInputs("iota", inputs, 0);
    return [{ dtype: attributes["dtype"] as DType, shape: [attributes["length"] as Dim] }];
  },
  interpret(_, attributes, { sizes }) {
    const length = resolveDim(attributes["length"] as Dim, sizes);
    return [
      numeric(
        attributes["dtype"] as DType,
        [length],
        Float64Array.from({ length }, (_value, i) => i),
      ),
    ];
  },
  lower(node, writer) {
    const { length, dtype } = node.attributes as { length: Dim; dtype: DType };
    const limit = writer.fresh("limit");
    writer.node("Squeeze", [writer.shapeVector([length], false)], [limit]);
    const range = writer.fresh("range");
    writer.node("Range", [writer.int64Scalar(0), limit, writer.int64Scalar(1)], [range]);
    writer.node("Cast", [range], [writer.name(node.outputs[0]!)], { to: { dtype } });
  },
});

/** The same values in row-major order under another shape. */
export function reshape(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : x.graph.add("reshape", [x], { shape })[0]!;
}

/** Axes in another order: output axis i is input axis `order[i]`. */
export function transpose(x: Value, order: readonly number[]): Value {
  return x.graph.add("transpose", [x], { order })[0]!;
}

/** x repeated along axes of size 1 and new leading axes. */
export function broadcastTo(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : x.graph.add("broadcastTo", [x], { shape })[0]!;
}

/** Elements [start, end) of one axis. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  return x.graph.add("slice", [x], { axis: axis < 0 ? axis + x.shape.length : axis, start, end })[0]!;
}

/** Zeros before and after along one axis. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  return x.graph.add("pad", [x], { axis: axis < 0 ? axis + x.shape.length : axis, before, after })[0]!;
}

/** Values one after another along an axis. */
export function concatenate(values: readonly Value[], axis: number): Value {
  const first = values[0]!;
  return first.graph.add("concatenate", values, { axis: axis < 0 ? axis + first.shape.length : axis })[0]!;
}

export interface RowOptions {
  /** The index whose lookups leave no gradient in the table: that of padding. */
  paddingIndex?: number | undefined;
}

function rowAttributes({ paddingIndex }: RowOptions): Attributes {
  return paddingIndex === undefined ? {} : { paddingIndex };
}

/** Rows of a table `[rows, ...]` by index: `[...indices, ...]`. */
export function gatherRows(table: Value, indices: Value, options: RowOptions = {}): Value {
  return table.graph.add("gatherRows", [table, indices], rowAttributes(options))[0]!;
}

/**
 * A table of `rows` rows of zeros with each row of `updates` added at its index, but for those of the padding: the
 * gradient of gatherRows.
 */
export function scatterAddRows(indices: Value, updates: Value, rows: Dim, options: RowOptions = {}): Value {
  return indices.graph.add("scatterAddRows", [indices, updates], { rows, ...rowAttributes(options) })[0]!;
}

/** 0, 1, 2, ... up to a dimension. */
export function iota(graph: Graph, length: Dim, dtype: "int32" | "uint32" = "int32"): Value {
  if (typeof length === "string" && dimNames(length).length > 1) {
    return graph.add("iota", [], { length: multiplyDims(length), dtype })[0]!;
  }
  return graph.add("iota", [], { length, dtype })[0]!;
}

/** x, made available only once y, of the same shape, has been computed: a pass uses it to put off what x is read for. */
export function after(x: Value, y: Value): Value {
  return x.graph.add("after", [x, y])[0]!;
}
