// One vector a text, for search and similarity: the mean of its tokens' states, the first token's, or the largest value
// of each dimension, padding left out (Reimers and Gurevych 2019; the module "Pooling" of sentence-transformers).

import { add, cast, divide, multiply, reduceMax, reduceSum, reshape, type Dim, type Value } from "../graph/index.ts";
import { paddingBias } from "../nn/index.ts";
import type { BertConfig } from "./config.ts";
import { firstTokens } from "./encoder.ts";
import { lastState, modelForInference, type BuiltModel, type HeadContext } from "./model.ts";

export type Pooling = "mean" | "first" | "max" | "sum";

/** The name of the result, that of sentence-transformers' exports. */
export const VECTORS = "sentence_embedding";

/** The name of the states' result, `[batch, sequence, hidden]`, where nothing is pooled. */
export const TOKEN_STATES = "token_embeddings";

/**
 * A vector a sequence `[batch, hidden]` from states `[batch*sequence, hidden]` and the attention mask
 * `[batch, sequence]`, in which each sequence has a token at least.
 */
export function pooledVectors(states: Value, attentionMask: Value, pooling: Pooling): Value {
  const [batch, sequence] = attentionMask.shape as [Dim, Dim];
  if (pooling === "first") return firstTokens(states, batch, sequence);
  const tokens = reshape(states, [batch, sequence, states.shape[1]!]);
  const floats = attentionMask.dtype === "float32" ? attentionMask : cast(attentionMask, "float32");
  const mask = reshape(floats, [batch, sequence, 1]);
  if (pooling === "sum") return reduceSum(multiply(tokens, mask), [1]);
  if (pooling === "mean") return divide(reduceSum(multiply(tokens, mask), [1]), reduceSum(mask, [1]));
  return reduceMax(add(tokens, paddingBias(mask)), [1]);
}

/**
 * The graph to run: `input_ids`, `attention_mask`, `token_type_ids` (int64 `[batch, sequence]`) to
 * `sentence_embedding` `[batch, hidden]`, its name in the exports of sentence-transformers. To train on top of it, build
 * the loss on `pooledVectors`.
 */
export function pooledVectorsForInference(config: BertConfig, pooling: Pooling): BuiltModel {
  return modelForInference(config, {
    name: `pooled-vectors-${pooling}`,
    predict: (context) => ({
      sentence_embedding: context.graph.scoped("pooling", () =>
        pooledVectors(lastState(context), context.inputs.attentionMask, pooling),
      ),
    }),
  });
}

/** As `pooledVectorsForInference`, or without pooling to `token_embeddings` `[batch, sequence, hidden]`. */
export function encoderForInference(config: BertConfig, pooling: Pooling | "none"): BuiltModel {
  if (pooling !== "none") return pooledVectorsForInference(config, pooling);
  const predict = (context: HeadContext): Record<string, Value> => ({
    [TOKEN_STATES]: reshape(lastState(context), ["batch", "sequence", config.hiddenSize]),
  });
  return modelForInference(config, { name: "token-states", predict });
}
