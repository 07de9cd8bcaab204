// From a model directory to a model that runs: the quantised ONNX file as it lies there, or the inference graph with the
// checkpoint's weights in it.

import { parseBertConfig, readParameters, requireVocabularySize, tokenClassifierForInference, type BertConfig } from "../bert/index.ts";
import { BiobertError, type WarningSink } from "../core/index.ts";
import { readModelFiles, readWeights, type ModelFileOptions, type ModelFiles } from "../data/index.ts";
import { EngineSession } from "../engine/index.ts";
import { encodeOnnx } from "../graph/index.ts";
import { elementCount } from "../tensor/index.ts";
import { tokenizerOptionsFromConfig, Vocabulary, WordPieceTokenizer } from "../tokenizer/index.ts";
import type { Model, TokenBatch } from "./model.ts";

export interface LoadModelOptions extends ModelFileOptions {
  /** Threads of ONNX Runtime; default: one a physical core. */
  threads?: number;
  /** Which weights to run; "auto" takes the quantised ones where there are any. */
  precision?: "auto" | "fp32" | "int8";
  /** Hears what the files left open and which tensors of a checkpoint the model has no place for. */
  warn?: WarningSink;
}

/** The labels of `id2label` in order of their ids. */
function labelsOf(files: ModelFiles): string[] {
  const fail = (message: string): never => {
    throw new BiobertError({
      code: "model-task",
      message,
      place: { file: files.directory },
      hint: "Fine-tune it first: npx biobert fine-tune ner --model DIR ...",
    });
  };
  const id2label = files.config["id2label"] ?? {};
  if (typeof id2label !== "object") fail(`id2label is ${JSON.stringify(id2label)}, not a map of labels`);
  const entries = Object.entries(id2label as Record<string, unknown>);
  if (entries.length === 0) fail("config.json has no id2label: this model has no token-classification head");
  const labels = new Array<string>(entries.length);
  for (const [id, label] of entries) {
    const index = Number(id);
    if (!Number.isInteger(index) || String(index) !== id || index < 0 || index >= labels.length || typeof label !== "string") {
      fail(`id2label has an unusable entry ${JSON.stringify(id)}: ${JSON.stringify(label)}`);
    }
    labels[index] = label as string;
  }
  return labels;
}

function choosePrecision(files: ModelFiles, wanted: "auto" | "fp32" | "int8"): "fp32" | "int8" {
  const has = { fp32: files.weightsPath !== undefined, int8: files.quantizedPath !== undefined };
  if (wanted === "auto") return has.int8 ? "int8" : "fp32";
  if (!has[wanted]) {
    const file = wanted === "fp32" ? "weights such as model.safetensors" : "onnx/model_quantized.onnx";
    throw new BiobertError({
      code: "model-missing",
      message: `the model directory has no ${file}, which ${wanted} needs`,
      place: { file: files.directory },
    });
  }
  return wanted;
}

async function openSession(files: ModelFiles, precision: "fp32" | "int8", labelCount: number, options: LoadModelOptions): Promise<EngineSession> {
  const settings = options.threads === undefined ? {} : { threads: options.threads };
  if (precision === "int8") return openQuantized(files.quantizedPath!, settings);
  const config = parseBertConfig(files.config, `${files.directory}/config.json`);
  const model = tokenClassifierForInference(config, labelCount);
  const { warn } = options;
  const weights = await readWeights(files.weightsPath!, (checkpoint) => readParameters(model.parameters, checkpoint, { warn }));
  return EngineSession.create(encodeOnnx(model.graph, { weights }), settings);
}

const INPUTS = ["input_ids", "attention_mask", "token_type_ids"];

async function openQuantized(path: string, settings: { threads?: number }): Promise<EngineSession> {
  const damaged = (message: string, cause?: unknown): BiobertError =>
    new BiobertError({
      code: "model-damaged",
      message,
      place: { file: path },
      hint: "Copy or download the file again, or make it anew: npx biobert convert IN OUT --to onnx",
      cause,
    });
  const session = await EngineSession.create(path, settings).catch((cause: unknown) => {
    throw damaged(String((cause as Error).message), cause);
  });
  if (INPUTS.every((name) => session.inputNames.includes(name)) && session.outputNames.includes("logits")) return session;
  await session.release();
  throw damaged(`it maps ${session.inputNames.join(", ")} to ${session.outputNames.join(", ")}: no token classifier does`);
}

/**
 * Loads a token-classification model from a directory, an archive or a file of weights.
 * @throws BiobertError `model-missing`, `model-config`, `model-vocabulary`, `model-damaged`, `model-tensor` naming what
 *   is wrong with the directory; `model-task` when it has no token-classification head.
 */
export async function loadModel(directory: string, options: LoadModelOptions = {}): Promise<Model> {
  const files = await readModelFiles(directory, options);
  for (const note of files.notes) options.warn?.(note);
  const config = parseBertConfig(files.config, `${directory}/config.json`);
  const vocabulary = Vocabulary.fromText(files.vocabulary);
  requireVocabularySize(vocabulary.size, config.vocabSize, directory);
  const labels = labelsOf(files);
  const precision = choosePrecision(files, options.precision ?? "auto");
  const tokenizer = new WordPieceTokenizer(vocabulary, tokenizerOptionsFromConfig(files.tokenizerConfig));
  const session = await openSession(files, precision, labels.length, options);
  const heads = files.manifest?.heads ?? [{ name: "classifier", task: "ner", labels }];
  return {
    labels,
    maxPieces: config.maxPositions,
    tokenizer,
    info: {
      name: files.manifest?.name ?? basenameOf(directory),
      directory,
      heads,
      precision,
      weightsFile: precision === "int8" ? "onnx/model_quantized.onnx" : basenameOf(files.weightsPath!),
      weightsPaths: precision === "int8" ? [files.quantizedPath!] : files.weightsFiles,
      parameters: parameterCount(config, labels.length),
    },
    run: (batch) => runBatch(session, batch),
    dispose: () => session.release(),
  };
}

function basenameOf(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

function parameterCount(config: BertConfig, labelCount: number): number {
  const { parameters } = tokenClassifierForInference(config, labelCount);
  return parameters.reduce((sum, { dims }) => sum + elementCount(dims), 0);
}

async function runBatch(session: EngineSession, batch: TokenBatch): Promise<Float32Array> {
  const dims = [batch.batch, batch.sequence];
  const tensor = (values: Int32Array | undefined) =>
    ({ dtype: "int64", dims, data: widen(values, batch.batch * batch.sequence) }) as const;
  const results = await session.run({
    input_ids: tensor(batch.inputIds),
    attention_mask: tensor(batch.attentionMask),
    token_type_ids: tensor(batch.tokenTypeIds),
  });
  return results["logits"]!.data as Float32Array;
}

/** 32-bit ids as the int64 that exported graphs take; the high halves stay zero, as no id is negative. */
function widen(values: Int32Array | undefined, length: number): BigInt64Array {
  const wide = new BigInt64Array(length);
  if (values === undefined) return wide;
  const halves = new Int32Array(wide.buffer);
  for (let i = 0; i < length; i++) halves[2 * i] = values[i]!;
  return wide;
}
