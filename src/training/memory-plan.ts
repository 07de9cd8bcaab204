// How a training fits into a bound on memory: how large micro-batches are, what is recomputed, and whether ONNX Runtime
// keeps what it has freed. A pure function of the model's shape, the data and the bound, so that a resumed run plans the same.
// The constants were fitted to the peaks that bench/memory.mjs measures (docs/training-memory.md).

import { BiobertError } from "../core/index.ts";
import type { Recomputation } from "./recomputation.ts";

/** What a run of the training graph needs and does, with one of the ways to recompute. */
export interface GraphDemand {
  recompute: Recomputation;
  nodes: number;
  /** Of the activations of `rows` examples of the longest length, at the worst moment. */
  activationBytes(rows: number): number;
  /** Of one whole batch. */
  operations: number;
}

export interface MemoryDemand {
  parameters: number;
  /** Those that are trained, which have gradients and moments. */
  trained: number;
  /** Examples of an update, and pieces of the longest. */
  batchSize: number;
  longest: number;
  /** Passes that an update of the longest is run in at the least. */
  parts: number;
  /** Pieces of all examples together, which stay in memory. */
  dataPieces: number;
  /** The ways to recompute, the first with none. */
  graphs: readonly GraphDemand[];
}

export interface MemoryPlan {
  /** The most pieces of a micro-batch, padding counted: a batch with more is run in parts. */
  microBatchPieces: number;
  /** Examples of the longest length that go into one. */
  microBatchRows: number;
  recompute: Recomputation;
  memoryArena: boolean;
  /** The process's peak, as estimated. */
  bytes: number;
  /** Work beyond that of whole batches with nothing recomputed, as a share of it. */
  extraWork: number;
}

/** Of a Node process with this library and ONNX Runtime loaded. */
const PROCESS_BYTES = 105e6;
/** What remains of reading the start, as a share of the parameters: it is collected late. */
const START_SHARE = 0.75;
/** What a session takes for each node of its graph. */
const NODE_BYTES = 33e3;
/** Token ids, labels and the texts that they are of. */
const PIECE_BYTES = 64;
/** What the system's allocator takes beyond what is alive. */
const SPREAD = 1.08;
/**
 * Without the arena, layers made again leave holes in the heap: an aligned buffer does not fit where one of its size was freed, and
 * what a layer keeps lies between. About two of a layer's widest buffers each, of which those above 32 MB are blocks of their own.
 */
const HOLES = { share: 2, layerBytes: 50e6 };
/** ONNX Runtime's arena grows by powers of two, and keeps its holes from run to run. */
const ARENA_SPREAD = 1.6;
/** What adding up gradients costs a part, in pieces that could be trained instead. */
const PART_PIECES = 100;

/** The estimated peak of the process's resident memory, in bytes. */
export function estimateMemory(
  demand: Pick<MemoryDemand, "parameters" | "trained" | "dataPieces">,
  graph: Pick<GraphDemand, "recompute" | "nodes" | "activationBytes">,
  { rows, parts, memoryArena }: { rows: number; parts: number; memoryArena: boolean },
): number {
  const { parameters, trained, dataPieces } = demand;
  const buffers = 4 * (parameters * (1 + START_SHARE) + trained * (parts > 1 ? 4 : 3));
  const fixed = PROCESS_BYTES + NODE_BYTES * graph.nodes + PIECE_BYTES * dataPieces + buffers;
  const alive = graph.activationBytes(rows);
  const holes = Math.min(HOLES.share * alive, HOLES.layerBytes * graph.recompute.layers);
  return fixed + (memoryArena ? alive * ARENA_SPREAD : alive * SPREAD + holes);
}

/** The sizes that micro-batches may have, the largest first. */
function microBatchSizes({ batchSize, parts }: MemoryDemand): number[] {
  const sizes = new Set<number>();
  for (let count = Math.min(parts, batchSize); count <= batchSize; count++) sizes.add(Math.ceil(batchSize / count));
  return [...sizes];
}

/** Every way to run the training, those with least extra work first. */
function candidates(demand: MemoryDemand): MemoryPlan[] {
  const { batchSize, longest, graphs } = demand;
  const plans = graphs.flatMap((graph) =>
    microBatchSizes(demand).flatMap((rows) => {
      const parts = Math.ceil(batchSize / rows);
      const recomputed = graph.operations / graphs[0]!.operations - 1;
      const split = ((parts - Math.min(demand.parts, parts)) * PART_PIECES) / (batchSize * longest);
      return [true, false].map((memoryArena) => ({
        microBatchPieces: rows * longest,
        microBatchRows: rows,
        recompute: graph.recompute,
        memoryArena,
        bytes: estimateMemory(demand, graph, { rows, parts, memoryArena }),
        extraWork: recomputed + split,
      }));
    }),
  );
  // A stable sort: of equal work, larger micro-batches and the arena come first.
  return plans.sort((a, b) => a.extraWork - b.extraWork);
}

/**
 * The plan with least extra work whose estimated peak is at most `bound` bytes.
 * @throws BiobertError `memory-bound` where none is, with the least that would do.
 */
export function planMemory(demand: MemoryDemand, bound: number): MemoryPlan {
  const plans = candidates(demand);
  const plan = plans.find(({ bytes }) => bytes <= bound);
  if (plan !== undefined) return plan;
  const least = plans.reduce((best, other) => (other.bytes < best.bytes ? other : best));
  throw new BiobertError({
    code: "memory-bound",
    message: `training does not fit into ${formatBytes(bound)}: the least is ${formatBytes(least.bytes)}, with micro-batches of ${least.microBatchRows} of ${demand.longest} pieces`,
    hint: `Allow ${formatBytes(least.bytes)}, shorten the texts with --max-length, freeze a part of the model, or take a smaller one.`,
  });
}

/** Bytes as people write them, in powers of ten, rounded up. */
export function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(Math.ceil(bytes / 1e7) / 100).toFixed(2)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}

/** What a plan does and costs, in one line. */
export function describePlan({
  microBatchRows,
  microBatchPieces,
  recompute,
  memoryArena,
  bytes,
  extraWork,
}: MemoryPlan): string {
  const layers = recompute.layers === 0 ? "" : `${recompute.layers} layers`;
  const again = [layers, recompute.attention ? "attention" : ""].filter((part) => part !== "").join(" and ");
  return [
    `micro-batches of at most ${microBatchPieces} pieces (${microBatchRows} of the longest)`,
    again === "" ? "nothing recomputed" : `${again} recomputed`,
    `memory arena ${memoryArena ? "on" : "off"}`,
    `about ${formatBytes(bytes)}, ${(100 * extraWork).toFixed(0)} % more work`,
  ].join(", ");
}
