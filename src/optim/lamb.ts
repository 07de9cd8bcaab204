// LAMB (You et al. 2020, "Large Batch Optimization for Deep Learning"): Adam's update with bias correction, decay added,
// scaled for each tensor to the norm of its weights. As in the authors' and Nvidia's code, tensors that do not decay
// (biases, normalisation) are not scaled. For large batches, pre-training above all.

import { adamFactors } from "./adam.ts";
import type { FlatBuffers, FlatSlot } from "./flat.ts";
import { gradientNorm } from "./gradient-norm.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";
import { TableRows } from "./rows.ts";

/** LAMB with an epsilon of 1e-6. */
export class Lamb implements Optimizer {
  private readonly options: Required<Omit<OptimizerOptions, "touched">>;
  private readonly tables: ReadonlyMap<FlatSlot, TableRows>;

  constructor(
    private readonly buffers: FlatBuffers,
    options: OptimizerOptions,
  ) {
    this.options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-6, ...options };
    this.tables = TableRows.of(buffers.layout, options.touched ?? new Map());
  }

  gradientNorm(): number {
    return gradientNorm(this.buffers, this.tables);
  }

  step(step: number, learningRate: number, gradientFactor: number): void {
    const { moments, size, epsilon } = adamFactors(this.options, step, gradientFactor, true);
    const { parameters, gradients, first, second, vectors, layout } = this.buffers;
    const buffers = [parameters, gradients, first, second];
    const { weightDecay } = this.options;
    for (const { spec, offset, length } of layout.trained) {
      const end = offset + length;
      const rate = learningRate * (spec.rateFactor ?? 1);
      if (!spec.decay) {
        vectors.run("adam", buffers, [0, 2, 3], offset, end, [...moments, size(rate), epsilon, 1]);
        continue;
      }
      const decayed = [size(1), epsilon, weightDecay];
      vectors.clearSums();
      vectors.run("lambMoments", buffers, [2, 3], offset, end, [...moments, ...decayed]);
      const [weights, update] = [Math.sqrt(vectors.sum(0)), Math.sqrt(vectors.sum(1))];
      const trust = weights > 0 && update > 0 ? weights / update : 1;
      vectors.run("lambUpdate", [parameters, first, second], [0], offset, end, [...decayed, rate * trust]);
    }
  }
}
