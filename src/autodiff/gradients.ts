// The backward walk: from a loss to the gradients of chosen values, through one rule a node (see rules.ts).

import { BiobertError } from "../core/index.ts";
import { add, formatShape, reshape, sameShape, scalar, type Value } from "../graph/index.ts";
import { rules } from "./rules.ts";

function accumulate(gradients: Map<Value, Value>, value: Value, gradient: Value): void {
  const before = gradients.get(value);
  gradients.set(value, before === undefined ? gradient : add(before, gradient));
}

/** The values that depend on any of `sources`, walking forward. */
function dependents(sources: readonly Value[]): Set<Value> {
  const reached = new Set<Value>(sources);
  for (const node of sources[0]!.graph.nodes) {
    if (node.inputs.some((input) => reached.has(input))) node.outputs.forEach((output) => reached.add(output));
  }
  return reached;
}

/**
 * Adds to the graph of `loss` the nodes that compute its gradient with respect to each of `sources`.
 * `loss` must be a float32 scalar. A source that the loss does not depend on is absent from the result.
 * @throws BiobertError `gradient-missing` naming the operator that has no rule, `graph-invalid` when a rule gives a
 *   gradient of another shape or dtype than its value.
 */
export function gradients(loss: Value, sources: readonly Value[]): Map<Value, Value> {
  const graph = loss.graph;
  if (loss.shape.length !== 0 || loss.dtype !== "float32") {
    throw new BiobertError({
      code: "graph-invalid",
      message: `the loss must be a float32 scalar, not ${loss.dtype}${formatShape(loss.shape)}`,
    });
  }
  const wanted = dependents(sources);
  const found = new Map<Value, Value>([[loss, scalar(graph, 1)]]);
  for (const node of [...graph.nodes].reverse()) {
    const outputGradients = node.outputs.map((output) => found.get(output));
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    const needed = node.inputs.map((input) => wanted.has(input));
    if (!needed.some(Boolean)) continue;
    const rule = rules[node.operator];
    if (rule === undefined) {
      throw new BiobertError({
        code: "gradient-missing",
        message: `operator ${node.operator}, in ${node.scope || graph.name}, has no gradient rule`,
        place: { name: node.operator },
        hint: "add a row for it to src/autodiff/rules.ts",
      });
    }
    const results = graph.scoped(`gradient.${node.scope}`, () =>
      rule({ node, inputs: node.inputs, outputs: node.outputs, gradients: outputGradients, needed }),
    );
    node.inputs.forEach((input, i) => {
      const gradient = results[i];
      if (gradient === undefined || !needed[i]) return;
      if (!sameShape(gradient.shape, input.shape) || gradient.dtype !== "float32") {
        throw new BiobertError({
          code: "graph-invalid",
          message: `the rule of ${node.operator} gives ${gradient.dtype}${formatShape(gradient.shape)} for input ${i} of shape ${formatShape(input.shape)}`,
          place: { name: node.operator },
        });
      }
      accumulate(found, input, gradient);
    });
  }
  return new Map(
    sources.flatMap((source) => {
      const gradient = found.get(source);
      return gradient === undefined ? [] : [[source, reshape(gradient, source.shape)]];
    }),
  );
}
