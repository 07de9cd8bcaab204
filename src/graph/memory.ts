// How much memory the activations of a graph take: a walk over the nodes in order, with each value alive from the node that
// makes it to the last one that reads it.

import { bytesPerElement } from "../tensor/index.ts";
import { resolveShape } from "./dims.ts";
import type { Graph, Value } from "./ir.ts";

/** Operators whose result is their input under another shape, or the input itself: no memory of its own. */
const VIEWS = new Set(["reshape", "after"]);

/** Operators that can write over an input that nobody else reads any more. */
const IN_PLACE = new Set(["add", "subtract", "multiply", "negate", "exponential", "erf", "softmax", "divide"]);

/**
 * The most bytes that values made by the graph's nodes take at once, run in order; inputs, parameters and constants are not
 * counted, outputs are, to the end.
 * @param sizes the sizes of the symbolic dimensions
 * @param elsewhere outputs that the caller gives memory for: not counted
 */
export function peakActivationBytes(
  graph: Graph,
  sizes: ReadonlyMap<string, number>,
  elsewhere: ReadonlySet<string> = new Set(),
): number {
  const given = new Set([...elsewhere].map((name) => graph.outputs.get(name)));
  const bytesOf = (value: Value): number =>
    given.has(value) ? 0 : resolveShape(value.shape, sizes).reduce((product, size) => product * size, bytesPerElement(value.dtype));
  // The value whose memory a value lies in.
  const homes = new Map<Value, Value>();
  const home = (value: Value): Value => homes.get(value) ?? value;
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach((node, i) => {
    if (VIEWS.has(node.operator)) homes.set(node.outputs[0]!, home(node.inputs[0]!));
    for (const value of [...node.inputs, ...node.outputs]) lastUse.set(home(value), i);
  });
  for (const value of graph.outputs.values()) lastUse.set(home(value), graph.nodes.length);
  let alive = 0;
  let peak = 0;
  graph.nodes.forEach((node, i) => {
    if (VIEWS.has(node.operator)) return;
    const ending = [...new Set(node.inputs.map(home))].filter((value) => value.kind === "node" && lastUse.get(value) === i);
    const freed = ending.reduce((sum, value) => sum + bytesOf(value), 0);
    const made = node.outputs.reduce((sum, value) => sum + bytesOf(value), 0);
    const reused = IN_PLACE.has(node.operator) && ending.some((value) => bytesOf(value) === made) ? made : 0;
    peak = Math.max(peak, alive + made - reused);
    alive += made - freed;
    for (const value of node.outputs) if (lastUse.get(value) === i) alive -= bytesOf(value);
  });
  return peak;
}
