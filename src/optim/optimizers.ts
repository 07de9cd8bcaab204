// The optimisers by name.

import { Adam, ADAMW, BERT_ADAM } from "./adam.ts";
import type { FlatBuffers } from "./flat.ts";
import { Lamb } from "./lamb.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";

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
