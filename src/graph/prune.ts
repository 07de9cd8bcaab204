// Drops nodes that no output needs: a gradient graph is built whole, and only the asked-for part of it is run.

import type { Graph, GraphNode, Value } from "./ir.ts";

/** Removes the nodes and constants that no output depends on, in place, and gives the number of nodes removed. */
export function removeUnused(graph: Graph): number {
  const needed = new Set<Value>(graph.outputs.values());
  const kept: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) needed.add(input);
    kept.push(node);
  }
  const removed = graph.nodes.length - kept.length;
  graph.nodes.splice(0, graph.nodes.length, ...kept.reverse());
  const constants = graph.constants.filter((constant) => needed.has(constant));
  graph.constants.splice(0, graph.constants.length, ...constants);
  return removed;
}
