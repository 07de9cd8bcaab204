// A recipe held to the rest of the project: the registry of data sets, the options of its task, its own published rows.

import { BiobertError } from "../core/index.ts";
import { type AnyDataset, datasetOf } from "../data/index.ts";
import { type AnyTask, checkOptions, taskNamed } from "../tasks/index.ts";
import type { Recipe, RecipeStart, RecipeTraining, TrainedRecipe } from "./recipe.ts";
import { trainingSchema } from "./recipe.ts";
import { nearest } from "./read-recipe.ts";

/** A published score with its value, wherever it was written down. */
export interface PublishedRow {
  model: string;
  version?: string;
  /** The metric of ours that it stands beside. */
  metric: string;
  value: number;
  source: string;
}

/** A recipe ready to run: the start chosen, changes made, everything checked. */
export interface ResolvedRecipe {
  recipe: Recipe;
  dataset: AnyDataset;
  /** The name of the start in `starts`. */
  startId: string;
  start: RecipeStart;
  /** Absent where nothing is trained. */
  task?: AnyTask;
  /** Absent where nothing is trained. */
  training?: RecipeTraining;
  /** The task's options, checked, with its defaults. */
  options: Record<string, unknown>;
  published: PublishedRow[];
  /** What is not as published: of the start, then of all else. */
  differs: string[];
  /** Of a set with folds, in order; undefined without. */
  folds?: number[];
  /** What was changed beside the file: `learningRate=0.0005`. */
  changed: string[];
}

function wrong(recipe: Recipe, message: string, hint?: string): BiobertError {
  return new BiobertError({
    code: "input-format",
    message,
    place: { name: `recipe ${recipe.id}` },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Tasks of data sets that another task of the commands serves. */
const SERVED_BY: Readonly<Record<string, string>> = { similarity: "classification" };

/**
 * Settles a recipe: which start, which changes of its training (`key=value` by name, values as JSON), which published rows.
 * @throws BiobertError `input-format` where it does not fit the registry or the task; `usage` for an unknown start or change.
 */
export function resolveRecipe(
  recipe: Recipe,
  { start: startId = recipe.start, changes = {} }: { start?: string; changes?: Readonly<Record<string, string>> } = {},
): ResolvedRecipe {
  const dataset = datasetOf(recipe.data.dataset);
  const served = SERVED_BY[dataset.task] ?? dataset.task;
  if (served !== recipe.task)
    throw wrong(recipe, `${dataset.id} is a data set for ${dataset.task}, not for ${recipe.task}`);
  const start = recipe.starts[startId];
  if (start === undefined) {
    throw new BiobertError({
      code: "usage",
      message: `the recipe ${recipe.id} has no start ${JSON.stringify(startId)}`,
      hint: `It has ${Object.keys(recipe.starts).join(", ")}.`,
    });
  }
  requireSplits(recipe, dataset);
  const folds = foldsOf(recipe, dataset);
  const common = {
    recipe,
    dataset,
    startId,
    start,
    published: publishedRows(recipe, dataset),
    differs: [...(start.differs ?? []), ...recipe.differs],
    ...(folds === undefined ? {} : { folds }),
  };
  if (recipe.task === "document-embedding") {
    const [change] = Object.keys(changes);
    if (change !== undefined) {
      throw new BiobertError({ code: "usage", message: `--set ${change}: ${recipe.id} trains nothing` });
    }
    return { ...common, options: {}, changed: [] };
  }
  if (recipe.data.train.length === 0) throw wrong(recipe, "data.train names no split to train on");
  const task = taskNamed(recipe.task);
  const training = changedTraining({ ...recipe.training, ...start.training }, changes);
  if (training.keep === "best" && recipe.data.dev === undefined)
    throw wrong(recipe, "keep: best needs data.dev to choose by");
  if (training.keep === "last" && training.patience !== undefined)
    throw wrong(recipe, "patience stops by dev, which keep: last does not read", "Take keep: best, or no patience.");
  return {
    ...common,
    task,
    training,
    options: checkedOptions(recipe, task),
    changed: Object.entries(changes).map(([key, value]) => `${key}=${value}`),
  };
}

function checkedOptions(recipe: TrainedRecipe, task: AnyTask): Record<string, unknown> {
  const unknown = Object.keys(recipe.options).find((key) => !(key in task.options));
  if (unknown !== undefined) {
    const near = nearest(unknown, Object.keys(task.options));
    throw wrong(
      recipe,
      `options.${unknown} is no option of ${task.name}`,
      near === undefined ? undefined : `Perhaps ${near} is meant.`,
    );
  }
  try {
    return checkOptions<Record<string, unknown>>(task.options, recipe.options);
  } catch (error) {
    throw error instanceof BiobertError ? wrong(recipe, error.message) : error;
  }
}

function changedTraining(training: RecipeTraining, changes: Readonly<Record<string, string>>): RecipeTraining {
  const given: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(changes)) {
    if (!(key in trainingSchema.shape)) {
      const near = nearest(key, Object.keys(trainingSchema.shape));
      throw new BiobertError({
        code: "usage",
        message: `--set ${key}=${text}: there is no such setting`,
        hint: `${near === undefined ? "" : `Perhaps ${near}. `}Settings: ${Object.keys(trainingSchema.shape).join(", ")}.`,
      });
    }
    try {
      given[key] = JSON.parse(text);
    } catch {
      given[key] = text;
    }
  }
  const result = trainingSchema.safeParse({ ...training, ...given });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new BiobertError({ code: "usage", message: `--set ${issue.path.join(".")}: ${issue.message}` });
}

function requireSplits({ data, id }: Recipe, dataset: AnyDataset): void {
  // A set that cannot be had has no splits in the registry; reading it says what to do.
  if (dataset.availability === "no") return;
  for (const split of [...data.train, ...(data.dev === undefined ? [] : [data.dev]), data.test]) {
    if (dataset.splits[split] !== undefined) continue;
    throw new BiobertError({
      code: "input-format",
      message: `${dataset.id} has no ${split} split`,
      place: { name: `recipe ${id}` },
      hint: `It has ${Object.keys(dataset.splits).join(", ")}.`,
    });
  }
}

function foldsOf(recipe: Recipe, dataset: AnyDataset): number[] | undefined {
  const { folds } = recipe.data;
  if (dataset.folds === undefined) {
    if (folds !== undefined) throw wrong(recipe, `${dataset.id} has no folds`);
    return undefined;
  }
  if (folds === undefined)
    throw wrong(recipe, `${dataset.id} has ${dataset.folds} folds; data.folds says which are meant`);
  const all = Array.from({ length: dataset.folds }, (_, i) => i + 1);
  if (folds === "all") return all;
  const unknown = folds.find((fold) => !all.includes(fold));
  if (unknown !== undefined) throw wrong(recipe, `${dataset.id} has folds 1 to ${dataset.folds}, not ${unknown}`);
  return folds;
}

function publishedRows(recipe: Recipe, dataset: AnyDataset): PublishedRow[] {
  return recipe.published.map((row): PublishedRow => {
    if ("value" in row) return row;
    const { registry, ...rest } = row;
    const found = dataset.published.filter(({ model, metric }) => metric === registry && sameModel(model, row));
    const [only] = found;
    if (only === undefined || found.length > 1) {
      throw wrong(
        recipe,
        `${found.length === 0 ? "no" : "more than one"} published score of ${dataset.id} is ${registry} of ${row.model}${row.version === undefined ? "" : ` ${row.version}`}`,
        `There are: ${dataset.published.map(({ model, metric, value }) => `${model}, ${metric} ${value}`).join("; ") || "none"}.`,
      );
    }
    return { ...rest, value: only.value, source: only.source };
  });
}

/** The registry writes name and variant in one. */
function sameModel(known: string, { model, version }: { model: string; version?: string }): boolean {
  return known === model || known === `${model} ${version ?? ""}` || known === `${model}, ${version ?? ""}`;
}
