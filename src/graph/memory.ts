// How much memory a graph takes when ONNX Runtime runs it: its order of running, and its plan of buffers, followed step by
// step. Tried against ONNX Runtime 1.30 (graph.cc ReverseDFSFrom, allocation_planner.cc); bench/memory.mjs measures.

import { bytesPerElement } from "../tensor/index.ts";
import { resolveShape } from "./dims.ts";
import type { Graph, GraphNode, Value } from "./ir.ts";

/** Operators whose result is their input under another shape, or the input itself: no memory of its own. */
const VIEWS = new Set(["reshape", "after"]);

/** Operators that can write over an input that nobody else reads any more. */
const IN_PLACE = new Set([
  "add",
  "subtract",
  "multiply",
  "divide",
  "negate",
  "exponential",
  "erf",
  "softmax",
  "gelu",
  "hyperbolicTangent",
]);

/**
 * The nodes in the order in which ONNX Runtime runs them: from each node that nothing reads, the last of the graph first,
 * depth first; of what a node reads, what was made last comes first.
 */
export function executionOrder(graph: Graph): GraphNode[] {
  const places = new Map(graph.nodes.map((node, i): [GraphNode, number] => [node, i]));
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  const order: GraphNode[] = [];
  const visited = new Set<GraphNode>();
  const stack: { node: GraphNode; leave: boolean }[] = graph.nodes
    .filter(({ outputs }) => !outputs.some((output) => read.has(output)))
    .map((node) => ({ node, leave: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, leave } = top;
    if (leave) {
      order.push(node);
      continue;
    }
    if (visited.has(node)) continue;
    visited.add(node);
    stack.push({ node, leave: true });
    const makers = new Set(node.inputs.flatMap(({ producer }) => (producer === undefined ? [] : [producer])));
    for (const maker of [...makers].sort((a, b) => places.get(a)! - places.get(b)!)) {
      if (!visited.has(maker)) stack.push({ node: maker, leave: false });
    }
  }
  return order;
}

/** An allocation or, where `bytes` is negative, the end of one; `id` says which. */
export interface MemoryEvent {
  id: number;
  bytes: number;
}

interface Allocation {
  id: number;
  bytes: number;
  /** Reads and makings still to come of the values that lie in it. */
  uses: number;
  lastUse: number;
}

/**
 * What a run of the graph allocates and frees, in order. A buffer is taken over by a later value of the same size, and so
 * outlives what was in it: it ends with the last value that lies in it.
 * @param sizes the sizes of the symbolic dimensions
 * @param elsewhere outputs that the caller gives memory for: not counted
 */
export function memoryEvents(
  graph: Graph,
  sizes: ReadonlyMap<string, number>,
  elsewhere: ReadonlySet<string> = new Set(),
): MemoryEvent[] {
  const order = executionOrder(graph);
  const given = new Set([...elsewhere].map((name) => graph.outputs.get(name)));
  const named = new Set(graph.outputs.values());
  const bytesOf = (value: Value): number =>
    resolveShape(value.shape, sizes).reduce((product, size) => product * size, bytesPerElement(value.dtype));
  const uses = new Map<Value, number>();
  for (const node of order) {
    for (const value of [...node.inputs, ...node.outputs]) uses.set(value, (uses.get(value) ?? 0) + 1);
  }
  const homes = new Map<Value, Allocation>();
  const free: { buffer: Allocation; key: string }[] = [];
  const buffers: Allocation[] = [];
  const starts: Allocation[][] = order.map(() => []);
  const keyOf = (value: Value): string => `${bytesPerElement(value.dtype)}:${value.shape.join()}`;
  order.forEach((node, at) => {
    const isLast = (value: Value): boolean => {
      const buffer = homes.get(value);
      return (
        buffer !== undefined &&
        value.kind === "node" &&
        buffer.uses === node.inputs.filter((other) => homes.get(other) === buffer).length
      );
    };
    const taken = new Set<Allocation>();
    for (const output of node.outputs) {
      const count = uses.get(output)! + (named.has(output) ? 1 : 0);
      if (given.has(output)) continue;
      let home: Allocation | undefined;
      if (VIEWS.has(node.operator)) {
        home = homes.get(node.inputs[0]!);
        if (home === undefined) continue; // Of what the caller feeds.
      } else if (!named.has(output)) {
        if (IN_PLACE.has(node.operator)) {
          const over = node.inputs.find(
            (input) => isLast(input) && keyOf(input) === keyOf(output) && !taken.has(homes.get(input)!),
          );
          if (over !== undefined) home = homes.get(over);
        }
        if (home === undefined) {
          const place = free.findIndex(({ key, buffer }) => key === keyOf(output) && !taken.has(buffer));
          if (place >= 0) home = free.splice(place, 1)[0]!.buffer;
        }
      }
      if (home === undefined) {
        home = { id: buffers.length, bytes: bytesOf(output), uses: 0, lastUse: at };
        buffers.push(home);
        starts[at]!.push(home);
      }
      taken.add(home);
      home.uses += count;
      homes.set(output, home);
    }
    for (const value of [...node.inputs, ...node.outputs]) {
      const buffer = homes.get(value);
      if (buffer === undefined) continue;
      buffer.lastUse = at;
      if (--buffer.uses === 0) free.unshift({ buffer, key: keyOf(value) });
    }
  });
  const ends: Allocation[][] = order.map(() => []);
  for (const buffer of buffers) if (buffer.uses === 0) ends[buffer.lastUse]!.push(buffer);
  return order.flatMap((_, at) => [
    ...starts[at]!.map(({ id, bytes }) => ({ id, bytes })),
    ...ends[at]!.map(({ id, bytes }) => ({ id, bytes: -bytes })),
  ]);
}

/**
 * The most bytes that values made by the graph's nodes take at once; inputs, parameters and constants are not counted,
 * outputs are, to the end.
 * @param sizes the sizes of the symbolic dimensions
 * @param elsewhere outputs that the caller gives memory for: not counted
 */
export function peakActivationBytes(
  graph: Graph,
  sizes: ReadonlyMap<string, number>,
  elsewhere: ReadonlySet<string> = new Set(),
): number {
  let alive = 0;
  let peak = 0;
  for (const { bytes } of memoryEvents(graph, sizes, elsewhere)) {
    alive += bytes;
    peak = Math.max(peak, alive);
  }
  return peak;
}
