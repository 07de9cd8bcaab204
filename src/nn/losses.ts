// Losses as graph fragments: sums over counted positions, times a factor the caller feeds, so that a batch cut into
// several runs adds up to the loss of the whole.

import {
  cast,
  equal,
  iota,
  logSoftmax,
  multiply,
  negate,
  reduceSum,
  reshape,
  type Value,
} from "../graph/index.ts";

/**
 * Softmax cross-entropy of logits `[rows, classes]` against int32 labels `[rows]`: the sum over rows, times
 * `weight` (float32 scalar; 1 / counted rows gives the mean). A label outside 0..classes-1, such as -100, is ignored.
 */
export function crossEntropy(logits: Value, labels: Value, weight: Value): Value {
  const [rows, classes] = logits.shape as [string, number];
  const isLabel = equal(reshape(labels, [rows, 1]), iota(logits.graph, classes));
  const picked = multiply(logSoftmax(logits), cast(isLabel, "float32"));
  return multiply(negate(reduceSum(picked, [0, 1])), weight);
}
