// The bricks of a transformer encoder on `[tokens, width]` activations: linear, layer norm, embedding, attention,
// feed-forward (Vaswani et al. 2017; Devlin et al. 2019). Each declares its own parameters.

import {
  add,
  batchMatMul,
  cast,
  gatherRows,
  gelu,
  layerNormalization,
  matMul,
  reshape,
  scalar,
  scale,
  softmax,
  subtract,
  transpose,
  type Value,
} from "../graph/index.ts";
import type { Dropout } from "./dropout.ts";
import type { ParameterScope } from "./parameters.ts";

export interface LinearOptions {
  /** Multiplies x first. */
  inputFactor?: number;
  /** Multiplies the result. */
  outputFactor?: number;
}

/**
 * x W^T + b for x `[tokens, in]` and W `[out, in]`. The bias is added apart from the product: ONNX
 * Runtime's Gemm first spreads a bias over the whole result, which costs as much as the product itself when it is wide.
 */
export function linear(
  p: ParameterScope,
  name: string,
  x: Value,
  outputSize: number,
  options: LinearOptions = {},
): Value {
  const { inputFactor = 1, outputFactor = 1 } = options;
  const weight = p.declare(`${name}.weight`, [outputSize, x.shape[1] as number], "normal");
  const bias = p.declare(`${name}.bias`, [outputSize], "zeros");
  return add(matMul(x, weight, { transposeB: true, alpha: inputFactor * outputFactor }), scale(bias, outputFactor));
}

/** Layer normalisation over the last axis, times `factor`. */
export function layerNorm(p: ParameterScope, name: string, x: Value, epsilon: number, factor = 1): Value {
  const width = x.shape.at(-1) as number;
  const weight = p.declare(`${name}.weight`, [width], "ones");
  const bias = p.declare(`${name}.bias`, [width], "zeros");
  return layerNormalization(x, scale(weight, factor), scale(bias, factor), epsilon).output;
}

/** Rows of a learnt table by id; lookups of `paddingIndex` leave no gradient, as in PyTorch's Embedding. */
export function embedding(
  p: ParameterScope,
  name: string,
  ids: Value,
  rows: number,
  width: number,
  options: { paddingIndex?: number } = {},
): Value {
  return gatherRows(p.declare(`${name}.weight`, [rows, width], "normal"), ids, options);
}

/** Below any score, and still finite when added to one. */
const MASKED = 1e9;

/** What leaves padding out of a softmax or a maximum when added: 0 where a mask of any number dtype is 1, -1e9 where 0; of its shape. */
export function paddingBias(mask: Value): Value {
  const floats = mask.dtype === "float32" ? mask : cast(mask, "float32");
  return scale(subtract(floats, scalar(mask.graph, 1)), MASKED);
}

export interface AttentionOptions {
  heads: number;
  /** Added to the scores: 0 where attention may look, very negative where not; `[batch, 1, 1, sequence]`. */
  maskBias: Value;
  /** Dropout on the attention probabilities. */
  probabilityDropout: Dropout | undefined;
}

/** Multi-head scaled dot-product self-attention of x `[batch*sequence, hidden]`, before its output projection. */
export function selfAttention(p: ParameterScope, name: string, x: Value, options: AttentionOptions): Value {
  const { heads, maskBias, probabilityDropout } = options;
  const hidden = x.shape[1] as number;
  const headSize = hidden / heads;
  const [batch, sequence] = [maskBias.shape[0]!, maskBias.shape[3]!];
  const split = (part: string): Value =>
    transpose(reshape(linear(p, `${name}.${part}`, x, hidden), [batch, sequence, heads, headSize]), [0, 2, 1, 3]);
  const [query, key, value] = [split("query"), split("key"), split("value")];
  const scores = batchMatMul(query, key, { transposeB: true, alpha: 1 / Math.sqrt(headSize) });
  const masked = add(scores, maskBias);
  const context =
    probabilityDropout === undefined
      ? batchMatMul(softmax(masked), value)
      : batchMatMul(probabilityDropout.attentionSoftmax(masked), value, { alpha: probabilityDropout.factor });
  return reshape(transpose(context, [0, 2, 1, 3]), x.shape);
}

export interface BlockOptions extends AttentionOptions {
  intermediateSize: number;
  epsilon: number;
  /** Dropout on the output of each half, before the residual sum. */
  hiddenDropout: Dropout | undefined;
}

/** A projection, dropped out, added to its residual and normalised. */
function projectAndNormalize(p: ParameterScope, name: string, x: Value, residual: Value, options: BlockOptions): Value {
  const { hiddenDropout, epsilon } = options;
  const hidden = residual.shape[1] as number;
  const projected = linear(p, `${name}.dense`, x, hidden, { outputFactor: hiddenDropout?.factor ?? 1 });
  const dropped = hiddenDropout === undefined ? projected : hiddenDropout.tokens(projected);
  return layerNorm(p, `${name}.norm`, add(dropped, residual), epsilon);
}

/** One post-layer-norm encoder block: attention, then feed-forward, each with its residual and norm. */
export function encoderBlock(p: ParameterScope, name: string, x: Value, options: BlockOptions): Value {
  const context = selfAttention(p, `${name}.attention`, x, options);
  const attended = projectAndNormalize(p, `${name}.attention.output`, context, x, options);
  const wide = gelu(linear(p, `${name}.feedForward.intermediate`, attended, options.intermediateSize));
  return projectAndNormalize(p, `${name}.feedForward.output`, wide, attended, options);
}
