// Does a device compute what the processor computes? Runs the same graphs on both and prints, as JSON lines, how far apart
// they are and which operators the device left to the processor.
//
//     devices.mjs DEVICE MODEL SCRATCH       MODEL: a BERT directory; SCRATCH: a folder for ONNX Runtime's profiles

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  modelForInference,
  modelForTraining,
  parseBertConfig,
  readParameters,
  tokenClassification,
  type BertConfig,
  type BuiltModel,
} from "../../src/bert/index.ts";
import { readModelFiles, readWeights } from "../../src/data/index.ts";
import { engineVersion, EngineSession, onnxTarget, type Device } from "../../src/engine/index.ts";
import { encodeOnnx, fuse, toHalfPrecision, type WeightedGraph } from "../../src/graph/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { counterBatch, counterWeights } from "../../test/support/counter-weights.ts";
import { dropoutFeeds, headCases, inferenceFeeds, type Feeds } from "../../test/support/heads.ts";

const [device, directory, scratch] = process.argv.slice(2) as [Device, string, string];
const LABELS = 3;
const THREADS = 2;
let profiles = 0;

function say(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const apart = (a: ArrayLike<number>, b: ArrayLike<number>): { most: number; largest: number } => {
  let [most, largest] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Number.isFinite(b[i]) ? Math.abs(a[i]! - b[i]!) : Infinity);
    largest = Math.max(largest, Math.abs(a[i]!));
  }
  return { most, largest };
};

function distance(a: ArrayLike<number>, b: ArrayLike<number>): { norm: number; between: number } {
  let [norm, between] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    norm += a[i]! ** 2;
    between += (a[i]! - b[i]!) ** 2;
  }
  return { norm: Math.sqrt(norm), between: Math.sqrt(between) };
}

/** The operators of a profile that ran on the processor, with how many nodes each; and how many ran on the device. */
function placement(prefix: string): { onProcessor: Record<string, number>; onDevice: number } {
  const file = readdirSync(scratch).find((name) => name.startsWith(prefix))!;
  const events = JSON.parse(readFileSync(join(scratch, file), "utf8")) as {
    cat: string;
    name: string;
    args?: Record<string, string>;
  }[];
  const nodes = new Map<string, { operator: string; provider: string }>();
  for (const { cat, name, args } of events) {
    if (cat === "Node" && args?.["provider"] !== undefined)
      nodes.set(name, { operator: args["op_name"]!, provider: args["provider"] });
  }
  const onProcessor: Record<string, number> = {};
  let onDevice = 0;
  for (const { operator, provider } of nodes.values()) {
    if (provider === "CPUExecutionProvider") onProcessor[operator] = (onProcessor[operator] ?? 0) + 1;
    else onDevice++;
  }
  return { onProcessor, onDevice };
}

async function results(
  made: WeightedGraph,
  feeds: Feeds,
  on: Device,
  profilePrefix?: string,
): Promise<Record<string, HostTensor>> {
  const options = {
    device: on,
    threads: THREADS,
    ...(profilePrefix === undefined ? {} : { profilePrefix: join(scratch, profilePrefix) }),
  };
  const session = await EngineSession.create(
    encodeOnnx(made.graph, { weights: made.weights, target: onnxTarget(on) }),
    options,
  );
  const outputs = await session.run(feeds);
  if (profilePrefix !== undefined) session.endProfiling();
  await session.release();
  return outputs;
}

/** Every result of an inference graph: on the processor in single precision, on the device in `precision`. */
async function checkInference(
  work: string,
  model: BuiltModel,
  weights: ReadonlyMap<string, HostTensor>,
  feeds: Feeds,
  precision: "fp32" | "fp16",
): Promise<void> {
  const single = fuse(model.graph, weights);
  const wanted = await results(single, feeds, "cpu");
  const prefix = `inference-${profiles++}-`;
  const got = await results(
    precision === "fp32" ? single : toHalfPrecision(single.graph, single.weights),
    feeds,
    device,
    prefix,
  );
  let [most, largest] = [0, 0];
  for (const [name, tensor] of Object.entries(wanted)) {
    const found = apart(tensor.data as Float32Array, got[name]!.data as Float32Array);
    most = Math.max(most, found.most);
    largest = Math.max(largest, found.largest);
  }
  say({ work, precision, largest, largestDifference: most, ...placement(prefix) });
}

/** Loss and every gradient of a training step; the difference of a tensor is measured against its norm. */
async function checkTraining(
  work: string,
  build: () => ReturnType<typeof modelForTraining>,
  start: (model: BuiltModel) => ReadonlyMap<string, HostTensor>,
  feeds: Feeds,
  zero: readonly string[] = [],
): Promise<void> {
  const prefix = `training-${profiles++}-`;
  const run = async (on: Device) => {
    const model = build();
    const profile = on === device ? { profilePrefix: join(scratch, prefix) } : {};
    const step = await TrainingStep.create(model, start(model), { device: on, threads: THREADS, ...profile });
    const loss = await step.run(feeds);
    if (on === device) step.endProfiling();
    const gradients = new Map(
      [...step.layout.views(step.gradients)].map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]),
    );
    const all = Float32Array.from(step.gradients);
    await step.release();
    return { loss, gradients, all };
  };
  const [wanted, got] = [await run("cpu"), await run(device)];
  const floor = 1e-6 * distance(wanted.all, wanted.all).norm;
  let worst = { name: "", relative: 0 };
  for (const [name, tensor] of wanted.gradients) {
    // True zeros, left by what cancels: the bias of attention's keys, and what moves all scores of a softmax alike.
    if (name.endsWith("attention.key.bias") || zero.includes(name)) continue;
    const { norm, between } = distance(tensor, got.gradients.get(name)!);
    const relative = between / Math.max(norm, floor);
    if (!(relative <= worst.relative)) worst = { name, relative };
  }
  const whole = distance(wanted.all, got.all);
  say({
    work,
    precision: "fp32",
    loss: wanted.loss,
    lossDifference: Math.abs(got.loss - wanted.loss),
    gradientDifference: whole.between / whole.norm,
    worstTensor: worst.name,
    worstTensorDifference: worst.relative,
    ...placement(prefix),
  });
}

say({ versions: { node: process.version, onnxruntime: engineVersion() } });
const files = await readModelFiles(directory);
const config = parseBertConfig(files.config);
const lengths = [64, 51, 33, 12];
const head = tokenClassification(LABELS);
const initialize = { seed: 1, deviation: config.initializerRange };
const specs = modelForInference(config, head).parameters;
const weights = await readWeights(files.weightsPath!, (checkpoint) =>
  readParameters(specs, checkpoint, { initialize }),
);
const batch = { ...counterBatch(1, lengths, 64, config.vocabSize, LABELS) };
const shape = `${config.layerCount} layers of ${config.hiddenSize}, ${lengths.length}x64 with padding`;
for (const precision of ["fp32", "fp16"] as const) {
  await checkInference(
    `token classifier, ${shape}`,
    modelForInference(config, head),
    weights,
    inferenceFeeds(batch),
    precision,
  );
}
for (const dropout of [0, 0.1]) {
  const dropped: BertConfig = { ...config, hiddenDropout: dropout, attentionDropout: dropout };
  const feeds = { ...batch, ...(dropout === 0 ? {} : dropoutFeeds(1, 1, [0, 1, 2, 3])) };
  await checkTraining(
    `training step of it, dropout ${dropout}`,
    () => modelForTraining(dropped, head),
    () => weights,
    feeds,
  );
}
// Every head, on a small encoder.
const golden = JSON.parse(readFileSync("test/golden/heads.json", "utf8"));
const small = parseBertConfig(golden.config);
const sizes = { ...golden, vocabulary: small.vocabSize };
for (const { head: each, step, feeds, zeroGradients } of headCases(LABELS)) {
  const whole = feeds(step, { ...sizes, labels: LABELS });
  const model = modelForInference(small, each);
  for (const precision of ["fp32", "fp16"] as const)
    await checkInference(each.name, model, counterWeights(model.parameters), inferenceFeeds(whole), precision);
  await checkTraining(
    `${each.name}, training step`,
    () => modelForTraining(small, each),
    ({ parameters }) => counterWeights(parameters),
    whole,
    zeroGradients,
  );
}
