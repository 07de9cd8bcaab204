// A recipe's grid over rate, batch and epochs, judged on dev alone: the test split is neither trained on nor read. What was tried is
// kept, so that a search goes on where it stopped.

import { z } from "zod";
import { BiobertError, turn } from "../core/index.ts";
import { ensureDirectory, exists, readExamples, readText, removeFile, taskFile, writeFileAtomic } from "../data/index.ts";
import { fineTune, type TrainingEvent } from "../training/index.ts";
import { summarizeFolds } from "../metrics/index.ts";
import type { DataOptions } from "./data.ts";
import type { ReproductionEvent } from "./events.ts";
import { hashOfStart } from "./reproduce.ts";
import { KeptEvents, trainingTime } from "./kept-events.ts";
import { trainingOptions, type RunOptions, type TrainedResolved } from "./run.ts";

/** One point of the grid. */
export interface Tried {
  settings: { learningRate: number; batchSize: number; epochs: number };
  /** On dev: of the epoch that would be kept; the mean over seeds. */
  value: number;
  /** By seed. */
  values: number[];
  metric: string;
  /** The epoch that would be kept, of the first seed. */
  epoch: number;
  /** Of all updates of all seeds. */
  seconds: number;
}

/** What a search found, as `search.json` has it. */
export interface SearchResult {
  formatVersion: 1;
  recipe: string;
  dataset: string;
  /** The split that the points are judged on. */
  split: "dev";
  seeds: number[];
  /** The best first. */
  tried: Tried[];
}

export interface SearchOptions extends RunOptions {
  out: string;
  seeds: readonly number[];
  data: DataOptions;
}

const pointSchema = z.object({ fingerprint: z.string(), value: z.number(), metric: z.string(), epoch: z.number(), seconds: z.number() });

/**
 * Tries every point of the recipe's grid and returns all, the best first; also written to `out/search.json`.
 * @throws BiobertError `unsupported` where the recipe has no grid or its data set no dev split; `interrupted` when the signal fires.
 */
export async function* searchGrid(
  resolved: TrainedResolved,
  options: SearchOptions,
): AsyncGenerator<ReproductionEvent, SearchResult> {
  const { recipe, dataset, training, task } = resolved;
  const grid = recipe.task === "document-embedding" ? undefined : recipe.search;
  if (grid === undefined || dataset.splits.dev === undefined) {
    throw new BiobertError({
      code: "unsupported",
      message: grid === undefined ? `the recipe ${recipe.id} has no search section` : `${dataset.id} has no dev split to choose on`,
      hint: "Settings may only be chosen on data that is not tested on.",
    });
  }
  const [trainFile, devFile] = await developmentFiles(resolved, options);
  const startSha256 = await hashOfStart(options);
  const points = grid.learningRate.flatMap((learningRate) =>
    grid.batchSize.flatMap((batchSize) => grid.epochs.map((epochs) => ({ learningRate, batchSize, epochs }))),
  );
  const tried: Tried[] = [];
  for (const [index, settings] of points.entries()) {
    const found = [];
    for (const seed of options.seeds) {
      const name = `lr-${settings.learningRate}-batch-${settings.batchSize}-epochs-${settings.epochs}-seed-${seed}`;
      const directory = `${options.out}/search/${name}`;
      const fingerprint = JSON.stringify([startSha256, { ...training, ...settings }, resolved.options, seed]);
      const known = await readPoint(directory, fingerprint);
      yield { type: "run", state: known === undefined ? "started" : "found", directory, number: index + 1, of: points.length, seed };
      if (known !== undefined) {
        found.push(known);
        continue;
      }
      await ensureDirectory(directory);
      const kept = new KeptEvents(directory);
      const run = fineTune(task, {
        modelDirectory: options.modelDirectory,
        ...(options.configPath === undefined ? {} : { configPath: options.configPath }),
        ...(options.vocabularyPath === undefined ? {} : { vocabularyPath: options.vocabularyPath }),
        trainFiles: [trainFile],
        devFiles: [devFile],
        outputDirectory: directory,
        ...trainingOptions({ ...training, ...settings }),
        seed,
        taskOptions: resolved.options,
        checkpointEverySteps: 0,
        resume: true,
        command: options.command,
        ...(options.threads === undefined ? {} : { threads: options.threads }),
        ...(options.device === undefined ? {} : { device: options.device }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      for await (const event of run) {
        await kept.add(event);
        yield { type: "training", seed, event };
        if (event.type === "step") await turn();
      }
      const point = { fingerprint, ...judged(kept.events, training.keep) };
      await writeFileAtomic(`${directory}/point.json`, `${JSON.stringify(point)}\n`);
      // Scores are what a search is for; weights would fill the disk.
      for (const file of ["checkpoint.safetensors", "model.safetensors"]) await removeFile(`${directory}/${file}`);
      found.push(point);
    }
    const values = found.map(({ value }) => value);
    const [first] = found;
    const one: Tried = {
      settings,
      value: summarizeFolds(values).mean,
      values,
      metric: first!.metric,
      epoch: first!.epoch,
      seconds: found.reduce((sum, { seconds }) => sum + seconds, 0),
    };
    tried.push(one);
    yield { type: "tried", settings: { ...settings }, metric: one.metric, value: one.value, epoch: one.epoch, seconds: one.seconds };
  }
  const result: SearchResult = {
    formatVersion: 1,
    recipe: recipe.id,
    dataset: dataset.id,
    split: "dev",
    seeds: [...options.seeds],
    tried: tried.sort((a, b) => b.value - a.value),
  };
  await writeFileAtomic(`${options.out}/search.json`, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** Train without dev, and dev, as files of the task; of folds those of the first that the recipe names. */
async function developmentFiles({ recipe, folds }: TrainedResolved, options: SearchOptions): Promise<[string, string]> {
  await ensureDirectory(`${options.out}/search`);
  const files: string[] = [];
  for (const split of ["train", "dev"] as const) {
    const set = await readExamples(recipe.data.dataset, split, {
      ...(options.data.data === undefined ? {} : { data: options.data.data }),
      ...(options.data.environment === undefined ? {} : { environment: options.data.environment }),
      ...(folds === undefined ? {} : { fold: folds[0]! }),
    });
    const { ending, lines } = taskFile(set);
    const path = `${options.out}/search/${split}${ending}`;
    await writeFileAtomic(path, [...lines()].join(""));
    files.push(path);
  }
  return files as [string, string];
}

async function readPoint(directory: string, fingerprint: string): Promise<z.infer<typeof pointSchema> | undefined> {
  const file = `${directory}/point.json`;
  if (!(await exists(file))) return undefined;
  const point = pointSchema.parse(JSON.parse(await readText(file)));
  if (point.fingerprint === fingerprint) return point;
  throw new BiobertError({
    code: "checkpoint-mismatch",
    message: "this point was tried with other settings, data or start",
    place: { file: directory },
    hint: "Give another --out, or remove this one.",
  });
}

/** The dev score of the epoch whose model the recipe would keep. */
function judged(events: readonly TrainingEvent[], keep: "best" | "last"): { value: number; metric: string; epoch: number; seconds: number } {
  const evaluations = events.filter((event) => event.type === "evaluation");
  const kept = keep === "best" ? evaluations.findLast(({ best }) => best) : evaluations.at(-1);
  if (kept === undefined) throw new BiobertError({ code: "internal", message: "no epoch was scored on dev" });
  const metric = kept.selectedBy ?? "f1";
  return { value: kept.metrics[metric]!, metric, epoch: kept.epoch, seconds: trainingTime(events).trainingSeconds };
}
