// The token-classification model: the encoder, dropout, and a linear layer onto the labels; as a graph to train and as
// a graph to run.

import { Graph, reshape, type Value } from "../graph/index.ts";
import { crossEntropy, Dropout, dropoutInputs, linear, ParameterScope, type ParameterSpec } from "../nn/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import type { BertConfig } from "./config.ts";
import { bertEncoder } from "./encoder.ts";

/** Parameters that belong to a head, not to the encoder: their names start so. */
export const HEAD_PREFIX = "head.";

export interface BuiltModel {
  graph: Graph;
  parameters: readonly ParameterSpec[];
  /** The values of `parameters` in the graph, in the same order. */
  parameterValues: readonly Value[];
}

/**
 * The graph to run, with the input and output names that Hugging Face's ONNX exports have: `input_ids`,
 * `attention_mask`, `token_type_ids` (int64 `[batch, sequence]`) -> `logits` `[batch, sequence, labels]`.
 */
export function tokenClassifierForInference(config: BertConfig, labelCount: number): BuiltModel {
  const graph = new Graph("token-classification");
  const p = new ParameterScope(graph);
  const shape = ["batch", "sequence"];
  const inputs = {
    inputIds: graph.input("input_ids", "int64", shape),
    attentionMask: graph.input("attention_mask", "int64", shape),
    tokenTypeIds: graph.input("token_type_ids", "int64", shape),
  };
  const states = bertEncoder(p, config, inputs);
  const logits = graph.scoped("head", () => linear(p, `${HEAD_PREFIX}classifier`, states.at(-1)!, labelCount));
  graph.output("logits", reshape(logits, ["batch", "sequence", labelCount]));
  return { graph, parameters: p.specs, parameterValues: p.values };
}

/** A padded batch of ids, row-major `[batch, sequence]`. */
export interface IdBatch {
  inputIds: Int32Array;
  /** 1 for a token, 0 for padding. */
  attentionMask: Int32Array;
  /** All zero where absent. */
  tokenTypeIds?: Int32Array;
  batch: number;
  sequence: number;
}

/** A batch as the inputs of `tokenClassifierForInference`, and of ONNX files with its names. */
export function classifierInputs(batch: IdBatch): Record<string, HostTensor> {
  const dims = [batch.batch, batch.sequence];
  const tensor = (values: Int32Array | undefined): HostTensor => ({
    dtype: "int64",
    dims,
    data: widened(values, batch.batch * batch.sequence),
  });
  return {
    input_ids: tensor(batch.inputIds),
    attention_mask: tensor(batch.attentionMask),
    token_type_ids: tensor(batch.tokenTypeIds),
  };
}

/** 32-bit ids as int64; the high halves stay zero, as no id is negative. */
function widened(values: Int32Array | undefined, length: number): BigInt64Array {
  const wide = new BigInt64Array(length);
  if (values === undefined) return wide;
  const halves = new Int32Array(wide.buffer);
  for (let i = 0; i < length; i++) halves[2 * i] = values[i]!;
  return wide;
}

export interface TrainingGraph extends BuiltModel {
  loss: Value;
  logits: Value;
}

/**
 * The graph of the training loss. Inputs: `inputIds`, `tokenTypeIds` (int32), `attentionMask` (float32), all
 * `[batch, sequence]`; `labels` int32 `[batch*sequence]`, -100 where not counted; `lossWeight` (float32 scalar, 1 over
 * the counted labels of the whole batch); with dropout also `dropoutKey` and `exampleIds`.
 */
export function tokenClassifierForTraining(config: BertConfig, labelCount: number): TrainingGraph {
  const graph = new Graph("token-classification-training");
  const p = new ParameterScope(graph);
  const shape = ["batch", "sequence"];
  const inputs = {
    inputIds: graph.input("inputIds", "int32", shape),
    attentionMask: graph.input("attentionMask", "float32", shape),
    tokenTypeIds: graph.input("tokenTypeIds", "int32", shape),
  };
  const labels = graph.input("labels", "int32", ["batch*sequence"]);
  const lossWeight = graph.input("lossWeight", "float32", []);
  const hasDropout = config.hiddenDropout > 0 || config.attentionDropout > 0;
  const source = hasDropout ? dropoutInputs(graph, "batch", "sequence") : undefined;
  const last = bertEncoder(p, config, inputs, source).at(-1)!;
  return graph.scoped("head", () => {
    const dropout = source === undefined || config.hiddenDropout === 0 ? undefined : new Dropout(source, config.hiddenDropout);
    const dropped = dropout === undefined ? last : dropout.tokens(last);
    const logits = linear(p, `${HEAD_PREFIX}classifier`, dropped, labelCount, { inputFactor: dropout?.factor ?? 1 });
    const loss = crossEntropy(logits, labels, lossWeight);
    return { graph, parameters: p.specs, parameterValues: p.values, loss, logits };
  });
}
