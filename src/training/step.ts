// One training step: a graph that maps parameters and a batch to loss and gradients, run over flat buffers that stay in
// place, so that a step allocates nothing large.

import { BiobertError, invariant } from "../core/index.ts";
import { EngineSession, onnxTarget, type SessionOptions } from "../engine/index.ts";
import { encodeOnnx } from "../graph/index.ts";
import { FlatBuffers, FlatLayout } from "../optim/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { addGradientOutputs, type RowGradient, type TrainingModel } from "./gradient-graph.ts";
import { trainingSchedule, type Recomputation } from "./recomputation.ts";

interface RowTarget extends RowGradient {
  target: Float32Array;
}

/** `device` is where the graph runs: parameters, gradients and the optimiser stay in the host's memory. */
export interface StepOptions extends Pick<SessionOptions, "device" | "threads" | "memoryArena" | "profilePrefix"> {
  /** What of the activations is made again in the backward pass instead of kept. Default: nothing. */
  recompute?: Recomputation;
}

/** Buffers that several graphs train together, each on its own part: an encoder with several heads. */
export interface SharedBuffers {
  buffers: FlatBuffers;
  /** The name in the buffers' layout of a parameter of this graph. */
  nameOf(parameter: string): string;
  /** By names in the layout. */
  touched: Map<string, Set<number>>;
}

function renamed<T>(
  views: ReadonlyMap<string, T>,
  model: TrainingModel,
  nameOf: (name: string) => string,
): Map<string, T> {
  const own = model.parameters.map(({ name }): [string, T | undefined] => [name, views.get(nameOf(name))]);
  return new Map(own.filter((entry): entry is [string, T] => entry[1] !== undefined));
}

export class TrainingStep {
  readonly layout: FlatLayout;
  /** All that is flat, for an optimiser. */
  readonly buffers: FlatBuffers;
  /** All parameters, flat. */
  readonly parameters: Float32Array;
  /** The gradient of the last step, flat, of trained parameters alone. */
  readonly gradients: Float32Array;
  /** Each parameter by name, a view of `parameters`. */
  readonly views: ReadonlyMap<string, HostTensor>;
  /** Tables whose gradient comes as rows, by name: the rows that have one. That of all other rows is zero. */
  readonly touched: Map<string, Set<number>>;
  private readonly nameOf: (parameter: string) => string;
  private readonly gradientViews: ReadonlyMap<string, HostTensor>;
  private readonly partViews: ReadonlyMap<string, HostTensor>;
  private readonly feeds: Record<string, HostTensor>;
  private readonly dense: string[] = [];
  private readonly rows: RowTarget[] = [];
  private session: EngineSession | undefined;

  private constructor(
    private readonly model: TrainingModel,
    shared?: SharedBuffers,
  ) {
    this.nameOf = (parameter) => shared?.nameOf(parameter) ?? parameter;
    this.buffers = shared?.buffers ?? new FlatBuffers(new FlatLayout(model.parameters));
    this.touched = shared?.touched ?? new Map<string, Set<number>>();
    this.layout = this.buffers.layout;
    this.parameters = this.buffers.parameters;
    this.gradients = this.buffers.gradients;
    this.views = renamed(this.layout.views(this.parameters), model, this.nameOf);
    this.gradientViews = renamed(this.layout.views(this.gradients), model, this.nameOf);
    this.partViews = renamed(this.layout.views(this.buffers.part), model, this.nameOf);
    this.feeds = Object.fromEntries(this.views);
  }

  /** Differentiates the model's loss, encodes the graph and loads it. `weights` gives every parameter's start. */
  static async create(
    model: TrainingModel,
    weights: ReadonlyMap<string, HostTensor>,
    options: StepOptions = {},
    shared?: SharedBuffers,
  ): Promise<TrainingStep> {
    const step = new TrainingStep(model, shared);
    for (const [name, view] of step.views) {
      const weight = weights.get(name);
      invariant(weight !== undefined && weight.data.length === view.data.length, `no start for parameter ${name}`);
      (view.data as Float32Array).set(weight.data as Float32Array);
    }
    const { dense, rows } = addGradientOutputs(model);
    step.dense.push(...dense);
    for (const row of rows) step.rows.push({ ...row, target: step.gradientViews.get(row.name)!.data as Float32Array });
    for (const { name } of rows) {
      const own = step.nameOf(name);
      if (!dense.includes(name) && !step.touched.has(own)) step.touched.set(own, new Set());
    }
    const graph = trainingSchedule(model.graph, model.loss, options.recompute);
    step.session = await EngineSession.create(encodeOnnx(graph, { target: onnxTarget(options.device) }), options);
    return step;
  }

  /**
   * Runs forward and backward on one batch and gives the loss; the gradient is in `gradients`, over what was there, or
   * with `accumulate` added to it.
   * @throws BiobertError `training-diverged` when the loss is not finite.
   */
  async run(batch: Readonly<Record<string, HostTensor>>, accumulate = false): Promise<number> {
    const outputs: Record<string, HostTensor | null> = { loss: null };
    const views = accumulate ? this.partViews : this.gradientViews;
    for (const name of this.dense) outputs[`gradient.${name}`] = views.get(name)!;
    for (const { key } of this.rows) {
      outputs[`rows.${key}`] = null;
      outputs[`updates.${key}`] = null;
    }
    const inputs = { ...this.feeds };
    // Without dropout the graph has no use for its key: what a graph does not take is not fed to it.
    for (const name of this.session!.inputNames) if (name in batch) inputs[name] = batch[name]!;
    const results = await this.session!.run(inputs, outputs);
    const loss = Number(results["loss"]!.data[0]);
    if (!Number.isFinite(loss)) {
      throw new BiobertError({
        code: "training-diverged",
        message: `the loss became ${loss}`,
        hint: "Use a lower learning rate or a longer warm-up.",
      });
    }
    if (accumulate) this.addParts();
    else this.clearRows();
    for (const row of this.rows) this.addRows(row, results);
    return loss;
  }

  /** Adds the gradients of the part just run; those that come as rows are added as such. */
  private addParts(): void {
    const { gradients, part, vectors } = this.buffers;
    const dense = new Set(this.dense.map(this.nameOf));
    for (const { spec, offset, length } of this.layout.trained) {
      if (dense.has(spec.name)) vectors.run("add", [gradients, part], [0], offset, offset + length);
    }
  }

  /** Zeroes the rows that the last step left in gradients that are rows only; dense ones are written whole. */
  private clearRows(): void {
    for (const { name, width, target } of this.rows) {
      const touched = this.touched.get(this.nameOf(name));
      for (const index of touched ?? []) target.fill(0, index * width, (index + 1) * width);
      touched?.clear();
    }
  }

  private addRows(row: RowTarget, results: Readonly<Record<string, HostTensor>>): void {
    const { name, key, width, paddingIndex, target } = row;
    const touched = this.touched.get(this.nameOf(name));
    const indices = results[`rows.${key}`]!.data as Int32Array;
    const updates = results[`updates.${key}`]!.data as Float32Array;
    for (let i = 0; i < indices.length; i++) {
      if (indices[i] === paddingIndex) continue;
      const base = indices[i]! * width;
      touched?.add(indices[i]!);
      for (let k = 0, from = i * width; k < width; k++, from++) target[base + k] = target[base + k]! + updates[from]!;
    }
  }

  /** Ends ONNX Runtime's profile, when one was asked for. */
  endProfiling(): void {
    this.session?.endProfiling();
  }

  async release(): Promise<void> {
    await this.session?.release();
    this.session = undefined;
  }
}
