// AdamW (Loshchilov and Hutter 2019) with bias correction, in the order PyTorch applies it: decay, moments, update.

import type { FlatLayout } from "./flat.ts";
import { OptimizerKernels } from "./kernels.ts";

export interface AdamWOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay: number;
}

export class AdamW {
  /** Running mean of gradients, flat. */
  readonly first: Float32Array;
  /** Running mean of squared gradients, flat. */
  readonly second: Float32Array;
  private readonly kernels = new OptimizerKernels();
  private readonly options: Required<AdamWOptions>;

  /** An optimiser over flat buffers of `layout`; `gradients` is read at each step, `parameters` changed in place. */
  constructor(
    private readonly layout: FlatLayout,
    private readonly parameters: Float32Array,
    private readonly gradients: Float32Array,
    options: AdamWOptions,
  ) {
    this.options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...options };
    this.first = new Float32Array(layout.length);
    this.second = new Float32Array(layout.length);
  }

  /** The Euclidean norm of the whole gradient. */
  gradientNorm(): number {
    return Math.sqrt(this.kernels.sumSquares(this.gradients));
  }

  /** One update. `step` counts from 1; `gradientFactor` multiplies the gradient first, as clipping asks. */
  step(step: number, learningRate: number, gradientFactor: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.options;
    // m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps), with both corrections brought into the step and epsilon.
    const correction = Math.sqrt(1 - beta2 ** step);
    const factors = {
      gradientFactor,
      beta1,
      beta2,
      step: (learningRate / (1 - beta1 ** step)) * correction,
      epsilon: epsilon * correction,
    };
    const { decayLength, length } = this.layout;
    const update = (start: number, end: number, keep: number): void =>
      this.kernels.adamw(this.parameters, this.gradients, this.first, this.second, start, end, { ...factors, keep });
    update(0, decayLength, 1 - learningRate * weightDecay);
    update(decayLength, length, 1);
  }
}
