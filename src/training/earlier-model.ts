// What lies where a model is to go: an earlier run of the same kind is gone on from or written over, another model is not.

import { BiobertError } from "../core/index.ts";
import { exists, readText, type HeadTraining, type ModelManifest } from "../data/index.ts";
import type { RunIdentity } from "./identity.ts";

/** What a conversion makes of a model, and no training. */
const ONNX_FILES = ["onnx/model.onnx", "onnx/model_fp16.onnx", "onnx/model_quantized.onnx"];

/** A model is where any of these is; training writes over them or removes them. */
const MODEL_FILES = [
  "config.json",
  "biobert.json",
  "vocab.txt",
  "tokenizer.json",
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  ...ONNX_FILES,
];

/** What a training leaves beside its model; none of it goes into a converted or downloaded one. */
const RUN_FILES = ["checkpoint.safetensors", "events.jsonl"];

async function hasAny(directory: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (await exists(`${directory}/${name}`)) return true;
  return false;
}

async function manifestIn(directory: string): Promise<Partial<ModelManifest> | undefined> {
  try {
    return JSON.parse(await readText(`${directory}/biobert.json`)) as Partial<ModelManifest>;
  } catch {
    return undefined;
  }
}

/** Whether a model was trained by the same recipe on the same files from the same start: it would be made again. */
function isSameTraining(training: HeadTraining | undefined, { recipe, inputs: [start, train] }: RunIdentity): boolean {
  if (training?.sha256?.start !== start || training.sha256.train !== train) return false;
  const plain = JSON.parse(JSON.stringify(recipe)) as Record<string, unknown>;
  return Object.entries(plain).every(([name, value]) => {
    return JSON.stringify(training.recipe?.[name]) === JSON.stringify(value);
  });
}

/**
 * Refuses to train over a model that no earlier run of these tasks made there. A run that was killed before its first checkpoint is known by
 * the record in its model; `identity` is asked for then alone.
 * @throws BiobertError `file-exists`; what `identity` throws.
 */
export async function refuseOtherModel(
  directory: string,
  tasks: readonly string[],
  identity: () => Promise<RunIdentity>,
): Promise<void> {
  if (!(await hasAny(directory, MODEL_FILES))) return;
  const heads = (await manifestIn(directory))?.heads;
  const found = Array.isArray(heads) ? heads.map((head) => head?.task) : undefined;
  const isSameKind = found === undefined || found.join() === tasks.join();
  if (isSameKind && (await hasAny(directory, RUN_FILES))) return;
  const isConverted = await hasAny(directory, ONNX_FILES);
  if (isSameKind && !isConverted && isSameTraining(heads?.[0]?.training, await identity())) return;
  throw new BiobertError({
    code: "file-exists",
    message: isSameKind
      ? "a model that this training did not make lies there, and would be written over"
      : `a model for ${found!.join(", ") || "no task"} lies there, and would be written over`,
    place: { file: directory },
    hint: "Name another directory or remove this one first.",
  });
}
