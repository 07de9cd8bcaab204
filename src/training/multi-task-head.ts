// One head of several on one encoder, made ready to be trained: its corpus read and encoded, its graph and its start.

import {
  headOf,
  modelForTraining,
  parametersByDepth,
  readParameters,
  type BertConfig,
  type HeadDescription,
} from "../bert/index.ts";
import { BiobertError, type Warning } from "../core/index.ts";
import { readWeights } from "../data/index.ts";
import {
  checkOptions,
  taskNamed,
  type AnyTask,
  type EncodeContext,
  type EncodedInput,
  type TaskExample,
} from "../tasks/index.ts";
import { balancedSource, type Balance, type ClassWeights, type DrawSource } from "./class-balance.ts";
import { classesToBalance, weightsOfClasses } from "./class-options.ts";
import type { FineTuneOptions } from "./options.ts";
import type { TrainingModel } from "./gradient-graph.ts";
import { updateOptions } from "./identity.ts";
import type { HeadModel } from "./multi-step.ts";
import { checkFiles, checkOverlap, type OverlapCheck } from "./overlap-check.ts";
import type { Start } from "./run.ts";
import { comparedData, foldsOfCorpora, readTest, readTraining } from "./training-data.ts";

/** One corpus and its head. */
export interface MultiTaskHead {
  /** Names the head in the model: letters, digits, hyphens, dots, underscores. */
  name: string;
  task: string;
  trainFiles: string[];
  devFiles: string[];
  testFiles?: string[];
  dataset?: string;
  taskOptions?: Readonly<Record<string, unknown>>;
  /** Longest sequence in pieces; default: that of the options. */
  maxLength?: number;
  /** Epochs with as many examples of each class; default: what the options say for all heads. */
  balance?: Balance;
  /** What each label counts for in the loss; default: what the options say for all heads. */
  classWeights?: ClassWeights;
}

type NotShared = "trainFiles" | "devFiles" | "testFiles" | "dataset" | "taskOptions" | "after";

/** `balance` and `classWeights` are for every head that says nothing itself; `fold` holds out a part of each corpus. */
export interface MultiTaskOptions extends Omit<FineTuneOptions, NotShared> {
  /** At least two; the first one's is the head that `transformers` loads. */
  heads: readonly MultiTaskHead[];
  /** 1, the default: batches in proportion to the corpora; more: small ones more often. */
  temperature?: number;
}

/** A head that is ready to be trained. */
export interface Prepared {
  own: MultiTaskHead;
  task: AnyTask;
  description: HeadDescription;
  context: EncodeContext<Record<string, unknown>>;
  inputs: EncodedInput[];
  dev: Awaited<ReturnType<AnyTask["read"]>> | undefined;
  train: readonly TaskExample[];
  /** Its held-out and test data. */
  compared: ReturnType<typeof comparedData>;
  overlap: OverlapCheck["overlap"];
  model: HeadModel;
  build: () => TrainingModel;
  /** Where its epochs are drawn by class. */
  balanced: DrawSource | undefined;
  classWeights: readonly number[] | undefined;
  warnings: Warning[];
}

/** Refuses heads that do not fit together. @throws BiobertError `usage`. */
export function checkHeads({ heads, temperature = 1 }: MultiTaskOptions): void {
  const bad = heads.find(({ name }) => !/^[\w.-]+$/.test(name) || name.startsWith("."));
  const names = new Set(heads.map(({ name }) => name));
  const usage = (message: string): BiobertError => new BiobertError({ code: "usage", message });
  if (heads.length < 2) throw usage(`${heads.length} heads are not several: use fine-tune with the task's name`);
  if (bad !== undefined)
    throw usage(`${JSON.stringify(bad.name)} names no head: letters, digits, hyphens, dots and underscores do`);
  if (names.size < heads.length) throw usage("two heads have one name");
  if (!(temperature > 0 && Number.isFinite(temperature))) throw usage(`a temperature of ${temperature} is not above 0`);
  const dev = heads.filter(({ devFiles }) => devFiles.length > 0).length;
  if (dev > 0 && dev < heads.length)
    throw usage("some heads have held-out files and some have not: the best epoch is chosen by all or by none");
}

/**
 * The folds of all heads' examples, where a fold is held out: the encoder is trained on all corpora, so what belongs together is held
 * out of all at once. Errors: those of reading data and of `assignFolds`.
 */
export async function foldsOfHeads({ heads, fold }: MultiTaskOptions): Promise<Int32Array[] | undefined> {
  if (fold === undefined) return undefined;
  const corpora: TaskExample[][] = [];
  for (const own of heads) {
    const task = taskNamed(own.task);
    const given = checkOptions<Record<string, unknown>>(task.options, own.taskOptions ?? {});
    corpora.push((await task.read(own.trainFiles, given, true)).examples);
  }
  return foldsOfCorpora(corpora, fold);
}

/**
 * Compares the held-out and test data of each head with the training data of the others: the encoder is trained on them, too.
 * @throws BiobertError `data-overlap`, unless `allowOverlap` says that it is meant; those of reading files.
 */
export async function checkOverlapAcross(
  prepared: readonly Prepared[],
  { allowOverlap = false, heldOut = "dev" }: MultiTaskOptions,
): Promise<Warning[]> {
  const all: Warning[] = [];
  for (const { own, compared } of prepared) {
    for (const other of prepared) {
      if (other.own === own) continue;
      const between = [other.own.name, own.name] as const;
      await checkFiles(other.own.trainFiles, own, { allowOverlap, heldOut, between });
      all.push(...checkOverlap(other.train, compared, { allowOverlap, between }).warnings);
    }
  }
  return all;
}

/** Reads, checks and encodes a head's corpus and builds its graph. Errors: those of reading data; `usage` for options that the head has no use for. */
export async function prepare(
  own: MultiTaskHead,
  options: MultiTaskOptions,
  start: Start,
  folds?: ArrayLike<number>,
): Promise<Prepared> {
  const task = taskNamed(own.task);
  const given = checkOptions<Record<string, unknown>>(task.options, own.taskOptions ?? {});
  const { train, dev, all, taskOptions } = await readTraining(task, { ...options, ...own }, given, folds);
  const test = await readTest(task, own, taskOptions);
  const context = {
    labels: task.labels(all, taskOptions),
    options: taskOptions,
    tokenizer: start.tokenizer,
    maxLength: own.maxLength ?? options.maxLength,
    files: own.trainFiles,
  };
  if (dev !== undefined) task.requireKnownLabels(dev.examples, context);
  await checkFiles(own.trainFiles, own, options);
  const compared = comparedData(dev, test, options);
  const { overlap, warnings } = checkOverlap(train.examples, compared, {
    ...own,
    ...(options.allowOverlap === undefined ? {} : { allowOverlap: options.allowOverlap }),
  });
  const encoded = task.encode(train.examples, context);
  const inputs = encoded.inputs.filter((input) => task.isTrained?.(input) ?? true);
  if (inputs.length === 0) {
    throw new BiobertError({
      code: "input-empty",
      message: `none of the ${task.unit} of ${own.name} has a label to train on`,
      place: { file: own.trainFiles.join(", ") },
      hint: "Training needs examples with their labels or answers; those without are for predict.",
    });
  }
  const { head: plainHead, ...description } = task.head(context);
  const { balance = options.balance, classWeights: weighted = options.classWeights } = own;
  const classed = { task, context, head: own.name, options: { balance, classWeights: weighted } };
  const classes = classesToBalance(classed, inputs);
  const classWeights = weightsOfClasses(classed, inputs, description);
  const head = classWeights === undefined ? plainHead : headOf(description, { classWeights });
  const config: BertConfig = { ...start.config, hiddenDropout: options.dropout, attentionDropout: options.dropout };
  const build = (): TrainingModel => {
    const built = modelForTraining(config, head);
    return { ...built, parameters: parametersByDepth(built.parameters, config.layerCount, updateOptions(options)) };
  };
  const model = build();
  const notes: Warning[] = [];
  const weights = await readWeights(start.weightsPath, (checkpoint) =>
    readParameters(model.parameters, checkpoint, {
      initialize: { seed: options.seed, deviation: config.initializerRange },
      freshHead: true,
      warn: (warning) => void notes.push(warning),
    }),
  );
  return {
    own,
    task,
    description,
    context,
    inputs,
    dev,
    train: train.examples,
    compared,
    overlap,
    model: { name: own.name, model, weights },
    build,
    balanced: classes === undefined ? undefined : balancedSource(classes, balance!),
    classWeights,
    warnings: [
      ...train.warnings,
      ...(dev?.warnings ?? []),
      ...(test?.warnings ?? []),
      ...warnings,
      ...encoded.warnings,
      ...notes,
    ],
  };
}
