// What a model's training needs of memory and does of work, found from its graphs without running them.

import { memoryEvents, productOperations } from "../graph/index.ts";
import { addGradientOutputs, type TrainingModel } from "./gradient-graph.ts";
import type { GraphDemand, MemoryDemand } from "./memory-plan.ts";
import { trainingSchedule, type Recomputation } from "./recomputation.ts";

/** The ways to recompute that are worth a look, from none to all. */
export function recomputations(layerCount: number): Recomputation[] {
  const some = [0.25, 0.5, 0.75, 1].map((share) => ({ attention: share < 1, layers: Math.ceil(share * layerCount) }));
  return [{ attention: false, layers: 0 }, { attention: true, layers: 0 }, ...some];
}

function peak(events: readonly { bytes: number }[]): number {
  let [alive, most] = [0, 0];
  for (const { bytes } of events) {
    alive += bytes;
    most = Math.max(most, alive);
  }
  return most;
}

/** The demand of one graph; `model` is used up. Inputs with more than a batch and a sequence have `others` of their sizes. */
export function graphDemand(
  model: TrainingModel,
  recompute: Recomputation,
  {
    batchSize,
    longest,
    others = {},
  }: { batchSize: number; longest: number; others?: Readonly<Record<string, number>> },
): GraphDemand {
  const { dense } = addGradientOutputs(model);
  const graph = trainingSchedule(model.graph, model.loss, recompute);
  const elsewhere = new Set(dense.map((name) => `gradient.${name}`));
  const sizes = (rows: number) => new Map(Object.entries({ ...others, batch: rows, sequence: longest }));
  return {
    recompute,
    nodes: graph.nodes.length,
    activationBytes: (rows) => peak(memoryEvents(graph, sizes(rows), elsewhere)),
    operations: productOperations(graph, sizes(batchSize)),
  };
}

/** The demand of a training; `build` makes the model's training graph anew each time. */
export function memoryDemand(
  build: () => TrainingModel,
  layerCount: number,
  data: Pick<MemoryDemand, "batchSize" | "longest" | "parts" | "dataPieces"> & {
    others?: Readonly<Record<string, number>>;
  },
): MemoryDemand {
  const { others, ...shape } = data;
  const models = recomputations(layerCount).map((recompute) => ({ recompute, model: build() }));
  const sizes = models[0]!.model.parameters.map(({ dims, frozen }) => ({
    frozen,
    size: dims.reduce((product, size) => product * size, 1),
  }));
  const total = (list: readonly { size: number }[]): number => list.reduce((sum, { size }) => sum + size, 0);
  return {
    ...shape,
    parameters: total(sizes),
    trained: total(sizes.filter(({ frozen }) => frozen !== true)),
    graphs: models.map(({ recompute, model }) =>
      graphDemand(model, recompute, { ...shape, ...(others === undefined ? {} : { others }) }),
    ),
  };
}
