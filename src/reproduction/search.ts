// A recipe's grid over rate, batch and epochs, judged on dev alone: trained on train without dev; the test split is not read.

import { BiobertError } from "../core/index.ts";
import { ensureDirectory, readExamples, taskFile, writeFileAtomic } from "../data/index.ts";
import { searchHyperparameters, type SearchResult } from "../training/index.ts";
import { type DataOptions, limited } from "./data.ts";
import type { ReproductionEvent } from "./events.ts";
import { trainingOptions, type RunOptions, type TrainedResolved } from "./run.ts";

export interface GridOptions extends RunOptions {
  out: string;
  seeds: readonly number[];
  data: DataOptions;
}

/**
 * Tries every point of the recipe's grid, each with each seed; `out/search/search.json` keeps what was tried, and a search that was
 * stopped goes on.
 * @throws BiobertError `unsupported` where the recipe has no grid or its data set no dev split; those of `searchHyperparameters`.
 */
export async function* searchGrid(
  resolved: TrainedResolved,
  options: GridOptions,
): AsyncGenerator<ReproductionEvent, SearchResult> {
  const { recipe, dataset, training, task } = resolved;
  const grid = recipe.task === "document-embedding" ? undefined : recipe.search;
  if (grid === undefined || (dataset.splits.dev === undefined && options.data.files === undefined)) {
    throw new BiobertError({
      code: "unsupported",
      message:
        grid === undefined
          ? `the recipe ${recipe.id} has no search section`
          : `${dataset.id} has no dev split to choose on`,
      hint: "Settings may only be chosen on data that is not tested on.",
    });
  }
  const { train: trainFiles, dev: devFiles } = options.data.files ?? (await developmentFiles(resolved, options));
  const search = searchHyperparameters(task, {
    modelDirectory: options.modelDirectory,
    ...(options.configPath === undefined ? {} : { configPath: options.configPath }),
    ...(options.vocabularyPath === undefined ? {} : { vocabularyPath: options.vocabularyPath }),
    trainFiles,
    devFiles,
    outputDirectory: `${options.out}/search`,
    ...trainingOptions(training),
    seed: options.seeds[0]!,
    taskOptions: resolved.options,
    dataset: recipe.data.dataset,
    allowOverlap: true,
    checkpointEverySteps: 0,
    resume: true,
    command: options.command,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    space: {
      learningRates: grid.learningRate,
      batchSizes: grid.batchSize,
      epochs: grid.epochs,
      seeds: options.seeds,
    },
  });
  for (;;) {
    const next = await search.next();
    if (next.done) return next.value;
    const event = next.value;
    if (event.type === "trial-start") {
      const { trial, of, point, name } = event;
      const directory = `${options.out}/search/${name}`;
      yield { type: "run", state: "started", directory, number: trial, of, seed: point.seed };
    } else if (event.type === "trial-event") {
      yield { type: "training", seed: options.seeds[0]!, event: event.event };
    } else {
      const { learningRate, batchSize, epochs, seed, selectedBy, selection, bestEpoch, seconds } = event.result;
      const settings = { learningRate, batchSize, epochs, seed };
      yield { type: "tried", settings, metric: selectedBy, value: selection, epoch: bestEpoch, seconds };
    }
  }
}

/** Train without dev, and dev, as files of the task; of folds those of the first that the recipe names. */
async function developmentFiles(
  { recipe, folds }: TrainedResolved,
  options: GridOptions,
): Promise<{ train: string[]; dev: string[] }> {
  await ensureDirectory(`${options.out}/search`);
  const files = { train: [] as string[], dev: [] as string[] };
  for (const split of ["train", "dev"] as const) {
    const set = await readExamples(recipe.data.dataset, split, {
      ...(options.data.data === undefined ? {} : { data: options.data.data }),
      ...(options.data.environment === undefined ? {} : { environment: options.data.environment }),
      ...(folds === undefined ? {} : { fold: folds[0]! }),
      ...(options.data.anyCounts === undefined ? {} : { anyCounts: options.data.anyCounts }),
    });
    const { ending, lines } = taskFile(options.data.limit === undefined ? set : limited(set, options.data.limit));
    const path = `${options.out}/search/${split}${ending}`;
    await writeFileAtomic(path, [...lines()].join(""));
    files[split].push(path);
  }
  return files;
}
