// The memory that a training on given inputs needs, with one head or several on one encoder, as planMemory takes it.

import { lengthOfInput, type EncodedInput } from "../tasks/index.ts";
import type { TrainingModel } from "./gradient-graph.ts";
import { examplesPerUpdate, passCount } from "./loop.ts";
import { memoryDemand } from "./memory-demand.ts";
import { estimateMemory, planMemory, type MemoryDemand, type MemoryPlan } from "./memory-plan.ts";

/** One head's training graph and what goes through it. */
export interface PlannedModel {
  /** Makes the training graph anew each time. */
  build: () => TrainingModel;
  inputs: readonly EncodedInput[];
}

export interface PlannedTraining {
  layerCount: number;
  batchSize: number;
  accumulationSteps: number;
  /** The most pieces that a part has anyway; default: any number. */
  microBatchPieces?: number;
}

const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 1);

/** The demand of a training of one head. Its `longest` counts the pieces of all of an input's sequences. */
export function trainingDemand(
  { build, inputs }: PlannedModel,
  { layerCount, ...options }: PlannedTraining,
): MemoryDemand {
  const lengths = inputs.map(lengthOfInput);
  const longest = largest(lengths);
  const rows = Math.min(examplesPerUpdate(options), inputs.length);
  const choices = largest(inputs.map(({ sequences }) => sequences.length));
  const demand = memoryDemand(build, layerCount, {
    batchSize: rows,
    longest: Math.ceil(longest / choices),
    parts: passCount(rows, longest, options),
    dataPieces: lengths.reduce((sum, length) => sum + length, 0),
    others: { choices },
  });
  return { ...demand, longest };
}

/**
 * The plan of a training with several heads. All have the same most pieces of a micro-batch and the same recomputation. Their
 * sessions run in turn and give back what they take: an arena each would keep as much as all of them need together.
 * @param parameters all numbers of the shared buffers, and those of them that are trained
 * @throws BiobertError `memory-bound`.
 */
export function planSeveral(
  models: readonly PlannedModel[],
  training: PlannedTraining,
  { parameters, trained }: Pick<MemoryDemand, "parameters" | "trained">,
  bound: number,
): MemoryPlan {
  const demands = models.map((model) => trainingDemand(model, training));
  const longest = largest(demands.map((demand) => demand.longest));
  const sum = (of: (demand: MemoryDemand) => number): number =>
    demands.reduce((total, demand) => total + of(demand), 0);
  const together: MemoryDemand = {
    parameters,
    trained,
    longest,
    batchSize: largest(demands.map(({ batchSize }) => batchSize)),
    parts: largest(demands.map(({ parts }) => parts)),
    dataPieces: sum(({ dataPieces }) => dataPieces),
    graphs: demands[0]!.graphs.map(({ recompute }, way) => ({
      recompute,
      nodes: sum(({ graphs }) => graphs[way]!.nodes),
      operations: sum(({ graphs }) => graphs[way]!.operations),
      activationBytes: (rows) =>
        largest(
          demands.map((demand) => {
            // What the pieces of so many of the longest are of this head's own longest.
            const own = Math.max(1, Math.floor((rows * longest) / demand.longest));
            return demand.graphs[way]!.activationBytes(Math.min(own, demand.batchSize));
          }),
        ),
    })),
  };
  const plan = planMemory(together, bound);
  if (!plan.memoryArena) return plan;
  const graph = together.graphs.find(({ recompute }) => recompute === plan.recompute)!;
  const rows = plan.microBatchRows;
  const parts = Math.ceil(together.batchSize / rows);
  return { ...plan, memoryArena: false, bytes: estimateMemory(together, graph, { rows, parts, memoryArena: false }) };
}
