// Several corpora on one encoder with one head each (Caruana 1997; for BERT, Liu et al. 2019): each batch is of one corpus. The model
// directory has the first head as any model has its one, the others in files beside.

import {
  modelForTraining,
  parametersByDepth,
  readParameters,
  type BertConfig,
  type HeadDescription,
} from "../bert/index.ts";
import { BiobertError, type Warning } from "../core/index.ts";
import { ensureDirectory, readWeights, type HeadTraining, type ModelHead } from "../data/index.ts";
import {
  checkOptions,
  lengthOfInput,
  padInputs,
  taskNamed,
  trainingFeeds,
  type AnyTask,
  type EncodeContext,
  type EncodedInput,
} from "../tasks/index.ts";
import { stepSettings } from "./engine-settings.ts";
import type { MetricUnits, TrainingEvent } from "./events.ts";
import type { FineTuneOptions, FineTuneResult } from "./fine-tune.ts";
import { makeEvaluator, type Evaluator } from "./held-out.ts";
import { identify, recipeOf, updateOptions, type RunIdentity } from "./identity.ts";
import { trainLoop, type TrainingTask } from "./loop.ts";
import { HEADS_FOLDER, writeModelFiles, writeWeights } from "./model-output.ts";
import { MultiStep, type HeadModel } from "./multi-step.ts";
import { multiTaskPlan } from "./multi-task-plan.ts";
import { checkOverlap, type OverlapCheck } from "./overlap-check.ts";
import { checkPlaces, readStart, resultOf, warningEvent, type Start } from "./run.ts";

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
}

type NotShared =
  | "trainFiles"
  | "devFiles"
  | "testFiles"
  | "dataset"
  | "taskOptions"
  | "balance"
  | "classWeights"
  | "fold"
  | "heldOut"
  | "maxMemory"
  | "after";

export interface MultiTaskOptions extends Omit<FineTuneOptions, NotShared> {
  /** At least two; the first one's is the head that `transformers` loads. */
  heads: readonly MultiTaskHead[];
  /** 1, the default: batches in proportion to the corpora; more: small ones more often. */
  temperature?: number;
}

/** A head that is ready to be trained. */
interface Prepared {
  own: MultiTaskHead;
  task: AnyTask;
  description: HeadDescription;
  context: EncodeContext<Record<string, unknown>>;
  inputs: EncodedInput[];
  dev: Awaited<ReturnType<AnyTask["read"]>> | undefined;
  overlap: OverlapCheck["overlap"];
  model: HeadModel;
  warnings: Warning[];
}

function checkHeads({ heads, temperature = 1 }: MultiTaskOptions): void {
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

async function prepare(own: MultiTaskHead, options: MultiTaskOptions, start: Start): Promise<Prepared> {
  const task = taskNamed(own.task);
  const given = checkOptions<Record<string, unknown>>(task.options, own.taskOptions ?? {});
  const train = await task.read(own.trainFiles, given, true);
  const taskOptions = task.settle?.(train.examples, given) ?? given;
  const dev = own.devFiles.length === 0 ? undefined : await task.read(own.devFiles, taskOptions, true);
  const test =
    own.testFiles === undefined || own.testFiles.length === 0
      ? undefined
      : await task.read(own.testFiles, taskOptions, false);
  const context = {
    labels: task.labels(train.examples, taskOptions),
    options: taskOptions,
    tokenizer: start.tokenizer,
    maxLength: own.maxLength ?? options.maxLength,
    files: own.trainFiles,
  };
  if (dev !== undefined) task.requireKnownLabels(dev.examples, context);
  const compared = {
    ...(dev === undefined ? {} : { dev: dev.examples }),
    ...(test === undefined ? {} : { test: test.examples }),
  };
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
    });
  }
  const { head, ...description } = task.head(context);
  const config: BertConfig = { ...start.config, hiddenDropout: options.dropout, attentionDropout: options.dropout };
  const built = modelForTraining(config, head);
  const model = {
    ...built,
    parameters: parametersByDepth(built.parameters, config.layerCount, updateOptions(options)),
  };
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
    overlap,
    model: { name: own.name, model, weights },
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

/** Scores of all heads as one: each metric under its head's name, and the mean of those that choose, in percent. */
async function evaluateAll(prepared: readonly Prepared[], evaluators: readonly Evaluator[]) {
  const metrics: Record<string, number> = {};
  const units: Record<string, MetricUnits[string]> = {};
  let sum = 0;
  for (const [i, evaluator] of evaluators.entries()) {
    const { name } = prepared[i]!.own;
    const found = await evaluator.evaluate();
    for (const [id, value] of Object.entries(found.metrics)) {
      metrics[`${name}.${id}`] = value;
      const unit = found.units?.[id];
      if (unit !== undefined) units[`${name}.${id}`] = unit;
    }
    const inPercent = (found.units?.[found.selectedBy!] ?? "percent") === "percent";
    sum += inPercent ? found.selection : 100 * found.selection;
  }
  const mean = sum / evaluators.length;
  return {
    metrics: { mean, ...metrics },
    selection: mean,
    selectedBy: "mean",
    ...(Object.keys(units).length === 0 ? {} : { units }),
  };
}

/** What the file of a further head holds: its own parameters, and those below it that the first head's model has not. */
function headFile(
  prepared: Prepared,
  first: Prepared,
  views: MultiStep["heads"][number]["views"],
): [string, typeof views] {
  const has = new Set(first.model.model.parameters.map(({ name }) => name));
  const own = [...views].filter(([name]) => name.startsWith("head.") || !has.has(name));
  return [`${HEADS_FOLDER}/${prepared.own.name}.safetensors`, new Map(own)];
}

/**
 * Trains one encoder with a head for each corpus and writes one model directory with all of them; `--head NAME` of other commands
 * says which to run. The best epoch is that of the highest mean of the heads' own choosing metrics, in percent.
 * @throws BiobertError those of `fineTune`; `usage` for heads that do not fit together.
 */
export async function* fineTuneMultiTask(options: MultiTaskOptions): AsyncGenerator<TrainingEvent, FineTuneResult> {
  checkHeads(options);
  const start = await readStart(options);
  const { heads, temperature = 1, batchSize, seed, outputDirectory } = options;
  for (const { maxLength = options.maxLength } of heads) await checkPlaces(start, { ...options, maxLength });
  yield* start.notes.map(warningEvent);
  const prepared: Prepared[] = [];
  for (const own of heads) {
    const one = await prepare(own, options, start);
    prepared.push(one);
    yield* one.warnings.map((warning) => warningEvent({ ...warning, message: `${own.name}: ${warning.message}` }));
  }
  const [first] = prepared as [Prepared];
  const step = await MultiStep.create(
    prepared.map(({ model }) => model),
    stepSettings(options),
  );
  const evaluators: Evaluator[] = [];
  try {
    for (const [i, one] of prepared.entries()) {
      if (one.dev === undefined) continue;
      const run = {
        task: one.task,
        start,
        context: one.context,
        options: { ...options, trainFiles: one.own.trainFiles, devFiles: one.own.devFiles },
      };
      const evaluator = await makeEvaluator(run, step.heads[i]!, one.dev.examples);
      evaluators.push(evaluator);
      yield* evaluator.warnings.map(warningEvent);
    }
    await ensureDirectory(outputDirectory);
    const identity = await identityOf(options, prepared, start);
    const inputs = prepared.flatMap((one, graph) => one.inputs.map((input) => ({ input, graph })));
    const training: TrainingTask = {
      lengths: inputs.map(({ input }) => lengthOfInput(input)),
      plan: multiTaskPlan(
        prepared.map((one) => one.inputs.map(lengthOfInput)),
        { temperature, batchSize, seed },
      ),
      batch(indices) {
        const { graph } = inputs[indices[0]!]!;
        const { task, context } = prepared[graph]!;
        const members = indices.map((index) => inputs[index]!.input);
        const batch = padInputs(members, start.tokenizer.vocabulary.padId);
        const { feeds, counted } = task.targets(members, batch, context);
        return { feeds: { ...trainingFeeds(batch), ...feeds }, counted, tokens: batch.tokens, graph };
      },
      ...(evaluators.length === 0 ? {} : { evaluate: () => evaluateAll(prepared, evaluators) }),
      async save(environments) {
        await writeModelFiles(outputDirectory, {
          config: start.config,
          head: first.description,
          vocabulary: start.vocabulary,
          tokenizerOptions: start.tokenizerOptions,
          manifest: {
            formatVersion: 1,
            heads: prepared.map((one, i) => manifestHead(one, i, options, identity, environments)),
          },
        });
        const files = prepared.slice(1).map((one, i) => headFile(one, first, step.heads[i + 1]!.views));
        await writeWeights(outputDirectory, step.heads[0]!.views, new Map(files));
      },
    };
    const events = trainLoop(training, step, {
      ...options,
      ...updateOptions(options),
      checkpointPath: `${outputDirectory}/checkpoint.safetensors`,
      fingerprint: identity.fingerprint,
    });
    for (;;) {
      const next = await events.next();
      if (next.done) {
        return resultOf(next.value, options.keep);
      }
      yield next.value;
    }
  } finally {
    for (const evaluator of evaluators) await evaluator.release();
    await step.release();
  }
}

function manifestHead(
  { own, task, description, context, overlap }: Prepared,
  index: number,
  options: MultiTaskOptions,
  identity: RunIdentity,
  environments: HeadTraining["environments"],
): ModelHead {
  const [start, train, dev] = identity.inputs;
  return {
    name: own.name,
    task: task.name,
    labels: [...description.labels],
    options: context.options,
    maxLength: context.maxLength,
    ...(index === 0 ? {} : { file: `${HEADS_FOLDER}/${own.name}.safetensors` }),
    training: {
      seed: options.seed,
      ...(options.command === undefined ? {} : { command: options.command }),
      // Of all corpora together: they were trained on together.
      sha256: { start, train, ...(own.devFiles.length === 0 ? {} : { dev }) },
      ...(Object.keys(overlap).length === 0 ? {} : { overlap }),
      recipe: identity.recipe,
      environments,
    },
  };
}

async function identityOf(
  options: MultiTaskOptions,
  prepared: readonly Prepared[],
  start: Start,
): Promise<RunIdentity> {
  const { heads, ...shared } = options;
  const files = {
    trainFiles: heads.flatMap(({ trainFiles }) => trainFiles),
    devFiles: heads.flatMap(({ devFiles }) => devFiles),
  };
  const known = prepared.map(({ own, context }) => ({
    name: own.name,
    task: own.task,
    maxLength: context.maxLength,
    options: context.options,
    files: [own.trainFiles.length, own.devFiles.length],
  }));
  const all = { ...shared, ...files, heads: known } as unknown as FineTuneOptions;
  return identify(recipeOf({ ...prepared[0]!.task, name: "multi" }, all, {}), start, all);
}
