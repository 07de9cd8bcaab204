// A model directory as files: read into memory with clear errors for what is missing, written whole or not at all. What
// the tensors and settings mean is for the rooms above.

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { BiobertError } from "../core/index.ts";
import { parseSafetensors, type Safetensors } from "../formats/index.ts";
import { readBytes, readText } from "./files.ts";

export type Json = Readonly<Record<string, unknown>>;

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
  task: "ner";
  labels: string[];
  /** What it was trained on. */
  corpus?: string;
  training?: HeadTraining;
}

/** How a head was trained, so that it can be made again. */
export interface HeadTraining {
  seed: number;
  /** The command line, where there was one. */
  command?: string;
  /** SHA-256 of the start's weights and of the data, files of one kind one after another. */
  sha256: { start: string; train: string; dev?: string };
  /** The options that shape the numbers. */
  recipe: Readonly<Record<string, unknown>>;
  /** Versions and processors, in order; several when the training was resumed after a change. */
  environments: readonly { biobert: string; onnxruntime: string; cpu: string }[];
}

export interface ModelFiles {
  directory: string;
  config: Json;
  vocabulary: string;
  /** Whether the tokenizer lower-cases; undefined where `tokenizer_config.json` does not say. */
  lowerCase: boolean | undefined;
  tokenizerConfig: Json;
  manifest: ModelManifest | undefined;
  /** Path of `model.safetensors`, where there is one. */
  weightsPath: string | undefined;
  /** Path of `onnx/model.onnx` (full precision, weights inside), where there is one. */
  onnxPath: string | undefined;
  /** Path of `onnx/model_quantized.onnx`, where there is one. */
  quantizedPath: string | undefined;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function readJson(path: string): Promise<Json> {
  const text = await readText(path, { stripBom: true });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BiobertError({
      code: "model-config",
      message: `not valid JSON: ${(cause as Error).message}`,
      place: { file: path },
      cause,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BiobertError({ code: "model-config", message: "not a JSON object", place: { file: path } });
  }
  return value as Json;
}

function checkManifest(json: Json, file: string): ModelManifest {
  const heads = json["heads"];
  const sound =
    json["formatVersion"] === 1 &&
    Array.isArray(heads) &&
    heads.every(
      (head: Partial<ModelHead>) =>
        head?.task === "ner" && Array.isArray(head.labels) && head.labels.every((l) => typeof l === "string"),
    );
  if (!sound) {
    throw new BiobertError({
      code: "model-config",
      message: "not a manifest this version can read",
      place: { file },
      hint: "It must have formatVersion 1 and a list of heads, each with name, task and labels.",
    });
  }
  return json as unknown as ModelManifest;
}

/**
 * Reads the small files of a model directory and finds the large ones.
 * @throws BiobertError `model-missing` naming the file that is not there, `model-config` for one that is not sound.
 */
export async function readModelFiles(directory: string): Promise<ModelFiles> {
  const entry = await stat(directory).catch(() => undefined);
  if (entry === undefined || !entry.isDirectory()) {
    throw new BiobertError({
      code: "model-missing",
      message: entry === undefined ? "there is no model directory here" : "a model is a directory, this is a file",
      place: { file: directory },
      hint: "Give a directory with config.json, vocab.txt and model.safetensors.",
    });
  }
  const required = async <T>(name: string, read: (path: string) => Promise<T>): Promise<T> => {
    const path = join(directory, name);
    if (!(await isFile(path))) {
      throw new BiobertError({
        code: "model-missing",
        message: `the model directory has no ${name}`,
        place: { file: directory },
      });
    }
    return read(path);
  };
  const optional = async <T>(name: string, read: (path: string) => Promise<T>): Promise<T | undefined> => {
    const path = join(directory, name);
    return (await isFile(path)) ? read(path) : undefined;
  };
  const path = (p: string): Promise<string> => Promise.resolve(p);
  const tokenizerConfig = (await optional("tokenizer_config.json", readJson)) ?? {};
  const lowerCase = tokenizerConfig["do_lower_case"];
  const files: ModelFiles = {
    directory,
    config: await required("config.json", readJson),
    vocabulary: await required("vocab.txt", (p) => readText(p)),
    lowerCase: typeof lowerCase === "boolean" ? lowerCase : undefined,
    tokenizerConfig,
    manifest: await optional("biobert.json", async (p) => checkManifest(await readJson(p), p)),
    weightsPath: await optional("model.safetensors", path),
    onnxPath: await optional(join("onnx", "model.onnx"), path),
    quantizedPath: await optional(join("onnx", "model_quantized.onnx"), path),
  };
  if (files.weightsPath === undefined && files.onnxPath === undefined && files.quantizedPath === undefined) {
    throw new BiobertError({
      code: "model-missing",
      message: "the model directory has no weights: neither model.safetensors nor onnx/model.onnx nor onnx/model_quantized.onnx",
      place: { file: directory },
    });
  }
  return files;
}

/** Reads the tensors of a safetensors file. */
export async function readTensors(path: string): Promise<Safetensors> {
  return parseSafetensors(await readBytes(path), { file: path });
}
