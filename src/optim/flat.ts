// All parameters in one flat buffer, each tensor a view of it, and likewise gradients and moments: the optimiser is one
// loop, a checkpoint one write, an all-reduce one call. Parameters that decay come first, frozen ones last: those have
// neither gradients nor moments.

import { allocateFloats, elementCount, type HostTensor } from "../tensor/index.ts";
import { SCRATCH_BYTES, Vectors } from "./vectors.ts";

/** What the layout must know of a parameter. */
export interface FlatParameter {
  name: string;
  dims: readonly number[];
  /** Whether weight decay applies to it. */
  decay: boolean;
  /** Multiplies the learning rate. Default 1. */
  rateFactor?: number;
  /** Frozen: it keeps its values. Default false. */
  frozen?: boolean;
}

export interface FlatSlot {
  spec: FlatParameter;
  offset: number;
  length: number;
}

export class FlatLayout {
  readonly slots: readonly FlatSlot[];
  readonly length: number;
  /** Elements [0, decayLength) decay; the rest do not. */
  readonly decayLength: number;
  /** Elements [0, trainedLength) are trained; the rest are frozen. */
  readonly trainedLength: number;

  constructor(specs: readonly FlatParameter[]) {
    const trained = specs.filter((spec) => spec.frozen !== true);
    const frozen = specs.filter((spec) => spec.frozen === true);
    const ordered = [...trained.filter((spec) => spec.decay), ...trained.filter((spec) => !spec.decay), ...frozen];
    let offset = 0;
    let decayLength = 0;
    let trainedLength = 0;
    this.slots = ordered.map((spec) => {
      const slot = { spec, offset, length: elementCount(spec.dims) };
      offset += slot.length;
      if (spec.frozen !== true) {
        trainedLength = offset;
        if (spec.decay) decayLength = offset;
      }
      return slot;
    });
    this.length = offset;
    this.decayLength = decayLength;
    this.trainedLength = trainedLength;
  }

  /** The slots of parameters that are trained. */
  get trained(): readonly FlatSlot[] {
    return this.slots.filter(({ spec }) => spec.frozen !== true);
  }

  /** A host tensor a parameter, over its part of `buffer`; frozen ones only where `buffer` has them too. */
  views(buffer: Float32Array): Map<string, HostTensor> {
    return new Map(
      this.slots
        .filter(({ offset, length }) => offset + length <= buffer.length)
        .map(({ spec, offset, length }): [string, HostTensor] => [
          spec.name,
          { dtype: "float32", dims: spec.dims, data: buffer.subarray(offset, offset + length) },
        ]),
    );
  }
}

/** The flat buffers of a training run, and the kernels that work on them. */
export class FlatBuffers {
  /** All parameters, trained and frozen. */
  readonly parameters: Float32Array;
  /** Of trained parameters, like all that follow: the gradient of a step. */
  readonly gradients: Float32Array;
  /** The gradient of a part of a batch, before it is added. */
  readonly part: Float32Array;
  /** Running mean of gradients. */
  readonly first: Float32Array;
  /** Running mean of squared gradients. */
  readonly second: Float32Array;
  readonly vectors: Vectors;

  /** Zeroed buffers for `layout`. `inPlace` false has the kernels copy, as they must where a model is too large. */
  constructor(
    readonly layout: FlatLayout,
    inPlace = true,
  ) {
    const { length, trainedLength } = layout;
    const memory = allocateFloats([length, ...Array<number>(4).fill(trainedLength)], SCRATCH_BYTES, inPlace);
    [this.parameters, this.gradients, this.part, this.first, this.second] = memory.buffers as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    this.vectors = new Vectors(memory);
  }
}
