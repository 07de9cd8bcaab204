// The int8 pass: rewrites an inference graph so that its large matrix products run in 8-bit integers, and its embedding
// tables are stored as bytes. Weights are symmetric, one scale a column (Bhandare et al. 2019; Zafrir et al. 2019).
//
// Weights keep to 7 bits, -63..63: CPUs without VNNI add pairs of 8-bit products in 16 bits, which 8-bit weights would
// overflow without a word.

import type { HostTensor } from "../tensor/index.ts";
import { Graph, type GraphNode, type Value } from "./ir.ts";
import { cast, multiply } from "./operators/elementwise.ts";
import { gatherRows } from "./operators/movement.ts";
import { dynamicQuantize, integerMatMul, type Quantized } from "./operators/quantized.ts";

const WEIGHT_LIMIT = 63;
const TABLE_LIMIT = 127;

/** int8 values with one scale a row of a `[rows, width]` matrix. */
function quantizeRows(weight: HostTensor, limit: number): { values: Int8Array; scales: Float32Array } {
  const [rows, width] = weight.dims as [number, number];
  const data = weight.data as Float32Array;
  const values = new Int8Array(data.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let peak = 0;
    for (let i = row * width; i < (row + 1) * width; i++) peak = Math.max(peak, Math.abs(data[i]!));
    const scale = Math.fround(peak === 0 ? 1 : peak / limit);
    scales[row] = scale;
    for (let i = row * width; i < (row + 1) * width; i++) values[i] = Math.round(data[i]! / scale);
  }
  return { values, scales };
}

function transposed(values: Int8Array, rows: number, columns: number): Int8Array {
  const result = new Int8Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c]!;
  return result;
}

/** A node `matMul(x, W^T)` with a weight for W, followed by nothing but the addition of a bias vector. */
interface LinearPattern {
  bias: Value;
  sum: GraphNode;
}

function findLinear(node: GraphNode, users: ReadonlyMap<Value, GraphNode[]>, weights: ReadonlyMap<string, HostTensor>): LinearPattern | undefined {
  if (node.operator !== "matMul") return undefined;
  const { transposeA, transposeB, alpha } = node.attributes;
  const weight = node.inputs[1]!;
  if (transposeA === true || transposeB !== true || alpha !== 1 || !weights.has(weight.name) || weight.kind !== "parameter") return undefined;
  const following = users.get(node.outputs[0]!) ?? [];
  const sum = following[0];
  if (following.length !== 1 || sum?.operator !== "add" || sum.inputs[0] !== node.outputs[0]) return undefined;
  if ([...sum.outputs[0]!.graph.outputs.values()].includes(node.outputs[0]!)) return undefined;
  const bias = sum.inputs[1]!;
  return bias.kind === "parameter" && bias.shape.length === 1 ? { bias, sum } : undefined;
}

export interface QuantizedGraph {
  graph: Graph;
  /** Weights of the parameters that the new graph still has. */
  weights: Map<string, HostTensor>;
}

/**
 * Gives a new graph with linear layers in int8 and embedding tables stored as int8; biases, normalisation and all
 * activations between products stay float32. Linear layers with fewer than `minimumColumns` outputs stay as they are:
 * a classifier over three labels costs nothing and decides everything.
 */
export function quantize(source: Graph, weights: ReadonlyMap<string, HostTensor>, minimumColumns = 16): QuantizedGraph {
  const graph = new Graph(`${source.name}-int8`);
  const kept = new Map<string, HostTensor>();
  const values = new Map<Value, Value>();
  const users = new Map<Value, GraphNode[]>();
  for (const node of source.nodes) {
    for (const input of node.inputs) users.set(input, [...(users.get(input) ?? []), node]);
  }
  for (const input of source.inputs) values.set(input, graph.input(input.name, input.dtype, input.shape));
  const of = (value: Value): Value => {
    let copy = values.get(value);
    if (copy === undefined) {
      copy = value.kind === "constant" ? graph.constant(value.tensor!) : graph.parameter(value.name, value.dtype, value.shape);
      if (value.kind === "parameter" && weights.has(value.name)) kept.set(value.name, weights.get(value.name)!);
      values.set(value, copy);
    }
    return copy;
  };
  const quantized = new Map<Value, Quantized>();
  const done = new Set<GraphNode>();
  for (const node of source.nodes) {
    if (done.has(node)) continue;
    graph.scoped(node.scope, () => {
      const linear = findLinear(node, users, weights);
      const weight = weights.get(node.inputs[1]?.name ?? "");
      if (linear !== undefined && weight!.dims[0]! >= minimumColumns) {
        const [columns, inner] = weight!.dims as [number, number];
        const { values: bytes, scales } = quantizeRows(weight!, WEIGHT_LIMIT);
        const matrix = graph.constant({ dtype: "int8", dims: [inner, columns], data: transposed(bytes, columns, inner) });
        const x = node.inputs[0]!;
        if (!quantized.has(x)) quantized.set(x, dynamicQuantize(of(x)));
        const scale = graph.constant({ dtype: "float32", dims: [columns], data: scales });
        values.set(linear.sum.outputs[0]!, integerMatMul(quantized.get(x)!, matrix, scale, of(linear.bias)));
        done.add(linear.sum);
        return;
      }
      const table = node.operator === "gatherRows" ? weights.get(node.inputs[0]!.name) : undefined;
      if (table !== undefined && table.dims.length === 2) {
        const [rows] = table.dims as [number, number];
        const { values: bytes, scales } = quantizeRows(table, TABLE_LIMIT);
        const ids = of(node.inputs[1]!);
        const stored = gatherRows(graph.constant({ dtype: "int8", dims: table.dims, data: bytes }), ids);
        const rowScales = gatherRows(graph.constant({ dtype: "float32", dims: [rows, 1], data: scales }), ids);
        values.set(node.outputs[0]!, multiply(cast(stored, "float32"), rowScales));
        return;
      }
      const outputs = graph.add(node.operator, node.inputs.map(of), node.attributes);
      node.outputs.forEach((output, i) => values.set(output, outputs[i]!));
    });
  }
  for (const [name, value] of source.outputs) graph.output(name, of(value));
  return { graph, weights: kept };
}
