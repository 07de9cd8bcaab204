// A training checkpoint: one safetensors file with the flat parameters and moments, and the little state there is. Batch
// order and dropout masks are functions of seed and step, so nothing else is needed to go on to the same bits.

import { BiobertError } from "../core/index.ts";
import { exists, readTensors, writeFileAtomic } from "../data/index.ts";
import { encodeSafetensors } from "../formats/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import type { TrainingEnvironment } from "./environment.ts";
import type { MetricUnits } from "./events.ts";

export interface TrainingState {
  formatVersion: 1;
  /** Updates made so far. */
  step: number;
  /** The run was stopped in the evaluation after this step, which is still to be made. */
  evaluationDue?: true;
  /** What must be the same to go on: every option and input that changes the numbers. */
  fingerprint: string;
  /** Where the run went on, in order; several when it was resumed elsewhere or after an upgrade. */
  environments?: TrainingEnvironment[];
  /** The evaluation that scored best. Checkpoints of earlier versions lack the step and what follows the metrics. */
  best?: {
    metric: number;
    epoch: number;
    step?: number;
    metrics: Record<string, number>;
    selectedBy?: string;
    meanOf?: readonly string[];
    units?: MetricUnits;
  };
  /** The last evaluation's metrics. */
  last?: Record<string, number>;
  /** What the run took until here, in all its parts, and the most memory that any of them held. Earlier versions did not keep either. */
  seconds?: number;
  peakMemoryBytes?: number;
  /** The training is done and its model written: the checkpoint has no numbers any more. */
  ended?: true;
  /** What an evaluation must beat to be an improvement, and how many have not since. */
  waiting?: { reference: number; evaluations: number };
}

export interface TrainingBuffers {
  parameters: Float32Array;
  first: Float32Array;
  second: Float32Array;
}

const KEYS = ["parameters", "first", "second"] as const;

/** Writes a checkpoint whole, or leaves the one before; of a training that has ended the state alone. */
export async function writeCheckpoint(path: string, buffers: TrainingBuffers, state: TrainingState): Promise<void> {
  const keys = state.ended === true ? [] : KEYS;
  const tensors = new Map<string, HostTensor>(
    keys.map((key) => [key, { dtype: "float32", dims: [buffers[key].length], data: buffers[key] }]),
  );
  await writeFileAtomic(path, encodeSafetensors(tensors, { state: JSON.stringify(state) }));
}

/**
 * Reads a checkpoint into `buffers`, which keep their values where it is of a training that has ended; undefined where there is none.
 * @throws BiobertError `checkpoint-damaged` for a file that is not one, `checkpoint-mismatch` when it is of another run.
 */
export async function readCheckpoint(
  path: string,
  buffers: TrainingBuffers,
  fingerprint: string,
): Promise<TrainingState | undefined> {
  if (!(await exists(path))) return undefined;
  const damaged = (message: string, cause?: unknown): BiobertError =>
    new BiobertError({
      code: "checkpoint-damaged",
      message,
      place: { file: path },
      hint: "Remove it and start the training anew.",
      cause,
    });
  const { tensors, metadata } = await readTensors(path).catch((cause: unknown) => {
    const whole = cause instanceof BiobertError && cause.code === "file-unreadable";
    throw whole ? cause : damaged(`not a whole checkpoint: ${String((cause as Error).message)}`, cause);
  });
  let state: TrainingState;
  try {
    state = JSON.parse(metadata.state ?? "") as TrainingState;
  } catch (cause) {
    throw damaged("its state is not readable", cause);
  }
  if (state?.formatVersion !== 1) throw damaged(`its format version is ${String(state?.formatVersion)}, not 1`);
  if (!Number.isInteger(state.step) || state.step < 0) throw damaged(`its step is ${String(state.step)}`);
  if (state.fingerprint !== fingerprint) {
    throw new BiobertError({
      code: "checkpoint-mismatch",
      message: "the checkpoint is of a run with other options, data or start",
      place: { file: path },
      hint: "Resume with the same command, or give another --out.",
    });
  }
  if (state.ended === true) return state;
  for (const key of KEYS) {
    const tensor = tensors.get(key);
    if (tensor?.dtype !== "float32" || tensor.data.length !== buffers[key].length) {
      throw damaged(`its ${key} are missing or of another size or kind`);
    }
    buffers[key].set(tensor.data as Float32Array);
  }
  return state;
}
