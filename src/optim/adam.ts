// Adam with decoupled weight decay, in two forms. AdamW (Loshchilov and Hutter 2019): with bias correction, as PyTorch
// has it. BERT's own (Devlin et al. 2019, google-research/bert's optimization.py): without, so that the first
// updates are three to six times as large, and with an epsilon of 1e-6.

import type { FlatBuffers, FlatSlot } from "./flat.ts";
import { gradientNorm } from "./gradient-norm.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";
import { TableRows } from "./rows.ts";

export interface AdamForm {
  biasCorrection: boolean;
  epsilon: number;
}

export const ADAMW: AdamForm = { biasCorrection: true, epsilon: 1e-8 };
export const BERT_ADAM: AdamForm = { biasCorrection: false, epsilon: 1e-6 };

/** The numbers of a step, with Adam's bias corrections brought into the size of the move and its epsilon. */
export interface AdamFactors {
  /** As the kernels take them: gradient factor, beta1, 1 - beta1, beta2, 1 - beta2. */
  moments: readonly number[];
  /** What multiplies m, at a learning rate. */
  size(rate: number): number;
  epsilon: number;
}

/** `rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)` as `m size / (sqrt(v) + epsilon)`. */
export function adamFactors(
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
  step: number,
  gradientFactor: number,
  biasCorrection: boolean,
): AdamFactors {
  const moments = [gradientFactor, beta1, 1 - beta1, beta2, 1 - beta2];
  if (!biasCorrection) return { moments, size: (rate) => rate, epsilon };
  const correction = Math.sqrt(1 - beta2 ** step);
  return { moments, size: (rate) => (rate / (1 - beta1 ** step)) * correction, epsilon: epsilon * correction };
}

/** A stretch of the buffers that is updated alike. */
interface Segment {
  start: number;
  end: number;
  decay: boolean;
  rateFactor: number;
  rows?: TableRows;
}

/** Neighbours of one kind in one; a table that is walked by rows by itself. */
function segmentsOf(buffers: FlatBuffers, tables: ReadonlyMap<FlatSlot, TableRows>): Segment[] {
  const segments: Segment[] = [];
  for (const slot of buffers.layout.trained) {
    const { decay, rateFactor = 1 } = slot.spec;
    const rows = tables.get(slot);
    const last = segments.at(-1);
    const end = slot.offset + slot.length;
    const alike = last?.decay === decay && last.rateFactor === rateFactor && last.rows === undefined;
    if (alike && rows === undefined) last.end = end;
    else segments.push({ start: slot.offset, end, decay, rateFactor, ...(rows === undefined ? {} : { rows }) });
  }
  return segments;
}

/** Adam in one of its forms. */
export class Adam implements Optimizer {
  private readonly options: Required<Omit<OptimizerOptions, "touched">>;
  private readonly tables: ReadonlyMap<FlatSlot, TableRows>;
  private readonly segments: readonly Segment[];

  constructor(
    private readonly buffers: FlatBuffers,
    options: OptimizerOptions,
    private readonly form: AdamForm,
  ) {
    this.options = { beta1: 0.9, beta2: 0.999, epsilon: form.epsilon, ...options };
    this.tables = TableRows.of(buffers.layout, options.touched ?? new Map());
    this.segments = segmentsOf(buffers, this.tables);
  }

  gradientNorm(): number {
    return gradientNorm(this.buffers, this.tables);
  }

  step(step: number, learningRate: number, gradientFactor: number): void {
    const { moments, size, epsilon } = adamFactors(this.options, step, gradientFactor, this.form.biasCorrection);
    const { parameters, gradients, first, second, vectors } = this.buffers;
    const buffers = [parameters, gradients, first, second];
    for (const { start, end, decay, rateFactor, rows } of this.segments) {
      const rate = learningRate * rateFactor;
      const keep = decay ? 1 - rate * this.options.weightDecay : 1;
      const scalars = [...moments, size(rate), epsilon, keep];
      for (const [from, to, active] of rows?.runs(this.buffers) ?? [[start, end, true] as const]) {
        if (active) vectors.run("adam", buffers, [0, 2, 3], from, to, scalars);
        else if (Math.fround(keep) !== 1) vectors.run("scale", [parameters], [0], from, to, [keep]);
      }
    }
  }
}
