// A model's scores for named entity recognition: on tagged sentences, exact entities as conlleval counts them; on raw
// abstracts with gold offsets, exact spans from the whole path of annotation.

import { stopIfAborted, turn, type Warning } from "../core/index.ts";
import { readNerCorpus, readText, requireKnownLabels, tokenBudgetBatches } from "../data/index.ts";
import { parsePubTator } from "../formats/index.ts";
import { annotateAll, loadModel, type LoadModelOptions, type Model } from "../inference/index.ts";
import { scoreEntities, scoreSpans, type EntityReport, type PrecisionRecallF1, type SpanDocument } from "../metrics/index.ts";
import { cutSentencesWarning, encodeSentences, predictTags, taskNamed, typedTag } from "../tasks/index.ts";
import { evaluateOverlap, type EvaluatedOverlap } from "./overlap.ts";
import { describeModel, type EvaluatedModel } from "./model.ts";
import type { EvaluatedSentence } from "./report-evaluation.ts";

export interface EvaluationOptions extends Pick<LoadModelOptions, "configPath" | "vocabularyPath" | "warn" | "device" | "head"> {
  modelDirectory: string;
  files: string[];
  threads?: number;
  precision?: LoadModelOptions["precision"];
  signal?: AbortSignal;
  /** Tagged files that the model was trained on: what the data share with them is counted, and scored without. */
  trainedOn?: readonly string[];
}

export interface NerEvaluation {
  report: EntityReport;
  sentences: EvaluatedSentence[];
  model: EvaluatedModel;
  /** Where files of the training were given. */
  overlap?: EvaluatedOverlap;
  /** What is odd about the data. */
  warnings: Warning[];
}

export interface OffsetEvaluation {
  overall: PrecisionRecallF1;
  byType: Record<string, PrecisionRecallF1>;
  documents: number;
  model: EvaluatedModel;
}

const BATCH_TOKENS = 1024;
const BATCH_ROWS = 128;

async function withModel<T>(options: EvaluationOptions, work: (model: Model) => Promise<T>): Promise<T> {
  const { modelDirectory, threads, precision, device, configPath, vocabularyPath, head, warn } = options;
  const model = await loadModel(modelDirectory, {
    ...(threads === undefined ? {} : { threads }),
    ...(precision === undefined ? {} : { precision }),
    ...(device === undefined ? {} : { device }),
    configPath,
    vocabularyPath,
    ...(head === undefined ? {} : { head }),
    warn,
  });
  try {
    return await work(model);
  } finally {
    await model.dispose();
  }
}

/** The types that a model's labels name, in order. */
function typesOf(labels: readonly string[]): string[] {
  return [...new Set(labels.filter((label) => label.includes("-")).map((label) => label.slice(label.indexOf("-") + 1)))];
}

/**
 * Scores a model on tagged sentences. Tags without a type are those of the model's type when it has only one.
 * @throws BiobertError those of reading files and models; `label-unknown` for a tag the model does not have;
 *   `interrupted` when the signal fires.
 */
export function evaluateNer(options: EvaluationOptions): Promise<NerEvaluation> {
  return withModel(options, async (model) => {
    const corpus = await readNerCorpus(options.files);
    const types = typesOf(model.labels);
    const sentences = corpus.sentences.map((sentence) => ({
      ...sentence,
      tags: types.length === 1 ? sentence.tags.map((tag) => typedTag(tag, types[0]!)) : sentence.tags,
    }));
    requireKnownLabels({ sentences }, model.labels);
    const { examples, cutSentences } = encodeSentences(sentences.map(({ tokens }) => ({ tokens })), model.tokenizer, new Map(), model.maxPieces);
    const batches = tokenBudgetBatches(examples.map(({ ids }) => ids.length), BATCH_TOKENS, BATCH_ROWS);
    const counts = sentences.map(({ tokens }) => tokens.length);
    const padId = model.tokenizer.vocabulary.padId;
    const predicted = await predictTags(examples, batches, counts, model.labels, padId, async (batch) => {
      await turn();
      stopIfAborted(options.signal);
      return model.run(batch);
    });
    const gold = sentences.map(({ tags }) => tags);
    const { trainedOn = [], warn } = options;
    const compared = sentences.map((sentence) => ({ ...sentence, id: `${sentence.file}:${sentence.line}` }));
    const overlap =
      trainedOn.length === 0
        ? undefined
        : await evaluateOverlap(
            taskNamed("ner"),
            {},
            trainedOn,
            compared,
            ({ keep }) => {
              const { overall, tokenAccuracy } = scoreEntities(keep(gold), keep(predicted));
              const { precision, recall, f1 } = overall;
              return { precision, recall, f1, tokenAccuracy };
            },
            warn,
          );
    return {
      ...(overlap === undefined ? {} : { overlap }),
      report: scoreEntities(gold, predicted, { tokens: sentences.map(({ tokens }) => tokens) }),
      sentences: sentences.map(({ tokens, tags, line }, i) => ({ tokens, gold: tags, predicted: predicted[i]!, line })),
      model: describeModel(model),
      warnings: [...corpus.warnings, ...cutSentencesWarning(cutSentences, model.maxPieces, options.files)],
    };
  });
}

/**
 * Scores a model on raw abstracts with gold offsets (PubTator), annotated as any text would be: an entity is right when
 * its start, end and type are. Where the model has one type, all gold types count as that.
 * @throws BiobertError those of reading files and models, and of annotation.
 */
export function evaluateOffsets(options: EvaluationOptions): Promise<OffsetEvaluation> {
  return withModel(options, async (model) => {
    const types = typesOf(model.labels);
    const documents = [];
    for (const file of options.files) documents.push(...parsePubTator(await readText(file, { requireContent: true }), { file }));
    const gold: SpanDocument[] = documents.map(({ id, entities }) => ({
      id,
      entities: entities.map(({ type, start, end }) => ({ type: types.length === 1 ? types[0]! : type, start, end })),
    }));
    const predicted: SpanDocument[] = [];
    const input = documents.map(({ id, text }) => ({ id, text }));
    for await (const document of annotateAll(model, input, options.signal === undefined ? {} : { signal: options.signal })) {
      predicted.push({ id: document.id, entities: document.entities });
    }
    return { ...scoreSpans(gold, predicted), documents: documents.length, model: describeModel(model) };
  });
}
