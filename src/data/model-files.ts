// A model as files: the small ones read into memory with clear errors for what is missing, the large ones found. What the
// tensors and settings mean is for the rooms above.

import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { BiobertError, type Warning } from "../core/index.ts";
import { parseSafetensors, type Safetensors } from "../formats/index.ts";
import { directoryFiles, type FileSet, readSetJson } from "./file-set.ts";
import { readBytes } from "./files.ts";
import { type Json, readConfig, readTokenizerFiles } from "./model-settings.ts";
import { findWeights, locateModel, weightFilesOf } from "./weights.ts";

export type { Json } from "./model-settings.ts";

/** `biobert.json`: what a Hugging Face directory has no place for. */
export interface ModelManifest {
  formatVersion: 1;
  name?: string;
  /** The version of the start's weights, the corpus and so on, for people. */
  description?: string;
  heads: ModelHead[];
}

export interface ModelHead {
  name: string;
  /** A task's name; which tasks there are is for the rooms above. */
  task: string;
  /** Of the head's rows, in order; empty for a head without labels, as a span's. */
  labels: string[];
  /** The task's options as it was trained with. */
  options?: Json;
  /** Longest sequence it was trained on, in pieces. */
  maxLength?: number;
  /** What it was trained on. */
  corpus?: string;
  /** The file of the head's tensors in the directory, of a head beside the one that `config.json` and the weights have. */
  file?: string;
  /** The folder in the directory that is a model directory of this head alone: of an ONNX export of several heads all but the first. */
  folder?: string;
  training?: HeadTraining;
}

/** How a head was trained, so that it can be made again. */
export interface HeadTraining {
  seed: number;
  /** The command line, where there was one. */
  command?: string;
  /** SHA-256 of the start's weights and of the data, files of one kind one after another. */
  sha256: { start: string; train: string; dev?: string };
  /** What of the held-out and the test data the training data hold, too, where they share anything. */
  overlap?: { dev?: OverlapCounts; test?: OverlapCounts };
  /** The fine-tunings before this one that the start came from, the first one first. */
  stages?: readonly TrainingStage[];
  /** The options that shape the numbers. */
  recipe: Readonly<Record<string, unknown>>;
  /** What each label counted for in the loss, where they did not count alike: what the option of that name came to. */
  classWeights?: Readonly<Record<string, number>>;
  /** Versions and processors, in order; several when the training was resumed after a change. */
  environments: readonly { biobert: string; onnxruntime: string; cpu: string }[];
}

/** Shared documents, examples with a shared long sentence, examples whose whole text is shared, and examples with any of it. */
export interface OverlapCounts {
  documents: number;
  texts: number;
  sentences: number;
  examples: number;
}

/** A fine-tuning that another one started from. Its `training.sha256.start` is of the weights it began with. */
export interface TrainingStage {
  task: string;
  labels: readonly string[];
  /** Absent where the model did not say how it was trained. */
  training?: Omit<HeadTraining, "stages">;
}

export interface ModelFiles {
  /** As it was given: a directory, an archive or a file of weights. */
  directory: string;
  config: Json;
  vocabulary: string;
  /** Whether the tokenizer lower-cases; undefined where what is said of it is neither true nor false. */
  lowerCase: boolean | undefined;
  /** `tokenizer_config.json`, `do_lower_case` always in it. */
  tokenizerConfig: Json;
  manifest: ModelManifest | undefined;
  /** What `readWeights` opens: the file of weights or the list of their files, or the archive; undefined where there is none. */
  weightsPath: string | undefined;
  /** The files whose bytes make the weights. */
  weightsFiles: string[];
  /** Path of `onnx/model.onnx` (full precision, weights inside), where there is one. */
  onnxPath: string | undefined;
  /** Path of `onnx/model_fp16.onnx`, where there is one. */
  halfPath: string | undefined;
  /** Path of `onnx/model_quantized.onnx`, where there is one. */
  quantizedPath: string | undefined;
  /** What the files left open and how it was settled. */
  notes: Warning[];
}

/** Where a directory has what belongs to the heads beside its first one. */
export const HEADS_FOLDER = "heads";

export interface ModelFileOptions {
  /** The configuration, where it does not lie beside the weights. */
  configPath?: string;
  /** The vocabulary (`vocab.txt` or `tokenizer.json`), likewise. */
  vocabularyPath?: string;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Whether a path that a manifest names, if it does, stays in the directory. */
function isInside(path: unknown): boolean {
  if (path === undefined) return true;
  return typeof path === "string" && path !== "" && !isAbsolute(path) && !path.split(/[\\/]/).includes("..");
}

function checkManifest(json: Json, file: string): ModelManifest {
  const heads = json["heads"];
  const sound =
    json["formatVersion"] === 1 &&
    Array.isArray(heads) &&
    heads.every(
      (head: Partial<ModelHead>) =>
        typeof head?.task === "string" &&
        typeof head.name === "string" &&
        Array.isArray(head.labels) &&
        head.labels.every((label) => typeof label === "string") &&
        (head.options === undefined ||
          (typeof head.options === "object" && head.options !== null && !Array.isArray(head.options))) &&
        [head.file, head.folder].every(isInside) &&
        (head.maxLength === undefined || (Number.isInteger(head.maxLength) && head.maxLength > 0)),
    ) &&
    new Set(heads.map(({ name }: ModelHead) => name)).size === heads.length;
  if (!sound) {
    throw new BiobertError({
      code: "model-config",
      message: "not a manifest this version can read",
      place: { file },
      hint: "It must have formatVersion 1 and a list of heads, each with a name of its own, a task and labels.",
    });
  }
  return json as unknown as ModelManifest;
}

/**
 * Reads the small files of a model and finds the large ones. `path` is a directory, a `.tar.gz` archive, or a file of weights
 * with the small files beside it; what it is, is told by content.
 * @throws BiobertError `model-missing` naming the file that is not there, `model-config` for one that is not sound,
 *   `model-unsafe` for an archive that reaches outside itself.
 */
export async function readModelFiles(path: string, options: ModelFileOptions = {}): Promise<ModelFiles> {
  const located = await locateModel(path);
  const { files, archive } = located;
  const besides = async (given: string | undefined): Promise<{ files: FileSet; name: string } | undefined> =>
    given === undefined ? undefined : { files: await directoryFiles(dirname(given)), name: basename(given) };
  const ownConfig = await besides(options.configPath);
  const config =
    ownConfig === undefined ? (await readConfig(files)).config : await readSetJson(ownConfig.files, ownConfig.name);
  const tokenizer = await readTokenizerFiles(files, await besides(options.vocabularyPath));
  const lowerCase = tokenizer.settings["do_lower_case"];
  const manifest = files.names.includes("biobert.json")
    ? checkManifest(await readSetJson(files, "biobert.json"), files.pathOf("biobert.json"))
    : undefined;
  const weights = located.weights ?? (await findWeights(files));
  const onnxFile = async (name: string): Promise<string | undefined> => {
    const file = files.pathOf(join("onnx", name));
    return located.weights === undefined && !archive && (await isFile(file)) ? file : undefined;
  };
  const [onnxPath, halfPath, quantizedPath] = [
    await onnxFile("model.onnx"),
    await onnxFile("model_fp16.onnx"),
    await onnxFile("model_quantized.onnx"),
  ];
  if ([weights, onnxPath, halfPath, quantizedPath].every((found) => found === undefined)) {
    throw new BiobertError({
      code: "model-missing",
      message:
        "the model directory has no weights: neither model.safetensors and the like nor onnx/model.onnx nor onnx/model_fp16.onnx nor onnx/model_quantized.onnx",
      place: { file: path },
    });
  }
  return {
    directory: path,
    config,
    vocabulary: tokenizer.vocabulary,
    lowerCase: typeof lowerCase === "boolean" ? lowerCase : undefined,
    tokenizerConfig: tokenizer.settings,
    manifest,
    weightsPath: weights === undefined ? undefined : archive ? path : files.pathOf(weights),
    weightsFiles: weights === undefined ? [] : archive ? [path] : await weightFilesOf(files, weights),
    onnxPath,
    halfPath,
    quantizedPath,
    notes: tokenizer.notes,
  };
}

/** Reads the tensors of a safetensors file. */
export async function readTensors(path: string): Promise<Safetensors> {
  return parseSafetensors(await readBytes(path), { file: path });
}
