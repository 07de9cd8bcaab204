// What a run is: the recipe that shapes its numbers, and the hashes of what it reads. A checkpoint belongs to a run of the same.

import type { BertConfig } from "../bert/index.ts";
import { sha256, sha256OfFiles } from "../data/index.ts";
import type { AnyTask } from "../tasks/index.ts";
import type { TokenizerOptions } from "../tokenizer/index.ts";
import type { FineTuneOptions } from "./options.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** The options that may be left out, as they are then. */
export function updateOptions(options: Pick<FineTuneOptions, "optimizer" | "schedule" | "layerDecay" | "freeze">) {
  const {
    optimizer = "adamw",
    schedule = "linear",
    layerDecay = 1,
    freeze = { embeddings: false, layers: 0 },
  } = options;
  return { optimizer, schedule, layerDecay, freeze };
}

/** What shapes a run's numbers, threads not among it. */
export interface RunIdentity {
  recipe: Record<string, unknown>;
  /** SHA-256 of the start's weights, the training and the dev files. */
  inputs: [start: string, train: string, dev: string];
  /** Of all that must be equal for a checkpoint to belong to the run. */
  fingerprint: string;
}

function sorted(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Options that change no number: all others are part of a run's identity. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "threads",
  "resume",
  "outputDirectory",
  "checkpointEverySteps",
  "keepCheckpoint",
  "signal",
  "modelDirectory",
  "configPath",
  "vocabularyPath",
  "command",
  // Of what it leads to, only the size of micro-batches changes a number, by rounding: it is added.
  "maxMemory",
  // Known by their contents.
  "trainFiles",
  "devFiles",
  // Never trained on.
  "testFiles",
  "dataset",
  "allowOverlap",
  "heldOut",
  // Whether the start has a head is seen there.
  "after",
] satisfies (keyof FineTuneOptions)[]);

/** The options that shape a run's numbers, in the order of their names. */
export function recipeOf(
  task: AnyTask,
  options: FineTuneOptions,
  taskOptions: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    sorted({
      ...options,
      ...updateOptions(options),
      task: task.name,
      taskOptions: Object.fromEntries(sorted(taskOptions)),
      // The processor is where a run is unless it says otherwise: to say so makes no other run of it.
    }).filter(([name, value]) => !WITHOUT_EFFECT.has(name) && !(name === "device" && value === "cpu")),
  );
}

/** The hashes of what is read. Errors: as reading files gives. */
export async function hashInputs(
  weightsFiles: readonly string[],
  { trainFiles, devFiles }: Pick<FineTuneOptions, "trainFiles" | "devFiles">,
): Promise<RunIdentity["inputs"]> {
  return [await sha256OfFiles(weightsFiles), await sha256OfFiles(trainFiles), await sha256OfFiles(devFiles)];
}

/** What a run is known by. `model` is what its start is beside the weights. Errors: as reading files gives. */
export async function identify(
  recipe: Record<string, unknown>,
  model: {
    config: BertConfig;
    tokenizerOptions: TokenizerOptions;
    vocabulary: string;
    weightsFiles: readonly string[];
  },
  options: FineTuneOptions,
  plan?: MemoryPlan,
): Promise<RunIdentity> {
  const inputs = await hashInputs(model.weightsFiles, options);
  // What a part of a batch holds changes the result by rounding: a checkpoint goes on with the same parts.
  const split = plan === undefined || plan.microBatchRows >= options.batchSize ? [] : [plan.microBatchPieces];
  const fingerprint = sha256(
    JSON.stringify([recipe, model.config, model.tokenizerOptions, sha256(model.vocabulary), inputs, ...split]),
  );
  return { recipe, inputs, fingerprint };
}
