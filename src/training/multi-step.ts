// A step with one encoder and several heads: a graph for each head, all on one set of flat buffers, so that optimiser and
// checkpoint see one model. A head that a batch is not of has a gradient of zero.

import { HEAD_PREFIX } from "../bert/index.ts";
import { FlatBuffers, FlatLayout, type FlatParameter } from "../optim/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import type { TrainingModel } from "./gradient-graph.ts";
import type { LoopStep } from "./loop.ts";
import { TrainingStep, type SharedBuffers, type StepOptions } from "./step.ts";

/** One head's graph and start. */
export interface HeadModel {
  name: string;
  model: TrainingModel;
  weights: ReadonlyMap<string, HostTensor>;
}

/** The name in the layout of a head's parameter: a head's own is told apart by its name. */
export function sharedName(head: string, parameter: string): string {
  return parameter.startsWith(HEAD_PREFIX) ? `${HEAD_PREFIX}${head}.${parameter.slice(HEAD_PREFIX.length)}` : parameter;
}

export class MultiStep implements LoopStep {
  /** The step of each head, whose views are by its graph's names. */
  readonly heads: TrainingStep[] = [];
  readonly touched = new Map<string, Set<number>>();
  /** Slots that a head's graph has no gradient for. */
  private readonly absent: { offset: number; length: number }[][] = [];

  private constructor(readonly buffers: FlatBuffers) {}

  get layout(): FlatLayout {
    return this.buffers.layout;
  }

  get parameters(): Float32Array {
    return this.buffers.parameters;
  }

  /** Joins the heads' graphs. Of an encoder's parameter, which all have, the last head's start counts: they are the same. */
  static async create(heads: readonly HeadModel[], options: StepOptions = {}): Promise<MultiStep> {
    const specs = new Map<string, FlatParameter>();
    for (const { name, model } of heads) {
      for (const spec of model.parameters) {
        const own = sharedName(name, spec.name);
        if (!specs.has(own)) specs.set(own, { ...spec, name: own });
      }
    }
    const step = new MultiStep(new FlatBuffers(new FlatLayout([...specs.values()])));
    try {
      for (const { name, model, weights } of heads) {
        const nameOf = (parameter: string): string => sharedName(name, parameter);
        const shared: SharedBuffers = { buffers: step.buffers, touched: step.touched, nameOf };
        const has = new Set(model.parameters.map((spec) => nameOf(spec.name)));
        step.absent.push(step.layout.trained.filter(({ spec }) => !has.has(spec.name)));
        step.heads.push(await TrainingStep.create(model, weights, options, shared));
      }
    } catch (error) {
      await step.release();
      throw error;
    }
    return step;
  }

  /** As `TrainingStep.run`, on the graph of the head of this number. */
  async run(batch: Readonly<Record<string, HostTensor>>, accumulate: boolean, graph = 0): Promise<number> {
    if (!accumulate)
      for (const { offset, length } of this.absent[graph]!) this.buffers.gradients.fill(0, offset, offset + length);
    return this.heads[graph]!.run(batch, accumulate);
  }

  /** Frees all sessions. */
  async release(): Promise<void> {
    for (const head of this.heads) await head.release();
  }
}
