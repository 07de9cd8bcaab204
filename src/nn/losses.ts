// Losses as graph fragments: sums over what is counted, times a factor the caller feeds, so that a batch cut into
// several runs adds up to the loss of the whole. With the right factor each is PyTorch's loss of reduction "mean":
// CrossEntropyLoss (class weights, ignored labels, label smoothing), BCEWithLogitsLoss, MSELoss.

import {
  add,
  cast,
  equal,
  iota,
  multiply,
  negate,
  reduceMean,
  reduceSum,
  reshape,
  scale,
  softmaxCrossEntropy,
  softplus,
  subtract,
  type Dim,
  type Graph,
  type Value,
} from "../graph/index.ts";

export interface CrossEntropyOptions {
  /** What a row counts for, by its class. */
  classWeights?: readonly number[];
  /** Share of a row's target that is spread evenly over all classes (Szegedy et al. 2016). Default 0. */
  labelSmoothing?: number;
}

function vector(graph: Graph, values: readonly number[]): Value {
  return graph.constant({ dtype: "float32", dims: [values.length], data: Float32Array.from(values) });
}

/** The sum over all axes, times the fed factor; its nodes are those of the scope "loss". */
function weightedSum(graph: Graph, weight: Value, build: () => Value): Value {
  return graph.scoped("loss", () => {
    const losses = build();
    return multiply(reduceSum(losses, [...losses.shape.keys()]), weight);
  });
}

/**
 * Softmax cross-entropy of logits `[rows, classes]` against int32 labels `[rows]`: the sum over rows, times
 * `weight` (float32 scalar; `meanWeight` gives the mean). A label outside 0..classes-1, such as -100, is ignored.
 */
export function crossEntropy(logits: Value, labels: Value, weight: Value, options: CrossEntropyOptions = {}): Value {
  const { classWeights, labelSmoothing = 0 } = options;
  const { graph } = logits;
  return weightedSum(graph, weight, () => {
    const { losses, logProbabilities } = softmaxCrossEntropy(logits, labels);
    if (classWeights === undefined && labelSmoothing === 0) return losses;
    const [rows, classes] = logits.shape as [Dim, Dim];
    const isLabel = cast(equal(reshape(labels, [rows, 1]), iota(graph, classes)), "float32");
    const weights = classWeights === undefined ? undefined : vector(graph, classWeights);
    const weighted = (x: Value): Value => (weights === undefined ? x : multiply(x, weights));
    const hard = weights === undefined ? losses : multiply(losses, reduceSum(weighted(isLabel), [1]));
    if (labelSmoothing === 0) return hard;
    const even = multiply(negate(reduceMean(weighted(logProbabilities), [1])), reduceSum(isLabel, [1]));
    return add(scale(hard, 1 - labelSmoothing), scale(even, labelSmoothing));
  });
}

export interface BinaryCrossEntropyOptions {
  /** What a positive target counts for, by its label: PyTorch's `pos_weight`. */
  positiveWeights?: readonly number[];
}

/**
 * Binary cross-entropy of logits `[rows, labels]` against targets from 0 to 1 of the same shape: the sum over all
 * elements, times `weight` (float32 scalar; 1 / elements gives the mean).
 */
export function binaryCrossEntropy(
  logits: Value,
  targets: Value,
  weight: Value,
  options: BinaryCrossEntropyOptions = {},
): Value {
  const { positiveWeights } = options;
  return weightedSum(logits.graph, weight, () => {
    // y (-log sigmoid(x)) + (1 - y) (-log(1 - sigmoid(x))), where the first is softplus(x) - x and the second softplus(x).
    const plain = subtract(softplus(logits), multiply(logits, targets));
    if (positiveWeights === undefined) return plain;
    const more = vector(
      logits.graph,
      positiveWeights.map((value) => value - 1),
    );
    return add(plain, multiply(multiply(softplus(negate(logits)), targets), more));
  });
}

/**
 * Squared error of predictions against targets, both `[rows, columns]`: the sum over all elements, times `weight`
 * (float32 scalar; 1 / elements gives the mean).
 */
export function squaredError(predictions: Value, targets: Value, weight: Value): Value {
  return weightedSum(predictions.graph, weight, () => {
    const difference = subtract(predictions, targets);
    return multiply(difference, difference);
  });
}

/**
 * The factor that makes `crossEntropy` a mean: 1 over the counted labels, each with its class's weight; 0 where nothing
 * is counted. Take it over the whole batch, not over the part of it that one run sees.
 */
export function meanWeight(labels: ArrayLike<number>, classes: number, classWeights?: readonly number[]): number {
  let counted = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label >= 0 && label < classes) counted += classWeights?.[label] ?? 1;
  }
  return counted === 0 ? 0 : 1 / counted;
}
