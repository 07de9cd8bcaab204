// How a training's sessions are made: the one place where what is said of threads, memory and devices becomes settings of
// the training step and of the session that evaluates beside it.

import type { SessionOptions } from "../engine/index.ts";
import type { StepOptions } from "./step.ts";

export interface TrainingEngineOptions {
  /** Threads of ONNX Runtime; default: one a physical core. The result does not depend on them. */
  threads?: number;
}

/** Settings of the step that trains. */
export function stepSettings({ threads }: TrainingEngineOptions): StepOptions {
  return threads === undefined ? {} : { threads };
}

/** Settings of the session that scores the held-out data. */
export function evaluationSettings({ threads }: TrainingEngineOptions): SessionOptions {
  return threads === undefined ? {} : { threads };
}
