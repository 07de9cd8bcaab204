// Copies a graph node by node while a pass puts other nodes in the place of some: the frame of every pass on inference
// graphs.

import type { HostTensor } from "../tensor/index.ts";
import { Graph, type GraphNode, type Value } from "./ir.ts";

/** A graph and the weights of the parameters that it has. */
export interface WeightedGraph {
  graph: Graph;
  weights: Map<string, HostTensor>;
}

/** What a pass sees of the graph in the making. */
export interface Rewriting {
  graph: Graph;
  /** The copy of a value of the source. A parameter or constant that nothing asks for is not in the new graph. */
  of(value: Value): Value;
  /** The nodes of the source that read a value. */
  usersOf(value: Value): readonly GraphNode[];
}

/** What stands in the new graph for values of the source: for outputs of the node at hand, or of a later one. */
export type Replacement = ReadonlyMap<Value, Value>;

/**
 * Copies `source`. `replace` is asked for every node, in order, and gives what stands for it, or undefined to have it
 * copied as it is; a node whose outputs have all been replaced before is left out.
 */
export function rewrite(
  source: Graph,
  name: string,
  weights: ReadonlyMap<string, HostTensor>,
  replace: (node: GraphNode, rewriting: Rewriting) => Replacement | undefined,
): WeightedGraph {
  const graph = new Graph(name);
  const kept = new Map<string, HostTensor>();
  const values = new Map<Value, Value>();
  const users = new Map<Value, GraphNode[]>();
  for (const node of source.nodes) {
    for (const input of node.inputs) users.set(input, [...(users.get(input) ?? []), node]);
  }
  for (const input of source.inputs) values.set(input, graph.input(input.name, input.dtype, input.shape));
  const of = (value: Value): Value => {
    let copy = values.get(value);
    if (copy === undefined) {
      copy =
        value.kind === "constant"
          ? graph.constant(value.tensor!)
          : graph.parameter(value.name, value.dtype, value.shape);
      const weight = value.kind === "parameter" ? weights.get(value.name) : undefined;
      if (weight !== undefined) kept.set(value.name, weight);
      values.set(value, copy);
    }
    return copy;
  };
  const rewriting: Rewriting = { graph, of, usersOf: (value) => users.get(value) ?? [] };
  for (const node of source.nodes) {
    if (node.outputs.every((output) => values.has(output))) continue;
    graph.scoped(node.scope, () => {
      const replacement = replace(node, rewriting);
      if (replacement !== undefined) {
        for (const [old, value] of replacement) values.set(old, value);
        return;
      }
      const outputs = graph.add(node.operator, node.inputs.map(of), node.attributes);
      node.outputs.forEach((output, i) => values.set(output, outputs[i]!));
    });
  }
  for (const [output, value] of source.outputs) graph.output(output, of(value));
  return { graph, weights: kept };
}

/** A linear layer: `matMul(x, W^T)` with a parameter for W, read by nothing but the addition of a bias vector. */
export interface LinearPattern {
  x: Value;
  /** `[out, in]` */
  weight: Value;
  /** `[out]` */
  bias: Value;
  /** What the layer gives, `[tokens, out]`. */
  result: Value;
}

/** The linear layer that begins with a node, if one does. */
export function linearLayer(node: GraphNode, { usersOf }: Pick<Rewriting, "usersOf">): LinearPattern | undefined {
  if (node.operator !== "matMul") return undefined;
  const { transposeA, transposeB, alpha } = node.attributes;
  const [x, weight] = node.inputs as [Value, Value];
  if (transposeA === true || transposeB !== true || alpha !== 1 || weight.kind !== "parameter") return undefined;
  const product = node.outputs[0]!;
  const [sum, ...others] = usersOf(product);
  if (sum?.operator !== "add" || others.length > 0 || sum.inputs[0] !== product) return undefined;
  if ([...product.graph.outputs.values()].includes(product)) return undefined;
  const bias = sum.inputs[1]!;
  if (bias.kind !== "parameter" || bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0]) return undefined;
  return { x, weight, bias, result: sum.outputs[0]! };
}
