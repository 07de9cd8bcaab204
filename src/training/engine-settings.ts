// How a training's sessions are made: the one place where what is said of threads, memory and devices becomes settings of
// the training step and of the session that evaluates beside it.

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

function given({ threads, device }: TrainingEngineOptions): Pick<SessionOptions, "threads" | "device"> {
  return { ...(threads === undefined ? {} : { threads }), ...(device === undefined ? {} : { device }) };
}
