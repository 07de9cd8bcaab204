// A model's weights in another format: what `convert --to` writes beside the settings. Whole, or those of one of several heads.

import { convertCheckpoint, fromCheckpointName, headOf, modelForInference, parseBertConfig } from "../bert/index.ts";
import { BiobertError, type WarningSink } from "../core/index.ts";
import { type ModelFileOptions, readModelFiles } from "../data/index.ts";
import { encodeSafetensors, encodeTensorFlow, encodeTorch, shardSuffix, type TensorSource } from "../formats/index.ts";
import { findHead } from "./head.ts";
import { readHeadWeights } from "./head-weights.ts";

export type WeightFormat = "safetensors" | "torch" | "tensorflow";

/** The prefix of a TensorFlow checkpoint's files. */
const PREFIX = "bert_model.ckpt";

export interface ConvertOptions extends ModelFileOptions {
  /** Of a directory with several heads the one whose model is wanted, without what other heads have; default: all that the weights hold. */
  head?: string;
  warn?: WarningSink;
}

/**
 * Encodes a model's weights in `format`: files by the names under which the format's own readers look for them.
 * @throws BiobertError `model-missing` without weights, `model-task` without a head of that name, and those of reading them.
 */
export async function convertWeights(
  path: string,
  format: WeightFormat,
  options: ConvertOptions = {},
): Promise<Record<string, Uint8Array[]>> {
  const files = await readModelFiles(path, options);
  const { weightsPath, directory } = files;
  if (weightsPath === undefined) {
    throw new BiobertError({
      code: "model-missing",
      message: "this model has no weights in full precision to convert",
      place: { file: path },
    });
  }
  const found = options.head === undefined ? undefined : findHead(files, { head: options.head });
  const scheme = format === "tensorflow" ? "tensorFlow" : "huggingFace";
  const tensors = await readHeadWeights({ directory, weightsPath }, found?.head, (checkpoint) => {
    const wanted =
      found === undefined
        ? checkpoint
        : onlyThose(
            checkpoint,
            modelForInference(parseBertConfig(files.config, `${directory}/config.json`), headOf(found.description))
              .parameters,
          );
    return convertCheckpoint(wanted, scheme, options.warn);
  });
  if (format === "safetensors") return { "model.safetensors": encodeSafetensors(tensors, { format: "pt" }) };
  if (format === "torch") return { "pytorch_model.bin": encodeTorch(tensors) };
  const { index, data } = encodeTensorFlow(tensors);
  return { [`${PREFIX}.index`]: [index], [`${PREFIX}${shardSuffix(0, 1)}`]: data };
}

/** A checkpoint without what a model has no place for, such as another head's pooler. */
function onlyThose(checkpoint: TensorSource, parameters: readonly { name: string }[]): TensorSource {
  const names = new Set(parameters.map(({ name }) => name));
  const kept = [...checkpoint.tensors].filter(([name]) => names.has(fromCheckpointName(name)?.name ?? ""));
  return { ...checkpoint, tensors: new Map(kept) };
}
