// The examples of a run: files of each kind, or training files of which a fold is held out.

import { BiobertError } from "../core/index.ts";
import type { AnyTask, TaskData, TaskExample } from "../tasks/index.ts";
import type { FineTuneOptions } from "./fine-tune.ts";
import { assignFolds } from "./folds.ts";

/**
 * What is trained on and what is held out: files of each, or the training files cut into folds.
 * @throws BiobertError those of reading; `usage` for both held-out files and a fold, and for options to be chosen without held-out data or
 *   where there is nothing to choose.
 */
export async function readTraining(
  task: AnyTask,
  options: Pick<FineTuneOptions, "trainFiles" | "devFiles" | "fold" | "heldOut" | "keep" | "patience">,
  given: Record<string, unknown>,
): Promise<{ taskOptions: Record<string, unknown>; train: TaskData<TaskExample>; dev?: TaskData<TaskExample> }> {
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
    if (devFiles.length === 0) return { taskOptions, train: all };
    const dev = await task.read(devFiles, taskOptions, true);
    requireTunable(task, dev.examples, taskOptions);
    return { taskOptions, train: all, dev };
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
  const classes = all.examples.map((example) => (example as { labels?: readonly string[] }).labels?.join("\n"));
  const seed = fold.seed ?? 1;
  const folds = assignFolds(all.examples, {
    count: fold.count,
    seed,
    ...(classes.includes(undefined) ? {} : { classes }),
  });
  const part = (isHeldOut: boolean): TaskExample[] =>
    all.examples.filter((_, i) => (folds[i] === fold.number - 1) === isHeldOut);
  const [train, dev] = [part(false), part(true)];
  const taskOptions = settled(train);
  requireTunable(task, dev, taskOptions);
  return {
    taskOptions,
    train: { examples: train, warnings: all.warnings },
    dev: { examples: dev, warnings: [] },
  };
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
