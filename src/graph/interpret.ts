// The plain float64 interpreter: the executable meaning of every operator. Slow, and right: gradients are checked
// against numeric differences on it, and ONNX Runtime against its results.

import { BiobertError } from "../core/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { dimNames, formatShape, resolveShape } from "./dims.ts";
import type { Graph, Value } from "./ir.ts";
import { numeric } from "./numeric.ts";
import { operatorNamed, type Numeric } from "./operator.ts";

/** A tensor of float64 numbers to feed; the dtype is that of the input it is fed to. */
export interface Feed {
  dims: readonly number[];
  data: ArrayLike<number>;
}

function fromHost(tensor: HostTensor): Numeric {
  return numeric(tensor.dtype, tensor.dims, Float64Array.from(tensor.data as ArrayLike<number>, Number));
}

function bind(
  graph: Graph,
  feeds: Readonly<Record<string, Feed>>,
): { values: Map<Value, Numeric>; sizes: Map<string, number> } {
  const values = new Map<Value, Numeric>();
  const sizes = new Map<string, number>();
  for (const value of [...graph.inputs, ...graph.parameters]) {
    const feed = feeds[value.name];
    if (feed === undefined)
      throw new BiobertError({ code: "graph-invalid", message: `nothing is fed to ${value.name}` });
    if (feed.dims.length !== value.shape.length) {
      throw new BiobertError({
        code: "graph-invalid",
        message: `${value.name} is ${formatShape(value.shape)}, fed [${feed.dims.join(", ")}]`,
      });
    }
    value.shape.forEach((dim, axis) => {
      if (typeof dim === "string" && dimNames(dim).length === 1 && !/^\d/.test(dim)) {
        sizes.set(dim, sizes.get(dim) ?? feed.dims[axis]!);
      }
    });
    values.set(value, numeric(value.dtype, feed.dims, Float64Array.from(feed.data)));
  }
  for (const [value, tensor] of values) {
    const wanted = resolveShape(value.shape, sizes);
    if (wanted.some((size, axis) => size !== tensor.dims[axis])) {
      throw new BiobertError({
        code: "graph-invalid",
        message: `${value.name} is ${formatShape(value.shape)} = [${wanted.join(", ")}] here, fed [${tensor.dims.join(", ")}]`,
      });
    }
  }
  for (const value of graph.constants) values.set(value, fromHost(value.tensor!));
  return { values, sizes };
}

/**
 * Runs a graph in float64 and gives its outputs by name.
 * @throws BiobertError `graph-invalid` when a feed is missing or has the wrong shape.
 */
export function interpret(graph: Graph, feeds: Readonly<Record<string, Feed>>): Record<string, Numeric> {
  const { values, sizes } = bind(graph, feeds);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const results = operatorNamed(node.operator).interpret(inputs, node.attributes, { sizes });
    node.outputs.forEach((output, i) => values.set(output, results[i]!));
  }
  return Object.fromEntries([...graph.outputs].map(([name, value]) => [name, values.get(value)!]));
}
