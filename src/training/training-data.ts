// The examples of a run: files of each kind, or training files of which a fold is held out.

import { BiobertError } from "../core/index.ts";
import type { AnyTask, TaskData, TaskExample } from "../tasks/index.ts";
import type { FineTuneOptions } from "./fine-tune.ts";
import { assignFolds } from "./folds.ts";

/**
 * What is trained on and what is held out: files of each, or the training files cut into folds.
 * @throws BiobertError those of reading; `usage` for both held-out files and a fold, and for options to be chosen without held-out data.
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
  if (task.tuning?.isAsked(given)) requireTunable(options);
  const all = await task.read(trainFiles, given, true);
  const settled = (examples: readonly TaskExample[]): Record<string, unknown> =>
    task.settle?.(examples, given) ?? given;
  if (fold === undefined) {
    const taskOptions = settled(all.examples);
    return {
      taskOptions,
      train: all,
      ...(devFiles.length === 0 ? {} : { dev: await task.read(devFiles, taskOptions, true) }),
    };
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
  const train = part(false);
  return {
    taskOptions: settled(train),
    train: { examples: train, warnings: all.warnings },
    dev: { examples: part(true), warnings: [] },
  };
}

/** What is chosen on held-out data needs such, and test data choose nothing. */
function requireTunable({ fold, devFiles, heldOut }: Pick<FineTuneOptions, "devFiles" | "fold" | "heldOut">): void {
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

/** Test data are read to be compared, so labels may be missing. */
export async function readTest(
  task: AnyTask,
  { testFiles = [] }: Pick<FineTuneOptions, "testFiles">,
  taskOptions: Record<string, unknown>,
) {
  return testFiles.length === 0 ? undefined : task.read(testFiles, taskOptions, false);
}
