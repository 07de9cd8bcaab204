// A model's weights in another format, whole: what `convert --to` writes beside the settings.

import { convertCheckpoint } from "../bert/index.ts";
import { BiobertError, type WarningSink } from "../core/index.ts";
import { type ModelFileOptions, readModelFiles, readWeights } from "../data/index.ts";
import { encodeSafetensors, encodeTensorFlow, encodeTorch, shardSuffix } from "../formats/index.ts";

export type WeightFormat = "safetensors" | "torch" | "tensorflow";

/** The prefix of a TensorFlow checkpoint's files. */
const PREFIX = "bert_model.ckpt";

/**
 * Encodes a model's weights in `format`: files by the names under which the format's own readers look for them.
 * @throws BiobertError `model-missing` without weights, and those of reading them.
 */
export async function convertWeights(
  path: string,
  format: WeightFormat,
  options: ModelFileOptions & { warn?: WarningSink } = {},
): Promise<Record<string, Uint8Array[]>> {
  const { weightsPath } = await readModelFiles(path, options);
  if (weightsPath === undefined) {
    throw new BiobertError({ code: "model-missing", message: "this model has no weights in full precision to convert", place: { file: path } });
  }
  const scheme = format === "tensorflow" ? "tensorFlow" : "huggingFace";
  const tensors = await readWeights(weightsPath, (checkpoint) => convertCheckpoint(checkpoint, scheme, options.warn));
  if (format === "safetensors") return { "model.safetensors": encodeSafetensors(tensors, { format: "pt" }) };
  if (format === "torch") return { "pytorch_model.bin": encodeTorch(tensors) };
  const { index, data } = encodeTensorFlow(tensors);
  return { [`${PREFIX}.index`]: [index], [`${PREFIX}${shardSuffix(0, 1)}`]: data };
}
