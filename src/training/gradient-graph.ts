// From a model and its loss to the graph of a training step: what it gives, and in which form each gradient comes.

import { gradients as differentiate } from "../autodiff/index.ts";
import { add, removeUnused, sameShape, verify, type Graph, type Value } from "../graph/index.ts";
import type { ParameterSpec } from "../nn/index.ts";
import type { FlatParameter } from "../optim/index.ts";
import { elementCount } from "../tensor/index.ts";

export interface TrainingModel {
  graph: Graph;
  /** Frozen ones get no gradient, and the backward graph stops where nothing before it is trained. */
  parameters: readonly (ParameterSpec & FlatParameter)[];
  parameterValues: readonly Value[];
  loss: Value;
}

/** A gradient that touches few rows of a table: returned as rows beside their indices, and added on the host. */
export interface RowGradient {
  /** Of the parameter. */
  name: string;
  /** Names its two outputs, `rows.KEY` and `updates.KEY`; a table that is looked up in several places has one of these for each. */
  key: string;
  width: number;
  /** Rows of this index are left out. */
  paddingIndex: number | undefined;
}

export interface GradientOutputs {
  /** Parameters whose gradient is an output `gradient.NAME`. */
  dense: string[];
  rows: RowGradient[];
}

/** The terms of a gradient: that of a weight used in several places is a sum with a term a place. */
function termsOf(gradient: Value): readonly Value[] {
  const { producer, shape } = gradient;
  const isSum = producer?.operator === "add" && producer.inputs.every((input) => sameShape(input.shape, shape));
  return isSum ? producer.inputs.flatMap(termsOf) : [gradient];
}

/** Differentiates the model's loss and names `loss` and the gradients as the graph's outputs; nothing else is left in it. */
export function addGradientOutputs({ graph, parameters, parameterValues, loss }: TrainingModel): GradientOutputs {
  const dense: string[] = [];
  const rows: RowGradient[] = [];
  const found = differentiate(
    loss,
    parameterValues.filter((_, i) => parameters[i]!.frozen !== true),
  );
  graph.output("loss", loss);
  parameters.forEach(({ name, dims }, i) => {
    const gradient = found.get(parameterValues[i]!);
    if (gradient === undefined) return;
    // A table that is also a matrix, as the tied decoder's is, has both: a dense gradient, and rows to add to it.
    const terms = termsOf(gradient);
    const scattered = terms.filter(({ producer }) => producer?.operator === "scatterAddRows");
    scattered.forEach(({ producer }, place) => {
      const key = place === 0 ? name : `${name}.${place}`;
      const [indices, updates] = producer!.inputs as [Value, Value];
      graph.output(`rows.${key}`, indices);
      graph.output(`updates.${key}`, updates);
      const paddingIndex = producer!.attributes["paddingIndex"] as number | undefined;
      rows.push({ name, key, width: elementCount(dims.slice(1)), paddingIndex });
    });
    if (terms.length === scattered.length) return;
    const others = terms.filter((term) => !scattered.includes(term));
    graph.output(`gradient.${name}`, scattered.length === 0 ? gradient : others.reduce(add));
    dense.push(name);
  });
  removeUnused(graph);
  verify(graph);
  return { dense, rows };
}
