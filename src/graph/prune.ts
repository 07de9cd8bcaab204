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

/**
 * Moves the nodes that nothing reads to the end, the last one made first, in place. ONNX Runtime walks back from such nodes,
 * beginning with the last of the file, and runs what each needs: in this order the gradient of a layer's weights is
 * computed while what it is made of is at hand, instead of after the whole backward pass.
 */
export function leavesLast(graph: Graph): void {
  const read = new Set<Value>(graph.nodes.flatMap(({ inputs }) => inputs));
  const isLeaf = ({ outputs }: GraphNode): boolean => !outputs.some((output) => read.has(output));
  const leaves = graph.nodes.filter(isLeaf);
  graph.nodes.splice(0, graph.nodes.length, ...graph.nodes.filter((node) => !isLeaf(node)), ...leaves.reverse());
}

/**
 * Moves the nodes that depend on no parameter to the front, in place: masks, mostly. Of what a node reads, ONNX Runtime makes
 * what comes last in the file first, so a mask is made when the activation that it is for is there; otherwise those of a
 * layer would be made, and kept, before the layer runs.
 */
export function masksFirst(graph: Graph): void {
  const learnt = new Set<Value>(graph.parameters);
  const isLearnt = (node: GraphNode): boolean => node.outputs.some((output) => learnt.has(output));
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => learnt.has(input))) node.outputs.forEach((output) => learnt.add(output));
  }
  graph.nodes.splice(
    0,
    graph.nodes.length,
    ...graph.nodes.filter((node) => !isLearnt(node)),
    ...graph.nodes.filter(isLearnt),
  );
}
