// What annotation needs of a model, and what loading one gives.

import type { IdBatch } from "../bert/index.ts";
import type { ModelHead } from "../data/index.ts";
import type { WordPieceTokenizer } from "../tokenizer/index.ts";

export type { ModelHead } from "../data/index.ts";

/** A padded batch; a row is `[CLS]`, pieces, `[SEP]`, padding. */
export type TokenBatch = IdBatch;

/** A model that labels word pieces. */
export interface TokenClassifier {
  /** Label of each output column, `O` and `B-Type`, `I-Type`. */
  readonly labels: readonly string[];
  /** The longest sequence, `[CLS]` and `[SEP]` counted. */
  readonly maxPieces: number;
  readonly tokenizer: WordPieceTokenizer;
  /** Logits `[batch, sequence, labels]`; those of padding may be anything. The array may be reused by the next call. */
  run(batch: TokenBatch): Promise<Float32Array>;
}

/** What a model directory says about itself. */
export interface ModelInfo {
  name: string;
  directory: string;
  heads: readonly ModelHead[];
  precision: "fp32" | "fp16" | "int8";
  /** The weights file that runs, relative to the directory. */
  weightsFile: string;
  /** Paths of all files whose bytes make these weights. */
  weightsPaths: readonly string[];
  /** Weights of the model, whatever their precision. */
  parameters: number;
}

/** A loaded model; `dispose` frees its session. */
export interface Model extends TokenClassifier {
  readonly info: ModelInfo;
  dispose(): Promise<void>;
}
