// How much a graph computes: the multiplications and additions of its matrix products, which are nearly all of it.

import { resolveShape } from "./dims.ts";
import type { Graph } from "./ir.ts";

/** The floating-point operations of the graph's matrix products, at these sizes of the symbolic dimensions. */
export function productOperations(graph: Graph, sizes: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const { operator, inputs, outputs, attributes } of graph.nodes) {
    if (operator === "attention") {
      const [tokens, hidden] = resolveShape(outputs[0]!.shape, sizes) as [number, number];
      sum += 4 * tokens * hidden * resolveShape(inputs[3]!.shape, sizes)[3]!;
      continue;
    }
    if (operator !== "matMul" && operator !== "batchMatMul" && operator !== "affine") continue;
    const [rows, columns] = resolveShape(inputs[0]!.shape, sizes).slice(-2) as [number, number];
    const inner = attributes["transposeA"] === true ? rows : columns;
    sum += 2 * inner * resolveShape(outputs[0]!.shape, sizes).reduce((product, size) => product * size, 1);
  }
  return sum;
}
