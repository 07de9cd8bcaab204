// Checks that a graph is well formed: every node agrees with its operator's inference, values are made before they are
// used, and every symbolic size can be found from an input.

import { BiobertError } from "../core/index.ts";
import { dimNames, formatShape, sameShape } from "./dims.ts";
import type { Graph, Value } from "./ir.ts";
import { operatorNamed } from "./operator.ts";

function fail(message: string, name: string): never {
  throw new BiobertError({ code: "graph-invalid", message, place: { name } });
}

/**
 * Verifies a graph.
 * @throws BiobertError `graph-invalid` naming the first node that is wrong, with its operator and shapes.
 */
export function verify(graph: Graph): void {
  const known = new Set<Value>([...graph.inputs, ...graph.parameters, ...graph.constants]);
  const sized = graph.dimensionSources();
  for (const node of graph.nodes) {
    const given = node.inputs.map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`).join(", ");
    const label = `${node.scope === "" ? "" : `${node.scope}/`}${node.operator}#${node.id}(${given})`;
    for (const input of node.inputs) {
      if (!known.has(input)) fail(`${label} uses ${input.name} before it is made`, node.operator);
    }
    const types = operatorNamed(node.operator).infer(node.inputs, node.attributes);
    if (types.length !== node.outputs.length)
      fail(`${label} has ${node.outputs.length} outputs, not ${types.length}`, node.operator);
    node.outputs.forEach((output, i) => {
      const type = types[i]!;
      if (output.dtype !== type.dtype || !sameShape(output.shape, type.shape)) {
        fail(
          `${label} output ${i} is ${output.dtype}${formatShape(output.shape)}, inference says ${type.dtype}${formatShape(type.shape)}`,
          node.operator,
        );
      }
      for (const dim of output.shape) {
        for (const name of dimNames(dim)) {
          if (!sized.has(name))
            fail(
              `${label} output ${i} is ${output.dtype}${formatShape(output.shape)}, but no input gives the size "${name}"`,
              node.operator,
            );
        }
      }
      known.add(output);
    });
  }
  for (const [name, value] of graph.outputs) {
    if (!known.has(value)) fail(`output "${name}" is not made by the graph`, name);
  }
}
