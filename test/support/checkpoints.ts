// The golden checkpoints: one tiny BERT in every form that people have (reference/checkpoints_golden.py and
// reference/checkpoints_tensorflow.py), as bytes and as directories made of them.

import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  kindOfCheckpoint,
  memorySource,
  openSafetensors,
  openTensorFlow,
  openTorchLegacy,
  openTorchZip,
  type TensorSource,
} from "../../src/formats/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";

export const GOLDEN = join(import.meta.dirname, "..", "golden", "checkpoints");

/** Bytes of a golden file. */
export function golden(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(GOLDEN, name)));
}

export interface Expected {
  ids: number[];
  mask: number[];
  logits: number[];
  views: Record<string, { dims: number[]; values: (number | string | boolean)[] }>;
}

/** What the reference made of the same weights. */
export const expected = JSON.parse(readFileSync(join(GOLDEN, "expected.json"), "utf8")) as Expected;

export const TENSORFLOW = "tensorflow/model.ckpt-1000000";

/** Opens bytes by their content; `data` is the data file of a TensorFlow index. */
export async function openBytes(bytes: Uint8Array, data?: Uint8Array): Promise<TensorSource | undefined> {
  const source = memorySource(bytes, "file");
  switch (await kindOfCheckpoint(source)) {
    case "safetensors":
      return openSafetensors(source);
    case "torch-zip":
      return openTorchZip(source);
    case "torch-legacy":
      return openTorchLegacy(source);
    case "tensorflow-index":
      return openTensorFlow(source, async () => memorySource(data!, "data"));
    default:
      return undefined;
  }
}

/** All tensors of a checkpoint. */
export async function readAll(source: TensorSource): Promise<Map<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const name of source.tensors.keys()) tensors.set(name, await source.read(name));
  return tensors;
}

/** A model directory with the golden settings and these files of weights, by the names they get there. */
export function goldenDirectory(
  directory: string,
  files: Record<string, string>,
  settings = ["config.json", "vocab.txt", "tokenizer_config.json"],
): string {
  mkdirSync(directory, { recursive: true });
  for (const name of settings) copyFileSync(join(GOLDEN, name), join(directory, name));
  for (const [name, from] of Object.entries(files)) copyFileSync(join(GOLDEN, from), join(directory, name));
  return directory;
}
