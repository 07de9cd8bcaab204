// The inference pass: a linear layer as one product with its bias. On constant weights, which ONNX Runtime packs ahead,
// the bias then costs next to nothing; as an addition of its own it is a pass over the result, and before a GELU it has
// ONNX Runtime join the two in an operator that takes twice the time of its GELU alone.

import type { HostTensor } from "../tensor/index.ts";
import type { Graph } from "./ir.ts";
import { affine } from "./operators/linear.ts";
import { linearLayer, rewrite, type WeightedGraph } from "./rewrite.ts";

/** Gives a new graph of the same meaning that runs faster where weights are constants, with the weights it needs. */
export function fuse(source: Graph, weights: ReadonlyMap<string, HostTensor>): WeightedGraph {
  return rewrite(source, source.name, weights, (node, rewriting) => {
    const linear = linearLayer(node, rewriting);
    if (linear === undefined) return undefined;
    const { of } = rewriting;
    return new Map([[linear.result, affine(of(linear.x), of(linear.weight), of(linear.bias))]]);
  });
}
