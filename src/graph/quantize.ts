// The int8 pass: rewrites an inference graph so that its large matrix products run in 8-bit integers, and its embedding
// tables are stored as bytes. Weights are symmetric, one scale a column (Bhandare et al. 2019; Zafrir et al. 2019).
// Activations have fixed scales, found ahead on texts (Jacob et al. 2018), so that no result depends on another's text.
//
// Weights keep to 7 bits, -63..63: CPUs without VNNI add pairs of 8-bit products in 16 bits, which 8-bit weights would
// overflow without a word.

import { BiobertError } from "../core/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import type { Graph, GraphNode, Value } from "./ir.ts";
import { cast, multiply, negate } from "./operators/elementwise.ts";
import { gatherRows } from "./operators/movement.ts";
import { integerMatMul, quantizeLinear, type Quantized } from "./operators/quantized.ts";
import { reduceMax } from "./operators/reduction.ts";
import { linearLayer, rewrite, type LinearPattern, type Rewriting, type WeightedGraph } from "./rewrite.ts";

const WEIGHT_LIMIT = 63;
const TABLE_LIMIT = 127;
/** A classifier over three labels costs nothing and decides everything: narrower layers stay in float32. */
const MINIMUM_COLUMNS = 16;

/** The least and the greatest value that an activation was seen to take. */
export interface ActivationRange {
  low: number;
  high: number;
}

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

/** x as uint8 with the scale and zero point that spread 0..255 over the range, zero included. */
function quantizeWithin(x: Value, range: ActivationRange): Quantized {
  const low = Math.min(range.low, 0);
  const high = Math.max(range.high, 0);
  const step = Math.fround(high > low ? (high - low) / 255 : 1);
  const zero = Math.min(255, Math.round(-low / step));
  return quantizeLinear(x, step, zero);
}

function isLarge(linear: LinearPattern, weights: ReadonlyMap<string, HostTensor>): boolean {
  return weights.has(linear.weight.name) && (linear.weight.shape[0] as number) >= MINIMUM_COLUMNS;
}

/** The linear layer to run in integers that begins with a node, if one does. */
function largeLinear(
  node: GraphNode,
  rewriting: Rewriting,
  weights: ReadonlyMap<string, HostTensor>,
): LinearPattern | undefined {
  const linear = linearLayer(node, rewriting);
  return linear !== undefined && isLarge(linear, weights) ? linear : undefined;
}

/**
 * A graph with the inputs of `source` that gives, for each activation to be quantised, its least and greatest value as
 * scalar outputs `low.0`, `high.0`, `low.1`, ..., in the order in which `quantize` takes ranges.
 */
export function rangeGraph(source: Graph, weights: ReadonlyMap<string, HostTensor>): WeightedGraph {
  const seen = new Set<Value>();
  const result = rewrite(source, `${source.name}-ranges`, weights, (node, rewriting) => {
    const linear = largeLinear(node, rewriting, weights);
    if (linear === undefined || seen.has(linear.x)) return undefined;
    const x = rewriting.of(linear.x);
    const axes = x.shape.map((_, axis) => axis);
    rewriting.graph.output(`low.${seen.size}`, negate(reduceMax(negate(x), axes)));
    rewriting.graph.output(`high.${seen.size}`, reduceMax(x, axes));
    seen.add(linear.x);
    return undefined;
  });
  for (const name of source.outputs.keys()) result.graph.outputs.delete(name);
  return result;
}

/**
 * Gives a new graph with linear layers in int8 and embedding tables stored as int8; biases, normalisation and all
 * activations between products stay float32. Linear layers of fewer than 16 columns stay as they are.
 * @param ranges one an activation that these layers read, in order of the graph: see `rangeGraph`
 * @throws BiobertError `graph-invalid` where there is another number of ranges
 */
export function quantize(
  source: Graph,
  weights: ReadonlyMap<string, HostTensor>,
  ranges: readonly ActivationRange[],
): WeightedGraph {
  const quantized = new Map<Value, Quantized>();
  const result = rewrite(source, `${source.name}-int8`, weights, (node, rewriting) => {
    const { graph, of } = rewriting;
    const linear = largeLinear(node, rewriting, weights);
    if (linear !== undefined) {
      const weight = weights.get(linear.weight.name)!;
      const [columns, inner] = weight.dims as [number, number];
      const { values: bytes, scales } = quantizeRows(weight, WEIGHT_LIMIT);
      const matrix = graph.constant({ dtype: "int8", dims: [inner, columns], data: transposed(bytes, columns, inner) });
      const scale = graph.constant({ dtype: "float32", dims: [columns], data: scales });
      let x = quantized.get(linear.x);
      if (x === undefined) {
        const range = ranges[quantized.size];
        if (range === undefined) throw wrongCount(ranges.length);
        x = quantizeWithin(of(linear.x), range);
        quantized.set(linear.x, x);
      }
      return new Map([[linear.result, integerMatMul(x, matrix, scale, of(linear.bias))]]);
    }
    const table = node.operator === "gatherRows" ? weights.get(node.inputs[0]!.name) : undefined;
    if (table === undefined || table.dims.length !== 2) return undefined;
    const [rows] = table.dims as [number, number];
    const { values: bytes, scales } = quantizeRows(table, TABLE_LIMIT);
    const ids = of(node.inputs[1]!);
    const stored = gatherRows(graph.constant({ dtype: "int8", dims: table.dims, data: bytes }), ids);
    const rowScales = gatherRows(graph.constant({ dtype: "float32", dims: [rows, 1], data: scales }), ids);
    return new Map([[node.outputs[0]!, multiply(cast(stored, "float32"), rowScales)]]);
  });
  if (quantized.size !== ranges.length) throw wrongCount(ranges.length);
  return result;
}

function wrongCount(given: number): BiobertError {
  return new BiobertError({ code: "graph-invalid", message: `${given} ranges are not one an activation to quantise` });
}
