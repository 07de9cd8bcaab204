// Fine-tuning for any task: a start, files and a recipe in, a model directory out. What the task is, its definition says.

import {
  classifierInputs,
  headOf,
  modelForInference,
  modelForTraining,
  parametersByDepth,
  parseBertConfig,
  readParameters,
  requireVocabularySize,
  type BertConfig,
  type FreezeOptions,
  type HeadDescription,
} from "../bert/index.ts";
import { BiobertError, describeWarning, type Warning } from "../core/index.ts";
import {
  ensureDirectory,
  isSameDirectory,
  readModelFiles,
  readWeights,
  type HeadTraining,
  type ModelFiles,
} from "../data/index.ts";
import { EngineSession, onnxTarget } from "../engine/index.ts";
import { encodeOnnx } from "../graph/index.ts";
import {
  checkOptions,
  lengthOfInput,
  padInputs,
  runInputs,
  trainingFeeds,
  type AnyTask,
  type EncodeContext,
  type EncodedInput,
  type TaskExample,
} from "../tasks/index.ts";
import {
  tokenizerOptionsFromConfig,
  Vocabulary,
  WordPieceTokenizer,
  type TokenizerOptions,
} from "../tokenizer/index.ts";
import { balancedPlan, classCounts, resolveClassWeights, weightedCount, type Balance, type ClassWeights } from "./class-balance.ts";
import { evaluationSettings, stepSettings, type TrainingEngineOptions } from "./engine-settings.ts";
import type { TrainingEvent } from "./events.ts";
import { identify, recipeOf, updateOptions, type RunIdentity } from "./identity.ts";
import { trainLoop, type LoopOptions, type LoopResult, type TrainingTask } from "./loop.ts";
import { writeModelFiles, writeWeights } from "./model-output.ts";
import { memoryDemand } from "./memory-demand.ts";
import { checkOverlap, type OverlapCheck } from "./overlap-check.ts";
import { stageOf, type Stage } from "./stages.ts";
import { describePlan, planMemory, type MemoryPlan } from "./memory-plan.ts";
import type { TrainingModel } from "./gradient-graph.ts";
import { TrainingStep } from "./step.ts";

/** What is trained on what, and the loop's recipe. */
export interface FineTuneOptions extends Omit<LoopOptions, "checkpointPath" | "fingerprint">, TrainingEngineOptions {
  /** A directory, an archive or a file of weights. */
  modelDirectory: string;
  /** The start's configuration and vocabulary, where they do not lie beside its weights. */
  configPath?: string;
  vocabularyPath?: string;
  trainFiles: string[];
  /** Held-out files; without any, the last epoch's model is kept. */
  devFiles: string[];
  outputDirectory: string;
  /** What a layer's rate is of that of the layer above it. Default 1: all alike. */
  layerDecay?: number;
  /** What is not trained. Default: nothing. */
  freeze?: FreezeOptions;
  /** Test files: compared with the training files, never trained on nor scored. */
  testFiles?: string[];
  /** The registry's data set that the files are of: what its published split is known to share is let pass. */
  dataset?: string;
  /** Train although held-out or test data share documents or long sentences with the training data; it is said and recorded. */
  allowOverlap?: boolean;
  /** The start must be a fine-tuned model, the stage before this one. */
  after?: boolean;
  /** Epochs in which every class has the same number of examples. Default: all examples. */
  balance?: Balance;
  /** What each label counts for in the loss. Default: all alike. */
  classWeights?: ClassWeights;
  /** On hidden states and attention probabilities alike. */
  dropout: number;
  /** Longest sequence in pieces, special tokens counted. */
  maxLength: number;
  /** The task's own options, checked against its table. */
  taskOptions?: Readonly<Record<string, unknown>>;
  /** The most memory that the process may take, in bytes; default: no bound. */
  maxMemory?: number;
  /** The command line, for the model's record of its training. */
  command?: string;
}

export interface FineTuneResult {
  /** Of the model that is kept, on the held-out data. */
  metrics?: Record<string, number>;
  bestEpoch?: number;
  /** The evaluation that scored best, with the metric that it was chosen by. */
  best?: LoopResult["best"];
}

/** Pieces of a batch at evaluation. */
const EVALUATION_TOKENS = 4096;

/** The name of the one head that is trained. */
const HEAD_NAME = "classifier";

interface Start {
  config: BertConfig;
  vocabulary: string;
  tokenizerOptions: TokenizerOptions;
  tokenizer: WordPieceTokenizer;
  weightsPath: string;
  weightsFiles: string[];
  files: ModelFiles;
  notes: Warning[];
}

async function readStart(options: FineTuneOptions): Promise<Start> {
  const files = await readModelFiles(options.modelDirectory, options);
  if (files.weightsPath === undefined) {
    throw new BiobertError({
      code: "model-missing",
      message: "training needs weights in full precision; this directory has only ONNX files",
      place: { file: options.modelDirectory },
      hint: "Start from the directory that the ONNX files were made from, or from another BERT with its weights in full precision.",
    });
  }
  const config = parseBertConfig(files.config, `${options.modelDirectory}/config.json`);
  const tokenizerOptions = tokenizerOptionsFromConfig(files.tokenizerConfig);
  const vocabulary = Vocabulary.fromText(files.vocabulary);
  requireVocabularySize(vocabulary.size, config.vocabSize, options.modelDirectory);
  const tokenizer = new WordPieceTokenizer(vocabulary, tokenizerOptions);
  return {
    config,
    vocabulary: files.vocabulary,
    tokenizerOptions,
    tokenizer,
    weightsPath: files.weightsPath,
    weightsFiles: files.weightsFiles,
    files,
    notes: files.notes,
  };
}

interface Evaluator {
  /** What there is to say of the examples before they are scored. */
  warnings: Warning[];
  evaluate: NonNullable<TrainingTask["evaluate"]>;
  release(): Promise<void>;
}

function warningEvent(warning: Warning): TrainingEvent {
  return { type: "warning", code: warning.code, message: describeWarning(warning) };
}

/** What a run knows of its task. */
interface Run {
  task: AnyTask;
  start: Start;
  options: FineTuneOptions;
  context: EncodeContext<Record<string, unknown>>;
  /** Under a bound on memory. */
  plan?: MemoryPlan;
  overlap: OverlapCheck["overlap"];
  stage: Stage;
  /** A weight for each label, where they are not alike. */
  classWeights?: readonly number[];
}

/** Chooses how the training fits into its bound, where there is one. */
function planned(run: Run, inputs: readonly EncodedInput[], build: () => TrainingModel): MemoryPlan | undefined {
  const { maxMemory, batchSize, accumulationSteps } = run.options;
  if (maxMemory === undefined) return undefined;
  const lengths = inputs.map(lengthOfInput);
  const sequences = Math.max(...inputs.map((input) => input.sequences.length), 1);
  const data = {
    batchSize: Math.min(batchSize, inputs.length),
    longest: lengths.reduce((most, length) => Math.max(most, length), 1),
    parts: accumulationSteps,
    dataPieces: lengths.reduce((sum, length) => sum + length, 0) * sequences,
    others: { choices: sequences },
  };
  return planMemory(memoryDemand(build, run.start.config.layerCount, data), maxMemory);
}

/** Scores the parameters in `step` on held-out examples, through the graph that inference uses. */
async function makeEvaluator(
  { task, start, options, context, plan }: Run,
  step: TrainingStep,
  examples: readonly TaskExample[],
): Promise<Evaluator> {
  const { head, architecture } = task.head(context);
  const model = modelForInference(start.config, head);
  const session = await EngineSession.create(
    encodeOnnx(model.graph, { target: onnxTarget(options.device) }),
    evaluationSettings(options, plan),
  );
  const { inputs, warnings } = task.encode(examples, { ...context, files: options.devFiles });
  const parameters = Object.fromEntries(step.views);
  return {
    warnings,
    async evaluate() {
      const results = await runInputs(inputs, {
        padId: start.tokenizer.vocabulary.padId,
        architecture,
        run: (batch) => session.run({ ...parameters, ...classifierInputs(batch) }),
        batchTokens: Math.min(EVALUATION_TOKENS, plan?.microBatchPieces ?? EVALUATION_TOKENS),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }).catch((error: unknown) => {
        // Weights that are still finite may overflow what is computed with them.
        if (!(error instanceof BiobertError) || error.code !== "model-damaged") throw error;
        throw new BiobertError({
          code: "training-diverged",
          message: error.message,
          hint: "Use a lower learning rate or a longer warm-up.",
          cause: error,
        });
      });
      const predictions = task.decode(results, inputs, examples, context);
      const { metrics, selection, units } = task.score(examples, predictions, context);
      return {
        metrics,
        selection: metrics[selection]!,
        selectedBy: selection,
        ...(units === undefined ? {} : { units }),
      };
    },
    release: () => session.release(),
  };
}

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
  const weighted =
    classWeights === undefined
      ? {}
      : { classWeights: Object.fromEntries(context.labels.map((label, id) => [label, classWeights[id]!])) };
  const recipe = { ...identity.recipe, ...weighted };
  return {
    seed: options.seed,
    ...(options.command === undefined ? {} : { command: options.command }),
    sha256: { start, train, ...(options.devFiles.length === 0 ? {} : { dev }) },
    ...(Object.keys(overlap).length === 0 ? {} : { overlap }),
    ...(stage.stages.length === 0 ? {} : { stages: stage.stages }),
    recipe: plan === undefined ? recipe : { ...recipe, maxMemory: options.maxMemory, memoryPlan: plan },
    environments,
  };
}

/** Test data are read to be compared, so labels may be missing. */
async function readTest(task: AnyTask, { testFiles = [] }: FineTuneOptions, taskOptions: Record<string, unknown>) {
  return testFiles.length === 0 ? undefined : task.read(testFiles, taskOptions, false);
}

/** The numbers of the inputs' classes; undefined for a task whose inputs do not have one each. */
function classesOf({ task, context }: Run, inputs: readonly EncodedInput[]): number[] | undefined {
  const classes = inputs.map((input) => task.classOf?.(input, context));
  return classes.every((own) => own !== undefined) ? classes : undefined;
}

/**
 * The weights of the labels, where they are asked for.
 * @throws BiobertError `usage` for a task without labels to weigh.
 */
function weightsOfClasses(run: Run, inputs: readonly EncodedInput[], description: HeadDescription): number[] | undefined {
  const { task, options, context } = run;
  if (options.classWeights === undefined) return undefined;
  const { labels, problem } = description;
  if (labels.length === 0 || problem === "regression") {
    throw new BiobertError({ code: "usage", message: `${task.name} has no classes here whose loss could be weighted`, hint: "Leave --class-weights out." });
  }
  const resolved = (kind: "one" | "several"): number[] => {
    // As the loss is given them: a class an input or a token, or 0 and 1 for each label.
    const counts = new Array<number>(labels.length).fill(0);
    for (const input of inputs) {
      const { feeds } = task.targets([input], padInputs([input], 0), context);
      const data = feeds["labels"]!.data as ArrayLike<number>;
      if (kind === "one") classCounts(data, labels.length).forEach((count, label) => (counts[label]! += count));
      else for (let label = 0; label < labels.length; label++) counts[label]! += data[label]!;
    }
    return resolveClassWeights(options.classWeights!, labels, counts, kind === "one" ? undefined : inputs.length);
  };
  return resolved(problem === "multi-label" ? "several" : "one");
}

/**
 * Balanced epochs, where they are asked for.
 * @throws BiobertError `usage` for a task whose inputs have no single class, or data of one class.
 */
function planOfEpochs(run: Run, inputs: readonly EncodedInput[]): Pick<TrainingTask, "plan"> {
  const { balance, batchSize, seed } = run.options;
  if (balance === undefined) return {};
  const classes = classesOf(run, inputs);
  if (classes === undefined) {
    throw new BiobertError({
      code: "usage",
      message: `${run.task.name} here has no single class an example, by which examples could be drawn`,
      hint: "Leave --balance out; --class-weights weighs labels in the loss.",
    });
  }
  return { plan: balancedPlan(classes, inputs.map(lengthOfInput), { balance, batchSize, seed }) };
}

/** Refuses lengths that the model has no positions for, and an output over the start. */
async function checkPlaces({ config }: Start, options: FineTuneOptions): Promise<void> {
  if (options.maxLength < 3 || options.maxLength > config.maxPositions) {
    throw new BiobertError({
      code: "usage",
      message: `--max-length ${options.maxLength} is not from 3 to the model's ${config.maxPositions} positions`,
    });
  }
  if (await isSameDirectory(options.modelDirectory, options.outputDirectory)) {
    throw new BiobertError({
      code: "usage",
      message: "the output would overwrite the model that training starts from",
      place: { file: options.outputDirectory },
      hint: "Give another --out.",
    });
  }
}

/**
 * Fine-tunes a BERT for a task and writes the model to `outputDirectory`: a Hugging Face directory with `biobert.json`
 * beside, and `checkpoint.safetensors` to resume from. Labels are read from the training files and checked before
 * anything is trained. The same options, data, CPU model and versions give the same bits, whatever the number of threads,
 * and so does a run that was stopped and resumed.
 * @throws BiobertError those of reading data and models; `label-unknown` for a dev label that training does not have;
 *   `interrupted` when the signal fires, after a checkpoint; `checkpoint-mismatch`; `training-diverged`.
 */
export async function* fineTune(
  task: AnyTask,
  options: FineTuneOptions,
): AsyncGenerator<TrainingEvent, FineTuneResult> {
  const given = checkOptions<Record<string, unknown>>(task.options, options.taskOptions ?? {});
  const start = await readStart(options);
  const train = await task.read(options.trainFiles, given, true);
  const taskOptions = task.settle?.(train.examples, given) ?? given;
  const dev = options.devFiles.length === 0 ? undefined : await task.read(options.devFiles, taskOptions, true);
  const labels = task.labels(train.examples, taskOptions);
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
  const compared = { ...(dev === undefined ? {} : { dev: dev.examples }), ...(test === undefined ? {} : { test: test.examples }) };
  const { overlap, warnings: shared } = checkOverlap(train.examples, compared, options);
  const { head: plainHead, ...description } = task.head(context);
  const stage = stageOf(start.files, { task: task.name, head: description, required: options.after === true });
  yield* [...shared, ...stage.warnings].map(warningEvent);
  const run: Run = { task, start, options, context, overlap, stage };
  const { inputs: all, warnings } = task.encode(train.examples, context);
  const inputs = all.filter((input) => task.isTrained?.(input) ?? true);
  yield* [...warnings, ...untrainedWarning(all.length - inputs.length, task.unit, options.trainFiles)].map(warningEvent);
  if (inputs.length === 0) {
    throw new BiobertError({
      code: "input-empty",
      message: `none of the ${task.unit} has a label to train on`,
      place: { file: options.trainFiles.join(", ") },
    });
  }

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
  const plan = planned(run, inputs, build);
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
    const identity = await identify(recipeOf(task, options, taskOptions), start, options, plan);
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
      ...planOfEpochs(run, inputs),
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
                options: taskOptions,
                maxLength: options.maxLength,
                training: trainingRecord(run, identity, environments),
              },
            ],
          },
        });
        await writeWeights(options.outputDirectory, step.views);
      },
    };
    const events = trainLoop(training, step, {
      ...options,
      ...updateOptions(options),
      ...(plan === undefined ? {} : { microBatchPieces: plan.microBatchPieces }),
      checkpointPath: `${options.outputDirectory}/checkpoint.safetensors`,
      fingerprint: identity.fingerprint,
    });
    for (;;) {
      const next = await events.next();
      if (next.done) {
        const { best, last } = next.value;
        const kept = options.keep === "last" ? last : best?.metrics;
        return {
          ...(kept === undefined ? {} : { metrics: kept }),
          ...(best === undefined ? {} : { bestEpoch: best.epoch, best }),
        };
      }
      yield next.value;
    }
  } finally {
    await evaluator?.release();
    await step.release();
  }
}
