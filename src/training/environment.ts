// What the last bits of a training depend on besides its options and data: the code, the engine and the processor, by
// whose instructions ONNX Runtime picks its kernels.

import { VERSION } from "../core/index.ts";
import { cpuModel } from "../data/index.ts";
import { engineVersion } from "../engine/index.ts";

export interface TrainingEnvironment {
  /** Versions. */
  biobert: string;
  onnxruntime: string;
  /** The processor's name. */
  cpu: string;
}

/** This process's environment. */
export function trainingEnvironment(): TrainingEnvironment {
  return { biobert: VERSION, onnxruntime: engineVersion(), cpu: cpuModel() };
}

const NAMES = { biobert: "biobert", onnxruntime: "ONNX Runtime", cpu: "the processor" } as const;

/** In words, where two environments differ, such as `ONNX Runtime was 1.29.0, is 1.30.0`; empty where they do not. */
export function environmentChanges(before: Partial<TrainingEnvironment> | undefined, now: TrainingEnvironment): string {
  const keys = Object.keys(NAMES) as (keyof TrainingEnvironment)[];
  const changed = keys.filter((key) => before?.[key] !== now[key]);
  return changed.map((key) => `${NAMES[key]} was ${before?.[key] ?? "not recorded"}, is ${now[key]}`).join("; ");
}
