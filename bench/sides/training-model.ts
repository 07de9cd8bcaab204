// What our side trains: the model of a directory, or the shape of a model with random weights; as a training step, or as the
// forward pass of the same graph alone.

import { readFileSync } from "node:fs";
import {
  loadParameters,
  modelForTraining,
  parseBertConfig,
  preTraining,
  tokenClassification,
  type BertConfig,
  type Head,
  type TrainingGraph,
} from "../../src/bert/index.ts";
import { Random } from "../../src/core/index.ts";
import { readModelFiles, readTensors } from "../../src/data/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import { encodeOnnx, leavesLast, removeUnused } from "../../src/graph/index.ts";
import type { ParameterSpec } from "../../src/nn/index.ts";
import { elementCount, type HostTensor } from "../../src/tensor/index.ts";

const SEED = 1;

export interface ModelSettings {
  /** A directory with weights, or a config.json, which is started at random. */
  model: string;
  dropout: number;
  head?: "token-classification" | "pre-training";
}

export interface StartedModel {
  config: BertConfig;
  graph: TrainingGraph;
  /** Each made when asked for, so that no second copy of all weights counts into the peak of memory. */
  weights: ReadonlyMap<string, HostTensor>;
}

/** Builds the graph of the loss and finds its start. */
export async function startModel(settings: ModelSettings, labelCount: number): Promise<StartedModel> {
  const head = settings.head === "pre-training" ? preTraining() : tokenClassification(labelCount);
  if (!settings.model.endsWith(".json")) return fromDirectory(settings, head);
  const config = readConfig(settings.model);
  const graph = build(config, head, settings.dropout);
  return { config, graph, weights: randomWeights(graph.parameters) };
}

async function fromDirectory({ model, dropout }: ModelSettings, head: Head): Promise<StartedModel> {
  const files = await readModelFiles(model);
  const config = parseBertConfig(files.config);
  const graph = build(config, head, dropout);
  const { tensors } = await readTensors(files.weightsPath!);
  const initialize = { seed: SEED, deviation: config.initializerRange };
  return { config, graph, weights: loadParameters(graph.parameters, tensors, { initialize }) };
}

/** The configuration in a `config.json`. */
export function readConfig(file: string): BertConfig {
  return parseBertConfig(JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>, file);
}

function build(config: BertConfig, head: Head, dropout: number): TrainingGraph {
  return modelForTraining({ ...config, hiddenDropout: dropout, attentionDropout: dropout }, head);
}

/** Weights of BERT's deviation, evenly spread instead of normal: a tenth of the time to make them. */
export function randomWeights(specs: readonly ParameterSpec[]): ReadonlyMap<string, HostTensor> {
  const width = 0.02 * Math.sqrt(12);
  const make = ({ dims, initializer }: ParameterSpec, index: number): HostTensor => {
    const data = new Float32Array(elementCount(dims));
    if (initializer === "ones") data.fill(1);
    if (initializer === "normal") {
      const random = new Random(SEED, index);
      // A table of drawn values, read at a stride that is odd and so meets each of them.
      const drawn = Float32Array.from({ length: 65_536 }, () => width * (random.nextFloat() - 0.5));
      for (let i = 0, at = 0; i < data.length; i++, at = (at + 40_503 + (i >>> 16)) & 0xffff) data[i] = drawn[at]!;
    }
    return { dtype: "float32", dims, data };
  };
  const places = new Map(specs.map((spec, index) => [spec.name, index]));
  const map = new Map<string, HostTensor>();
  map.get = (name) => (places.has(name) ? make(specs[places.get(name)!]!, places.get(name)!) : undefined);
  map.has = (name) => places.has(name);
  return map;
}

/** A session of the loss alone: the training graph before it is differentiated, dropout included. */
export async function forwardSession({ graph, loss }: TrainingGraph, threads: number): Promise<EngineSession> {
  graph.output("loss", loss);
  removeUnused(graph);
  leavesLast(graph);
  return EngineSession.create(encodeOnnx(graph), { threads });
}
