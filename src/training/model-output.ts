// A fine-tuned model as a directory: a Hugging Face model that `transformers` loads, with our manifest and card beside.

import { exportParameters, formatModelConfig, type BertConfig, type HeadDescription } from "../bert/index.ts";
import {
  ensureDirectory,
  exists,
  HEADS_FOLDER,
  readText,
  removeFile,
  writeFileAtomic,
  type ModelManifest,
} from "../data/index.ts";
import { encodeSafetensors } from "../formats/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { tokenizerFiles, type TokenizerOptions } from "../tokenizer/index.ts";

/** What the small files of a directory say. */
export interface ModelDescription {
  config: BertConfig;
  head: HeadDescription;
  vocabulary: string;
  tokenizerOptions: TokenizerOptions;
  manifest: ModelManifest;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** The small files of a model directory, by name. The record of the training comes first: a killed run is known by it. */
export function describeModel(files: ModelDescription): Record<string, string> {
  return {
    "biobert.json": json(files.manifest),
    "config.json": json(formatModelConfig(files.config, files.head)),
    ...tokenizerFiles(files.vocabulary, files.tokenizerOptions, files.config.maxPositions),
  };
}

/**
 * Writes the small files, each whole. Where the directory describes another model, its weights go first: they must not
 * be read with these files.
 */
export async function writeModelFiles(directory: string, files: ModelDescription): Promise<void> {
  const changed: [string, string][] = [];
  for (const [name, content] of Object.entries(describeModel(files))) {
    const path = `${directory}/${name}`;
    const same = (await exists(path)) && (await readText(path).catch(() => undefined)) === content;
    if (!same) changed.push([path, content]);
  }
  if (changed.length > 0) {
    await removeOnnx(directory);
    await removeFile(`${directory}/model.safetensors`);
  }
  for (const [path, content] of changed) await writeFileAtomic(path, content);
}

/** ONNX files are made of weights: those of earlier weights would be run in place of the new ones. */
async function removeOnnx(directory: string): Promise<void> {
  for (const name of ["model_quantized.onnx", "model_fp16.onnx", "model.onnx"])
    await removeFile(`${directory}/onnx/${name}`);
}

/**
 * Writes `model.safetensors` under the names that `transformers` knows, and the files of further heads; ONNX files of earlier
 * weights go.
 */
export async function writeWeights(
  directory: string,
  parameters: ReadonlyMap<string, HostTensor>,
  heads: ReadonlyMap<string, ReadonlyMap<string, HostTensor>> = new Map(),
): Promise<void> {
  await removeOnnx(directory);
  // Further heads are of the encoder that goes last: no earlier one must be read with them.
  if (heads.size > 0) await removeFile(`${directory}/model.safetensors`);
  for (const [file, own] of heads) {
    await ensureDirectory(`${directory}/${HEADS_FOLDER}`);
    await writeFileAtomic(`${directory}/${file}`, encodeSafetensors(exportParameters(own), { format: "pt" }));
  }
  await writeFileAtomic(
    `${directory}/model.safetensors`,
    encodeSafetensors(exportParameters(parameters), { format: "pt" }),
  );
}
