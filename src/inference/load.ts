// From a model directory to a model that runs: an ONNX file as it lies there, or the inference graph with the checkpoint's
// weights in it.

import { classifierInputs, parseBertConfig, readParameters, requireVocabularySize, tokenClassifierForInference, type BertConfig } from "../bert/index.ts";
import { BiobertError, type WarningSink } from "../core/index.ts";
import { readModelFiles, readWeights, type ModelFileOptions, type ModelFiles } from "../data/index.ts";
import { EngineSession } from "../engine/index.ts";
import { encodeOnnx, fuse } from "../graph/index.ts";
import { elementCount } from "../tensor/index.ts";
import { tokenizerOptionsFromConfig, Vocabulary, WordPieceTokenizer } from "../tokenizer/index.ts";
import { ONNX_FILES, type OnnxPrecision } from "./export.ts";
import { labelsOf } from "./labels.ts";
import type { Model, TokenBatch } from "./model.ts";

export interface LoadModelOptions extends ModelFileOptions {
  /** Threads of ONNX Runtime; default: one a physical core. */
  threads?: number;
  /**
   * Which weights to run; "auto" takes the quantised ones where there are any. Full precision is the checkpoint, or
   * where there is none `onnx/model.onnx`.
   */
  precision?: "auto" | "fp32" | "int8";
  /** Hears what the files left open and which tensors of a checkpoint the model has no place for. */
  warn?: WarningSink;
}

/** The weights that run. */
interface ChosenWeights {
  precision: OnnxPrecision;
  /** Their file in the directory, as records name it. */
  file: string;
  /** What is opened. */
  path: string;
  /** The files whose bytes make the weights. */
  paths: readonly string[];
  isOnnx: boolean;
}

interface Candidate {
  /** As an error names it. */
  called: string;
  found?: ChosenWeights;
}

function chooseWeights(files: ModelFiles, wanted: "auto" | "fp32" | "int8"): ChosenWeights {
  const { weightsPath, weightsFiles } = files;
  const onnx = (precision: OnnxPrecision, path: string | undefined): Candidate => {
    const file = ONNX_FILES[precision];
    return { called: file, ...(path === undefined ? {} : { found: { precision, file, path, paths: [path], isOnnx: true } }) };
  };
  const [int8, exported] = [onnx("int8", files.quantizedPath), onnx("fp32", files.onnxPath)];
  const float: Candidate = {
    called: "weights such as model.safetensors",
    ...(weightsPath === undefined
      ? {}
      : { found: { precision: "fp32", file: basenameOf(weightsPath), path: weightsPath, paths: weightsFiles, isOnnx: false } }),
  };
  const candidates = { auto: [int8, float, exported], fp32: [float, exported], int8: [int8] }[wanted];
  for (const { found } of candidates) if (found !== undefined) return found;
  throw new BiobertError({
    code: "model-missing",
    message: `the model directory has no ${candidates.map(({ called }) => called).join(" or ")}, which ${wanted} needs`,
    place: { file: files.directory },
    hint:
      weightsPath === undefined
        ? "Take the precision that it has, or convert from the model that the ONNX files were made from."
        : "Make it: npx biobert convert DIR OUT --to onnx --precision int8",
  });
}

async function openSession(files: ModelFiles, chosen: ChosenWeights, labelCount: number, options: LoadModelOptions): Promise<EngineSession> {
  const settings = options.threads === undefined ? {} : { threads: options.threads };
  if (chosen.isOnnx) return openOnnx(chosen.path, settings);
  const config = parseBertConfig(files.config, `${files.directory}/config.json`);
  const model = tokenClassifierForInference(config, labelCount);
  const { warn } = options;
  const weights = await readWeights(chosen.path, (checkpoint) => readParameters(model.parameters, checkpoint, { warn }));
  const fused = fuse(model.graph, weights);
  return EngineSession.create(encodeOnnx(fused.graph, { weights: fused.weights }), settings);
}

const INPUTS = ["input_ids", "attention_mask", "token_type_ids"];

async function openOnnx(path: string, settings: { threads?: number }): Promise<EngineSession> {
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
  const weights = chooseWeights(files, options.precision ?? "auto");
  const tokenizer = new WordPieceTokenizer(vocabulary, tokenizerOptionsFromConfig(files.tokenizerConfig));
  const session = await openSession(files, weights, labels.length, options);
  const heads = files.manifest?.heads ?? [{ name: "classifier", task: "ner", labels }];
  return {
    labels,
    maxPieces: config.maxPositions,
    tokenizer,
    info: {
      name: files.manifest?.name ?? basenameOf(directory),
      directory,
      heads,
      precision: weights.precision,
      weightsFile: weights.file,
      weightsPaths: weights.paths,
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
  const results = await session.run(classifierInputs(batch));
  return results["logits"]!.data as Float32Array;
}
