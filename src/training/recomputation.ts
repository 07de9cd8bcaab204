// What of a training graph's activations is kept, and the order its nodes lie in: what memory depends on, and no bit of the
// result.

import { leavesLast, masksFirst, recompute, type Graph, type GraphNode, type Value } from "../graph/index.ts";

/** What is made again in the backward pass instead of kept. */
export interface Recomputation {
  /** In every layer, what attention has for each pair of tokens: scores, probabilities, their masks. */
  attention: boolean;
  /** All that the first so many encoder layers make. */
  layers: number;
}

/** The number of the encoder layer that a scope is in, if any. */
function layerOf(scope: string): number | undefined {
  const number = /^layer\.(\d+)/.exec(scope)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** A value for each pair of tokens: `[..., sequence, sequence]`. */
function isOfPairs({ shape }: Value): boolean {
  return shape.length >= 3 && typeof shape.at(-1) === "string" && shape.at(-1) === shape.at(-2);
}

/** The segment to recompute that a node belongs to, if any. */
export function recomputedSegment({ attention, layers }: Recomputation): (node: GraphNode) => string | undefined {
  return ({ scope, inputs, outputs }) => {
    const layer = layerOf(scope);
    if (layer === undefined) return undefined;
    if (layer < layers) return `layer.${layer}`;
    return attention && [...inputs, ...outputs].some(isOfPairs) ? `attention.${layer}` : undefined;
  };
}

/** The graph as it is to be run: with what is recomputed, and in the order that needs least memory. */
export function trainingSchedule(source: Graph, loss: Value, recomputation?: Recomputation): Graph {
  const isAny = recomputation !== undefined && (recomputation.attention || recomputation.layers > 0);
  const graph = isAny ? recompute(source, { loss, segmentOf: recomputedSegment(recomputation) }) : source;
  masksFirst(graph);
  leavesLast(graph);
  return graph;
}
