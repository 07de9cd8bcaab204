// The BERT encoder (Devlin et al. 2019): token, position and segment embeddings, then post-layer-norm blocks. Exact erf
// GELU, as BioBERT's weights were trained with. Activations are `[batch*sequence, hidden]` throughout.

import { add, iota, multiplyDims, reshape, slice, hyperbolicTangent, type Dim, type Value } from "../graph/index.ts";
import {
  Dropout,
  embedding,
  encoderBlock,
  layerNorm,
  linear,
  paddingBias,
  type DropoutSource,
  type ParameterScope,
} from "../nn/index.ts";
import type { BertConfig } from "./config.ts";

export interface EncoderInputs {
  /** Integers `[batch, sequence]`. */
  inputIds: Value;
  /** 1 where there is a token, 0 where there is padding, any number dtype, `[batch, sequence]`. */
  attentionMask: Value;
  /** Segments, integers `[batch, sequence]`. */
  tokenTypeIds: Value;
}

/** 0 where attention may look and -1e9 where not, `[batch, 1, 1, sequence]`. */
function maskBias(attentionMask: Value): Value {
  const [batch, sequence] = attentionMask.shape as [Dim, Dim];
  return reshape(paddingBias(attentionMask), [batch, 1, 1, sequence]);
}

function embeddings(p: ParameterScope, config: BertConfig, inputs: EncoderInputs, dropout: Dropout | undefined): Value {
  const { hiddenSize } = config;
  const padding = { paddingIndex: config.padTokenId };
  const words = embedding(p, "embeddings.word", inputs.inputIds, config.vocabSize, hiddenSize, padding);
  const [batch, sequence] = inputs.inputIds.shape as [Dim, Dim];
  const positions = embedding(p, "embeddings.position", iota(p.graph, sequence), config.maxPositions, hiddenSize);
  const types = embedding(p, "embeddings.tokenType", inputs.tokenTypeIds, config.typeVocabSize, hiddenSize);
  const sum = reshape(add(add(words, types), positions), [multiplyDims(batch, sequence), hiddenSize]);
  const normal = layerNorm(p, "embeddings.norm", sum, config.layerNormEpsilon, dropout?.factor);
  return dropout === undefined ? normal : dropout.tokens(normal);
}

/**
 * Builds the encoder and gives the embeddings' output and every block's, each `[batch*sequence, hidden]`, the last one
 * last. Without `dropoutSource` there is no dropout.
 */
export function bertEncoder(
  p: ParameterScope,
  config: BertConfig,
  inputs: EncoderInputs,
  dropoutSource?: DropoutSource,
): Value[] {
  const dropoutOf = (rate: number): Dropout | undefined =>
    dropoutSource === undefined || rate === 0 ? undefined : new Dropout(dropoutSource, rate);
  const hiddenDropout = dropoutOf(config.hiddenDropout);
  const probabilityDropout = dropoutOf(config.attentionDropout);
  const bias = maskBias(inputs.attentionMask);
  const states = [p.graph.scoped("embeddings", () => embeddings(p, config, inputs, hiddenDropout))];
  for (let layer = 0; layer < config.layerCount; layer++) {
    const block = p.graph.scoped(`layer.${layer}`, () =>
      encoderBlock(p, `layers.${layer}`, states.at(-1)!, {
        heads: config.headCount,
        maskBias: bias,
        probabilityDropout,
        intermediateSize: config.intermediateSize,
        epsilon: config.layerNormEpsilon,
        hiddenDropout,
      }),
    );
    states.push(block);
  }
  return states;
}

/** The first token of each sequence: `[batch, hidden]` out of `[batch*sequence, hidden]`. */
export function firstTokens(sequenceOutput: Value, batch: Dim, sequence: Dim): Value {
  const width = sequenceOutput.shape[1]!;
  return reshape(slice(reshape(sequenceOutput, [batch, sequence, width]), 1, 0, 1), [batch, width]);
}

/** tanh of a linear map of each sequence's first token: `[batch, hidden]` (BERT's pooler). */
export function bertPooler(
  p: ParameterScope,
  config: BertConfig,
  sequenceOutput: Value,
  batch: Dim = "batch",
  sequence: Dim = "sequence",
): Value {
  return hyperbolicTangent(linear(p, "pooler", firstTokens(sequenceOutput, batch, sequence), config.hiddenSize));
}
