// Cross-validation: one recipe trained once a fold, each model scored on what it did not see (Stone 1974), as GAD and EU-ADR are
// measured (Lee et al. 2020, section 4.1).

import { BiobertError } from "../core/index.ts";
import { summarizeFoldScores, type FoldSummary } from "../metrics/index.ts";
import type { AnyTask } from "../tasks/index.ts";
import type { MetricUnits, TrainingEvent } from "./events.ts";
import { fineTune } from "./fine-tune.ts";
import type { FineTuneOptions, FineTuneResult } from "./options.ts";
import type { FoldFiles } from "./folds.ts";
import { fineTuneMultiTask } from "./multi-task.ts";
import type { MultiTaskOptions } from "./multi-task-head.ts";

/** A fold's outcome. */
export interface FoldResult {
  /** "1", "2", ... */
  name: string;
  /** Of the model after its last epoch, on the fold that was held out: in percent, but for those that `units` of the whole names. */
  metrics: Record<string, number>;
  modelDirectory: string;
}

export interface CrossValidation {
  folds: readonly FoldResult[];
  /** The units of metrics that are not in percent. */
  units?: MetricUnits;
  /** Of several heads, the metrics by which each is judged: `mean` is theirs. */
  meanOf?: readonly string[];
  /** By metric, over folds: mean, standard deviation of a sample, least and greatest. */
  summary: Record<string, FoldSummary>;
}

export type CrossValidationEvent =
  | { type: "fold-start"; fold: number; of: number; name: string }
  | { type: "fold-event"; fold: number; name: string; event: TrainingEvent }
  | { type: "fold-end"; fold: number; of: number; result: FoldResult };

/** A recipe that is trained once a fold; nothing is chosen by the fold that is held out. */
export interface CrossValidationOptions extends Omit<
  FineTuneOptions,
  "devFiles" | "heldOut" | "keep" | "patience" | "fold"
> {
  /** Into how many folds the training data are cut, or the folds that they are published in. */
  folds: number | readonly FoldFiles[];
}

/** The same for several corpora on one encoder: of each a part is held out at a time. */
export interface MultiTaskCrossValidationOptions extends Omit<
  MultiTaskOptions,
  "heldOut" | "keep" | "patience" | "fold"
> {
  folds: number;
}

/** What training a fold is told. */
interface FoldTraining {
  number: number;
  of: number;
  outputDirectory: string;
}

/**
 * Trains a model a fold, in folders `fold-NAME` of the output directory, and scores each after its last epoch on what it did not
 * see. With `resume` it goes on where it stopped, also within a fold. Of a finished fold's checkpoint only what says that it is finished
 * stays, unless `keepCheckpoint` is true.
 * @throws BiobertError those of `fineTune` and `assignFolds`.
 */
export async function* crossValidate(
  task: AnyTask,
  options: CrossValidationOptions,
): AsyncGenerator<CrossValidationEvent, CrossValidation> {
  const { folds, ...shared } = options;
  const published = typeof folds === "number" ? undefined : folds;
  const names = published?.map(({ name }) => name) ?? numbered(folds as number);
  return yield* overFolds(names, options.outputDirectory, ({ number, of, outputDirectory }) => {
    const files = published?.[number - 1];
    const data =
      files === undefined
        ? { devFiles: [], fold: { number, count: of } }
        : { trainFiles: [files.train], devFiles: [files.test] };
    const fixed = { keep: "last", heldOut: "test", outputDirectory } as const;
    return fineTune(task, { keepCheckpoint: false, ...shared, ...data, ...fixed });
  });
}

/**
 * The same for several corpora on one encoder: a model a fold, of every corpus the part of that number held out. Metrics are named
 * HEAD.METRIC, and `mean` is that of the heads.
 * @throws BiobertError those of `fineTuneMultiTask` and `assignFolds`.
 */
export async function* crossValidateMultiTask(
  options: MultiTaskCrossValidationOptions,
): AsyncGenerator<CrossValidationEvent, CrossValidation> {
  const { folds, ...shared } = options;
  return yield* overFolds(numbered(folds), options.outputDirectory, ({ number, of, outputDirectory }) =>
    fineTuneMultiTask({
      keepCheckpoint: false,
      ...shared,
      fold: { number, count: of },
      keep: "last",
      heldOut: "test",
      outputDirectory,
    }),
  );
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i + 1));

async function* overFolds(
  names: readonly string[],
  outputDirectory: string,
  train: (fold: FoldTraining) => AsyncGenerator<TrainingEvent, FineTuneResult>,
): AsyncGenerator<CrossValidationEvent, CrossValidation> {
  const of = names.length;
  if (of < 2) throw new BiobertError({ code: "usage", message: `${of} folds are not enough to cross-validate` });
  const results: FoldResult[] = [];
  let units: MetricUnits | undefined;
  let meanOf: readonly string[] | undefined;
  for (const [index, name] of names.entries()) {
    const fold = index + 1;
    const modelDirectory = `${outputDirectory}/fold-${name}`;
    yield { type: "fold-start", fold, of, name };
    const training = train({ number: fold, of, outputDirectory: modelDirectory });
    let result: FineTuneResult | undefined;
    while (result === undefined) {
      const next = await training.next();
      if (next.done) result = next.value;
      else yield { type: "fold-event", fold, name, event: next.value };
    }
    const found: FoldResult = { name, metrics: result.metrics ?? {}, modelDirectory };
    results.push(found);
    units ??= result.best?.units;
    meanOf ??= result.best?.meanOf;
    yield { type: "fold-end", fold, of, result: found };
  }
  return {
    folds: results,
    ...(units === undefined ? {} : { units }),
    ...(meanOf === undefined ? {} : { meanOf }),
    summary: summarizeFoldScores(results.map(({ metrics }) => metrics)),
  };
}
