// A record out of runs that were made one by one: evaluation records as `biobert evaluate --json` prints them, with the model
// directories beside, directories of `reproduce`, or records of `reproduce` made earlier or elsewhere. How a run was trained must be as
// the recipe says.

import { BiobertError } from "../core/index.ts";
import { type AnyDataset, exists, type HeadTraining, knownOverlap, machineName, readJson } from "../data/index.ts";
import { type ItemsFile, joinRuns, readItemsFile, readResultRecord, type ResultRecordV2 } from "../evaluation/index.ts";
import type { ResolvedRecipe } from "./check-recipe.ts";
import { checkOptions } from "../tasks/index.ts";
import { readRunWithCurves, trainingFacts } from "./kept-events.ts";
import { type OverlapCounts, untimed } from "./record-of-runs.ts";
import type { RecipeTraining } from "./recipe.ts";
import type { FinishedRun } from "./run-file.ts";

/** An evaluation record, and the directory of the model where it is another than the record's name says. */
export interface CollectedRun {
  /** A record's file, of one evaluation or of `reproduce`; or a directory of `reproduce`. */
  path: string;
  /** The model's directory, with its events and manifest. */
  directory?: string;
}

/** What was collected. */
export interface Collected {
  runs: FinishedRun[];
  /** Of the start's weights, where the models say it. */
  startSha256?: string;
  /** The last record among them: its machine and commit are the new one's; each run has its own. */
  last: ResultRecordV2 | undefined;
  /** As a record of `reproduce` counted it, else what is known of the split. */
  overlap?: OverlapCounts;
  /** What each test item adds to the scores, where it was asked for. */
  items?: ItemsFile;
}

/**
 * Reads finished runs for a recipe. The evaluations `NAME.eval.json` and `NAME.json` have their model in the directory `NAME` unless it
 * is said; a record of `reproduce` has all of its seeds in itself.
 * @throws BiobertError `input-format` for a record of another protocol, data set or split, one without its seed, one of folds, a seed given
 *   twice, one without items or in several folds where items are asked for, a model that was trained otherwise than the recipe says, or runs of different starts; those of reading files.
 */
export async function collectRuns(
  resolved: ResolvedRecipe,
  given: readonly CollectedRun[],
  {
    withoutTimes = false,
    withItems = false,
  }: {
    /** Of the runs that are new; an earlier record keeps its own. */
    withoutTimes?: boolean;
    /** Of directories of `reproduce` alone: only they keep items. */
    withItems?: boolean;
  } = {},
): Promise<Collected> {
  const asTimed = (run: FinishedRun): FinishedRun => (withoutTimes ? untimed(run) : run);
  const runs: FinishedRun[] = [];
  const items: ItemsFile[] = [];
  let startSha256: string | undefined;
  let last: ResultRecordV2 | undefined;
  let overlap: OverlapCounts | undefined;
  let uncounted = false;
  const begin = (sha256: string | undefined, path: string): void => {
    if (startSha256 !== undefined && sha256 !== undefined && sha256 !== startSha256)
      throw wrong("its training began with other weights than that of the runs before it", path);
    startSha256 ??= sha256;
  };
  for (const { path, directory } of given) {
    const own = await readRunWithCurves(path);
    if (own !== undefined) {
      const { training, options } = own.settings as Partial<Record<"training" | "options", Record<string, unknown>>>;
      if (training !== undefined) requireTraining(training, resolved, path);
      requireOptions(options, resolved, path);
      runs.push(asTimed(own));
      if (withItems) items.push(await itemsOf(path));
      begin((own.settings["start"] as { sha256?: string } | undefined)?.sha256, path);
      continue;
    }
    if (withItems) throw wrong("no directory of a run, and a record keeps no items", path, ITEMS_HINT);
    const record = readResultRecord(await readJson(path), path);
    requireRecipe(record, resolved, path);
    last = record;
    if (record.recipe !== undefined && record.runs !== undefined) {
      requireTraining(record.recipe.settings, resolved, path);
      requireOptions(record.options, resolved, path);
      begin(record.recipe.startSha256, path);
      runs.push(...runsOfRecord(record, path));
      if (record.overlap !== undefined) {
        const { metrics: _, ...counts } = record.overlap;
        overlap ??= counts;
      }
      continue;
    }
    const place = directory ?? path.replace(/(?:\.eval)?\.json$/, "");
    const training = await trainingOf(place);
    if (training?.recipe !== undefined) {
      const own = training.recipe as Record<string, unknown> & { taskOptions?: Record<string, unknown> };
      requireTraining(own, resolved, path);
      requireOptions(own.taskOptions, resolved, path);
    }
    begin(training?.sha256["start"], path);
    const [seed] = record.seeds;
    if (seed === undefined || record.seeds.length > 1)
      throw wrong(`the record has ${record.seeds.length} seeds, not one`, path);
    runs.push(asTimed(await finishedRun(record, seed, place)));
    // Evaluations do not count it.
    uncounted = true;
  }
  const twice = runs.find((run, i) => runs.findIndex(({ seed, fold }) => seed === run.seed && fold === run.fold) !== i);
  if (twice !== undefined) throw wrong(`seed ${twice.seed} is given twice`, given.map(({ path }) => path).join(", "));
  // The only fold of several is a whole run.
  const inFolds = withItems ? runs.find(({ seed }, i) => runs.findIndex((run) => run.seed === seed) !== i) : undefined;
  if (inFolds !== undefined)
    throw wrong(
      `seed ${inFolds.seed} has several folds; their items are together in items.json of the folder of its runs`,
      given.map(({ path }) => path).join(", "),
    );
  if (uncounted || runs.some(({ metricsWithoutOverlap }) => metricsWithoutOverlap !== undefined))
    overlap ??= knownOverlap(resolved.dataset.id);
  return {
    runs: runs.toSorted((a, b) => a.seed - b.seed || (a.fold ?? 0) - (b.fold ?? 0)),
    ...(startSha256 === undefined ? {} : { startSha256 }),
    last,
    ...(overlap === undefined ? {} : { overlap }),
    ...(withItems ? { items: joinRuns(items) } : {}),
  };
}

/** What each test item adds to the scores, as `reproduce` kept it in a run's directory. */
async function itemsOf(directory: string): Promise<ItemsFile> {
  const file = `${directory}/items.json`;
  if (!(await exists(file))) throw wrong("the run kept no items", directory, ITEMS_HINT);
  return readItemsFile(await readJson(file), file);
}

const ITEMS_HINT =
  "Write the items of the runs that have them, and give compare the files of both, with a comma between.";

/** The runs that a record of `reproduce` is the mean of. */
function runsOfRecord(record: ResultRecordV2, path: string): FinishedRun[] {
  return record.runs!.map((run): FinishedRun => {
    const { seed, curves, folds = [], ...whole } = run;
    if (folds.length > 1)
      throw wrong("a record of folds does not tell their test files apart", path, "Give the directory of the runs.");
    // The only fold of several, as PubMedQA's test is read after one of its ten trainings, is the whole run.
    const { modelSha256, ...outcome } = folds[0] ?? whole;
    const machine = whole.machine ?? machineName(record.machine.cpu, record.machine.cores);
    return {
      ...sharedFacts(record, modelSha256),
      seed,
      machine,
      ...outcome,
      ...(curves === undefined ? {} : { curves }),
    };
  });
}

/** What a record says of each of its runs; scores by label it has of a single one. */
function sharedFacts(
  { protocol, units, metricsByType, dataset, model }: ResultRecordV2,
  sha256 = model.sha256,
): Omit<FinishedRun, "seed" | "metrics"> {
  const { variant: file, parameters, precision } = model;
  return {
    formatVersion: 1,
    settings: {},
    protocol,
    units,
    ...(Object.keys(metricsByType).length === 0 ? {} : { byLabel: metricsByType }),
    counts: dataset.counts,
    testSha256: dataset.sha256,
    weights: { file, sha256, parameters, precision },
  };
}

function wrong(message: string, file: string, hint?: string): BiobertError {
  return new BiobertError({ code: "input-format", message, place: { file }, ...(hint === undefined ? {} : { hint }) });
}

function requireRecipe(record: ResultRecordV2, { recipe, dataset }: ResolvedRecipe, path: string): void {
  if (record.protocol !== recipe.protocol)
    throw wrong(`scored by ${record.protocol}; the recipe's protocol is ${recipe.protocol}`, path);
  if (!names(dataset).has(record.dataset.id.toLowerCase()))
    throw wrong(`of the data set ${record.dataset.id}, not ${dataset.id}`, path);
  const { examples, ...others } = dataset.splits[recipe.data.test]?.counts ?? {};
  // What is scored is examples; where the registry counts those, its "sentences" may be the corpus's, of several pairs each.
  const expected = recipe.task === "relation" && examples !== undefined ? { sentences: examples } : others;
  for (const [name, count] of Object.entries(record.dataset.counts)) {
    if (expected[name] !== undefined && expected[name] !== count) {
      throw wrong(`scored on ${count} ${name}; ${dataset.id} ${recipe.data.test} has ${expected[name]}`, path);
    }
  }
}

function names({ id, name, aliases = [] }: AnyDataset): Set<string> {
  return new Set([id, name, ...aliases].map((each) => each.toLowerCase()));
}

/** How the model in a directory was trained; undefined where it does not say. */
async function trainingOf(directory: string): Promise<HeadTraining | undefined> {
  const file = `${directory}/biobert.json`;
  if (!(await exists(file))) return undefined;
  const manifest = (await readJson(file, { requireContent: false })) as { heads?: { training?: HeadTraining }[] };
  return manifest.heads?.[0]?.training;
}

/** The recipe's settings by their names in a model's manifest. */
const MANIFEST_NAMES: Readonly<Partial<Record<keyof RecipeTraining, string>>> = {
  warmup: "warmupRatio",
  clip: "maxGradientNorm",
  accumulate: "accumulationSteps",
};

/** What the settings are that a recipe may leave out, where it does. */
const LEFT_OUT: Readonly<Partial<Record<keyof RecipeTraining, unknown>>> = {
  accumulate: 1,
  layerDecay: 1,
  freeze: { embeddings: false, layers: 0 },
  patience: "none",
  balance: "none",
  classWeights: "none",
};

function requireTraining(
  settings: Readonly<Record<string, unknown>>,
  { recipe, training }: ResolvedRecipe,
  path: string,
): void {
  if (training === undefined) return;
  for (const key of Object.keys({ ...training, ...LEFT_OUT }) as (keyof RecipeTraining)[]) {
    const value = training[key] ?? LEFT_OUT[key];
    const was = settings[MANIFEST_NAMES[key] ?? key] ?? settings[key] ?? LEFT_OUT[key];
    // What every recipe says and this run does not is of a version that did not keep it.
    if (was === undefined || JSON.stringify(was) === JSON.stringify(value)) continue;
    throw wrong(
      `trained with ${key} ${JSON.stringify(was)}; the recipe ${recipe.id} says ${JSON.stringify(value)}`,
      path,
      `Where that is meant, say so: --set ${key}=${JSON.stringify(was)}.`,
    );
  }
}

/** Options of the task that the recipe gives must be those of the run; what the run does not name has its default. */
function requireOptions(
  given: Readonly<Record<string, unknown>> | undefined,
  { recipe, task, options }: ResolvedRecipe,
  path: string,
): void {
  if (given === undefined || task === undefined || !("options" in recipe)) return;
  const defaults = checkOptions<Record<string, unknown>>(task.options, {});
  for (const key of Object.keys(recipe.options)) {
    const [was, value] = [given[key] ?? defaults[key], options[key]].map((one) => JSON.stringify(one));
    if (was === value) continue;
    throw wrong(`its option ${key} was ${was ?? "not set"}; the recipe ${recipe.id} says ${value ?? "none"}`, path);
  }
}

async function finishedRun(record: ResultRecordV2, seed: number, directory: string): Promise<FinishedRun> {
  return {
    ...sharedFacts(record),
    seed,
    metrics: record.metrics,
    ...(await trainingFacts(directory)),
    evaluationSeconds: record.durationSeconds,
  };
}
