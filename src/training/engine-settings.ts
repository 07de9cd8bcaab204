// How a training's sessions are made: the one place where what is said of threads, memory and devices becomes settings of
// the training step and of the session that evaluates beside it.

import type { BertConfig } from "../bert/index.ts";
import type { Device, SessionOptions } from "../engine/index.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import type { StepOptions } from "./step.ts";

export interface TrainingEngineOptions {
  /** Threads of ONNX Runtime; default: one a physical core. The result does not depend on them. */
  threads?: number;
  /** Where the graphs run; default "cpu". The last bits of the result depend on it. */
  device?: Device;
}

/** What a plan of memory says of the sessions; see memory-plan.ts. */
export type MemorySettings = Pick<MemoryPlan, "recompute" | "memoryArena">;

/** Settings of the step that trains. */
export function stepSettings(options: TrainingEngineOptions, memory?: MemorySettings): StepOptions {
  const planned = memory === undefined ? {} : { recompute: memory.recompute, memoryArena: memory.memoryArena };
  return { ...given(options), ...planned };
}

/** Settings of the session that scores the held-out data. */
export function evaluationSettings(options: TrainingEngineOptions, memory?: MemorySettings): SessionOptions {
  // Under a bound, nothing is kept between evaluations: the memory is the training's.
  return { ...given(options), ...(memory === undefined ? {} : { memoryArena: false }) };
}

/** Numbers of a layer's widest activation that stay in a processor's cache: 6 MiB of float32, 1,024 pieces of MiniLM-L6-H384. */
const CACHED_NUMBERS = 1.5 * 2 ** 20;

/**
 * The most pieces that a batch's parts have: on the processor what its cache holds of the widest activation (decision 11), where memory is
 * bounded no more than its plan allows; undefined for any number. It does not depend on the machine: parts shape the result's last bits.
 */
export function microBatchPieces(
  { intermediateSize }: Pick<BertConfig, "intermediateSize">,
  { device = "cpu" }: Pick<TrainingEngineOptions, "device">,
  plan?: Pick<MemoryPlan, "microBatchPieces">,
): number | undefined {
  const cached = device === "cpu" ? Math.max(128, Math.floor(CACHED_NUMBERS / intermediateSize)) : Infinity;
  const most = Math.min(cached, plan?.microBatchPieces ?? Infinity);
  return Number.isFinite(most) ? most : undefined;
}

function given({ threads, device }: TrainingEngineOptions): Pick<SessionOptions, "threads" | "device"> {
  return { ...(threads === undefined ? {} : { threads }), ...(device === undefined ? {} : { device }) };
}
