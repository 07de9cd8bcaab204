// Raw text to entities: tokenise, plan windows, run them in batches of one length, decode. Documents stream through in
// pools of bounded size and come out in the order they went in.

import { BiobertError, stopIfAborted, turn } from "../core/index.ts";
import { readLabelScheme, type Entity } from "../tasks/index.ts";
import type { WindowPacking } from "../text/index.ts";
import { planBatches, queueWindows, runBatch } from "./annotate-batches.ts";
import { finishDocument, prepareDocument, type InputDocument, type PreparedDocument } from "./documents.ts";
import type { TokenClassifier } from "./model.ts";

/** What the model sees at once: a sentence, or as much of the document as fits. */
export type WindowMode = WindowPacking;

/** The entities of one text. */
export interface Annotation {
  entities: Entity[];
  /** How many windows the model read. */
  windows: number;
  /** How many word pieces the text has. */
  pieces: number;
}

/** A document with its entities. */
export type AnnotatedDocument<Document extends InputDocument = InputDocument> = Document & Annotation;

/**
 * Options of annotation. Neither `batchTokens` and `poolTokens` nor the other documents change a result, in full precision
 * as in int8; an ONNX file that scales its activations as they come, as int8 files made by other tools do, is the exception.
 */
export interface AnnotateOptions {
  /** Leaves out entities that score less; 0 by default. */
  minScore?: number;
  /** `sentence` by default. */
  windows?: WindowMode;
  /** Word pieces that neighbouring windows of a long stretch share; a quarter of the window by default. */
  overlap?: number;
  /** The longest sequence, `[CLS]` and `[SEP]` counted; the model's own limit by default. */
  maxPieces?: number;
  /** Tokens of a batch; 512 by default. */
  batchTokens?: number;
  /** Word pieces read ahead to find windows of one length; 64 times `batchTokens` by default. */
  poolTokens?: number;
  /** The type of entities whose labels have none (`B`, `I`); `Entity` by default. */
  untyped?: string;
  /** Stops between two batches with `BiobertError` `interrupted`. */
  signal?: AbortSignal;
}

// Small batches stay in the cache between one operator and the next: of 256 to 768 tokens all cost about the same, those of
// 2,048 a sixth more in int8 and a quarter more in float32 (docs/decisions/0006-inference.md).
const DEFAULT_BATCH_TOKENS = 512;
// The first pool is small, so that the first results come soon; later ones grow, as windows of one length are then more.
const BATCHES_OF_FIRST_POOL = 64;
const BATCHES_A_POOL = 512;

/**
 * Finds the entities of one text.
 * @returns entities in order, apart, with `text.slice(start, end) === mention`
 * @throws BiobertError `usage` for options out of range, `model-damaged` when the model computes NaN or infinity,
 *   `interrupted` when the signal fires
 */
export async function annotate(
  model: TokenClassifier,
  text: string,
  options: AnnotateOptions = {},
): Promise<Annotation> {
  for await (const { entities, windows, pieces } of annotateAll(model, [{ id: "", text }], options)) {
    return { entities, windows, pieces };
  }
  throw new BiobertError({ code: "internal", message: "a document went in and none came out" });
}

/**
 * Finds the entities of many documents. Windows of several documents share batches; memory holds one pool of documents
 * at a time, and a pool is read when the one before has been handed out.
 * @returns each document, its other fields kept, with its entities, in the order of the input
 * @throws as `annotate`; `input-format` for a document whose text is no string
 */
export async function* annotateAll<Document extends InputDocument>(
  model: TokenClassifier,
  documents: Iterable<Document> | AsyncIterable<Document>,
  options: AnnotateOptions = {},
): AsyncGenerator<AnnotatedDocument<Document>> {
  const settings = resolve(model, options);
  const scheme = readLabelScheme(model.labels, options.untyped);
  let pool: PreparedDocument<Document>[] = [];
  let pooled = 0;
  let limit = settings.firstPoolTokens;

  async function* drain(): AsyncGenerator<AnnotatedDocument<Document>> {
    for (const batch of planBatches(queueWindows(pool), settings.batchTokens)) {
      await turn();
      stopIfAborted(options.signal);
      await runBatch(batch, model);
    }
    for (const prepared of pool) {
      const { document, windows, pieces } = prepared;
      const entities = finishDocument(prepared, scheme, settings.minScore);
      yield { ...document, entities, windows: windows.length, pieces: pieces.length };
    }
    pool = [];
    pooled = 0;
    limit = Math.min(2 * limit, settings.poolTokens);
  }

  for await (const document of documents) {
    stopIfAborted(options.signal);
    if (typeof document.text !== "string") {
      throw new BiobertError({
        code: "input-format",
        message: `the text of document ${String(document.id)} is no string`,
      });
    }
    const prepared = prepareDocument(document, model.tokenizer, settings);
    pool.push(prepared);
    pooled += prepared.pieces.length;
    // Documents without pieces count too, or a stream of them would never come out.
    if (pooled >= limit || pool.length >= limit) yield* drain();
  }
  yield* drain();
}

interface Settings {
  packing: WindowPacking;
  maxPieces: number;
  overlap: number;
  batchTokens: number;
  firstPoolTokens: number;
  poolTokens: number;
  minScore: number;
}

function resolve(model: TokenClassifier, options: AnnotateOptions): Settings {
  const longest = options.maxPieces ?? model.maxPieces;
  if (!Number.isInteger(longest) || longest < 3 || longest > model.maxPieces) {
    throw usage(`maxPieces must be from 3 to the model's ${model.maxPieces}, got ${longest}`);
  }
  const packing = options.windows ?? "sentence";
  if (packing !== "sentence" && packing !== "document") {
    throw usage(`windows must be "sentence" or "document", got ${JSON.stringify(packing)}`);
  }
  const minScore = options.minScore ?? 0;
  if (!(minScore >= 0 && minScore <= 1)) throw usage(`minScore must be from 0 to 1, got ${minScore}`);
  const batchTokens = positive("batchTokens", options.batchTokens ?? DEFAULT_BATCH_TOKENS);
  const poolTokens = positive("poolTokens", options.poolTokens ?? BATCHES_A_POOL * batchTokens);
  const firstPoolTokens = Math.min(poolTokens, BATCHES_OF_FIRST_POOL * batchTokens);
  const maxPieces = longest - 2;
  return {
    packing,
    maxPieces,
    overlap: options.overlap ?? maxPieces >> 2,
    batchTokens,
    firstPoolTokens,
    poolTokens,
    minScore,
  };
}

function positive(name: string, value: number): number {
  if (!(value >= 1)) throw usage(`${name} must be at least 1, got ${value}`);
  return value;
}

function usage(message: string): BiobertError {
  return new BiobertError({ code: "usage", message });
}
