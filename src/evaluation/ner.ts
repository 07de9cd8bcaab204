// A model's scores for named entity recognition: on tagged sentences, exact entities as conlleval counts them and looser and narrower
// counts beside; on raw abstracts with gold offsets, exact spans from the whole path of annotation; on BC2GM's sentences, its own scorer.

import { addAll, type Warning } from "../core/index.ts";
import { readText } from "../data/index.ts";
import { parseBc2gm, parseBc2gmEval, parsePubTator } from "../formats/index.ts";
import { annotateAll, loadModel, loadTaskModel, type LoadModelOptions, type Model } from "../inference/index.ts";
import {
  bc2gmOffsets,
  calibrationOf,
  mentionKeys,
  scoreBc2gm,
  scoreByTrainingMentions,
  scoreEntities,
  scoreSpans,
  scoreTagMatches,
  type Bc2gmMention,
  type Bc2gmReport,
  type EntityReport,
  type MatchRule,
  type MatchScores,
  type PrecisionRecallF1,
  type SpanDocument,
} from "../metrics/index.ts";
import { entityConfidences, goldTags } from "../tasks/index.ts";
import { evaluateOverlap, type EvaluatedOverlap } from "./overlap.ts";
import { describeModel, type EvaluatedModel } from "./model.ts";
import type { EvaluatedSentence, NerCalibration } from "./report-evaluation.ts";

export interface EvaluationOptions extends Pick<
  LoadModelOptions,
  "configPath" | "vocabularyPath" | "warn" | "device" | "head"
> {
  modelDirectory: string;
  files: string[];
  threads?: number;
  precision?: LoadModelOptions["precision"];
  signal?: AbortSignal;
}

export interface NerEvaluationOptions extends EvaluationOptions {
  /**
   * Tagged files that the model was trained on: what the data share with them is counted, and scored without; mentions that they
   * have, and those that they do not, are scored by themselves.
   */
  trainedOn?: readonly string[];
}

export interface NerEvaluation {
  report: EntityReport;
  /** By looser rules: an overlap, one boundary. `exact` is the report's. */
  matches: Record<MatchRule, MatchScores>;
  /** Exact entities whose words are a mention of the training data, and those whose words are not. */
  bySeen?: { seen: MatchScores; unseen: MatchScores };
  sentences: EvaluatedSentence[];
  /** How far the model's confidence in words and in entities can be believed. */
  calibration?: NerCalibration;
  /** Where files of the training were given. */
  overlap?: EvaluatedOverlap;
  model: EvaluatedModel;
  /** What is odd about the data. */
  warnings: Warning[];
}

export interface OffsetEvaluation {
  overall: PrecisionRecallF1;
  byType: Record<string, PrecisionRecallF1>;
  documents: number;
  model: EvaluatedModel;
}

export interface Bc2gmFiles {
  /** `ID sentence` lines. */
  sentences: string;
  /** `GENE.eval`. */
  gold: string;
  /** `ALTGENE.eval`. */
  alternatives?: string;
}

export interface Bc2gmEvaluation {
  report: Bc2gmReport;
  /** The same without alternatives. */
  strict: Bc2gmReport;
  sentences: number;
  model: EvaluatedModel;
}

/** How a model is opened, of what is said of an evaluation. */
function loadOptions({
  threads,
  precision,
  device,
  configPath,
  vocabularyPath,
  head,
  warn,
}: Omit<EvaluationOptions, "files">) {
  return {
    ...(threads === undefined ? {} : { threads }),
    ...(precision === undefined ? {} : { precision }),
    ...(device === undefined ? {} : { device }),
    configPath,
    vocabularyPath,
    ...(head === undefined ? {} : { head }),
    warn,
  };
}

async function withModel<T>(options: Omit<EvaluationOptions, "files">, work: (model: Model) => Promise<T>): Promise<T> {
  const model = await loadModel(options.modelDirectory, loadOptions(options));
  try {
    return await work(model);
  } finally {
    await model.dispose();
  }
}

/** The types that a model's labels name, in order. */
function typesOf(labels: readonly string[]): string[] {
  return [
    ...new Set(labels.filter((label) => label.includes("-")).map((label) => label.slice(label.indexOf("-") + 1))),
  ];
}

/**
 * Scores a model on tagged sentences. Tags without a type are those of the model's type when it has only one.
 * @throws BiobertError those of reading files and models; `label-unknown` for a tag the model does not have;
 *   `interrupted` when the signal fires.
 */
export async function evaluateNer(options: NerEvaluationOptions): Promise<NerEvaluation> {
  const { files, signal, trainedOn = [], warn } = options;
  // As long as the model reads at all: no sentence is cut that need not be.
  const model = await loadTaskModel(options.modelDirectory, {
    ...loadOptions(options),
    task: "ner",
    maxLength: Infinity,
  });
  try {
    const context = { labels: model.labels, options: { type: undefined, ...model.options } };
    const { examples, warnings } = await model.task.read(files, context.options, true);
    model.task.requireKnownLabels(examples, context);
    const trained = trainedOn.length === 0 ? undefined : await model.task.read(trainedOn, context.options, false);
    const {
      predictions,
      warnings: cut,
      confidences,
    } = await model.predict(examples, {
      files,
      ...(signal === undefined ? {} : { signal }),
    });
    const gold = examples.map((example) => goldTags(example, context));
    const tokens = examples.map((example) => example.tokens);
    const scoreWithout: Parameters<typeof evaluateOverlap>[3] = ({ keep }) => {
      const { overall, tokenAccuracy } = scoreEntities(keep(gold), keep(predictions));
      const { precision, recall, f1 } = overall;
      return { precision, recall, f1, tokenAccuracy };
    };
    const overlap =
      trained === undefined ? undefined : await evaluateOverlap(trained, trainedOn, examples, scoreWithout, warn);
    const words = confidences();
    return {
      ...(overlap === undefined ? {} : { overlap }),
      report: scoreEntities(gold, predictions, { tokens }),
      matches: scoreTagMatches(gold, predictions),
      ...(trained === undefined
        ? {}
        : { bySeen: scoreByTrainingMentions(tokens, gold, predictions, mentionKeys(trained.examples)) }),
      calibration: {
        words: calibrationOf(words),
        entities: calibrationOf(entityConfidences(words, gold, predictions)),
      },
      sentences: examples.map(({ line }, i) => ({
        tokens: tokens[i]!,
        gold: gold[i]!,
        predicted: predictions[i]!,
        line,
      })),
      model: describeModel(model),
      warnings: [...warnings, ...cut],
    };
  } finally {
    await model.dispose();
  }
}

/**
 * Scores a model on raw abstracts with gold offsets (PubTator), annotated as any text would be: an entity is right when
 * its start, end and type are. Where the model has one type, all gold types count as that.
 * @throws BiobertError those of reading files and models, and of annotation.
 */
export function evaluateOffsets(options: EvaluationOptions): Promise<OffsetEvaluation> {
  return withModel(options, async (model) => {
    const types = typesOf(model.labels);
    const documents: ReturnType<typeof parsePubTator> = [];
    for (const file of options.files)
      addAll(documents, parsePubTator(await readText(file, { requireContent: true }), { file }));
    const gold: SpanDocument[] = documents.map(({ id, entities }) => ({
      id,
      entities: entities.map(({ type, start, end }) => ({ type: types.length === 1 ? types[0]! : type, start, end })),
    }));
    const predicted: SpanDocument[] = [];
    const input = documents.map(({ id, text }) => ({ id, text }));
    for await (const document of annotateAll(
      model,
      input,
      options.signal === undefined ? {} : { signal: options.signal },
    )) {
      predicted.push({ id: document.id, entities: document.entities });
    }
    return { ...scoreSpans(gold, predicted), documents: documents.length, model: describeModel(model) };
  });
}

/**
 * Scores a model on BC2GM's own sentences by BioCreative II's rules: found by annotation of the raw sentence, right where an entity is
 * a gold gene or an alternative of one. Every entity that the model finds counts as a gene.
 * @throws BiobertError those of reading files and models, and of annotation.
 */
export function evaluateBc2gm(options: Omit<EvaluationOptions, "files">, files: Bc2gmFiles): Promise<Bc2gmEvaluation> {
  return withModel(options, async (model) => {
    const read = (file: string) => readText(file, { stripBom: true, requireContent: true });
    const sentences = parseBc2gm({ sentences: { text: await read(files.sentences), file: files.sentences } });
    const gold = parseBc2gmEval(await read(files.gold), files.gold);
    const alternatives =
      files.alternatives === undefined ? [] : parseBc2gmEval(await read(files.alternatives), files.alternatives);
    const predicted: Bc2gmMention[] = [];
    for await (const { id, text, entities } of annotateAll(
      model,
      sentences.map((sentence) => ({ id: sentence.id, text: sentence.text })),
      options.signal === undefined ? {} : { signal: options.signal },
    )) {
      for (const { start, end, mention } of entities)
        predicted.push({ id, ...bc2gmOffsets(text, start, end), text: mention });
    }
    return {
      report: scoreBc2gm(gold, alternatives, predicted),
      strict: scoreBc2gm(gold, [], predicted),
      sentences: sentences.length,
      model: describeModel(model),
    };
  });
}
