// All parameters in one flat buffer, each tensor a view of it, and likewise gradients and moments: the optimiser is one
// loop, a checkpoint one write, an all-reduce one call. Parameters that decay come first.

import { elementCount, type HostTensor } from "../tensor/index.ts";

/** What the layout must know of a parameter. */
export interface FlatParameter {
  name: string;
  dims: readonly number[];
  /** Whether weight decay applies to it. */
  decay: boolean;
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

  constructor(specs: readonly FlatParameter[]) {
    const ordered = [...specs.filter((spec) => spec.decay), ...specs.filter((spec) => !spec.decay)];
    let offset = 0;
    let decayLength = 0;
    this.slots = ordered.map((spec) => {
      const slot = { spec, offset, length: elementCount(spec.dims) };
      offset += slot.length;
      if (spec.decay) decayLength = offset;
      return slot;
    });
    this.length = offset;
    this.decayLength = decayLength;
  }

  /** A host tensor a parameter, over its part of `buffer`. */
  views(buffer: Float32Array): Map<string, HostTensor> {
    return new Map(
      this.slots.map(({ spec, offset, length }): [string, HostTensor] => [
        spec.name,
        { dtype: "float32", dims: spec.dims, data: buffer.subarray(offset, offset + length) },
      ]),
    );
  }
}
