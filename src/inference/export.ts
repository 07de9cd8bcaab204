// A token classifier as an ONNX file in the layout that transformers.js and Python's onnxruntime expect: full precision,
// or quantised to 8 bits.

import { parseBertConfig, readParameters, tokenClassifierForInference } from "../bert/index.ts";
import { BiobertError } from "../core/index.ts";
import { type ModelFileOptions, readModelFiles, readWeights } from "../data/index.ts";
import { encodeOnnx, quantize } from "../graph/index.ts";

export type OnnxPrecision = "fp32" | "int8";

/** Where each precision lies in a model directory. */
export const ONNX_FILES: Readonly<Record<OnnxPrecision, string>> = {
  fp32: "onnx/model.onnx",
  int8: "onnx/model_quantized.onnx",
};

/**
 * Encodes the model of a directory, archive or file of weights as ONNX: inputs `input_ids`, `attention_mask`,
 * `token_type_ids` (int64 `[batch, sequence]`), output `logits`.
 * @throws BiobertError `model-missing` without weights, `model-task` without a head, and those of reading them.
 */
export async function exportOnnx(directory: string, precision: OnnxPrecision, places: ModelFileOptions = {}): Promise<Uint8Array> {
  const files = await readModelFiles(directory, places);
  if (files.weightsPath === undefined) {
    throw new BiobertError({
      code: "model-missing",
      message: "an ONNX export needs weights in full precision, which this directory does not have",
      place: { file: directory },
    });
  }
  const labelCount = Object.keys((files.config["id2label"] ?? {}) as object).length;
  if (labelCount === 0) {
    throw new BiobertError({ code: "model-task", message: "config.json has no id2label: there is no head to export", place: { file: directory } });
  }
  const config = parseBertConfig(files.config, `${directory}/config.json`);
  const { graph, parameters } = tokenClassifierForInference(config, labelCount);
  const weights = await readWeights(files.weightsPath, (checkpoint) => readParameters(parameters, checkpoint));
  if (precision === "fp32") return encodeOnnx(graph, { weights });
  const small = quantize(graph, weights);
  return encodeOnnx(small.graph, { weights: small.weights });
}
