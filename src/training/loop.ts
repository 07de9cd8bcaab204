// The training loop, for any task: epochs of batches, clipping, updates by a schedule, checkpoints, evaluation,
// and an event for each. What the task is, it learns through `TrainingTask`. Follows Devlin et al. 2019 for the recipe.

import { BiobertError } from "../core/index.ts";
import { exists, lengthBatches, peakMemory } from "../data/index.ts";
import { dropoutKey } from "../nn/index.ts";
import { createOptimizer, scheduleFactor, type OptimizerName, type ScheduleName } from "../optim/index.ts";
import type { HostTensor } from "../tensor/index.ts";
import { readCheckpoint, writeCheckpoint, type TrainingState } from "./checkpoint.ts";
import { environmentChanges, trainingEnvironment, type TrainingEnvironment } from "./environment.ts";
import type { MetricUnits, TrainingEvent } from "./events.ts";
import type { TrainingOutput } from "./required-space.ts";
import type { TrainingStep } from "./step.ts";

export interface LoopOptions {
  epochs: number;
  /** Examples of a batch, whose gradients are made in one pass. */
  batchSize: number;
  /** Default "adamw". */
  optimizer?: OptimizerName;
  learningRate: number;
  /** What the learning rate does after its warm-up. Default "linear". */
  schedule?: ScheduleName;
  /** Share of all steps in which the rate rises from 0. */
  warmupRatio: number;
  weightDecay: number;
  /** Gradients are scaled down to this norm; 0 leaves them. */
  maxGradientNorm: number;
  seed: number;
  /**
   * Batches of an update, whose gradients are added up: the same as batches of so many times the size but for rounding, in the memory
   * of one.
   */
  accumulationSteps: number;
  /** The most pieces of a pass, padding counted: a batch with more is run in parts. Default: any number. */
  microBatchPieces?: number;
  /** A checkpoint every so many steps beside those at the ends of epochs; 0 for none. */
  checkpointEverySteps: number;
  /** An evaluation every so many steps beside those at the ends of epochs; 0, the default, for none. */
  evaluateEverySteps?: number;
  /** Training ends after so many evaluations in a row without an improvement. Default: it goes on to its last epoch. */
  patience?: number;
  /** What the chosen metric must rise by to be an improvement, in its own unit. Default 0: any rise is one. */
  minimumImprovement?: number;
  keep: "best" | "last";
  resume: boolean;
  /** Whether the numbers of the checkpoint stay once the training has ended; without them it is still known to have ended. Default: true. */
  keepCheckpoint?: boolean;
  checkpointPath: string;
  fingerprint: string;
  signal?: AbortSignal;
}

/** What one pass runs. */
export interface TaskBatch {
  feeds: Record<string, HostTensor>;
  /** Positions that the loss counts, each by its weight. */
  counted: number;
  /** Tokens, padding not counted. */
  tokens: number;
  /** Which graph it is for, where a step has several. */
  graph?: number;
}

/** Which examples an epoch is made of, where that is not each of them once. */
export interface EpochPlan {
  /** How many updates every epoch has. */
  batchCount: number;
  /**
   * The examples of each update of an epoch, the same for the same number. An example is its index; the n-th copy of it in the epoch (from 0) is
   * the index plus n times the number of examples, by which copies have dropout masks of their own.
   */
  batches(epoch: number): number[][];
}

export interface TrainingTask {
  /** Length of each example in tokens. */
  lengths: ArrayLike<number>;
  batch(indices: readonly number[]): TaskBatch;
  /** Default: each example once, those of an update of like length. */
  plan?: EpochPlan;
  /**
   * Scores the current parameters on held-out data; absent when there are none. The best epoch is the one of the highest
   * `selection`, which is the metric `selectedBy`. Throws `interrupted` when told to stop.
   */
  evaluate?(): Promise<{
    metrics: Record<string, number>;
    selection: number;
    selectedBy?: string;
    /** Of several heads, the metrics whose mean the selection is. */
    meanOf?: readonly string[];
    units?: MetricUnits;
  }>;
  /** Writes the current parameters as the model that is kept; `environments` are those of the run so far. */
  save(environments: readonly TrainingEnvironment[]): Promise<void>;
  /** Whether a model is there that was saved. Default: it is. */
  isSaved?(): Promise<boolean>;
  /** Asked for before the first step: throws `disk-full` where there is no room for the model and checkpoints of so many bytes. */
  requireSpace?(output: Omit<TrainingOutput, "model">): Promise<void>;
}

export interface LoopResult {
  steps: number;
  /** The evaluation that scored best, of the whole run. */
  best?: NonNullable<TrainingState["best"]>;
  /** What the last evaluation found. */
  last?: Record<string, number>;
  /** The epoch that training ended in. */
  lastEpoch: number;
}

/** What the loop needs of a step; one with several graphs is told which of them a batch is for. */
export interface LoopStep extends Pick<TrainingStep, "buffers" | "touched" | "parameters" | "layout"> {
  run(batch: Readonly<Record<string, HostTensor>>, accumulate: boolean, graph?: number): Promise<number>;
}

/** Items in so many parts of like size, in their order. */
export function cutIntoParts<T>(items: readonly T[], parts: number): T[][] {
  const size = Math.ceil(items.length / parts);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** How many examples an update is made of. */
export function examplesPerUpdate({
  batchSize,
  accumulationSteps,
}: Pick<LoopOptions, "batchSize" | "accumulationSteps">): number {
  return batchSize * accumulationSteps;
}

type PassOptions = Pick<LoopOptions, "batchSize" | "microBatchPieces">;

/** How many passes an update is run in: of a batch's examples at most, and of the most pieces of a pass. */
export function passesOf(update: readonly number[], lengths: ArrayLike<number>, options: PassOptions): number {
  const longest = update.reduce((most, index) => Math.max(most, lengths[index]!), 1);
  return passCount(update.length, longest, options);
}

/** How many passes so many examples are run in whose longest has so many pieces. */
export function passCount(
  examples: number,
  longest: number,
  { batchSize, microBatchPieces = Infinity }: PassOptions,
): number {
  const rows = Math.max(1, Math.floor(microBatchPieces / longest));
  return Math.ceil(examples / Math.min(rows, batchSize));
}

function scalarOf(dtype: "float32" | "uint32", value: number): HostTensor {
  return { dtype, dims: [], data: dtype === "float32" ? Float32Array.of(value) : Uint32Array.of(value) };
}

/**
 * Trains to the end, or until the signal fires: then a checkpoint is written and `interrupted` thrown.
 * @throws BiobertError `interrupted`, `training-diverged`, `checkpoint-mismatch`, and what writing files throws.
 */
export async function* trainLoop(
  task: TrainingTask,
  step: LoopStep,
  options: LoopOptions,
): AsyncGenerator<TrainingEvent, LoopResult> {
  const { epochs, seed, keep, signal } = options;
  const updateSize = examplesPerUpdate(options);
  const { buffers, touched } = step;
  const optimizer = createOptimizer(options.optimizer ?? "adamw", buffers, {
    weightDecay: options.weightDecay,
    touched,
  });
  const exampleCount = task.lengths.length;
  const stepsPerEpoch = task.plan?.batchCount ?? Math.ceil(exampleCount / updateSize);
  const totalSteps = stepsPerEpoch * epochs;
  const warmupSteps = Math.floor(totalSteps * options.warmupRatio);
  const found = options.resume ? await readCheckpoint(options.checkpointPath, buffers, options.fingerprint) : undefined;
  // Of a training that has ended nothing is left to make the model of, should that have been removed.
  const isLost = found?.ended === true && (await task.isSaved?.()) === false;
  const restored = isLost ? undefined : found;
  const state: TrainingState = restored ?? { formatVersion: 1, step: 0, fingerprint: options.fingerprint };
  const environment = trainingEnvironment();
  const changes =
    restored === undefined || restored.ended === true
      ? ""
      : environmentChanges(restored.environments?.at(-1), environment);
  if (restored === undefined || changes !== "") state.environments = [...(state.environments ?? []), environment];
  const started = performance.now();
  const { seconds: earlierSeconds = 0, peakMemoryBytes: earlierPeak = 0 } = state;
  const spent = () => ({
    seconds: earlierSeconds + (performance.now() - started) / 1000,
    peakMemoryBytes: Math.max(earlierPeak, peakMemory()),
  });
  const checkpoint = async (): Promise<TrainingEvent> => {
    requireFinite(step.parameters, state.step);
    await writeCheckpoint(options.checkpointPath, buffers, { ...state, ...spent() });
    return { type: "checkpoint", step: state.step, path: options.checkpointPath };
  };
  const stopped = (): BiobertError =>
    new BiobertError({
      code: "interrupted",
      message: `training stopped after step ${state.step} of ${totalSteps}`,
      place: { file: options.checkpointPath },
      hint: "Run the same command with --resume to go on.",
    });
  if (!options.resume && (await exists(options.checkpointPath))) {
    const message = `${options.checkpointPath} of an earlier run will be written over; that run goes on with --resume`;
    yield { type: "warning", code: "checkpoint-replaced", message };
  }
  if (changes !== "") {
    const message = `since the checkpoint ${changes}: the result may differ in its last bits from that of a run that was never stopped`;
    yield { type: "warning", code: "resume-environment", message };
  }
  if (state.step < totalSteps && state.ended !== true) {
    const { parameters, first, second } = buffers;
    const every = options.checkpointEverySteps;
    await task.requireSpace?.({
      checkpoint: parameters.byteLength + first.byteLength + second.byteLength,
      severalCheckpoints: totalSteps - state.step > stepsPerEpoch || (every > 0 && state.step + every < totalSteps),
    });
  }
  yield {
    type: "start",
    examples: exampleCount,
    epochs,
    steps: totalSteps,
    parameters: step.layout.length,
    ...(restored === undefined ? {} : { resumedFromStep: restored.step }),
  };
  /** What fails after a step loses none of it: it is due again when the run goes on. */
  async function* keptOnFailure<T>(work: () => Promise<T>): AsyncGenerator<TrainingEvent, T> {
    try {
      return await work();
    } catch (error) {
      state.evaluationDue = true;
      const isStopped = error instanceof BiobertError && error.code === "interrupted";
      // Where even this fails, as on a full disk, the first error says why.
      const event = await checkpoint().catch((second: unknown) => (isStopped ? Promise.reject(second) : undefined));
      if (event !== undefined) yield event;
      throw isStopped ? stopped() : error;
    }
  }
  async function* evaluate(): AsyncGenerator<TrainingEvent> {
    requireFinite(step.parameters, state.step);
    const scores = yield* keptOnFailure(() => task.evaluate!());
    const { metrics, selection, selectedBy, meanOf, units } = scores;
    const about = {
      ...(selectedBy === undefined ? {} : { selectedBy }),
      ...(meanOf === undefined ? {} : { meanOf }),
      ...(units === undefined ? {} : { units }),
    };
    const epoch = Math.ceil(state.step / stepsPerEpoch);
    const best = state.best === undefined || selection > state.best.metric;
    if (best) {
      if (keep === "best") yield* keptOnFailure(() => task.save(state.environments ?? []));
      state.best = { metric: selection, epoch, step: state.step, metrics, ...about };
    }
    delete state.evaluationDue;
    state.last = metrics;
    state.waiting = waitingAfter(state.waiting, selection, options.minimumImprovement ?? 0);
    yield { type: "evaluation", step: state.step, epoch, metrics, best, ...about };
  }
  /** What is due between a step and the next one. The checkpoint comes last: what the evaluation found is part of the state. */
  async function* afterStep(): AsyncGenerator<TrainingEvent> {
    const epochEnds = state.step % stepsPerEpoch === 0;
    const isDue = (every = 0): boolean => epochEnds || (every > 0 && state.step % every === 0);
    if (task.evaluate !== undefined && isDue(options.evaluateEverySteps)) yield* evaluate();
    if (isDue(options.checkpointEverySteps)) yield await checkpoint();
  }
  const hasWaited = (): boolean => (state.waiting?.evaluations ?? 0) >= (options.patience ?? Infinity);
  if (state.evaluationDue === true) yield* afterStep();
  let updates: number[][] = [];
  let epoch = 0;
  while (state.step < totalSteps && !hasWaited() && state.ended !== true) {
    if (signal?.aborted) {
      yield await checkpoint();
      throw stopped();
    }
    const current = Math.floor(state.step / stepsPerEpoch) + 1;
    if (current !== epoch) {
      epoch = current;
      updates = task.plan?.batches(epoch) ?? lengthBatches(task.lengths, { batchSize: updateSize, seed, epoch });
    }
    const stepStarted = performance.now();
    const drawn = updates[state.step - (epoch - 1) * stepsPerEpoch]!;
    const { loss, tokens } = await runUpdate(task, step, drawn, options, dropoutKey(seed, state.step));
    const gradientNorm = optimizer.gradientNorm();
    if (!Number.isFinite(gradientNorm)) throw diverged(`the gradient's norm became ${gradientNorm}`, state.step + 1);
    const limit = options.maxGradientNorm;
    const factor = limit > 0 && gradientNorm > limit ? limit / (gradientNorm + 1e-6) : 1;
    const learningRate =
      options.learningRate * scheduleFactor(options.schedule ?? "linear", state.step, warmupSteps, totalSteps);
    state.step++;
    optimizer.step(state.step, learningRate, factor);
    const seconds = (performance.now() - stepStarted) / 1000;
    yield { type: "step", step: state.step, epoch, loss, learningRate, gradientNorm, tokens, seconds };
    yield* afterStep();
  }
  if (state.ended !== true) {
    if (keep === "last" || task.evaluate === undefined) await task.save(state.environments ?? []);
    if (options.keepCheckpoint === false) {
      await writeCheckpoint(options.checkpointPath, buffers, { ...state, ...spent(), ended: true });
    }
  }
  const { best, last } = state;
  yield {
    type: "end",
    steps: state.step,
    ...spent(),
    ...(state.step < totalSteps ? { stoppedEarly: true } : {}),
    ...(best === undefined ? {} : { bestMetric: best.metric, bestEpoch: best.epoch }),
  };
  return {
    steps: state.step,
    lastEpoch: Math.ceil(state.step / stepsPerEpoch),
    ...(best === undefined ? {} : { best }),
    ...(last === undefined ? {} : { last }),
  };
}

/** How long there has been no improvement, after one more evaluation. */
function waitingAfter(
  before: TrainingState["waiting"],
  selection: number,
  least: number,
): NonNullable<TrainingState["waiting"]> {
  if (before === undefined || selection > before.reference + least) return { reference: selection, evaluations: 0 };
  return { reference: before.reference, evaluations: before.evaluations + 1 };
}

function diverged(message: string, step: number): BiobertError {
  return new BiobertError({
    code: "training-diverged",
    message: `${message} at step ${step}`,
    hint: "Use a lower learning rate or a longer warm-up.",
  });
}

/** Parameters that an update made infinite must not be kept, nor a checkpoint be made of them. */
function requireFinite(parameters: Float32Array, step: number): void {
  for (let i = 0; i < parameters.length; i++) {
    if (!Number.isFinite(parameters[i])) throw diverged(`a parameter became ${parameters[i]}`, step);
  }
}

/** Forward and backward on an update's examples, pass by pass; each counts by its labels, so the loss is that of the whole. */
async function runUpdate(
  task: TrainingTask,
  step: LoopStep,
  drawn: readonly number[],
  options: LoopOptions,
  key: number,
): Promise<{ loss: number; tokens: number }> {
  const exampleOf = (draw: number): number => draw % task.lengths.length;
  const passes = passesOf(drawn.map(exampleOf), task.lengths, options);
  const micro = cutIntoParts(drawn, passes).map((part) => ({ part, ...task.batch(part.map(exampleOf)) }));
  const counted = micro.reduce((sum, batch) => sum + batch.counted, 0);
  let loss = 0;
  let tokens = 0;
  for (const [i, batch] of micro.entries()) {
    const feeds = {
      ...batch.feeds,
      // What counts nothing has no loss, whatever it is multiplied by.
      lossWeight: scalarOf("float32", counted > 0 ? 1 / counted : 1),
      dropoutKey: scalarOf("uint32", key),
      exampleIds: { dtype: "uint32", dims: [batch.part.length], data: Uint32Array.from(batch.part) } as const,
    };
    loss += await step.run(feeds, i > 0, batch.graph);
    tokens += batch.tokens;
  }
  return { loss, tokens };
}
