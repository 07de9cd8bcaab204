// The arithmetic of a graph's matrix products, counted exactly: two floating-point operations for each multiplication that
// the shapes ask for. Nothing else of a graph is counted.

import { resolveDim, resolveShape, type Graph, type GraphNode } from "../../src/graph/index.ts";

const PRODUCTS = new Set(["matMul", "batchMatMul", "affine"]);

function productOperations(node: GraphNode, sizes: ReadonlyMap<string, number>): number {
  const [left] = node.inputs;
  const inner = left!.shape.at(node.attributes["transposeA"] === true ? -2 : -1)!;
  const results = resolveShape(node.outputs[0]!.shape, sizes).reduce((product, size) => product * size, 1);
  return 2 * results * resolveDim(inner, sizes);
}

/** Floating-point operations of all matrix products of a graph, its symbolic sizes bound to `sizes`. */
export function countProducts(graph: Graph, sizes: Readonly<Record<string, number>>): number {
  const bound = new Map(Object.entries(sizes));
  return graph.nodes
    .filter(({ operator }) => PRODUCTS.has(operator))
    .reduce((sum, node) => sum + productOperations(node, bound), 0);
}
