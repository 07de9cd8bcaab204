// How a training's sessions are made: the one place where what is said of threads, memory and devices becomes settings of
// the training step and of the session that evaluates beside it.

import type { Device, SessionOptions } from "../engine/index.ts";
import type { StepOptions } from "./step.ts";

export interface TrainingEngineOptions {
  /** Threads of ONNX Runtime; default: one a physical core. The result does not depend on them. */
  threads?: number;
  /** Where the graphs run; default "cpu". The last bits of the result depend on it. */
  device?: Device;
}

/** Settings of the step that trains. */
export function stepSettings(options: TrainingEngineOptions): StepOptions {
  return evaluationSettings(options);
}

/** Settings of the session that scores the held-out data. */
export function evaluationSettings({ threads, device }: TrainingEngineOptions): SessionOptions {
  return { ...(threads === undefined ? {} : { threads }), ...(device === undefined ? {} : { device }) };
}
