// Our side of the training benchmarks: forward, backward and AdamW on given batches, driven as the training loop drives
// them; or the forward pass alone; or one step under ONNX Runtime's profiler.

import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { TrainingGraph } from "../../src/bert/index.ts";
import { engineVersion } from "../../src/engine/index.ts";
import { productOperations } from "../../src/graph/index.ts";
import { createOptimizer, type Optimizer } from "../../src/optim/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { microBatchPieces, TrainingStep } from "../../src/training/index.ts";
import { readProfile } from "./profile.ts";
import { serve, stopwatch, type Request } from "./serve.ts";
import { feedParts, type FedBatch } from "./training-feeds.ts";
import type { TrainingInputs } from "./training-inputs.ts";
import { forwardSession, startModel, type ModelSettings } from "./training-model.ts";

type StepOptions = NonNullable<Parameters<typeof TrainingStep.create>[2]>;

interface Settings extends Request, ModelSettings {
  inputs: string;
  threads: number;
  /** Gradients are scaled down to this norm; 0 leaves them and does not ask for their norm. */
  maxGradientNorm: number;
  /** The forward pass alone. */
  forwardOnly?: boolean;
  recompute?: StepOptions["recompute"];
  memoryArena?: boolean;
  /** Writes ONNX Runtime's profile to a file with this prefix. */
  profilePrefix?: string;
}

const LEARNING_RATE = 1e-5;

let settings: Settings;
let inputs: TrainingInputs;
let model: TrainingGraph;
let runModel: (feeds: FedBatch["feeds"], isAdded: boolean) => Promise<number>;
/** Of a part of a batch; whole batches where there is no backward pass, and under the profiler, which sums up one run. */
let mostPieces: number | undefined;
let optimizer: Optimizer | undefined;
let endProfiling: () => void;
let steps = 0;

async function setup(request: Request): Promise<unknown> {
  const started = performance.now();
  settings = request as Settings;
  inputs = JSON.parse(readFileSync(settings.inputs, "utf8")) as TrainingInputs;
  const start = await startModel(settings, inputs.labelCount);
  model = start.graph;
  const isWhole = settings.forwardOnly === true || settings.profilePrefix !== undefined;
  mostPieces = isWhole ? undefined : microBatchPieces(start.config, {});
  if (settings.forwardOnly === true) await loadForward(start.weights);
  else await loadStep(start.weights);
  const versions = { node: process.version, onnxruntime: engineVersion() };
  return { versions, loadSeconds: (performance.now() - started) / 1000 };
}

async function loadForward(weights: ReadonlyMap<string, HostTensor>): Promise<void> {
  const parameters = Object.fromEntries(model.parameters.map(({ name }) => [name, weights.get(name)!]));
  const session = await forwardSession(model, settings.threads);
  runModel = async (feeds) => {
    const given = { ...parameters, ...feeds };
    const names = session.inputNames;
    const results = await session.run(Object.fromEntries(names.map((name) => [name, given[name]!])));
    return Number(results["loss"]!.data[0]);
  };
}

async function loadStep(weights: ReadonlyMap<string, HostTensor>): Promise<void> {
  const { threads, recompute, memoryArena, profilePrefix } = settings;
  const options = { threads, recompute, memoryArena, profilePrefix };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const step = await TrainingStep.create(model, weights, given);
  optimizer = createOptimizer("adamw", step.buffers, { weightDecay: 0.01, touched: step.touched });
  runModel = (feeds, isAdded) => step.run(feeds, isAdded);
  endProfiling = () => step.endProfiling();
}

/** One update; gives the seconds that it took. */
function update(): number {
  if (optimizer === undefined) return 0;
  const started = performance.now();
  let factor = 1;
  if (settings.maxGradientNorm > 0) {
    const norm = optimizer.gradientNorm();
    if (norm > settings.maxGradientNorm) factor = settings.maxGradientNorm / (norm + 1e-6);
  }
  optimizer.step(steps, LEARNING_RATE, factor);
  return (performance.now() - started) / 1000;
}

async function round(request: Request): Promise<unknown> {
  const sums = { loss: 0, tokens: 0, padded: 0, optimizer: 0 };
  const elapsed = stopwatch();
  for (const index of request.batches as number[]) {
    for (const [i, part] of feedParts(inputs, inputs.batches[index]!, steps, mostPieces).entries()) {
      sums.loss += await runModel(part.feeds, i > 0);
      sums.tokens += part.tokens;
      sums.padded += part.padded;
    }
    steps++;
    sums.optimizer += update();
  }
  const times = elapsed();
  const count = (request.batches as number[]).length;
  return {
    ...times,
    optimizerSeconds: sums.optimizer,
    steps: count,
    meanLoss: sums.loss / count,
    tokens: sums.tokens,
    paddedTokens: sums.padded,
  };
}

/** Floating-point operations of the matrix products of one run. */
async function products(request: Request): Promise<unknown> {
  return {
    operations: productOperations(model.graph, new Map(Object.entries(request.sizes as Record<string, number>))),
  };
}

/** Ends the profile and gives its sum for the last run. */
async function profile(): Promise<unknown> {
  endProfiling();
  const prefix = settings.profilePrefix!;
  const name = readdirSync(dirname(prefix)).find((file) => file.startsWith(basename(prefix)))!;
  return readProfile(join(dirname(prefix), name));
}

await serve({ setup, round, products, profile });
