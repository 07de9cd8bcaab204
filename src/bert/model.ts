// From an encoder and a head to a graph: one to run, with the input and output names of Hugging Face's ONNX exports, and
// one to train. What a head is, is said here; the heads are in the files beside.

import { Graph, multiplyDims, reshape, type Dim, type Value } from "../graph/index.ts";
import { Dropout, dropoutInputs, linear, ParameterScope, type ParameterSpec } from "../nn/index.ts";
import type { BertConfig } from "./config.ts";
import { bertEncoder, bertPooler, type EncoderInputs } from "./encoder.ts";

/** Parameters that belong to a head, not to the encoder: their names start so. */
export const HEAD_PREFIX = "head.";

/** What a head is built on. */
export interface HeadContext {
  graph: Graph;
  p: ParameterScope;
  config: BertConfig;
  /** The dtype of whole numbers that are fed: int32 to train, int64 to run, as Hugging Face's exports have it. */
  integers: "int32" | "int64";
  /** What the encoder was given, each `[rows, sequence]`. */
  inputs: EncoderInputs;
  /** The output of the embeddings and of every block, each `[rows*sequence, hidden]`. */
  states: readonly Value[];
  /** Sequences the encoder sees: "batch", or "batch*choices". */
  rows: Dim;
  /** Of the head's input, in training; undefined without. */
  dropout: Dropout | undefined;
}

/** What is made of the encoder's states. */
export interface Predictor {
  /** Names its graphs. */
  name: string;
  /** An example is several sequences, inputs are `[batch, choices, sequence]`. */
  hasChoices?: boolean;
  /** The results by name, as `transformers` names and shapes them. */
  predict(context: HeadContext): Record<string, Value>;
}

/** A predictor with a loss. A graph asks for the results or for the loss, not for both. */
export interface Head extends Predictor {
  /** A float32 scalar: sums, times the weights that are fed. */
  loss(context: HeadContext): Value;
}

export interface BuiltModel {
  graph: Graph;
  parameters: readonly ParameterSpec[];
  /** The values of `parameters` in the graph, in the same order. */
  parameterValues: readonly Value[];
  /** The output of the embeddings and of every block, each `[batch*sequence, hidden]`. */
  states: readonly Value[];
}

export interface TrainingGraph extends BuiltModel {
  loss: Value;
}

/** The encoder's last output, `[rows*sequence, hidden]`. */
export function lastState(context: HeadContext): Value {
  return context.states.at(-1)!;
}

/** BERT's pooler on the encoder's last output, `[rows, hidden]`. */
export function pooledOutput(context: HeadContext): Value {
  const { graph, p, config, rows } = context;
  return graph.scoped("pooler", () => bertPooler(p, config, lastState(context), rows));
}

/** A linear layer `head.NAME` on `x`, which is dropped out first in training; `x` has a row a token or a row an example. */
export function classifier(
  context: HeadContext,
  name: string,
  x: Value,
  perRow: "tokens" | "examples",
  size: number,
): Value {
  const { graph, p, dropout } = context;
  return graph.scoped("head", () => {
    const kept = dropout === undefined ? x : dropout[perRow](x);
    return linear(p, HEAD_PREFIX + name, kept, size, { inputFactor: dropout?.factor ?? 1 });
  });
}

/** The factor on a loss, fed at each run: 1 over what the whole batch counts, for its mean. */
export function lossWeight(context: HeadContext, name = "lossWeight"): Value {
  return context.graph.input(name, "float32", []);
}

const FED = {
  int64: { inputIds: "input_ids", attentionMask: "attention_mask", tokenTypeIds: "token_type_ids" },
  int32: { inputIds: "inputIds", attentionMask: "attentionMask", tokenTypeIds: "tokenTypeIds" },
} as const;

function build(
  config: BertConfig,
  head: Predictor,
  integers: "int32" | "int64",
): { context: HeadContext; model: BuiltModel } {
  const graph = new Graph(integers === "int64" ? head.name : `${head.name}-training`);
  const p = new ParameterScope(graph);
  const shape = head.hasChoices ? ["batch", "choices", "sequence"] : ["batch", "sequence"];
  const rows = multiplyDims(...shape.slice(0, -1));
  const input = (key: keyof EncoderInputs, dtype: "int32" | "int64" | "float32"): Value =>
    reshape(graph.input(FED[integers][key], dtype, shape), [rows, "sequence"]);
  const inputs = {
    inputIds: input("inputIds", integers),
    attentionMask: input("attentionMask", integers === "int64" ? "int64" : "float32"),
    tokenTypeIds: input("tokenTypeIds", integers),
  };
  const hasDropout = integers === "int32" && (config.hiddenDropout > 0 || config.attentionDropout > 0);
  const source = hasDropout
    ? dropoutInputs(graph, "batch", "sequence", head.hasChoices ? "choices" : undefined)
    : undefined;
  const states = bertEncoder(p, config, inputs, source);
  const dropout =
    source === undefined || config.hiddenDropout === 0 ? undefined : new Dropout(source, config.hiddenDropout);
  return {
    context: { graph, p, config, integers, inputs, states, rows, dropout },
    model: { graph, parameters: p.specs, parameterValues: p.values, states },
  };
}

/**
 * The graph to run: `input_ids`, `attention_mask`, `token_type_ids` (int64 `[batch, sequence]`, or
 * `[batch, choices, sequence]`) and what else the head asks for, to the head's results.
 */
export function modelForInference(config: BertConfig, head: Predictor): BuiltModel {
  const { context, model } = build(config, head, "int64");
  for (const [name, value] of Object.entries(head.predict(context))) model.graph.output(name, value);
  return model;
}

/**
 * The graph of the training loss. Inputs: `inputIds`, `tokenTypeIds` (int32), `attentionMask` (float32), all
 * `[batch, sequence]` or `[batch, choices, sequence]`; the head's labels and `lossWeight`; with dropout also
 * `dropoutKey` and `exampleIds`.
 */
export function modelForTraining(config: BertConfig, head: Head): TrainingGraph {
  const { context, model } = build(config, head, "int32");
  return { ...model, loss: head.loss(context) };
}
