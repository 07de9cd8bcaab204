// Fine-tuning for named entity recognition: a start, tagged files and a recipe in, a model directory out.

import { classifierInputs, parametersByDepth, parseBertConfig, readParameters, requireVocabularySize, tokenClassifierForInference, tokenClassifierForTraining, type BertConfig, type FreezeOptions } from "../bert/index.ts";
import { BiobertError, describeWarning, stopIfAborted, turn, type Warning } from "../core/index.ts";
import {
  ensureDirectory,
  isSameDirectory,
  readModelFiles,
  readNerCorpus,
  readWeights,
  requireKnownLabels,
  sha256,
  sha256OfFiles,
  tokenBudgetBatches,
  type HeadTraining,
  type NerCorpus,
} from "../data/index.ts";
import { EngineSession } from "../engine/index.ts";
import { encodeOnnx } from "../graph/index.ts";
import { scoreEntities } from "../metrics/index.ts";
import { collate, cutSentencesWarning, encodeSentences, predictTags, typedTag, type NerBatch, type NerExample } from "../tasks/index.ts";
import { tokenizerOptionsFromConfig, Vocabulary, WordPieceTokenizer, type TokenizerOptions } from "../tokenizer/index.ts";
import type { TrainingEvent } from "./events.ts";
import { trainLoop, type LoopOptions, type TaskBatch, type TrainingTask } from "./loop.ts";
import { writeTokenClassifierFiles, writeWeights } from "./model-output.ts";
import { TrainingStep } from "./step.ts";

/** What is trained on what, and the loop's recipe. */
export interface NerTrainingOptions extends Omit<LoopOptions, "checkpointPath" | "fingerprint"> {
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
  /** On hidden states and attention probabilities alike. */
  dropout: number;
  threads?: number;
  /** The entity type of tags without one (`B`, `I`, `O`); default "Entity". */
  typeName?: string;
  /** Longest example in pieces, `[CLS]` and `[SEP]` counted. */
  maxLength: number;
  /** The command line, for the model's record of its training. */
  command?: string;
}

export interface NerTrainingResult {
  metrics?: Record<string, number>;
  bestEpoch?: number;
}

/** The options that may be left out, as they are then. */
function updateOptions(options: NerTrainingOptions) {
  const { optimizer = "adamw", schedule = "linear", layerDecay = 1, freeze = { embeddings: false, layers: 0 } } = options;
  return { optimizer, schedule, layerDecay, freeze };
}

/** Tokens of a batch at evaluation. */
const EVALUATION_TOKENS = 4096;

interface Start {
  config: BertConfig;
  vocabulary: string;
  tokenizerOptions: TokenizerOptions;
  tokenizer: WordPieceTokenizer;
  weightsPath: string;
  weightsFiles: string[];
  notes: Warning[];
}

async function readStart(options: NerTrainingOptions): Promise<Start> {
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
  return { config, vocabulary: files.vocabulary, tokenizerOptions, tokenizer, weightsPath: files.weightsPath, weightsFiles: files.weightsFiles, notes: files.notes };
}

function withTypes(corpus: NerCorpus, typeName: string): { tokens: readonly string[]; tags: string[] }[] {
  return corpus.sentences.map(({ tokens, tags }) => ({ tokens, tags: tags.map((tag) => typedTag(tag, typeName)) }));
}

interface Evaluator {
  /** What there is to say of the sentences before they are scored. */
  warnings: Warning[];
  evaluate: NonNullable<TrainingTask["evaluate"]>;
  release(): Promise<void>;
}

function warningEvent(warning: Warning): TrainingEvent {
  return { type: "warning", code: warning.code, message: describeWarning(warning) };
}

/** Scores the parameters in `step` on sentences, through the graph that inference uses. */
async function makeEvaluator(
  start: Start,
  step: TrainingStep,
  sentences: readonly { tokens: readonly string[]; tags: readonly string[] }[],
  labels: readonly string[],
  options: NerTrainingOptions,
): Promise<Evaluator> {
  const model = tokenClassifierForInference(start.config, labels.length);
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const session = await EngineSession.create(encodeOnnx(model.graph), threads);
  const { examples, cutSentences } = encodeSentences(sentences.map(({ tokens }) => ({ tokens })), start.tokenizer, new Map(), options.maxLength);
  const batches = tokenBudgetBatches(examples.map(({ ids }) => ids.length), EVALUATION_TOKENS, 128);
  const parameters = Object.fromEntries(step.views);
  const logitsOf = async (batch: NerBatch): Promise<Float32Array> => {
    await turn();
    stopIfAborted(options.signal);
    const results = await session.run({ ...parameters, ...classifierInputs(batch) });
    return results["logits"]!.data as Float32Array;
  };
  return {
    warnings: cutSentencesWarning(cutSentences, options.maxLength, options.devFiles),
    async evaluate() {
      const counts = sentences.map(({ tokens }) => tokens.length);
      const padId = start.tokenizer.vocabulary.padId;
      const predicted = await predictTags(examples, batches, counts, labels, padId, logitsOf);
      const { overall, tokenAccuracy } = scoreEntities(sentences.map(({ tags }) => tags), predicted);
      const { precision, recall, f1 } = overall;
      return { metrics: { precision, recall, f1, tokenAccuracy }, selection: f1 };
    },
    release: () => session.release(),
  };
}

function toTaskBatch(examples: readonly NerExample[], padId: number): TaskBatch {
  const batch = collate(examples, padId);
  const dims = [batch.batch, batch.sequence];
  return {
    counted: batch.counted,
    tokens: batch.tokens,
    feeds: {
      inputIds: { dtype: "int32", dims, data: batch.inputIds },
      attentionMask: { dtype: "float32", dims, data: Float32Array.from(batch.attentionMask) },
      tokenTypeIds: { dtype: "int32", dims, data: new Int32Array(batch.inputIds.length) },
      labels: { dtype: "int32", dims: [batch.labels.length], data: batch.labels },
    },
  };
}

/** What shapes a run's numbers, threads not among it. */
interface RunIdentity {
  recipe: Record<string, unknown>;
  /** SHA-256 of the start's weights, the training and the dev files. */
  inputs: [start: string, train: string, dev: string];
  /** Of all that must be equal for a checkpoint to belong to the run. */
  fingerprint: string;
}

async function identify(options: NerTrainingOptions, start: Start): Promise<RunIdentity> {
  const { threads: _t, resume: _r, outputDirectory: _o, checkpointEverySteps: _c, signal: _s, modelDirectory: _m, configPath: _cp, vocabularyPath: _vp, command: _l, trainFiles, devFiles, ...recipe } = options;
  const inputs: RunIdentity["inputs"] = [await sha256OfFiles(start.weightsFiles), await sha256OfFiles(trainFiles), await sha256OfFiles(devFiles)];
  const settings = Object.entries({ ...recipe, ...updateOptions(options) }).sort(([a], [b]) => (a < b ? -1 : 1));
  const fingerprint = sha256(JSON.stringify([settings, start.config, start.tokenizerOptions, sha256(start.vocabulary), inputs]));
  return { recipe: Object.fromEntries(settings), inputs, fingerprint };
}

/** What the model says of its training. */
function trainingRecord(options: NerTrainingOptions, identity: RunIdentity, environments: HeadTraining["environments"]): HeadTraining {
  const [start, train, dev] = identity.inputs;
  return {
    seed: options.seed,
    ...(options.command === undefined ? {} : { command: options.command }),
    sha256: { start, train, ...(options.devFiles.length === 0 ? {} : { dev }) },
    recipe: identity.recipe,
    environments,
  };
}

/**
 * Fine-tunes a BERT for named entity recognition and writes the model to `outputDirectory`: a Hugging Face directory
 * with `biobert.json` beside, and `checkpoint.safetensors` to resume from. Labels are read from the training files and
 * checked before anything is trained. The same options, data, CPU model and versions give the same bits, whatever the
 * number of threads, and so does a run that was stopped and resumed.
 * @throws BiobertError those of reading corpora and models; `label-unknown` for a dev label that training does not have;
 *   `interrupted` when the signal fires, after a checkpoint; `checkpoint-mismatch`; `training-diverged`.
 */
export async function* trainNer(options: NerTrainingOptions): AsyncGenerator<TrainingEvent, NerTrainingResult> {
  const typeName = options.typeName ?? "Entity";
  const start = await readStart(options);
  const corpus = await readNerCorpus(options.trainFiles);
  const dev = options.devFiles.length === 0 ? undefined : await readNerCorpus(options.devFiles);
  if (dev !== undefined) requireKnownLabels(dev, corpus.labels);
  yield* [...start.notes, ...corpus.warnings, ...(dev?.warnings ?? [])].map(warningEvent);
  const labels = corpus.labels.map((label) => typedTag(label, typeName));
  const labelIds = new Map(labels.map((label, id) => [label, id]));
  if (options.maxLength < 3 || options.maxLength > start.config.maxPositions) {
    throw new BiobertError({ code: "usage", message: `--max-length ${options.maxLength} is not from 3 to the model's ${start.config.maxPositions} positions` });
  }
  if (await isSameDirectory(options.modelDirectory, options.outputDirectory)) {
    throw new BiobertError({
      code: "usage",
      message: "the output would overwrite the model that training starts from",
      place: { file: options.outputDirectory },
      hint: "Give another --out.",
    });
  }
  const encoded = encodeSentences(withTypes(corpus, typeName), start.tokenizer, labelIds, options.maxLength);
  yield* cutSentencesWarning(encoded.cutSentences, options.maxLength, options.trainFiles).map(warningEvent);
  const config: BertConfig = { ...start.config, hiddenDropout: options.dropout, attentionDropout: options.dropout };
  const model = tokenClassifierForTraining(config, labels.length);
  const notes: Warning[] = [];
  const weights = await readWeights(start.weightsPath, (checkpoint) =>
    readParameters(model.parameters, checkpoint, {
      initialize: { seed: options.seed, deviation: config.initializerRange },
      warn: (warning) => void notes.push(warning),
    }),
  );
  yield* notes.map(warningEvent);
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const parameters = parametersByDepth(model.parameters, config.layerCount, updateOptions(options));
  const step = await TrainingStep.create({ ...model, parameters }, weights, threads);
  const padId = start.tokenizer.vocabulary.padId;
  let evaluator: Evaluator | undefined;
  try {
    if (dev !== undefined) evaluator = await makeEvaluator(start, step, withTypes(dev, typeName), labels, options);
    yield* (evaluator?.warnings ?? []).map(warningEvent);
    await ensureDirectory(options.outputDirectory);
    const identity = await identify(options, start);
    let metrics: Record<string, number> | undefined;
    const task = {
      lengths: encoded.examples.map(({ ids }) => ids.length),
      batch: (indices: readonly number[]) => toTaskBatch(indices.map((index) => encoded.examples[index]!), padId),
      ...(evaluator === undefined ? {} : { evaluate: evaluator.evaluate }),
      async save(environments: HeadTraining["environments"]) {
        await writeTokenClassifierFiles(options.outputDirectory, {
          config: start.config,
          labels,
          vocabulary: start.vocabulary,
          tokenizerOptions: start.tokenizerOptions,
          manifest: { formatVersion: 1, heads: [{ name: "classifier", task: "ner", labels, training: trainingRecord(options, identity, environments) }] },
        });
        await writeWeights(options.outputDirectory, step.views);
      },
    };
    const events = trainLoop(task, step, {
      ...options,
      ...updateOptions(options),
      checkpointPath: `${options.outputDirectory}/checkpoint.safetensors`,
      fingerprint: identity.fingerprint,
    });
    for (;;) {
      const next = await events.next();
      if (next.done) {
        const { best } = next.value;
        const kept = options.keep === "last" ? metrics : best?.metrics;
        return { ...(kept === undefined ? {} : { metrics: kept }), ...(best === undefined ? {} : { bestEpoch: best.epoch }) };
      }
      const event = next.value;
      if (event.type === "evaluation") metrics = event.metrics;
      yield event;
    }
  } finally {
    await evaluator?.release();
    await step.release();
  }
}
