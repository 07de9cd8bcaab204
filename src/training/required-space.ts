// The room that a training needs on the disk, looked for before its first step: a full disk would end it at its first checkpoint.

import { BiobertError } from "../core/index.ts";
import { exists, fileSize, freeSpace } from "../data/index.ts";

/** What a training will write, in bytes. */
export interface TrainingOutput {
  model: number;
  checkpoint: number;
  /** More than one checkpoint comes: each is written whole while the one before it stands. */
  severalCheckpoints: boolean;
}

/**
 * The most bytes that are taken at a time beyond those of the files that are there: each is written whole beside the one whose place it
 * takes. `earlier` are the sizes of the model and the checkpoint that lie there.
 */
export function spaceNeeded(
  { model, checkpoint, severalCheckpoints }: TrainingOutput,
  earlier: { model: number; checkpoint: number },
): number {
  const firstModel = model;
  const firstCheckpoint = model - earlier.model + checkpoint;
  const later = firstCheckpoint - earlier.checkpoint + Math.max(checkpoint, model);
  return Math.max(firstModel, firstCheckpoint, severalCheckpoints ? later : 0);
}

/**
 * Refuses to train where the disk cannot hold what comes of it; where the system does not say how much is free, nothing is refused.
 * @throws BiobertError `disk-full`.
 */
export async function requireSpace(directory: string, output: TrainingOutput): Promise<void> {
  const free = await freeSpace(directory);
  if (free === undefined) return;
  const needed = spaceNeeded(output, {
    model: await fileSize(`${directory}/model.safetensors`),
    checkpoint: await fileSize(`${directory}/checkpoint.safetensors`),
  });
  if (free >= needed) return;
  const megabytes = (value: number): string => `${Math.ceil(value / 1e6)} MB`;
  throw new BiobertError({
    code: "disk-full",
    message: `the model and its checkpoints need ${megabytes(needed)} and ${megabytes(free)} are free`,
    place: { file: directory },
    hint: "Free some space, or name a directory on a larger disk.",
  });
}

/** What the loop asks of the directory that the model of so many parameters goes to. */
export function outputOf(directory: string, { parameters }: { parameters: Float32Array }) {
  return {
    isSaved: (): Promise<boolean> => exists(`${directory}/model.safetensors`),
    requireSpace: (checkpoints: Omit<TrainingOutput, "model">): Promise<void> =>
      requireSpace(directory, { model: parameters.byteLength, ...checkpoints }),
  };
}
