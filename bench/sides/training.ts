// Our side of `step` and `epoch`: forward, backward and AdamW on given batches, driven as the training loop drives them.

import { readFileSync } from "node:fs";
import { loadParameters, parseBertConfig, tokenClassifierForTraining } from "../../src/bert/index.ts";
import { readModelFiles, readTensors } from "../../src/data/index.ts";
import { engineVersion } from "../../src/engine/index.ts";
import { dropoutKey } from "../../src/nn/index.ts";
import { createOptimizer, type Optimizer } from "../../src/optim/index.ts";
import { collate, type NerExample } from "../../src/tasks/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { serve, stopwatch, type Request } from "./serve.ts";
import type { TrainingInputs } from "./training-inputs.ts";

interface Settings extends Request {
  model: string;
  inputs: string;
  threads: number;
  dropout: number;
  /** Gradients are scaled down to this norm; 0 leaves them and does not ask for their norm. */
  maxGradientNorm: number;
}

const LEARNING_RATE = 1e-5;
const SEED = 1;

let settings: Settings;
let inputs: TrainingInputs;
let step: TrainingStep;
let optimizer: Optimizer;
let steps = 0;

async function setup(request: Request): Promise<unknown> {
  const started = performance.now();
  settings = request as Settings;
  inputs = JSON.parse(readFileSync(settings.inputs, "utf8")) as TrainingInputs;
  const files = await readModelFiles(settings.model);
  const config = parseBertConfig(files.config);
  config.hiddenDropout = config.attentionDropout = settings.dropout;
  const model = tokenClassifierForTraining(config, inputs.labelCount);
  const { tensors } = await readTensors(files.weightsPath!);
  const initialize = { seed: SEED, deviation: config.initializerRange };
  step = await TrainingStep.create(model, loadParameters(model.parameters, tensors, { initialize }), {
    threads: settings.threads,
  });
  optimizer = createOptimizer("adamw", step.buffers, { weightDecay: 0.01, touched: step.touched });
  const versions = { node: process.version, onnxruntime: engineVersion() };
  return { versions, loadSeconds: (performance.now() - started) / 1000 };
}

function scalar(dtype: "float32" | "uint32", value: number): HostTensor {
  return { dtype, dims: [], data: dtype === "float32" ? Float32Array.of(value) : Uint32Array.of(value) };
}

async function trainOn(index: number): Promise<{ loss: number; tokens: number; padded: number }> {
  const members = inputs.batches[index]!;
  const batch = collate(members as unknown as NerExample[], inputs.padId);
  const dims = [batch.batch, batch.sequence];
  const loss = await step.run({
    inputIds: { dtype: "int32", dims, data: batch.inputIds },
    attentionMask: { dtype: "float32", dims, data: Float32Array.from(batch.attentionMask) },
    tokenTypeIds: { dtype: "int32", dims, data: new Int32Array(batch.inputIds.length) },
    labels: { dtype: "int32", dims: [batch.labels.length], data: batch.labels },
    lossWeight: scalar("float32", 1 / batch.counted),
    dropoutKey: scalar("uint32", dropoutKey(SEED, steps)),
    exampleIds: { dtype: "uint32", dims: [members.length], data: Uint32Array.from(members, ({ example }) => example) },
  });
  let factor = 1;
  if (settings.maxGradientNorm > 0) {
    const norm = optimizer.gradientNorm();
    if (norm > settings.maxGradientNorm) factor = settings.maxGradientNorm / (norm + 1e-6);
  }
  optimizer.step(++steps, LEARNING_RATE, factor);
  return { loss, tokens: batch.tokens, padded: batch.batch * batch.sequence };
}

async function round(request: Request): Promise<unknown> {
  const sums = { loss: 0, tokens: 0, padded: 0 };
  const elapsed = stopwatch();
  for (const index of request.batches as number[]) {
    const { loss, tokens, padded } = await trainOn(index);
    sums.loss += loss;
    sums.tokens += tokens;
    sums.padded += padded;
  }
  const times = elapsed();
  const count = (request.batches as number[]).length;
  return { ...times, steps: count, meanLoss: sums.loss / count, tokens: sums.tokens, paddedTokens: sums.padded };
}

await serve({ setup, round });
