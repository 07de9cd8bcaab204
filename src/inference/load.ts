// From a model directory to a model that runs: an ONNX file as it lies there, or the inference graph with the checkpoint's
// weights in it.

import {
  classifierInputs,
  headOf,
  modelForInference,
  parseBertConfig,
  readParameters,
  requireVocabularySize,
  resultNames,
  type BertConfig,
  type HeadDescription,
  type IdBatch,
} from "../bert/index.ts";
import { BiobertError, type WarningSink } from "../core/index.ts";
import { readModelFiles, type ModelFileOptions, type ModelFiles } from "../data/index.ts";
import { EngineSession, onnxTarget, type Device, type SessionOptions } from "../engine/index.ts";
import { encodeOnnx, fuse, fuseAttention, type WeightedGraph } from "../graph/index.ts";
import { elementCount, type HostTensor } from "../tensor/index.ts";
import { tokenizerOptionsFromConfig, Vocabulary, WordPieceTokenizer } from "../tokenizer/index.ts";
import { ONNX_FILES, type OnnxPrecision } from "./export.ts";
import { findHead, type FoundHead, type WantedHead } from "./head.ts";
import { readHeadWeights } from "./head-weights.ts";
import type { Model, ModelInfo } from "./model.ts";

export interface LoadModelOptions extends ModelFileOptions {
  /** Threads of ONNX Runtime; default: one a physical core. */
  threads?: number;
  /** Where it runs; default "cpu". */
  device?: Device;
  /**
   * Which weights to run; "auto" takes the quantised ones where there are any, but on a GPU, which has no kernels for them,
   * those of full precision. Full precision is the checkpoint, or where there is none `onnx/model.onnx`.
   */
  precision?: "auto" | OnnxPrecision;
  /** The head's name, where a directory has several. */
  head?: string;
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

function chooseWeights(files: ModelFiles, wanted: "auto" | OnnxPrecision, device: Device): ChosenWeights {
  const { weightsPath, weightsFiles } = files;
  const onnx = (precision: OnnxPrecision, path: string | undefined): Candidate => {
    const file = ONNX_FILES[precision];
    return {
      called: file,
      ...(path === undefined ? {} : { found: { precision, file, path, paths: [path], isOnnx: true } }),
    };
  };
  const [int8, exported, half] = [
    onnx("int8", files.quantizedPath),
    onnx("fp32", files.onnxPath),
    onnx("fp16", files.halfPath),
  ];
  const float: Candidate = {
    called: "weights such as model.safetensors",
    ...(weightsPath === undefined
      ? {}
      : {
          found: {
            precision: "fp32",
            file: basenameOf(weightsPath),
            path: weightsPath,
            paths: weightsFiles,
            isOnnx: false,
          },
        }),
  };
  const auto = device === "cpu" ? [int8, float, exported, half] : [float, exported, half, int8];
  const candidates = { auto, fp32: [float, exported], fp16: [half], int8: [int8] }[wanted];
  for (const { found } of candidates) if (found !== undefined) return found;
  throw new BiobertError({
    code: "model-missing",
    message: `the model directory has no ${candidates.map(({ called }) => called).join(" or ")}, which ${wanted} needs`,
    place: { file: files.directory },
    hint:
      weightsPath === undefined
        ? "Take the precision that it has, or convert from the model that the ONNX files were made from."
        : `Make it: npx biobert convert DIR OUT --to onnx --precision ${wanted}`,
  });
}

function withoutOnnx(files: ModelFiles): ModelFiles {
  return { ...files, onnxPath: undefined, halfPath: undefined, quantizedPath: undefined };
}

/** Settings of the session that runs a model: the one place where what is said of threads and devices becomes that. */
function sessionSettings({ threads, device }: Pick<LoadModelOptions, "threads" | "device">): SessionOptions {
  return { ...(threads === undefined ? {} : { threads }), ...(device === undefined ? {} : { device }) };
}

/** Opens an inference graph, with what its device wants of it. */
export function openGraph(
  made: WeightedGraph,
  options: Pick<LoadModelOptions, "threads" | "device">,
): Promise<EngineSession> {
  const target = onnxTarget(options.device);
  const { graph, weights } = target === "native" ? fuseAttention(made) : made;
  return EngineSession.create(encodeOnnx(graph, { weights, target }), sessionSettings(options));
}

async function openSession(
  files: ModelFiles,
  chosen: ChosenWeights,
  { description, head }: FoundHead,
  options: LoadModelOptions,
): Promise<EngineSession> {
  if (chosen.isOnnx) return openOnnx(chosen.path, description, sessionSettings(options));
  const config = parseBertConfig(files.config, `${files.directory}/config.json`);
  const model = modelForInference(config, headOf(description));
  const { warn } = options;
  const weights = await readHeadWeights({ directory: files.directory, weightsPath: chosen.path }, head, (checkpoint) =>
    readParameters(model.parameters, checkpoint, { warn }),
  );
  return openGraph(fuse(model.graph, weights), options);
}

const INPUTS = ["input_ids", "attention_mask", "token_type_ids"];

/** What a model with a head is called. */
const CALLED: Record<HeadDescription["architecture"], string> = {
  BertForTokenClassification: "token classifier",
  BertForSequenceClassification: "sequence classifier",
  BertForQuestionAnswering: "question answering model",
  BertForMultipleChoice: "multiple choice model",
};

async function openOnnx(
  path: string,
  { architecture }: HeadDescription,
  settings: SessionOptions,
): Promise<EngineSession> {
  const damaged = (message: string, cause?: unknown): BiobertError =>
    new BiobertError({
      code: "model-damaged",
      message,
      place: { file: path },
      hint: "Copy or download the file again, or make it anew: npx biobert convert IN OUT --to onnx",
      cause,
    });
  const session = await EngineSession.create(path, settings).catch((cause: unknown) => {
    if (cause instanceof BiobertError && cause.code === "device-unavailable") throw cause;
    throw damaged(String((cause as Error).message), cause);
  });
  const gives = resultNames(architecture).every((name) => session.outputNames.includes(name));
  if (gives && INPUTS.every((name) => session.inputNames.includes(name))) return session;
  await session.release();
  throw damaged(
    `it maps ${session.inputNames.join(", ")} to ${session.outputNames.join(", ")}: no ${CALLED[architecture]} does`,
  );
}

/** A model directory's one head, opened to run. */
export interface LoadedHead extends FoundHead {
  /** The longest sequence that the encoder has positions for, special tokens counted. */
  maxPieces: number;
  tokenizer: WordPieceTokenizer;
  info: ModelInfo;
  /** The head's results for a padded batch, by name. The arrays may be reused by the next call. */
  run(batch: IdBatch): Promise<Readonly<Record<string, HostTensor>>>;
  dispose(): Promise<void>;
}

/**
 * Opens a model and the head that is asked for.
 * @throws BiobertError `model-missing`, `model-config`, `model-vocabulary`, `model-damaged`, `model-tensor` naming what
 *   is wrong with the directory; `model-task` when it has no such head; `device-unavailable`.
 */
export async function loadHead(
  directory: string,
  wanted: WantedHead,
  options: LoadModelOptions = {},
): Promise<LoadedHead> {
  const files = await readModelFiles(directory, options);
  for (const note of files.notes) options.warn?.(note);
  const config = parseBertConfig(files.config, `${directory}/config.json`);
  const vocabulary = Vocabulary.fromText(files.vocabulary);
  requireVocabularySize(vocabulary.size, config.vocabSize, directory);
  const found = findHead(files, wanted);
  const { description, head } = found;
  if (head.folder !== undefined) return loadFolder(files, found, options);
  // ONNX files hold the first head; one with a file beside the weights runs from these.
  const own = head.file === undefined ? files : withoutOnnx(files);
  const chosen = chooseWeights(own, options.precision ?? "auto", options.device ?? "cpu");
  const weights =
    head.file === undefined ? chosen : { ...chosen, paths: [...chosen.paths, `${files.directory}/${head.file}`] };
  const tokenizer = new WordPieceTokenizer(vocabulary, tokenizerOptionsFromConfig(files.tokenizerConfig));
  const session = await openSession(files, weights, found, options);
  if (weights.precision === "int8" && (options.device ?? "cpu") !== "cpu") {
    const message = `ONNX Runtime has no kernels for 8-bit weights on ${options.device}: their products run on the processor; take a model with fp32 or fp16 weights`;
    options.warn?.({ code: "device-unused", message, place: { file: weights.path } });
  }
  const choices = description.architecture === "BertForMultipleChoice" ? { choices: 1 } : {};
  return {
    ...found,
    maxPieces: config.maxPositions,
    tokenizer,
    info: {
      name: files.manifest?.name ?? basenameOf(directory),
      directory,
      heads: files.manifest === undefined || files.manifest.heads.length === 0 ? [head] : files.manifest.heads,
      precision: weights.precision,
      weightsFile: weights.file,
      weightsPaths: weights.paths,
      parameters: parameterCount(config, description),
    },
    run: (batch) => session.run(classifierInputs({ ...choices, ...batch })),
    dispose: () => session.release(),
  };
}

/** Opens a head that has a directory of its own, as ONNX exports of several heads have. */
async function loadFolder(
  files: ModelFiles,
  { head, task }: FoundHead,
  options: LoadModelOptions,
): Promise<LoadedHead> {
  const { configPath: _, vocabularyPath: __, ...others } = options;
  const loaded = await loadHead(`${files.directory}/${head.folder}`, { task: task.name }, others);
  const name = files.manifest?.name ?? basenameOf(files.directory);
  return { ...loaded, head, info: { ...loaded.info, name, directory: files.directory, heads: files.manifest!.heads } };
}

/**
 * Loads a token-classification model from a directory, an archive or a file of weights.
 * @throws BiobertError `model-missing`, `model-config`, `model-vocabulary`, `model-damaged`, `model-tensor` naming what
 *   is wrong with the directory; `model-task` when it has no token-classification head.
 */
export async function loadModel(directory: string, options: LoadModelOptions = {}): Promise<Model> {
  const wanted = { task: "ner", ...(options.head === undefined ? {} : { head: options.head }) };
  const { description, maxPieces, tokenizer, info, run, dispose } = await loadHead(directory, wanted, options);
  return {
    labels: description.labels,
    maxPieces,
    tokenizer,
    info,
    run: async (batch) => (await run(batch))["logits"]!.data as Float32Array,
    dispose,
  };
}

/** The last part of a path, whichever way its slashes lean. */
export function basenameOf(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

function parameterCount(config: BertConfig, description: HeadDescription): number {
  const { parameters } = modelForInference(config, headOf(description));
  return parameters.reduce((sum, { dims }) => sum + elementCount(dims), 0);
}
