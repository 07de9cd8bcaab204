// What an optimiser is: an update of flat parameters by flat gradients.

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
