// A model as an ONNX file in the layout that transformers.js and Python's onnxruntime expect: full precision, half precision,
// or quantised to 8 bits.

import { headOf, modelForInference, parseBertConfig, readParameters, requireVocabularySize } from "../bert/index.ts";
import { BiobertError, type WarningSink } from "../core/index.ts";
import { type ModelFileOptions, readModelFiles } from "../data/index.ts";
import {
  encodeOnnx,
  fuse,
  fuseAttention,
  quantize,
  toHalfPrecision,
  type OnnxTarget,
  type WeightedGraph,
} from "../graph/index.ts";
import { Vocabulary } from "../tokenizer/index.ts";
import { activationRanges, calibrationSequences } from "./calibrate.ts";
import { describedHead, findHead } from "./head.ts";
import { readHeadWeights } from "./head-weights.ts";

export type OnnxPrecision = "fp32" | "fp16" | "int8";

/** Where each precision lies in a model directory. */
export const ONNX_FILES: Readonly<Record<OnnxPrecision, string>> = {
  fp32: "onnx/model.onnx",
  fp16: "onnx/model_fp16.onnx",
  int8: "onnx/model_quantized.onnx",
};

export interface ExportOptions extends ModelFileOptions {
  /** The head's name, where the directory has several; default: that of `config.json`. */
  head?: string;
  warn?: WarningSink;
}

/**
 * Encodes the model of a directory, archive or file of weights as ONNX: inputs `input_ids`, `attention_mask`,
 * `token_type_ids` (int64 `[batch, sequence]`, or `[batch, choices, sequence]` for a choice), outputs `logits`, or for a span
 * `start_logits` and `end_logits`. What goes in and comes out
 * is the same in every precision. int8 runs the model a little, to see how large its activations get; the same model gives the
 * same bytes.
 * @throws BiobertError `model-missing` without weights, `model-task` without a head or one of that name, and those of reading them.
 */
export async function exportOnnx(
  directory: string,
  precision: OnnxPrecision,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  const files = await readModelFiles(directory, options);
  const { weightsPath } = files;
  if (weightsPath === undefined) {
    throw new BiobertError({
      code: "model-missing",
      message: "an ONNX export needs weights in full precision, which this directory does not have",
      place: { file: directory },
      hint: "Convert from the model that the ONNX files were made from; they are not read back.",
    });
  }
  const found = options.head === undefined ? undefined : findHead(files, { head: options.head });
  const description = found?.description ?? describedHead(files);
  const config = parseBertConfig(files.config, `${directory}/config.json`);
  const { graph, parameters } = modelForInference(config, headOf(description));
  const { warn } = options;
  const weights = await readHeadWeights({ directory, weightsPath }, found?.head, (checkpoint) =>
    readParameters(parameters, checkpoint, { warn }),
  );
  if (precision === "int8") return encoded(fuseAttention(await quantized()));
  const fused = fuse(graph, weights);
  // Half precision is for GPUs: in the operators that WebGPU has.
  return precision === "fp32"
    ? encoded(fuseAttention(fused))
    : encoded(toHalfPrecision(fused.graph, fused.weights), "webgpu");

  function encoded(made: WeightedGraph, target: OnnxTarget = "native"): Uint8Array {
    return encodeOnnx(made.graph, { weights: made.weights, target });
  }

  async function quantized(): Promise<WeightedGraph> {
    const vocabulary = Vocabulary.fromText(files.vocabulary);
    requireVocabularySize(vocabulary.size, config.vocabSize, directory);
    const sequences = calibrationSequences(vocabulary, config.maxPositions);
    return quantize(
      graph,
      weights,
      await activationRanges(
        graph,
        weights,
        sequences,
        description.architecture === "BertForMultipleChoice" ? 1 : undefined,
      ),
    );
  }
}
