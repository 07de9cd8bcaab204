// Writes the model that every side of `inference-shapes` runs: random weights as safetensors, and the ONNX graphs that we run,
// in fp32 and int8.
//
//     inference-model.mjs CONFIG OUT        CONFIG: a config.json

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportParameters, tokenClassifierForInference } from "../../src/bert/index.ts";
import { Random } from "../../src/core/index.ts";
import { encodeSafetensors } from "../../src/formats/index.ts";
import { encodeOnnx, fuse, quantize, type WeightedGraph } from "../../src/graph/index.ts";
import { ONNX_FILES } from "../../src/inference/index.ts";
// Not for users: what an export does on the model's own vocabulary, here on ids alone.
import { activationRanges } from "../../src/inference/calibrate.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { randomWeights, readConfig } from "./training-model.ts";

const LABELS = 3;
const SEQUENCES = 8;
const LENGTH = 32;

const [source, target] = process.argv.slice(2) as [string, string];
const config = readConfig(source);
const { graph, parameters } = tokenClassifierForInference(config, LABELS);
const start = randomWeights(parameters);
const weights = new Map<string, HostTensor>(parameters.map(({ name }) => [name, start.get(name)!]));
mkdirSync(join(target, "onnx"), { recursive: true });
copyFileSync(source, join(target, "config.json"));
writeFileSync(join(target, "model.safetensors"), Buffer.concat(encodeSafetensors(exportParameters(weights))));
const write = (file: string, made: WeightedGraph): void =>
  writeFileSync(join(target, file), encodeOnnx(made.graph, { weights: made.weights }));
write(ONNX_FILES.fp32, fuse(graph, weights));
const random = new Random(1);
const sequences = Array.from({ length: SEQUENCES }, () =>
  Int32Array.from({ length: LENGTH }, () => random.nextInteger(config.vocabSize)),
);
write(ONNX_FILES.int8, quantize(graph, weights, await activationRanges(graph, weights, sequences)));
