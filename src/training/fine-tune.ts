// Fine-tuning for any task: a start, files and a recipe in, a model directory out. What the task is, its definition says.

import { headOf, modelForTraining, parametersByDepth, readParameters, type BertConfig } from "../bert/index.ts";
import { BiobertError, type Warning } from "../core/index.ts";
import { ensureDirectory, readWeights, type HeadTraining } from "../data/index.ts";
import { checkOptions, lengthOfInput, padInputs, trainingFeeds, type AnyTask } from "../tasks/index.ts";
import { balancedPlan, weightedCount } from "./class-balance.ts";
import { classesToBalance, weightsByLabel, weightsOfClasses } from "./class-options.ts";
import { refuseOtherModel } from "./earlier-model.ts";
import type { FineTuneOptions, FineTuneResult } from "./options.ts";
import { microBatchPieces, stepSettings } from "./engine-settings.ts";
import type { TrainingEvent } from "./events.ts";
import type { TrainingModel } from "./gradient-graph.ts";
import { makeEvaluator, type Evaluator } from "./held-out.ts";
import { identify, recipeOf, updateOptions, type RunIdentity } from "./identity.ts";
import { examplesPerUpdate, trainLoop, type TrainingTask } from "./loop.ts";
import { describePlan, planMemory } from "./memory-plan.ts";
import { writeModelFiles, writeWeights } from "./model-output.ts";
import { checkFiles, checkOverlap } from "./overlap-check.ts";
import { trainingDemand } from "./planned-memory.ts";
import { outputOf } from "./required-space.ts";
import { checkPlaces, readStart, resultOf, warningEvent, type Run } from "./run.ts";
import { stageOf } from "./stages.ts";
import { TrainingStep } from "./step.ts";
import { comparedData, readTest, readTraining } from "./training-data.ts";

/** The name of the one head that is trained. */
const HEAD_NAME = "classifier";

function untrainedWarning(count: number, unit: string, files: readonly string[]): Warning[] {
  if (count === 0) return [];
  const message = `${count} inputs of ${unit} without a known answer are not trained on`;
  return [{ code: "untrained", message, place: { file: files.join(", ") } }];
}

/** What the model says of its training. */
function trainingRecord(
  { options, plan, overlap, stage, classWeights, context }: Run,
  identity: RunIdentity,
  environments: HeadTraining["environments"],
): HeadTraining {
  const [start, train, dev] = identity.inputs;
  return {
    seed: options.seed,
    ...(options.command === undefined ? {} : { command: options.command }),
    sha256: { start, train, ...(options.devFiles.length === 0 ? {} : { dev }) },
    ...(Object.keys(overlap).length === 0 ? {} : { overlap }),
    ...(stage.stages.length === 0 ? {} : { stages: stage.stages }),
    recipe:
      plan === undefined ? identity.recipe : { ...identity.recipe, maxMemory: options.maxMemory, memoryPlan: plan },
    ...(classWeights === undefined ? {} : { classWeights: weightsByLabel(context.labels, classWeights) }),
    environments,
  };
}

/**
 * Fine-tunes a BERT for a task and writes the model to `outputDirectory`: a Hugging Face directory with `biobert.json`
 * beside, and `checkpoint.safetensors` to resume from. Labels are read from the training files and checked before
 * anything is trained. The same options, data, CPU model and versions give the same model to the bit, whatever the number of
 * threads, and so does a run that was stopped and resumed.
 * @throws BiobertError those of reading data and models (`model-missing` for a start without weights in full precision).
 *
 *   Before anything is trained: `usage` for options that do not fit together or that the task or the start cannot do;
 *   `label-unknown` for a dev label that training does not have; `input-empty` where no example has a label; `data-overlap` where
 *   the training data share documents, long sentences or files with held-out or test data; `model-task` for `after` with a start
 *   that was never fine-tuned; `memory-bound` where the least that training takes is above `maxMemory`; `device-unavailable`;
 *   `file-exists` where another model lies in `outputDirectory`; `disk-full` where there is no room for the model and its checkpoints;
 *   `checkpoint-mismatch` and `checkpoint-damaged` with `resume`.
 *
 *   Afterwards: `interrupted` when the signal fires, after a checkpoint; `training-diverged`; `engine-failed`; `disk-full` and
 *   `file-unwritable` of writing.
 */
export async function* fineTune(
  task: AnyTask,
  options: FineTuneOptions,
): AsyncGenerator<TrainingEvent, FineTuneResult> {
  const given = checkOptions<Record<string, unknown>>(task.options, options.taskOptions ?? {});
  const start = await readStart(options);
  const { train, dev, all, taskOptions } = await readTraining(task, options, given);
  const labels = task.labels(all, taskOptions);
  const context = {
    labels,
    options: taskOptions,
    tokenizer: start.tokenizer,
    maxLength: options.maxLength,
    files: options.trainFiles,
  };
  if (dev !== undefined) task.requireKnownLabels(dev.examples, context);
  const test = await readTest(task, options, taskOptions);
  yield* [...start.notes, ...train.warnings, ...(dev?.warnings ?? []), ...(test?.warnings ?? [])].map(warningEvent);
  await checkPlaces(start, options);
  const recipe = recipeOf(task, options, taskOptions);
  await refuseOtherModel(options.outputDirectory, [task.name], () => identify(recipe, start, options));
  await checkFiles(options.trainFiles, options, options);
  const compared = comparedData(dev, test, options);
  const { overlap, warnings: shared } = checkOverlap(train.examples, compared, options);
  const { head: plainHead, ...description } = task.head(context);
  const stage = stageOf(start.files, { task: task.name, head: description, required: options.after === true });
  yield* [...shared, ...stage.warnings].map(warningEvent);
  const run: Run = { task, start, options, context, overlap, stage };
  const encoded = task.encode(train.examples, context);
  const inputs = encoded.inputs.filter((input) => task.isTrained?.(input) ?? true);
  yield* [
    ...encoded.warnings,
    ...untrainedWarning(encoded.inputs.length - inputs.length, task.unit, options.trainFiles),
  ].map(warningEvent);
  if (inputs.length === 0) {
    throw new BiobertError({
      code: "input-empty",
      message: `none of the ${task.unit} has a label to train on`,
      place: { file: options.trainFiles.join(", ") },
      hint: "Training needs examples with their labels or answers; those without are for predict.",
    });
  }

  const classes = classesToBalance(run, inputs);
  const classWeights = weightsOfClasses(run, inputs, description);
  if (classWeights !== undefined) run.classWeights = classWeights;
  const head = classWeights === undefined ? plainHead : headOf(description, { classWeights });
  const isWeightedMean = classWeights !== undefined && description.problem !== "multi-label";
  const config: BertConfig = { ...start.config, hiddenDropout: options.dropout, attentionDropout: options.dropout };
  const build = (): TrainingModel => {
    const model = modelForTraining(config, head);
    return { ...model, parameters: parametersByDepth(model.parameters, config.layerCount, updateOptions(options)) };
  };
  const model = build();
  const { maxMemory, batchSize, accumulationSteps } = options;
  const plan =
    maxMemory === undefined
      ? undefined
      : planMemory(
          trainingDemand(
            { build, inputs },
            {
              layerCount: config.layerCount,
              batchSize,
              accumulationSteps,
              microBatchPieces: microBatchPieces(config, options),
            },
          ),
          maxMemory,
        );
  if (plan !== undefined) {
    run.plan = plan;
    yield { type: "plan", maxMemory: options.maxMemory!, plan, message: describePlan(plan) };
  }
  const notes: Warning[] = [];
  const weights = await readWeights(start.weightsPath, (checkpoint) =>
    readParameters(model.parameters, checkpoint, {
      initialize: { seed: options.seed, deviation: config.initializerRange },
      freshHead: !stage.keepsHead,
      warn: (warning) => void notes.push(warning),
    }),
  );
  yield* notes.map(warningEvent);
  const step = await TrainingStep.create(model, weights, stepSettings(options, plan));
  let evaluator: Evaluator | undefined;
  try {
    if (dev !== undefined) evaluator = await makeEvaluator(run, step, dev.examples);
    yield* (evaluator?.warnings ?? []).map(warningEvent);
    await ensureDirectory(options.outputDirectory);
    const identity = await identify(recipe, start, options, plan);
    const training: TrainingTask = {
      lengths: inputs.map(lengthOfInput),
      batch(indices) {
        const members = indices.map((index) => inputs[index]!);
        const batch = padInputs(members, start.tokenizer.vocabulary.padId);
        const { feeds, counted } = task.targets(members, batch, context);
        return {
          feeds: { ...trainingFeeds(batch), ...feeds },
          counted: isWeightedMean ? weightedCount(feeds["labels"]!, classWeights!) : counted,
          tokens: batch.tokens,
        };
      },
      ...(classes === undefined
        ? {}
        : {
            plan: balancedPlan(classes, inputs.map(lengthOfInput), {
              ...options,
              batchSize: examplesPerUpdate(options),
              balance: options.balance!,
            }),
          }),
      ...(evaluator === undefined ? {} : { evaluate: evaluator.evaluate }),
      async save(environments: HeadTraining["environments"]) {
        await writeModelFiles(options.outputDirectory, {
          config: start.config,
          head: description,
          vocabulary: start.vocabulary,
          tokenizerOptions: start.tokenizerOptions,
          manifest: {
            formatVersion: 1,
            heads: [
              {
                name: HEAD_NAME,
                task: task.name,
                labels: [...description.labels],
                options: (await evaluator?.keptOptions()) ?? taskOptions,
                maxLength: options.maxLength,
                training: trainingRecord(run, identity, environments),
              },
            ],
          },
        });
        await writeWeights(options.outputDirectory, step.views);
      },
    };
    const events = trainLoop({ ...training, ...outputOf(options.outputDirectory, step) }, step, {
      ...options,
      ...updateOptions(options),
      microBatchPieces: microBatchPieces(config, options, plan),
      checkpointPath: `${options.outputDirectory}/checkpoint.safetensors`,
      fingerprint: identity.fingerprint,
    });
    for (;;) {
      const next = await events.next();
      if (next.done) {
        return resultOf(next.value, options.keep);
      }
      const event = next.value;
      yield event;
      const isKept = event.type === "evaluation" && (event.best || options.keep === "last");
      if (isKept && evaluator?.details !== undefined) {
        yield { type: "scores", step: event.step, epoch: event.epoch, ...evaluator.details };
      }
    }
  } finally {
    await evaluator?.release();
    await step.release();
  }
}
