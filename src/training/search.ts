// Grid search of learning rate, batch size and epochs on held-out data, as BioBERT chose its hyper-parameters (Lee et al. 2020,
// section 4.2). A trial is a fine-tuning of its own in a folder of its own; what is done is kept in search.json and not done
// again. Test data are never read for a score.

import { BiobertError } from "../core/index.ts";
import {
  ensureDirectory,
  exists,
  readModelFiles,
  readText,
  removeDirectory,
  sha256,
  writeFileAtomic,
} from "../data/index.ts";
import { checkOptions, type AnyTask } from "../tasks/index.ts";
import { tokenizerOptionsFromConfig } from "../tokenizer/index.ts";
import type { MetricUnits, TrainingEvent } from "./events.ts";
import { fineTune } from "./fine-tune.ts";
import type { FineTuneOptions } from "./options.ts";
import { hashInputs, recipeOf } from "./identity.ts";

/** What is tried: every combination. */
export interface SearchSpace {
  learningRates: readonly number[];
  batchSizes: readonly number[];
  epochs: readonly number[];
  /** Default: the one seed of the options. A combination's score is the mean over seeds. */
  seeds?: readonly number[];
}

/** One combination with one seed. */
export interface SearchPoint {
  learningRate: number;
  batchSize: number;
  epochs: number;
  seed: number;
}

/** What a trial found on the held-out data. */
export interface SearchTrial extends SearchPoint {
  /** Its name, and that of its folder in the output directory. */
  name: string;
  /** The metric that decides, its value in its unit. */
  selectedBy: string;
  selection: number;
  /** All metrics of the epoch that is kept. */
  metrics: Record<string, number>;
  units?: MetricUnits;
  /** The epoch that is kept: the best one, or the last. */
  bestEpoch: number;
  /** Of the training, evaluations in it. */
  seconds: number;
  /** It diverged: it has no score and stands last. */
  diverged?: true;
}

/** A combination over its seeds. */
export interface SearchRow extends Omit<SearchPoint, "seed"> {
  trials: readonly SearchTrial[];
  /** Mean of the trials' selection. */
  selection: number;
}

export interface SearchOptions extends Omit<FineTuneOptions, "learningRate" | "batchSize" | "epochs"> {
  space: SearchSpace;
  /** What stays of trained models: the best one's, or all of them. Default "best". */
  keepModels?: "best" | "all";
}

export interface SearchResult {
  /** All combinations, the best first; ties in the order of the space. */
  rows: readonly SearchRow[];
  /** The combination to train with. */
  best: SearchRow;
  /** The folder of its best trial's model. */
  modelDirectory: string;
}

export type SearchEvent =
  | { type: "trial-start"; trial: number; of: number; name: string; point: SearchPoint }
  | { type: "trial-event"; trial: number; name: string; event: TrainingEvent }
  | { type: "trial-end"; trial: number; of: number; result: SearchTrial; /** Found by an earlier run. */ known?: true };

/** What `search.json` holds. */
interface SearchFile {
  formatVersion: 1;
  trials: (SearchTrial & { fingerprint: string })[];
}

function numberName(value: number): string {
  return value < 0.01 ? value.toExponential() : String(value);
}

/**
 * Every point of a space, rates slowest, then batches, epochs, seeds, with the name of its folder.
 * @throws BiobertError `usage` for a list of the space that is empty or has a value twice.
 */
export function searchPoints(space: SearchSpace, seed: number): { name: string; point: SearchPoint }[] {
  const { learningRates, batchSizes, epochs, seeds = [seed] } = space;
  const lists = { learningRates, batchSizes, epochs, seeds };
  for (const [name, values] of Object.entries(lists)) {
    if (values.length > 0 && new Set(values).size === values.length) continue;
    const message =
      values.length === 0 ? `the search space has no ${name}` : `the search space has the same of ${name} twice`;
    throw new BiobertError({
      code: "usage",
      message,
      hint: "Give each of rate, batch size, epochs and seed at least one value, none twice.",
    });
  }
  return learningRates.flatMap((learningRate) =>
    batchSizes.flatMap((batchSize) =>
      epochs.flatMap((count) =>
        seeds.map((own) => ({
          name: `rate-${numberName(learningRate)}-batch-${batchSize}-epochs-${count}-seed-${own}`,
          point: { learningRate, batchSize, epochs: count, seed: own },
        })),
      ),
    ),
  );
}

/** Trials as rows, the best first. */
export function searchTable(trials: readonly SearchTrial[]): SearchRow[] {
  const rows = new Map<string, SearchTrial[]>();
  for (const trial of trials) {
    const key = [trial.learningRate, trial.batchSize, trial.epochs].join(" ");
    rows.set(key, [...(rows.get(key) ?? []), trial]);
  }
  const scored = [...rows.values()].map((own): SearchRow => {
    const [{ learningRate, batchSize, epochs }] = own as [SearchTrial];
    const isLost = own.some(({ diverged }) => diverged);
    const mean = own.reduce((sum, { selection }) => sum + selection, 0) / own.length;
    return { learningRate, batchSize, epochs, trials: own, selection: isLost ? -Infinity : mean };
  });
  return scored.sort((a, b) => (a.selection === b.selection ? 0 : b.selection - a.selection));
}

async function readSearch(path: string): Promise<SearchFile> {
  if (!(await exists(path))) return { formatVersion: 1, trials: [] };
  let found: Partial<SearchFile> | undefined;
  try {
    found = JSON.parse(await readText(path)) as Partial<SearchFile>;
  } catch {
    found = undefined;
  }
  if (found?.formatVersion === 1 && Array.isArray(found.trials)) return found as SearchFile;
  throw new BiobertError({
    code: "input-format",
    message: "not the results of a search that this version can read",
    place: { file: path },
    hint: "Remove it and search anew, or give another output directory.",
  });
}

/**
 * Trains every point of the space and chooses by the task's own metric on the held-out files. It goes on where an earlier run with
 * the same data and options ended, within a trial from its checkpoint. `search.json` in the output directory has all trials.
 * @throws BiobertError `usage` without held-out files or for an empty space; `checkpoint-mismatch`, before anything is trained, where
 *   the directory has a search of the same points with other options, data or start; those of `fineTune`, but a trial that diverges
 *   loses and the search goes on; `training-diverged` where all do.
 */
export async function* searchHyperparameters(
  task: AnyTask,
  options: SearchOptions,
): AsyncGenerator<SearchEvent, SearchResult> {
  const { space, keepModels = "best", ...shared } = options;
  if (options.devFiles.length === 0) {
    throw new BiobertError({
      code: "usage",
      message: "a search needs held-out data to choose by",
      hint: "Give dev files; test data must not choose anything.",
    });
  }
  const points = searchPoints(space, options.seed);
  const seeds = space.seeds?.length ?? 1;
  const file = `${options.outputDirectory}/search.json`;
  const known = (await readSearch(file)).trials;
  const { weightsFiles, config, vocabulary, tokenizerConfig } = await readModelFiles(options.modelDirectory, options);
  const tokenizer = tokenizerOptionsFromConfig(tokenizerConfig);
  const inputs = [await hashInputs(weightsFiles, options), config, tokenizer, sha256(vocabulary)];
  const taskOptions = checkOptions<Record<string, unknown>>(task.options, options.taskOptions ?? {});
  const trainingOf = ({ name, point }: (typeof points)[number]): FineTuneOptions => ({
    ...shared,
    ...point,
    outputDirectory: `${options.outputDirectory}/${name}`,
    resume: true,
  });
  const trials = points.map(({ name, point }, index): Trial => {
    const training = trainingOf({ name, point });
    const fingerprint = sha256(JSON.stringify([recipeOf(task, training, taskOptions), inputs]));
    return { trial: index + 1, of: points.length, name, point, training, fingerprint };
  });
  await refuseOtherSearch(trials, known, options.outputDirectory);
  await ensureDirectory(options.outputDirectory);
  const done: SearchFile["trials"] = [];
  for (const one of trials) {
    const { trial, of, name, fingerprint } = one;
    const before = known.find((earlier) => earlier.name === name);
    const result = before ?? { ...(yield* runTrial(task, one)), fingerprint };
    done.push(result);
    // Trials of the file that this search does not ask for stay: another space may.
    const others = known.filter((one) => !done.some(({ name: own }) => own === one.name));
    const content: SearchFile = { formatVersion: 1, trials: [...done, ...others] };
    await writeFileAtomic(file, `${JSON.stringify(content, undefined, 2)}\n`);
    // Before all seeds of a combination are there, its mean says nothing.
    if (keepModels === "best" && done.length % seeds === 0) {
      const winner = bestTrial(searchTable(done)[0]!);
      for (const one of done)
        if (one.name !== winner.name) await removeDirectory(`${options.outputDirectory}/${one.name}`);
    }
    yield {
      type: "trial-end",
      trial,
      of,
      result: withoutFingerprint(result),
      ...(before === undefined ? {} : { known: true }),
    };
  }
  const rows = searchTable(done.map(withoutFingerprint));
  const best = rows[0]!;
  if (best.selection === -Infinity) {
    throw new BiobertError({
      code: "training-diverged",
      message: "every combination of the search diverged",
      hint: "Try lower learning rates.",
    });
  }
  const { name } = bestTrial(best);
  const modelDirectory = `${options.outputDirectory}/${name}`;
  if (!(await exists(`${modelDirectory}/model.safetensors`))) {
    // An earlier search had a better one and removed it; the same training gives the same model.
    yield* runTrial(
      task,
      trials.find((one) => one.name === name)!,
    );
  }
  return { rows, best, modelDirectory };
}

function bestTrial({ trials }: SearchRow): SearchTrial {
  return trials.reduce((best, trial) => (trial.selection > best.selection ? trial : best));
}

function withoutFingerprint({ fingerprint: _, ...trial }: SearchFile["trials"][number]): SearchTrial {
  return trial;
}

/** A point, and how it is trained. */
interface Trial {
  trial: number;
  of: number;
  name: string;
  point: SearchPoint;
  training: FineTuneOptions;
  /** Of all that must be equal for a result to be this trial's. */
  fingerprint: string;
}

/** What a trial's folder says of it, so that one that was not ended is known, too. */
const TRIAL_FILE = "trial.json";

/** The fingerprint of the trial that was begun in a folder; undefined where none was, or an earlier version began it. */
async function fingerprintIn(folder: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readText(`${folder}/${TRIAL_FILE}`)) as { fingerprint?: string }).fingerprint;
  } catch {
    return undefined;
  }
}

/**
 * Refuses to search where an earlier search with other options, data or start tried or began one of the same points.
 * @throws BiobertError `checkpoint-mismatch`.
 */
async function refuseOtherSearch(
  trials: readonly Trial[],
  known: SearchFile["trials"],
  outputDirectory: string,
): Promise<void> {
  for (const { name, fingerprint, training } of trials) {
    const before =
      known.find((one) => one.name === name)?.fingerprint ?? (await fingerprintIn(training.outputDirectory));
    if (before === undefined || before === fingerprint) continue;
    throw new BiobertError({
      code: "checkpoint-mismatch",
      message: `an earlier search tried ${name} there with other options, data or start`,
      place: { file: outputDirectory },
      hint: "Search with the same options, name another directory, or remove this one first.",
    });
  }
}

async function* runTrial(
  task: AnyTask,
  { trial, of, name, point, training: options, fingerprint }: Trial,
): AsyncGenerator<SearchEvent, SearchTrial> {
  yield { type: "trial-start", trial, of, name, point };
  const started = performance.now();
  let trained: number | undefined;
  const training = fineTune(task, options);
  for (;;) {
    const next = await training.next().catch((error: unknown) => {
      if (error instanceof BiobertError && error.code === "training-diverged") return undefined;
      throw error;
    });
    // The training counts its parts before it was resumed, too; one that diverged does not say.
    const seconds = trained ?? (performance.now() - started) / 1000;
    if (next === undefined) {
      return { ...point, name, selectedBy: "", selection: 0, metrics: {}, bestEpoch: 0, seconds, diverged: true };
    }
    if (!next.done) {
      if (next.value.type === "end") trained = next.value.seconds;
      if (next.value.type === "start") {
        const content = `${JSON.stringify({ formatVersion: 1, fingerprint })}\n`;
        await writeFileAtomic(`${options.outputDirectory}/${TRIAL_FILE}`, content);
      }
      yield { type: "trial-event", trial, name, event: next.value };
      continue;
    }
    const { metric, metrics: bestMetrics, epoch, selectedBy = "f1", units } = next.value.best!;
    const about = { ...(units === undefined ? {} : { units }), seconds, name, selectedBy };
    // A model that is kept at its last epoch is judged by it.
    const { metrics = bestMetrics } = next.value;
    return options.keep === "best"
      ? { ...point, ...about, selection: metric, metrics: bestMetrics, bestEpoch: epoch }
      : { ...point, ...about, selection: metrics[selectedBy] ?? metric, metrics, bestEpoch: next.value.lastEpoch };
  }
}
