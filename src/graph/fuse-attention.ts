// The pass that makes one operator of each self-attention of an inference graph, where `nn/` builds it of products, a softmax and
// transpositions, so that it has a gradient.

import type { Dim } from "./dims.ts";
import type { GraphNode, Value } from "./ir.ts";
import { attention, type FusedAttentionOptions } from "./operators/attention.ts";
import { removeUnused } from "./prune.ts";
import { rewrite, type WeightedGraph } from "./rewrite.ts";

/**
 * Gives a new graph of the same meaning in which each self-attention is one operator. Only for ONNX Runtime's own kernels: a GPU
 * would have to ask the processor, at every layer, whether a batch has padding.
 */
export function fuseAttention({ graph: source, weights }: WeightedGraph): WeightedGraph {
  const fused = rewrite(source, source.name, weights, (node, { of }) => {
    const found = attentionEndingAt(node);
    if (found === undefined) return undefined;
    return new Map([
      [node.outputs[0]!, attention(of(found.query), of(found.key), of(found.value), of(found.bias), found)],
    ]);
  });
  removeUnused(fused.graph);
  return fused;
}

interface AttentionPattern extends FusedAttentionOptions {
  query: Value;
  key: Value;
  value: Value;
  bias: Value;
}

/** The `reshape(transpose(softmax(q k^T alpha + bias) v))` over split heads that ends with a node, if one does. */
function attentionEndingAt(node: GraphNode): AttentionPattern | undefined {
  const product = producer(joined(node), "batchMatMul");
  const masked = producer(producer(product?.inputs[0], "softmax")?.inputs[0], "add");
  const scores = producer(masked?.inputs[0], "batchMatMul");
  if (product === undefined || masked === undefined || scores === undefined) return undefined;
  if (!isProduct(product, false) || product.attributes["alpha"] !== 1 || !isProduct(scores, true)) return undefined;
  const [query, key, value] = [scores.inputs[0]!, scores.inputs[1]!, product.inputs[1]!].map(splitFrom);
  if (query === undefined || key === undefined || value === undefined) return undefined;
  const bias = masked.inputs[1]!;
  const [batch, heads, sequence] = scores.inputs[0]!.shape as [Dim, number, Dim];
  const fits = bias.shape.length === 4 && [batch, 1, 1, sequence].every((dim, axis) => bias.shape[axis] === dim);
  if (!fits || [query, key, value, bias].some(({ dtype }) => dtype !== "float32")) return undefined;
  return { query, key, value, bias, heads, alpha: scores.attributes["alpha"] as number };
}

/** The node that makes a value, if it is of this kind. */
function producer(value: Value | undefined, operator: string): GraphNode | undefined {
  return value?.producer?.operator === operator ? value.producer : undefined;
}

/** What a transposition of `[batch, heads, sequence, size]` to `[batch, sequence, heads, size]`, or back, makes this value of. */
function headsMovedFrom(value: Value | undefined): Value | undefined {
  const node = producer(value, "transpose");
  return (node?.attributes["order"] as readonly number[] | undefined)?.join() === "0,2,1,3"
    ? node!.inputs[0]
    : undefined;
}

/** The stack `[batch, heads, sequence, size]` that a node joins to a matrix `[tokens, hidden]`. */
function joined(node: GraphNode): Value | undefined {
  return node.operator === "reshape" && node.outputs[0]!.shape.length === 2
    ? headsMovedFrom(node.inputs[0])
    : undefined;
}

/** The matrix `[tokens, hidden]` that a stack `[batch, heads, sequence, size]` was split from. */
function splitFrom(stack: Value): Value | undefined {
  const matrix = producer(headsMovedFrom(stack), "reshape")?.inputs[0];
  return matrix?.shape.length === 2 ? matrix : undefined;
}

function isProduct({ attributes }: GraphNode, transposeB: boolean): boolean {
  return attributes["transposeA"] === false && attributes["transposeB"] === transposeB;
}
