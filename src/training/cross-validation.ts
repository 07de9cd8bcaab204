// Cross-validation: one recipe trained once a fold, each model scored on what it did not see (Stone 1974), as GAD and EU-ADR are
// measured (Lee et al. 2020, section 4.1).

import { BiobertError } from "../core/index.ts";
import { summarizeFoldScores, type FoldSummary } from "../metrics/index.ts";
import type { AnyTask } from "../tasks/index.ts";
import type { MetricUnits, TrainingEvent } from "./events.ts";
import { fineTune, type FineTuneOptions, type FineTuneResult } from "./fine-tune.ts";
import type { FoldFiles } from "./folds.ts";

/** A fold's outcome. */
export interface FoldResult {
  /** "1", "2", ... */
  name: string;
  /** Of the model after its last epoch, on the fold that was held out. */
  metrics: Record<string, number>;
  modelDirectory: string;
}

export interface CrossValidation {
  folds: readonly FoldResult[];
  /** The units of metrics that are not in percent. */
  units?: MetricUnits;
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

/**
 * Trains a model a fold, in folders `fold-NAME` of the output directory, and scores each after its last epoch on what it did not
 * see. With `resume` it goes on where it stopped, also within a fold.
 * @throws BiobertError those of `fineTune` and `assignFolds`.
 */
export async function* crossValidate(
  task: AnyTask,
  options: CrossValidationOptions,
): AsyncGenerator<CrossValidationEvent, CrossValidation> {
  const { folds, ...shared } = options;
  const all: readonly { name: string; files?: FoldFiles }[] =
    typeof folds === "number"
      ? Array.from({ length: folds }, (_, i) => ({ name: String(i + 1) }))
      : folds.map((files) => ({ name: files.name, files }));
  if (all.length < 2)
    throw new BiobertError({ code: "usage", message: `${all.length} folds are not enough to cross-validate` });
  const results: FoldResult[] = [];
  let units: MetricUnits | undefined;
  for (const [index, { name, files }] of all.entries()) {
    const [fold, of] = [index + 1, all.length];
    const modelDirectory = `${options.outputDirectory}/fold-${name}`;
    yield { type: "fold-start", fold, of, name };
    const data =
      files === undefined
        ? { devFiles: [], fold: { number: fold, count: of } }
        : { trainFiles: [files.train], devFiles: [files.test] };
    const training = fineTune(task, {
      ...shared,
      ...data,
      keep: "last",
      heldOut: "test",
      outputDirectory: modelDirectory,
    });
    let result: FineTuneResult | undefined;
    while (result === undefined) {
      const next = await training.next();
      if (next.done) result = next.value;
      else yield { type: "fold-event", fold, name, event: next.value };
    }
    const found: FoldResult = { name, metrics: result.metrics ?? {}, modelDirectory };
    results.push(found);
    units ??= result.best?.units;
    yield { type: "fold-end", fold, of, result: found };
  }
  return {
    folds: results,
    ...(units === undefined ? {} : { units }),
    summary: summarizeFoldScores(results.map(({ metrics }) => metrics)),
  };
}
