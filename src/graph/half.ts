// The fp16 pass: an inference graph with weights and most arithmetic in half precision. Half the size; twice the speed on
// GPUs with 16-bit arithmetic. What is fed and what comes out keeps its dtype, as in transformers.js's `model_fp16.onnx`
// (the form of onnxconverter-common's convert_float_to_float16 with keep_io_types).

import { BiobertError } from "../core/index.ts";
import { LARGEST_HALF, toHalves, type DType, type HostTensor } from "../tensor/index.ts";
import type { Graph, Value } from "./ir.ts";
import { cast } from "./operators/elementwise.ts";
import { rewrite, type Rewriting, type WeightedGraph } from "./rewrite.ts";

/**
 * What runs in half precision. Layer normalisation sums in single precision whatever it is given: its operator says so. All
 * else that reckons with real numbers, sums over a sequence above all, stays in single precision.
 */
const HALF: ReadonlySet<string> = new Set([
  ...["add", "subtract", "multiply", "matMul", "affine", "batchMatMul"],
  ...["gelu", "hyperbolicTangent", "softmax", "layerNormalization"],
  ...["gatherRows", "reshape", "transpose", "slice"],
]);

/**
 * What a constant too large for half precision becomes: it stands for "beyond any score" (a mask of -1e9), and must stay
 * finite when a score is added to it.
 */
const BEYOND = 30_000;

/**
 * Gives a new graph in half precision, with its weights.
 * @throws BiobertError `model-tensor` naming a weight that half precision cannot hold.
 */
export function toHalfPrecision(source: Graph, weights: ReadonlyMap<string, HostTensor>): WeightedGraph {
  const halfWeights = new Map<string, HostTensor>();
  const leaves = new Map<Value, Value>();
  const casts = new Map<Value, Value>();

  /** A weight or a constant in half precision. */
  function halfLeaf(value: Value, graph: Graph): Value {
    const known = leaves.get(value);
    if (known !== undefined) return known;
    let leaf: Value;
    if (value.kind === "constant") {
      const data = toHalves(
        (value.tensor!.data as Float32Array).map((x) => (Math.abs(x) > LARGEST_HALF ? Math.sign(x) * BEYOND : x)),
      );
      leaf = graph.constant({ dtype: "float16", dims: value.tensor!.dims, data });
    } else {
      leaf = graph.parameter(value.name, "float16", value.shape);
      const weight = weights.get(value.name);
      if (weight !== undefined)
        halfWeights.set(value.name, { dtype: "float16", dims: weight.dims, data: halvesOf(value.name, weight) });
    }
    leaves.set(value, leaf);
    return leaf;
  }

  /** A float32 value of the source, in the new graph with another dtype if need be. */
  function as(value: Value, dtype: DType, { graph, of }: Rewriting): Value {
    if (value.dtype !== "float32") return of(value);
    if (value.kind === "parameter" || (value.kind === "constant" && dtype === "float16")) {
      return inDtype(halfLeaf(value, graph), dtype);
    }
    return inDtype(of(value), dtype);
  }

  function inDtype(value: Value, dtype: DType): Value {
    if (value.dtype === dtype) return value;
    const known = casts.get(value);
    if (known !== undefined) return known;
    const other = cast(value, dtype);
    casts.set(value, other);
    return other;
  }

  const result = rewrite(source, `${source.name}-fp16`, new Map(), (node, rewriting) => {
    const dtype: DType = HALF.has(node.operator) && node.outputs[0]!.dtype === "float32" ? "float16" : "float32";
    const inputs = node.inputs.map((input) => as(input, dtype, rewriting));
    const outputs = rewriting.graph.add(node.operator, inputs, node.attributes);
    return new Map(node.outputs.map((output, i) => [output, outputs[i]!]));
  });
  for (const [name, value] of result.graph.outputs) {
    if (value.dtype === "float16") result.graph.outputs.set(name, inDtype(value, "float32"));
  }
  return { graph: result.graph, weights: halfWeights };
}

function halvesOf(name: string, weight: HostTensor): Uint16Array {
  const values = weight.data as Float32Array;
  const beyond = values.find((value) => Math.abs(value) > LARGEST_HALF);
  if (beyond !== undefined) {
    throw new BiobertError({
      code: "model-tensor",
      message: `${name} has a weight of ${beyond}: half precision ends at ${LARGEST_HALF}`,
      place: { name },
      hint: "Export in fp32 or int8.",
    });
  }
  return toHalves(values);
}
