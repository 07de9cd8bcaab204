// One run of a recipe: a seed, of folds one fold. Trained, scored on test once, and kept in its directory; a run that is there is
// not made again, one that was stopped goes on from its checkpoint.

import { BiobertError, turn } from "../core/index.ts";
import { ensureDirectory, machineName, removeFile, sha256OfFiles, writeFileAtomic } from "../data/index.ts";
import type { Device } from "../engine/index.ts";
import {
  curvesOf,
  evaluateTask,
  itemsFile,
  taskReport,
  trainingReport,
  unitOf,
  writeItemsFile,
} from "../evaluation/index.ts";
import type { TaskName } from "../tasks/index.ts";
import { fineTune, type FineTuneOptions, type TrainingEvent } from "../training/index.ts";
import type { ResolvedRecipe } from "./check-recipe.ts";
import { type PreparedData, warningText } from "./data.ts";
import type { ReproductionEvent, RunName } from "./events.ts";
import type { RecipeTraining } from "./recipe.ts";
import { type FinishedRun, writeRun } from "./run-file.ts";
import { KeptEvents, trainingTime } from "./kept-events.ts";

export interface RunOptions {
  modelDirectory: string;
  configPath?: string;
  vocabularyPath?: string;
  threads?: number;
  device?: Device;
  signal?: AbortSignal;
  /** The command line, for records. */
  command: string;
  /** Of the clone that runs, for records. */
  commit?: string;
  /** Remove the trained weights once they are scored. */
  discardModels?: boolean;
}

/** A recipe that trains, settled. */
export type TrainedResolved = ResolvedRecipe & Required<Pick<ResolvedRecipe, "task" | "training">>;

/** Updates between two checkpoints besides those at epochs' ends: what a killed process loses at most. */
const CHECKPOINT_STEPS = 500;

/** The settings of `fineTune` that a recipe's say. */
export function trainingOptions(
  training: RecipeTraining,
): Pick<
  FineTuneOptions,
  | "learningRate"
  | "epochs"
  | "batchSize"
  | "optimizer"
  | "schedule"
  | "warmupRatio"
  | "weightDecay"
  | "maxGradientNorm"
  | "dropout"
  | "maxLength"
  | "keep"
  | "accumulationSteps"
  | "layerDecay"
  | "freeze"
  | "patience"
  | "balance"
  | "classWeights"
> {
  const { warmup, clip, accumulate, ...same } = training;
  return { ...same, warmupRatio: warmup, maxGradientNorm: clip, accumulationSteps: accumulate ?? 1 };
}

/** Everything that shapes a run's numbers. */
export function runSettings(
  resolved: TrainedResolved,
  { seed, fold }: RunName,
  data: PreparedData,
  startSha256: string,
): Record<string, unknown> {
  return {
    recipe: resolved.recipe.id,
    task: resolved.task.name,
    start: { name: resolved.start.name, sha256: startSha256 },
    training: resolved.training,
    options: resolved.options,
    data: data.sha256,
    seed,
    ...(fold === undefined ? {} : { fold }),
  };
}

/**
 * Trains and scores one run in `directory`.
 * @throws BiobertError those of `fineTune` and `evaluateTask`; `interrupted` when the signal fires, after a checkpoint.
 */
export async function* makeRun(
  resolved: TrainedResolved,
  run: RunName,
  data: PreparedData,
  directory: string,
  settings: Record<string, unknown>,
  options: RunOptions,
): AsyncGenerator<ReproductionEvent, FinishedRun> {
  const { task } = resolved;
  await ensureDirectory(directory);
  const kept = new KeptEvents(directory);
  const training = fineTune(task, {
    modelDirectory: options.modelDirectory,
    ...(options.configPath === undefined ? {} : { configPath: options.configPath }),
    ...(options.vocabularyPath === undefined ? {} : { vocabularyPath: options.vocabularyPath }),
    trainFiles: data.train,
    // Without a choice to make, reading dev after each epoch would cost up to a fifth of the training's time.
    devFiles: resolved.training.keep === "best" ? data.dev : [],
    outputDirectory: directory,
    ...trainingOptions(resolved.training),
    seed: run.seed,
    taskOptions: resolved.options,
    // What test shares was held to the registry before; what dev shares is said.
    dataset: resolved.recipe.data.dataset,
    allowOverlap: true,
    checkpointEverySteps: CHECKPOINT_STEPS,
    resume: true,
    command: options.command,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  for (;;) {
    const next = await training.next();
    if (next.done) break;
    await kept.add(next.value);
    yield { type: "training", ...run, event: next.value };
    // Ctrl-C is heard between two steps.
    if (next.value.type === "step") await turn();
  }
  const finished = yield* scoreRun(resolved, run, data, directory, settings, kept.events, options);
  await removeFile(`${directory}/checkpoint.safetensors`);
  if (options.discardModels === true) await removeFile(`${directory}/${finished.weights.file}`);
  return finished;
}

async function* scoreRun(
  resolved: TrainedResolved,
  run: RunName,
  data: PreparedData,
  directory: string,
  settings: Record<string, unknown>,
  events: readonly TrainingEvent[],
  options: RunOptions,
): AsyncGenerator<ReproductionEvent, FinishedRun> {
  const { task, recipe, start } = resolved;
  const began = performance.now();
  const found = await evaluateTask({
    modelDirectory: directory,
    task: task.name as TaskName,
    files: data.test,
    precision: "fp32",
    ...(task.name === "relation" && data.unreachable !== undefined
      ? { taskOptions: missedGold(data.unreachable) }
      : {}),
    ...(data.overlap === undefined ? {} : { leaveOut: data.overlap.examples }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const evaluationSeconds = (performance.now() - began) / 1000;
  for (const warning of found.warnings) yield { type: "warning", code: warning.code, message: warningText(warning) };
  const { scores, scoresWithout, model } = found;
  if (!(recipe.metric in scores.metrics) || scores.protocol !== recipe.protocol) {
    throw new BiobertError({
      code: "input-format",
      message: `the recipe wants ${recipe.metric} by ${recipe.protocol}; the task scored ${Object.keys(scores.metrics).join(", ")} by ${scores.protocol}`,
      place: { name: `recipe ${recipe.id}` },
    });
  }
  const best = events.findLast((event) => event.type === "evaluation" && event.best);
  const curves = curvesOf(events);
  const finished: FinishedRun = {
    formatVersion: 1,
    ...run,
    settings,
    protocol: scores.protocol,
    metrics: scores.metrics,
    units: Object.fromEntries(Object.keys(scores.metrics).map((id) => [id, unitOf(id, scores.units)])),
    ...(scoresWithout === undefined ? {} : { metricsWithoutOverlap: scoresWithout.metrics }),
    ...(scores.byLabel === undefined ? {} : { byLabel: scores.byLabel }),
    counts: scores.counts,
    testSha256: data.sha256.test,
    weights: {
      file: model.weightsFile,
      sha256: await sha256OfFiles(model.weightsPaths),
      parameters: model.parameters,
      precision: model.precision,
    },
    ...trainingTime(events),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    machine: machineName(),
    ...(options.commit === undefined ? {} : { commit: options.commit }),
    evaluationSeconds,
    ...(resolved.training.keep === "best" && best?.type === "evaluation" ? { bestEpoch: best.epoch } : {}),
    ...(curves === undefined ? {} : { curves }),
  };
  const items = itemsFile(
    {
      task: task.name,
      dataset: { id: recipe.data.dataset, split: recipe.data.test, sha256: data.sha256.test },
      system: `biobert, ${start.name}`,
      seeds: [run.seed],
    },
    found.items,
  );
  await writeItemsFile(`${directory}/items.json`, items);
  await writeReports(resolved, run, directory, found, events, options.command);
  // Last: a directory with this file is finished.
  await writeRun(directory, finished);
  yield { type: "score", ...run, metrics: scores.metrics, evaluationSeconds };
  return finished;
}

/** Relations between sentences, which a strict score counts as missed. */
function missedGold(unreachable: Readonly<Record<string, number>>): Record<string, unknown> {
  const missed = Object.entries(unreachable).filter(([, count]) => count > 0);
  return missed.length === 0 ? {} : { missedGold: missed.map(([label, count]) => `${label}=${count}`) };
}

async function writeReports(
  { recipe, training, task }: TrainedResolved,
  { seed, fold }: RunName,
  directory: string,
  found: Awaited<ReturnType<typeof evaluateTask>>,
  events: readonly TrainingEvent[],
  command: string,
): Promise<void> {
  const about = `${recipe.title}, seed ${seed}${fold === undefined ? "" : `, fold ${fold}`}`;
  const configuration = Object.fromEntries(
    Object.entries(training).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : value]),
  );
  const report = trainingReport(events, { ...configuration, seed }, { title: about, output: directory, command });
  await writeFileAtomic(`${directory}/report.html`, report);
  const facts = { Command: command, Weights: found.model.weightsFile, Recipe: recipe.id };
  const evaluation = taskReport(found, {
    title: `${about}: ${recipe.data.test}`,
    subtitle: `${task.name}, ${found.shown.items.length} ${found.shown.unit}`,
    facts,
  });
  await writeFileAtomic(`${directory}/evaluation.html`, evaluation);
}
