// Several corpora on one encoder with one head each (Caruana 1997; for BERT, Liu et al. 2019): each batch is of one corpus. The model
// directory has the first head as any model has its one, the others in files beside.

import { ensureDirectory, HEADS_FOLDER, type HeadTraining, type ModelHead } from "../data/index.ts";
import { lengthOfInput, padInputs, trainingFeeds } from "../tasks/index.ts";
import { weightedCount } from "./class-balance.ts";
import { weightsByLabel } from "./class-options.ts";
import { refuseOtherModel } from "./earlier-model.ts";
import { microBatchPieces, stepSettings } from "./engine-settings.ts";
import type { MetricUnits, TrainingEvent } from "./events.ts";
import type { FineTuneOptions, FineTuneResult } from "./options.ts";
import { makeEvaluator, type Evaluator } from "./held-out.ts";
import { identify, recipeOf, updateOptions, type RunIdentity } from "./identity.ts";
import { examplesPerUpdate, trainLoop, type TrainingTask } from "./loop.ts";
import { describePlan, type MemoryPlan } from "./memory-plan.ts";
import { writeModelFiles, writeWeights } from "./model-output.ts";
import { MultiStep, sharedName } from "./multi-step.ts";
import {
  checkHeads,
  checkOverlapAcross,
  foldsOfHeads,
  prepare,
  type MultiTaskOptions,
  type Prepared,
} from "./multi-task-head.ts";
import { multiTaskPlan } from "./multi-task-plan.ts";
import { planSeveral } from "./planned-memory.ts";
import { outputOf } from "./required-space.ts";
import { checkPlaces, readStart, resultOf, warningEvent, type Start } from "./run.ts";

/** Chooses how the training fits into its bound, where there is one. */
function planned(prepared: readonly Prepared[], options: MultiTaskOptions, start: Start): MemoryPlan | undefined {
  const { maxMemory, batchSize, accumulationSteps } = options;
  if (maxMemory === undefined) return undefined;
  const sizes = new Map<string, { size: number; isTrained: boolean }>();
  for (const { own, model } of prepared) {
    for (const { name, dims, frozen } of model.model.parameters) {
      const size = dims.reduce((product, dim) => product * dim, 1);
      sizes.set(sharedName(own.name, name), { size, isTrained: frozen !== true });
    }
  }
  const sum = (all: readonly { size: number }[]): number => all.reduce((total, { size }) => total + size, 0);
  const every = [...sizes.values()];
  return planSeveral(
    prepared,
    {
      layerCount: start.config.layerCount,
      batchSize,
      accumulationSteps,
      microBatchPieces: microBatchPieces(start.config, options),
    },
    { parameters: sum(every), trained: sum(every.filter(({ isTrained }) => isTrained)) },
    maxMemory,
  );
}

/** Scores of all heads as one: each metric under its head's name, and the mean of those that choose, in percent. */
async function evaluateAll(prepared: readonly Prepared[], evaluators: readonly Evaluator[]) {
  const metrics: Record<string, number> = {};
  const units: Record<string, MetricUnits[string]> = {};
  const meanOf: string[] = [];
  let sum = 0;
  for (const [i, evaluator] of evaluators.entries()) {
    const { name } = prepared[i]!.own;
    const found = await evaluator.evaluate();
    for (const [id, value] of Object.entries(found.metrics)) {
      metrics[`${name}.${id}`] = value;
      const unit = found.units?.[id];
      if (unit !== undefined) units[`${name}.${id}`] = unit;
    }
    meanOf.push(`${name}.${found.selectedBy!}`);
    const inPercent = (found.units?.[found.selectedBy!] ?? "percent") === "percent";
    sum += inPercent ? found.selection : 100 * found.selection;
  }
  const mean = sum / evaluators.length;
  return {
    metrics: { mean, ...metrics },
    selection: mean,
    selectedBy: "mean",
    meanOf,
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
  const { heads, temperature = 1, seed, outputDirectory } = options;
  for (const { maxLength = options.maxLength } of heads) await checkPlaces(start, { ...options, maxLength });
  yield* start.notes.map(warningEvent);
  const prepared: Prepared[] = [];
  const folds = await foldsOfHeads(options);
  for (const [i, own] of heads.entries()) {
    const one = await prepare(own, options, start, folds?.[i]);
    prepared.push(one);
    yield* one.warnings.map((warning) => warningEvent({ ...warning, message: `${own.name}: ${warning.message}` }));
  }
  const tasks = heads.map(({ task }) => task);
  await refuseOtherModel(outputDirectory, tasks, () => identityOf(options, prepared, start, undefined));
  yield* (await checkOverlapAcross(prepared, options)).map(warningEvent);
  const [first] = prepared as [Prepared];
  const plan = planned(prepared, options, start);
  if (plan !== undefined) yield { type: "plan", maxMemory: options.maxMemory!, plan, message: describePlan(plan) };
  const step = await MultiStep.create(
    prepared.map(({ model }) => model),
    stepSettings(options, plan),
  );
  const evaluators: Evaluator[] = [];
  try {
    for (const [i, one] of prepared.entries()) {
      if (one.dev === undefined) continue;
      const run = {
        task: one.task,
        start,
        context: one.context,
        ...(plan === undefined ? {} : { plan }),
        options: { ...options, trainFiles: one.own.trainFiles, devFiles: one.own.devFiles },
      };
      const evaluator = await makeEvaluator(run, step.heads[i]!, one.dev.examples);
      evaluators.push(evaluator);
      yield* evaluator.warnings.map(warningEvent);
    }
    await ensureDirectory(outputDirectory);
    const identity = await identityOf(options, prepared, start, plan);
    const inputs = prepared.flatMap((one, graph) => one.inputs.map((input) => ({ input, graph })));
    const training: TrainingTask = {
      lengths: inputs.map(({ input }) => lengthOfInput(input)),
      plan: multiTaskPlan(
        prepared.map((one) => one.inputs.map(lengthOfInput)),
        {
          temperature,
          batchSize: examplesPerUpdate(options),
          seed,
          balanced: prepared.map(({ balanced }) => balanced),
        },
      ),
      batch(indices) {
        const { graph } = inputs[indices[0]!]!;
        const { task, context, classWeights, description } = prepared[graph]!;
        const members = indices.map((index) => inputs[index]!.input);
        const batch = padInputs(members, start.tokenizer.vocabulary.padId);
        const { feeds, counted } = task.targets(members, batch, context);
        const isWeightedMean = classWeights !== undefined && description.problem !== "multi-label";
        return {
          feeds: { ...trainingFeeds(batch), ...feeds },
          counted: isWeightedMean ? weightedCount(feeds["labels"]!, classWeights) : counted,
          tokens: batch.tokens,
          graph,
        };
      },
      ...(evaluators.length === 0 ? {} : { evaluate: () => evaluateAll(prepared, evaluators) }),
      async save(environments) {
        const kept: Prepared[] = [];
        for (const [i, one] of prepared.entries()) {
          const own = (await evaluators[i]?.keptOptions()) ?? one.context.options;
          kept.push({ ...one, context: { ...one.context, options: own } });
        }
        await writeModelFiles(outputDirectory, {
          config: start.config,
          head: first.description,
          vocabulary: start.vocabulary,
          tokenizerOptions: start.tokenizerOptions,
          manifest: {
            formatVersion: 1,
            heads: kept.map((one, i) => manifestHead(one, i, options, identity, environments, plan)),
          },
        });
        const files = prepared.slice(1).map((one, i) => headFile(one, first, step.heads[i + 1]!.views));
        await writeWeights(outputDirectory, step.heads[0]!.views, new Map(files));
      },
    };
    const events = trainLoop({ ...training, ...outputOf(outputDirectory, step) }, step, {
      ...options,
      ...updateOptions(options),
      microBatchPieces: microBatchPieces(start.config, options, plan),
      checkpointPath: `${outputDirectory}/checkpoint.safetensors`,
      fingerprint: identity.fingerprint,
    });
    for (;;) {
      const next = await events.next();
      if (next.done) {
        return resultOf(next.value, options.keep);
      }
      const event = next.value;
      yield event;
      if (event.type !== "evaluation" || !(event.best || options.keep === "last")) continue;
      for (const [i, { details }] of evaluators.entries()) {
        const { name: head } = prepared[i]!.own;
        if (details !== undefined) yield { type: "scores", step: event.step, epoch: event.epoch, head, ...details };
      }
    }
  } finally {
    for (const evaluator of evaluators) await evaluator.release();
    await step.release();
  }
}

function manifestHead(
  { own, task, description, context, overlap, classWeights }: Prepared,
  index: number,
  options: MultiTaskOptions,
  identity: RunIdentity,
  environments: HeadTraining["environments"],
  plan: MemoryPlan | undefined,
): ModelHead {
  const [start, train, dev] = identity.inputs;
  const bounded = plan === undefined ? {} : { maxMemory: options.maxMemory, memoryPlan: plan };
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
      recipe: { ...identity.recipe, ...bounded },
      ...(classWeights === undefined ? {} : { classWeights: weightsByLabel(context.labels, classWeights) }),
      environments,
    },
  };
}

async function identityOf(
  options: MultiTaskOptions,
  prepared: readonly Prepared[],
  start: Start,
  plan: MemoryPlan | undefined,
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
    ...(own.balance === undefined ? {} : { balance: own.balance }),
    ...(own.classWeights === undefined ? {} : { classWeights: own.classWeights }),
  }));
  const all = { ...shared, ...files, heads: known } as unknown as FineTuneOptions;
  return identify(recipeOf({ ...prepared[0]!.task, name: "multi" }, all, {}), start, all, plan);
}
