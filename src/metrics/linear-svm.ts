// A linear support vector machine with squared hinge loss, as LIBLINEAR's L2-regularised L2-loss classifier in the dual (Hsieh et al.
// 2008, dual coordinate descent; scikit-learn's LinearSVC): one class against the rest, the bias a feature of value 1 that is
// regularised with the others. SciDocs' classification (Cohan et al. 2020) trains it on vectors with C by cross-validation.

import { BiobertError, Random } from "../core/index.ts";

export interface LinearSvmOptions {
  /** What a violated margin costs. Default 1. */
  cost?: number;
  /** Of the projected gradient's range, as LIBLINEAR stops. Default 1e-4. */
  tolerance?: number;
  /** Default 1000 passes over the data. */
  maxPasses?: number;
  /** Of the order of examples. */
  seed?: number;
  /** Whether there is a bias, a feature of value 1 that is regularised with the others. Default true. */
  bias?: boolean;
}

export interface LinearSvm {
  /** Sorted. With two classes there is one row of weights, for the second against the first. */
  classes: string[];
  weights: Float64Array[];
  biases: number[];
  /** Whether every classifier reached the tolerance. */
  converged: boolean;
}

/**
 * Trains a classifier of vectors.
 * @throws BiobertError `input-format` where vectors and labels do not go together, or there are fewer than two classes.
 */
export function trainLinearSvm(
  vectors: readonly ArrayLike<number>[],
  labels: readonly string[],
  options: LinearSvmOptions = {},
): LinearSvm {
  const classes = [...new Set(labels)].sort();
  if (vectors.length !== labels.length || classes.length < 2) {
    throw new BiobertError({
      code: "input-format",
      message: `${vectors.length} vectors with ${labels.length} labels of ${classes.length} classes: a classifier needs a label each and two classes`,
    });
  }
  const width = vectors[0]!.length;
  if (vectors.some((vector) => vector.length !== width))
    throw new BiobertError({ code: "input-format", message: "the vectors have different lengths" });
  const positives = classes.length === 2 ? [classes[1]!] : classes;
  const solved = positives.map((positive) =>
    solve(
      vectors,
      labels.map((label) => (label === positive ? 1 : -1)),
      width,
      options,
    ),
  );
  return {
    classes,
    weights: solved.map(({ weights }) => weights.subarray(0, width)),
    biases: solved.map(({ weights }) => weights[width]!),
    converged: solved.every(({ converged }) => converged),
  };
}

/** The class of each vector: the highest score, of equals the first. */
export function predictLinearSvm(
  { classes, weights, biases }: LinearSvm,
  vectors: readonly ArrayLike<number>[],
): string[] {
  return vectors.map((vector) => {
    const scores = weights.map((row, k) => dot(row, vector, row.length) + biases[k]!);
    if (classes.length === 2) return classes[scores[0]! > 0 ? 1 : 0]!;
    return classes[scores.reduce((best, score, k) => (score > scores[best]! ? k : best), 0)]!;
  });
}

function dot(weights: Float64Array, vector: ArrayLike<number>, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += weights[i]! * vector[i]!;
  return sum;
}

/** Minimises |w|² / 2 + C Σ max(0, 1 - y w·x)² over its dual, one multiplier at a time, with LIBLINEAR's shrinking. */
function solve(
  vectors: readonly ArrayLike<number>[],
  signs: readonly number[],
  width: number,
  { cost = 1, tolerance = 1e-4, maxPasses = 1000, seed = 1, bias = true }: LinearSvmOptions,
): { weights: Float64Array; converged: boolean } {
  const count = vectors.length;
  const diagonal = 0.5 / cost;
  const weights = new Float64Array(width + 1);
  const multipliers = new Float64Array(count);
  const curvatures = vectors.map((vector) => {
    let square = (bias ? 1 : 0) + diagonal;
    for (let i = 0; i < width; i++) square += vector[i]! * vector[i]!;
    return square;
  });
  const random = new Random(seed);
  const all = Array.from({ length: count }, (_, i) => i);
  let active = all;
  let bound = Infinity;
  for (let pass = 0; pass < maxPasses; pass++) {
    let [most, least] = [-Infinity, Infinity];
    const kept: number[] = [];
    for (const i of random.shuffle(active)) {
      const [vector, sign, before] = [vectors[i]!, signs[i]!, multipliers[i]!];
      const gradient = sign * (dot(weights, vector, width) + weights[width]!) - 1 + diagonal * before;
      if (before === 0 && gradient > bound) continue;
      kept.push(i);
      const projected = before === 0 ? Math.min(gradient, 0) : gradient;
      most = Math.max(most, projected);
      least = Math.min(least, projected);
      if (Math.abs(projected) < 1e-12) continue;
      const after = Math.max(before - gradient / curvatures[i]!, 0);
      multipliers[i] = after;
      const step = (after - before) * sign;
      for (let k = 0; k < width; k++) weights[k]! += step * vector[k]!;
      if (bias) weights[width]! += step;
    }
    if (most - least <= tolerance) {
      if (active.length === count && bound === Infinity) return { weights, converged: true };
      // What was left out is looked at once more before it is believed.
      [active, bound] = [all, Infinity];
      continue;
    }
    active = kept;
    bound = most <= 0 ? Infinity : most;
  }
  return { weights, converged: false };
}
