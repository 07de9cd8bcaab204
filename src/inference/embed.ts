// Vectors for texts and documents from any BERT directory, no head needed: mean, first, maximum or sum of the tokens' states as
// sentence-transformers' module "Pooling" takes them (Reimers and Gurevych 2019), special tokens counted.

import {
  classifierInputs,
  encoderForInference,
  parseBertConfig,
  readParameters,
  requireVocabularySize,
  TOKEN_STATES,
  VECTORS,
  type Pooling,
} from "../bert/index.ts";
import { BiobertError, invariant, stopIfAborted, turn } from "../core/index.ts";
import { readModelFiles, readWeights, tokenBudgetBatches } from "../data/index.ts";
import { fuse, quantize } from "../graph/index.ts";
import { padInputs } from "../tasks/index.ts";
import { elementCount } from "../tensor/index.ts";
import { tokenizerOptionsFromConfig, Vocabulary, WordPieceTokenizer } from "../tokenizer/index.ts";
import { activationRanges, calibrationSequences } from "./calibrate.ts";
import { basenameOf, openGraph, type LoadModelOptions } from "./load.ts";

export const POOLINGS = ["mean", "first", "max", "sum", "none"] as const satisfies readonly (Pooling | "none")[];

export interface LoadEncoderOptions extends Omit<LoadModelOptions, "precision"> {
  /** Default "mean". "none" gives a vector a piece. */
  pooling?: Pooling | "none";
  /** Which block's output: 0 the embeddings, the number of blocks (the default) the last one's. */
  layer?: number;
  /** Default "fp32". "int8" quantises the checkpoint while it is loaded. */
  precision?: "fp32" | "int8";
}

/** A loaded encoder; `dispose` frees its session. */
export interface Encoder {
  readonly tokenizer: WordPieceTokenizer;
  readonly pooling: Pooling | "none";
  /** Numbers a vector. */
  readonly width: number;
  /** The longest sequence in pieces, special tokens counted. */
  readonly maxPieces: number;
  /** What is run: the file of its weights, all files whose bytes make them, how many weights there are. */
  readonly info: { weightsFile: string; weightsPaths: readonly string[]; parameters: number };
  /** Vectors `[batch, width]`, or states `[batch, sequence, width]` where nothing is pooled; the array may be reused. */
  run(batch: Parameters<typeof classifierInputs>[0]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Opens the encoder of a model directory, archive or file of weights, with or without a head.
 * @throws BiobertError `model-missing` without weights in full precision, `usage` for a layer that it does not have, and
 *   those of reading models.
 */
export async function loadEncoder(directory: string, options: LoadEncoderOptions = {}): Promise<Encoder> {
  const { pooling = "mean", precision = "fp32", warn } = options;
  const files = await readModelFiles(directory, options);
  for (const note of files.notes) warn?.(note);
  if (files.weightsPath === undefined) {
    throw new BiobertError({
      code: "model-missing",
      message: "vectors need weights in full precision, which this directory does not have",
      place: { file: directory },
      hint: "Take the model that the ONNX files were made from; --precision int8 quantises it while it is loaded.",
    });
  }
  const whole = parseBertConfig(files.config, `${directory}/config.json`);
  const layer = options.layer ?? whole.layerCount;
  if (!Number.isInteger(layer) || layer < 0 || layer > whole.layerCount) {
    throw new BiobertError({
      code: "usage",
      message: `layer ${layer}: the model has layers 0 (the embeddings) to ${whole.layerCount}`,
    });
  }
  const vocabulary = Vocabulary.fromText(files.vocabulary);
  requireVocabularySize(vocabulary.size, whole.vocabSize, directory);
  const { graph, parameters } = encoderForInference({ ...whole, layerCount: layer }, pooling);
  // Tensors of a head and of blocks above the layer have no place here, and nobody needs to hear of them.
  const weights = await readWeights(files.weightsPath, (checkpoint) => readParameters(parameters, checkpoint));
  const made =
    precision === "fp32"
      ? fuse(graph, weights)
      : quantize(
          graph,
          weights,
          await activationRanges(graph, weights, calibrationSequences(vocabulary, whole.maxPositions)),
        );
  const session = await openGraph(made, options);
  const name = pooling === "none" ? TOKEN_STATES : VECTORS;
  return {
    tokenizer: new WordPieceTokenizer(vocabulary, tokenizerOptionsFromConfig(files.tokenizerConfig)),
    pooling,
    width: whole.hiddenSize,
    maxPieces: whole.maxPositions,
    info: {
      weightsFile: basenameOf(files.weightsPath),
      weightsPaths: files.weightsFiles,
      parameters: parameters.reduce((sum, { dims }) => sum + elementCount(dims), 0),
    },
    run: async (batch) => (await session.run(classifierInputs(batch)))[name]!.data as Float32Array,
    dispose: () => session.release(),
  };
}

/** A text, or a title and an abstract, read as `[CLS] title [SEP] abstract [SEP]` in one segment, as SPECTER does. */
export type EmbedDocument = string | { title: string; abstract: string };

export interface EmbedOptions {
  /** Longest sequence in pieces, special tokens counted; default: what the model has positions for. */
  maxLength?: number;
  /**
   * What becomes of a document that is longer. "mean" (the default) reads it in windows one after another and takes the mean of
   * their vectors, each weighed by its pieces; of "max" the maximum, of "sum" the sum. "cut" reads its first window alone.
   */
  long?: "mean" | "cut";
  /** Scale each vector to length 1. */
  normalize?: boolean;
  signal?: AbortSignal;
}

export interface Embedding {
  /** `[width]`; under pooling "none" the states of all pieces, `[pieces, width]`. */
  vector: Float32Array;
  /** Pieces that were read, special tokens counted. */
  pieces: number;
  /** How many windows the document takes; more than 1 says that it is longer than one. */
  windows: number;
}

/**
 * Vectors of texts, in their order, computed in batches of like length.
 * @throws BiobertError `usage` for a length that leaves no room, `interrupted` when the signal fires, `model-damaged` for
 *   vectors that are not finite.
 */
export async function embed(
  encoder: Encoder,
  texts: readonly EmbedDocument[],
  { maxLength = encoder.maxPieces, long = "mean", normalize = false, signal }: EmbedOptions = {},
): Promise<Embedding[]> {
  const { tokenizer, pooling, width } = encoder;
  if (!Number.isInteger(maxLength) || maxLength < 3 || maxLength > encoder.maxPieces) {
    throw new BiobertError({
      code: "usage",
      message: `a length of ${maxLength} pieces: the model takes 3 to ${encoder.maxPieces}`,
    });
  }
  const windows = texts.map((text) => windowsOf(tokenizer, text, maxLength));
  const rows = windows.flatMap((own, document) =>
    (long === "cut" ? own.slice(0, 1) : own).map((ids) => ({ document, ids })),
  );
  const found: Float32Array[] = [];
  for (const indices of tokenBudgetBatches(
    rows.map(({ ids }) => ids.length),
    2048,
    128,
  )) {
    await turn();
    stopIfAborted(signal);
    const batch = padInputs(
      indices.map((i) => ({ example: i, sequences: [{ ids: rows[i]!.ids }] })),
      tokenizer.vocabulary.padId,
    );
    const data = await encoder.run(batch);
    const size = pooling === "none" ? batch.sequence * width : width;
    indices.forEach((i, row) => {
      const kept = pooling === "none" ? rows[i]!.ids.length * width : width;
      found[i] = finite(data.slice(row * size, row * size + kept));
    });
  }
  let next = 0;
  return windows.map((own): Embedding => {
    const count = long === "cut" ? 1 : own.length;
    const parts = found.slice(next, next + count);
    const sizes = rows.slice(next, next + count).map(({ ids }) => ids.length);
    next += count;
    const vector = joined(parts, sizes, pooling);
    if (normalize) scaleRows(vector, width);
    return { vector, pieces: sizes.reduce((sum, size) => sum + size, 0), windows: own.length };
  });
}

/** The sequences of a document, each with `[CLS]` and `[SEP]`, together all of its pieces. */
function windowsOf(tokenizer: WordPieceTokenizer, text: EmbedDocument, maxLength: number): Int32Array[] {
  const { clsId, sepId } = tokenizer.vocabulary;
  const pieces: number[] = [];
  if (typeof text === "string") for (const id of tokenizer.tokenize(text).ids) pieces.push(id);
  else {
    for (const id of tokenizer.tokenize(text.title).ids) pieces.push(id);
    if (text.abstract !== "") {
      pieces.push(sepId);
      for (const id of tokenizer.tokenize(text.abstract).ids) pieces.push(id);
    }
  }
  const room = maxLength - 2;
  const count = Math.max(1, Math.ceil(pieces.length / room));
  return Array.from({ length: count }, (_, i) =>
    Int32Array.of(clsId, ...pieces.slice(i * room, (i + 1) * room), sepId),
  );
}

/** One vector of a document from those of its windows. */
function joined(parts: readonly Float32Array[], sizes: readonly number[], pooling: Pooling | "none"): Float32Array {
  const [first] = parts;
  invariant(first !== undefined, "a document has a window");
  if (parts.length === 1) return first;
  if (pooling === "none") {
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return first.map((_, k) => {
    if (pooling === "max") return parts.reduce((most, part) => Math.max(most, part[k]!), -Infinity);
    return parts.reduce((sum, part, i) => sum + part[k]! * (pooling === "sum" ? 1 : sizes[i]! / total), 0);
  });
}

function scaleRows(vector: Float32Array, width: number): void {
  for (let from = 0; from < vector.length; from += width) {
    let square = 0;
    for (let i = from; i < from + width; i++) square += vector[i]! ** 2;
    const length = Math.sqrt(square);
    if (length > 0) for (let i = from; i < from + width; i++) vector[i]! /= length;
  }
}

function finite(vector: Float32Array): Float32Array {
  const wrong = vector.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return vector;
  throw new BiobertError({
    code: "model-damaged",
    message: `the model computed ${wrong} in a vector`,
    hint: "The weights are damaged or were trained to divergence; take another checkpoint.",
  });
}
