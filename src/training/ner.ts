// Fine-tuning for named entity recognition: a start, tagged files and a recipe in, a model directory out.

import { parseBertConfig, readParameters, requireVocabularySize, tokenClassifierForInference, tokenClassifierForTraining, type BertConfig } from "../bert/index.ts";
import { BiobertError, type Warning } from "../core/index.ts";
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
  type NerCorpus,
} from "../data/index.ts";
import { EngineSession } from "../engine/index.ts";
import { encodeOnnx } from "../graph/index.ts";
import { scoreEntities } from "../metrics/index.ts";
import { collate, encodeSentences, predictTags, typedTag, type NerBatch, type NerExample } from "../tasks/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { tokenizerOptionsFromConfig, Vocabulary, WordPieceTokenizer, type TokenizerOptions } from "../tokenizer/index.ts";
import type { TrainingEvent } from "./events.ts";
import { trainLoop, type TaskBatch } from "./loop.ts";
import { writeTokenClassifierFiles, writeWeights } from "./model-output.ts";
import { TrainingStep } from "./step.ts";

export interface NerTrainingOptions {
  /** A directory, an archive or a file of weights. */
  modelDirectory: string;
  /** The start's configuration and vocabulary, where they do not lie beside its weights. */
  configPath?: string;
  vocabularyPath?: string;
  trainFiles: string[];
  /** Held-out files; without any, the last epoch's model is kept. */
  devFiles: string[];
  outputDirectory: string;
  epochs: number;
  batchSize: number;
  learningRate: number;
  /** Share of all steps in which the rate rises. */
  warmupRatio: number;
  weightDecay: number;
  maxGradientNorm: number;
  /** On hidden states and attention probabilities alike. */
  dropout: number;
  seed: number;
  threads?: number;
  accumulationSteps: number;
  /** The entity type of tags without one (`B`, `I`, `O`); default "Entity". */
  typeName?: string;
  resume: boolean;
  /** Longest example in pieces, `[CLS]` and `[SEP]` counted. */
  maxLength: number;
  checkpointEverySteps: number;
  keep: "best" | "last";
  signal?: AbortSignal;
}

export interface NerTrainingResult {
  metrics?: Record<string, number>;
  bestEpoch?: number;
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
      message: "training needs weights in full precision; this directory has only a quantised model",
      place: { file: options.modelDirectory },
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

/** Scores the parameters in `step` on sentences, through the graph that inference uses. */
async function makeEvaluator(
  start: Start,
  step: TrainingStep,
  sentences: readonly { tokens: readonly string[]; tags: readonly string[] }[],
  labels: readonly string[],
  options: NerTrainingOptions,
): Promise<{ evaluate(): Promise<{ metrics: Record<string, number>; selection: number }>; release(): Promise<void> }> {
  const model = tokenClassifierForInference(start.config, labels.length);
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const session = await EngineSession.create(encodeOnnx(model.graph), threads);
  const { examples } = encodeSentences(sentences.map(({ tokens }) => ({ tokens })), start.tokenizer, new Map(), options.maxLength);
  const batches = tokenBudgetBatches(examples.map(({ ids }) => ids.length), EVALUATION_TOKENS, 128);
  const parameters = Object.fromEntries(step.views);
  const logitsOf = async (batch: NerBatch): Promise<Float32Array> => {
    const results = await session.run({ ...parameters, ...int64Inputs(batch) });
    return results["logits"]!.data as Float32Array;
  };
  return {
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

/** A batch as the inputs of the inference graph. */
function int64Inputs(batch: NerBatch): Record<string, HostTensor> {
  const tensor = (values: Int32Array): HostTensor => ({
    dtype: "int64",
    dims: [batch.batch, batch.sequence],
    data: BigInt64Array.from(values, BigInt),
  });
  return {
    input_ids: tensor(batch.inputIds),
    attention_mask: tensor(batch.attentionMask),
    token_type_ids: tensor(new Int32Array(batch.inputIds.length)),
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

/** What must be equal for a checkpoint to belong to this run: all that changes the numbers, threads not among it. */
async function fingerprintOf(options: NerTrainingOptions, start: Start): Promise<string> {
  const { threads: _t, resume: _r, outputDirectory: _o, checkpointEverySteps: _c, signal: _s, modelDirectory: _m, configPath: _cp, vocabularyPath: _vp, trainFiles, devFiles, ...recipe } = options;
  const inputs = await Promise.all([start.weightsFiles, trainFiles, devFiles].map((paths) => sha256OfFiles(paths)));
  const settings = Object.entries(recipe).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([settings, start.config, start.tokenizerOptions, sha256(start.vocabulary), inputs]));
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
  for (const { code, message, place } of [...start.notes, ...corpus.warnings, ...(dev?.warnings ?? [])]) {
    const where = [place?.file, place?.line].filter((part) => part !== undefined).join(":");
    yield { type: "warning", code, message: where === "" ? message : `${where}: ${message}` };
  }
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
  if (encoded.cutSentences > 0) {
    yield { type: "warning", code: "sentences-cut", message: `${encoded.cutSentences} sentences are longer than ${options.maxLength} pieces and were cut between words into several examples` };
  }
  const config: BertConfig = { ...start.config, hiddenDropout: options.dropout, attentionDropout: options.dropout };
  const model = tokenClassifierForTraining(config, labels.length);
  const notes: TrainingEvent[] = [];
  const weights = await readWeights(start.weightsPath, (checkpoint) =>
    readParameters(model.parameters, checkpoint, {
      initialize: { seed: options.seed, deviation: config.initializerRange },
      warn: ({ code, message }) => notes.push({ type: "warning", code, message }),
    }),
  );
  yield* notes;
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const step = await TrainingStep.create(model, weights, threads);
  const padId = start.tokenizer.vocabulary.padId;
  let evaluator: Awaited<ReturnType<typeof makeEvaluator>> | undefined;
  try {
    if (dev !== undefined) evaluator = await makeEvaluator(start, step, withTypes(dev, typeName), labels, options);
    await ensureDirectory(options.outputDirectory);
    let metrics: Record<string, number> | undefined;
    const task = {
      lengths: encoded.examples.map(({ ids }) => ids.length),
      batch: (indices: readonly number[]) => toTaskBatch(indices.map((index) => encoded.examples[index]!), padId),
      ...(evaluator === undefined ? {} : { evaluate: evaluator.evaluate }),
      async save() {
        await writeTokenClassifierFiles(options.outputDirectory, {
          config: start.config,
          labels,
          vocabulary: start.vocabulary,
          tokenizerOptions: start.tokenizerOptions,
          manifest: { formatVersion: 1, heads: [{ name: "classifier", task: "ner", labels }] },
        });
        await writeWeights(options.outputDirectory, step.views);
      },
    };
    const events = trainLoop(task, step, {
      ...options,
      checkpointPath: `${options.outputDirectory}/checkpoint.safetensors`,
      fingerprint: await fingerprintOf(options, start),
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
