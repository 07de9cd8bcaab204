// A recipe from data to record: every seed (and fold) trained and scored, each in a directory of its own, and one record of all.
// Finished runs are found again, a stopped one goes on; the test split is read once a run.

import { BiobertError } from "../core/index.ts";
import { ensureDirectory, readModelFiles, readText, sha256OfFiles, writeFileAtomic } from "../data/index.ts";
import { joinRuns, readItemsFile, recordJson, type ResultRecordV2, writeItemsFile } from "../evaluation/index.ts";
import type { ResolvedRecipe } from "./check-recipe.ts";
import { type DataOptions, prepareData, type PreparedData, warningText } from "./data.ts";
import { embeddedRuns } from "./embedding.ts";
import type { ReproductionEvent, RunName } from "./events.ts";
import { type OverlapCounts, type RecordFacts, recordOfRuns } from "./record-of-runs.ts";
import { makeRun, type RunOptions, runSettings, type TrainedResolved } from "./run.ts";
import { readRunWithCurves } from "./kept-events.ts";
import { type FinishedRun, requireSameSettings } from "./run-file.ts";

export interface ReproduceOptions extends RunOptions {
  out: string;
  /** Default: the recipe's. */
  seeds?: readonly number[];
  data: DataOptions;
  facts: RecordFacts;
  /** Leave times out of the record. */
  withoutTimes?: boolean;
  /** Stop as soon as steps of the run itself say how long it takes; what was trained is kept. */
  estimateOnly?: boolean;
}

/** Updates after which a run says how long all will take. */
const TIMED_STEPS = 12;
/** The first updates warm up caches and memory. */
const UNTIMED_STEPS = 2;

/** Whether a resolved recipe trains. */
export function isTrained(resolved: ResolvedRecipe): resolved is TrainedResolved {
  return resolved.task !== undefined && resolved.training !== undefined;
}

/** SHA-256 of a start's weights. Errors: those of reading models. */
export async function hashOfStart(
  options: Pick<RunOptions, "modelDirectory" | "configPath" | "vocabularyPath">,
): Promise<string> {
  const { weightsFiles } = await readModelFiles(options.modelDirectory, options);
  return sha256OfFiles(weightsFiles);
}

/**
 * Reproduces a recipe and returns its record, which `out/record.json` holds as well; `out/items.json` has the items of all seeds.
 * @throws BiobertError those of reading data and models, of training and scoring; `checkpoint-mismatch` where `out` holds runs of
 *   other settings; `interrupted` when the signal fires: the same call goes on from there.
 */
export async function* reproduce(
  resolved: ResolvedRecipe,
  options: ReproduceOptions,
): AsyncGenerator<ReproductionEvent, ResultRecordV2 | undefined> {
  const { recipe, start, folds } = resolved;
  const seeds = [...new Set(options.seeds ?? recipe.seeds)];
  const startSha256 = await hashOfStart(options);
  yield {
    type: "recipe",
    id: recipe.id,
    title: recipe.title,
    start: start.name,
    seeds,
    ...(folds === undefined ? {} : { folds }),
    out: options.out,
  };
  await ensureDirectory(options.out);
  let runs: FinishedRun[];
  let overlap: OverlapCounts | undefined;
  if (isTrained(resolved)) {
    const prepared = yield* prepareAll(resolved, options);
    const made = yield* trainedRuns(resolved, seeds, prepared, startSha256, options);
    if (made === undefined) return undefined;
    runs = made;
    overlap = countsOf(prepared);
  } else {
    yield* recipeEstimate(resolved, seeds.length, seeds.length);
    runs = yield* embeddedRuns(resolved, seeds, options.out, startSha256, options, options.data);
  }
  const record = recordOfRuns(resolved, runs, {
    ...(overlap === undefined ? {} : { overlap }),
    startSha256,
    facts: options.facts,
    ...(options.withoutTimes === true ? { withoutTimes: true } : {}),
  });
  const path = `${options.out}/record.json`;
  await writeFileAtomic(path, recordJson(record));
  await joinItems(resolved, seeds, options.out);
  yield { type: "record", record, path };
  return record;
}

async function* prepareAll(
  resolved: TrainedResolved,
  options: ReproduceOptions,
): AsyncGenerator<ReproductionEvent, PreparedData[]> {
  const all: PreparedData[] = [];
  for (const fold of resolved.folds ?? [undefined]) {
    if (options.signal?.aborted)
      throw new BiobertError({ code: "interrupted", message: "stopped while reading the data" });
    const directory = `${options.out}/data${fold === undefined ? "" : `/fold-${fold}`}`;
    const data = await prepareData(resolved, directory, fold, options.data);
    all.push(data);
    // Of ten folds the same things would be said ten times.
    if (all.length === 1) {
      const said = new Set<string>();
      for (const warning of data.warnings) {
        if (said.has(warning.code)) continue;
        said.add(warning.code);
        yield { type: "warning", code: warning.code, message: warningText(warning) };
      }
    }
    yield {
      type: "data",
      ...(fold === undefined ? {} : { fold }),
      examples: data.examples,
      overlapping: data.overlap?.examples.length ?? 0,
    };
  }
  return all;
}

function countsOf(prepared: readonly PreparedData[]): OverlapCounts | undefined {
  if (prepared.some(({ overlap }) => overlap === undefined)) return undefined;
  const sum = (of: (overlap: NonNullable<PreparedData["overlap"]>) => number): number =>
    prepared.reduce((total, { overlap }) => total + of(overlap!), 0);
  return {
    documents: sum(({ documents }) => documents),
    texts: sum(({ texts }) => texts),
    sentences: sum(({ sentences }) => sentences),
    examples: sum(({ examples }) => examples.length),
  };
}

function* recipeEstimate(
  { start, recipe }: ResolvedRecipe,
  runsLeft: number,
  seedsLeft: number,
): Generator<ReproductionEvent> {
  if (runsLeft === 0) return;
  if (start.hours === undefined) {
    yield {
      type: "warning",
      code: "no-estimate",
      message: `the recipe ${recipe.id} does not say how long a seed takes; its first steps will`,
    };
    return;
  }
  yield {
    type: "estimate",
    basis: "recipe",
    seconds: start.hours * 3600 * seedsLeft,
    runs: runsLeft,
    ...(start.machine === undefined ? {} : { machine: start.machine }),
  };
}

interface Planned extends RunName {
  directory: string;
  data: PreparedData;
  settings: Record<string, unknown>;
  found: FinishedRun | undefined;
}

async function* trainedRuns(
  resolved: TrainedResolved,
  seeds: readonly number[],
  prepared: readonly PreparedData[],
  startSha256: string,
  options: ReproduceOptions,
): AsyncGenerator<ReproductionEvent, FinishedRun[] | undefined> {
  const planned: Planned[] = [];
  for (const seed of seeds) {
    for (const data of prepared) {
      const name: RunName = { seed, ...(data.fold === undefined ? {} : { fold: data.fold }) };
      const directory = directoryOf(options.out, name);
      const settings = runSettings(resolved, name, data, startSha256);
      const found = await readRunWithCurves(directory);
      if (found !== undefined) requireSameSettings(found, settings, directory);
      planned.push({ ...name, directory, data, settings, found });
    }
  }
  const missing = planned.filter(({ found }) => found === undefined);
  // The recipe's figure is of whole splits.
  if (options.data.limit === undefined)
    yield* recipeEstimate(resolved, missing.length, missing.length / prepared.length);
  const runs: FinishedRun[] = [];
  for (const [index, { found, directory, data, settings, ...name }] of planned.entries()) {
    const state = found === undefined ? "started" : "found";
    yield { type: "run", state, directory, number: index + 1, of: planned.length, ...name };
    if (found !== undefined) {
      runs.push(found);
      continue;
    }
    const left = planned.slice(index).filter((one) => one.found === undefined).length;
    const timer = new StepTimer(left);
    const stop = new AbortController();
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
    const making = makeRun(resolved, name, data, directory, settings, { ...options, signal });
    try {
      for (;;) {
        const next = await making.next();
        if (next.done) {
          runs.push(next.value);
          break;
        }
        yield next.value;
        const estimate = next.value.type === "training" ? timer.take(next.value.event) : undefined;
        if (estimate === undefined) continue;
        yield estimate;
        if (options.estimateOnly === true) stop.abort();
      }
    } catch (error) {
      const own = stop.signal.aborted && options.signal?.aborted !== true;
      if (own && error instanceof BiobertError && error.code === "interrupted") return undefined;
      throw error;
    }
  }
  return runs;
}

/** Where a run lies. */
export function directoryOf(out: string, { seed, fold }: RunName): string {
  return `${out}/seed-${seed}${fold === undefined ? "" : `/fold-${fold}`}`;
}

/** Tells once, after a few updates, how long a run and those after it will take. */
class StepTimer {
  private readonly runs: number;
  private steps = 0;
  private done = 0;
  private seconds = 0;
  private counted = 0;

  constructor(runs: number) {
    this.runs = runs;
  }

  take(event: {
    type: string;
    steps?: number;
    seconds?: number;
    resumedFromStep?: number;
  }): ReproductionEvent | undefined {
    if (event.type === "start") {
      this.steps = event.steps ?? 0;
      this.done = event.resumedFromStep ?? 0;
    }
    if (event.type !== "step") return undefined;
    this.done++;
    this.counted++;
    if (this.counted > UNTIMED_STEPS) this.seconds += event.seconds ?? 0;
    if (this.counted !== TIMED_STEPS) return undefined;
    const each = this.seconds / (TIMED_STEPS - UNTIMED_STEPS);
    const left = this.steps - this.done + (this.runs - 1) * this.steps;
    return { type: "estimate", basis: "measured", seconds: each * left, runs: this.runs };
  }
}

/** Items of all seeds in one file, for `compare`; those of a seed's folds one after another. */
async function joinItems({ folds }: ResolvedRecipe, seeds: readonly number[], out: string): Promise<void> {
  const perSeed = [];
  for (const seed of seeds) {
    const names: RunName[] = folds === undefined ? [{ seed }] : folds.map((fold) => ({ seed, fold }));
    const files = [];
    for (const name of names) {
      const file = `${directoryOf(out, name)}/items.json`;
      const text = await readText(file).catch(() => undefined);
      if (text === undefined) return;
      files.push(readItemsFile(JSON.parse(text), file));
    }
    // One fold's items are told apart by their own ids.
    perSeed.push(files.length === 1 ? files[0]! : appendFolds(files, folds!));
  }
  await writeItemsFile(`${out}/items.json`, joinRuns(perSeed));
}

type Items = ReturnType<typeof readItemsFile>;

function appendFolds(files: readonly Items[], folds: readonly number[]): Items {
  const [first] = files;
  return {
    ...first!,
    dataset: { id: first!.dataset.id, split: first!.dataset.split },
    groups: first!.groups.map((group, g) => ({
      ...group,
      ids: files.flatMap((file, i) => file.groups[g]!.ids.map((id) => `fold-${folds[i]}/${id}`)),
      metrics: Object.fromEntries(
        Object.entries(group.metrics).map(([name, { statistic }]) => [
          name,
          { statistic, runs: [files.flatMap((file) => file.groups[g]!.metrics[name]!.runs[0]!)] },
        ]),
      ),
    })),
  };
}
