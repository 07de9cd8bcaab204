// The examples of a run: files of each kind, or training files of which a fold is held out.

import { BiobertError, type Warning } from "../core/index.ts";
import type { AnyTask, TaskData, TaskExample } from "../tasks/index.ts";
import type { FineTuneOptions } from "./options.ts";
import { assignFolds, type Fold } from "./folds.ts";

/** The examples of a run. */
export interface TrainingData {
  taskOptions: Record<string, unknown>;
  train: TaskData<TaskExample>;
  dev?: TaskData<TaskExample>;
  /** Those of the training files, a fold's held-out ones among them: what labels there are does not depend on the fold. */
  all: readonly TaskExample[];
}

/**
 * What is trained on and what is held out: files of each, or the training files cut into folds, by `givenFolds` where a fold of each example is given.
 * @throws BiobertError those of reading; `usage` for both held-out files and a fold, and for options to be chosen without held-out data or
 *   where there is nothing to choose.
 */
export async function readTraining(
  task: AnyTask,
  options: Pick<FineTuneOptions, "trainFiles" | "devFiles" | "fold" | "heldOut" | "keep" | "patience">,
  given: Record<string, unknown>,
  givenFolds?: ArrayLike<number>,
): Promise<TrainingData> {
  const { fold, trainFiles, devFiles } = options;
  if (options.heldOut === "test" && (options.keep !== "last" || options.patience !== undefined)) {
    throw new BiobertError({
      code: "usage",
      message: "test data must not choose the epoch",
      hint: "Keep the last epoch, without patience.",
    });
  }
  if (task.tuning?.isAsked(given)) requireHeldOut(options);
  const all = await task.read(trainFiles, given, true);
  const settled = (examples: readonly TaskExample[]): Record<string, unknown> =>
    task.settle?.(examples, given) ?? given;
  if (fold === undefined) {
    const taskOptions = settled(all.examples);
    if (devFiles.length === 0) return { taskOptions, train: all, all: all.examples };
    const dev = await task.read(devFiles, taskOptions, true);
    requireTunable(task, dev.examples, taskOptions);
    return { taskOptions, train: all, dev, all: all.examples };
  }
  if (devFiles.length > 0 || !(fold.number >= 1 && fold.number <= fold.count)) {
    throw new BiobertError({
      code: "usage",
      message:
        devFiles.length > 0
          ? "a fold is held out, and held-out files are given, too"
          : `there is no fold ${fold.number} of ${fold.count}`,
    });
  }
  const folds = givenFolds ?? foldsOf(all.examples, fold);
  const part = (isHeldOut: boolean): TaskExample[] =>
    all.examples.filter((_, i) => (folds[i] === fold.number - 1) === isHeldOut);
  const [train, dev] = [part(false), part(true)];
  const taskOptions = settled(all.examples);
  requireTunable(task, dev, taskOptions);
  return {
    taskOptions,
    train: { examples: train, warnings: [...all.warnings, ...withoutDocuments(task, all.examples, trainFiles)] },
    dev: { examples: dev, warnings: [] },
    all: all.examples,
  };
}

/** Folds of sentences that do not say their documents may cut documents up. */
function withoutDocuments(task: AnyTask, examples: readonly TaskExample[], files: readonly string[]): Warning[] {
  if (task.ofDocuments !== true || examples.some(({ documentId }) => documentId !== undefined)) return [];
  const message = `the ${task.unit} do not say which document they are of: those of one may be in several folds`;
  const hint = task.name === "ner" ? "Mark documents by lines of -DOCSTART-." : "Give each its document.";
  return [{ code: "folds-without-documents", message: `${message}. ${hint}`, place: { file: files.join(", ") } }];
}

/** The class of each example by which folds are made even; undefined where examples have none. */
function classOf(example: TaskExample): string | undefined {
  return (example as { labels?: readonly string[] }).labels?.join("\n");
}

/** The fold of each example, 0 to `count` - 1. Errors: those of `assignFolds`. */
export function foldsOf(examples: readonly TaskExample[], { count, seed = 1 }: Fold): Int32Array {
  const classes = examples.map(classOf);
  return assignFolds(examples, { count, seed, ...(classes.includes(undefined) ? {} : { classes }) });
}

/**
 * The folds of several corpora that one encoder is trained on: what belongs together is in one fold also where it stands in two of
 * them. Each corpus is spread evenly. Errors: those of `assignFolds`.
 */
export function foldsOfCorpora(corpora: readonly (readonly TaskExample[])[], { count, seed = 1 }: Fold): Int32Array[] {
  const classes = corpora.flatMap((examples, corpus) => examples.map((one) => `${corpus}\n${classOf(one) ?? ""}`));
  const folds = assignFolds(corpora.flat(), { count, seed, classes });
  let begin = 0;
  return corpora.map(({ length }) => folds.subarray(begin, (begin += length)));
}

/** The data that training must share nothing with. Of a fold that is scored as test, both it and the test files are. */
export function comparedData(
  dev: { examples: readonly TaskExample[] } | undefined,
  test: { examples: readonly TaskExample[] } | undefined,
  { heldOut = "dev" }: Pick<FineTuneOptions, "heldOut">,
): { dev?: readonly TaskExample[]; test?: readonly TaskExample[] } {
  const compared: { dev?: readonly TaskExample[]; test?: readonly TaskExample[] } = {};
  if (test !== undefined) compared.test = test.examples;
  if (dev !== undefined) compared[heldOut] = [...(compared[heldOut] ?? []), ...dev.examples];
  return compared;
}

/** What is chosen on held-out data needs such, and test data choose nothing. */
function requireHeldOut({ fold, devFiles, heldOut }: Pick<FineTuneOptions, "devFiles" | "fold" | "heldOut">): void {
  const isThere = fold !== undefined || devFiles.length > 0;
  if (isThere && heldOut !== "test") return;
  throw new BiobertError({
    code: "usage",
    message: isThere
      ? "test data must not choose a threshold"
      : "there are no held-out data on which a threshold could be chosen",
    hint: isThere ? "Give the threshold itself." : "Give --dev, or the threshold itself.",
  });
}

/** What is to be chosen must be there to be chosen. */
function requireTunable(task: AnyTask, heldOut: readonly TaskExample[], options: Record<string, unknown>): void {
  const { tuning } = task;
  if (tuning === undefined || !tuning.isAsked(options) || tuning.isPossible(heldOut, options)) return;
  throw new BiobertError({
    code: "usage",
    message: `there is no threshold to choose: ${task.name} has one for ${tuning.needs}`,
    hint: "Leave --tune-threshold out.",
  });
}

/** Test data are read to be compared, so labels may be missing. */
export async function readTest(
  task: AnyTask,
  { testFiles = [] }: Pick<FineTuneOptions, "testFiles">,
  taskOptions: Record<string, unknown>,
) {
  return testFiles.length === 0 ? undefined : task.read(testFiles, taskOptions, false);
}
