// The optimisers by name: each an update of flat parameters by flat gradients.

import { Adam, ADAMW, BERT_ADAM } from "./adam.ts";
import type { FlatBuffers } from "./flat.ts";
import { Lamb } from "./lamb.ts";
import type { TouchedRows } from "./rows.ts";

export interface Optimizer {
  /** The Euclidean norm of the whole gradient, as it stands before it is clipped. */
  gradientNorm(): number;
  /** One update. `step` counts from 1; `gradientFactor` multiplies the gradient first, as clipping asks. */
  step(step: number, learningRate: number, gradientFactor: number): void;
}

export interface OptimizerOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Above 0. Default 1e-8 for AdamW, 1e-6 for the others. */
  epsilon?: number;
  weightDecay: number;
  /** Tables whose gradient is zero but for some rows. */
  touched?: TouchedRows;
}

type Maker = (buffers: FlatBuffers, options: OptimizerOptions) => Optimizer;

const OPTIMIZERS = {
  adamw: (buffers, options) => new Adam(buffers, options, ADAMW),
  "bert-adam": (buffers, options) => new Adam(buffers, options, BERT_ADAM),
  lamb: (buffers, options) => new Lamb(buffers, options),
} satisfies Record<string, Maker>;

export type OptimizerName = keyof typeof OPTIMIZERS;

/** The names of all optimisers. */
export const optimizerNames = Object.keys(OPTIMIZERS) as OptimizerName[];

/**
 * An optimiser over flat buffers: `gradients` is read at each step, `parameters` and moments are changed in place. Moments
 * may be filled, as from a checkpoint, before the first step, and not between steps.
 */
export function createOptimizer(name: OptimizerName, buffers: FlatBuffers, options: OptimizerOptions): Optimizer {
  return OPTIMIZERS[name](buffers, options);
}
