// The memory of a training run in a process of its own: random weights of a shape, a few steps on random batches, and the
// most memory the process has held, as a JSON line.
//
//     memory.mjs '{"model": "minilm", "rows": 16, "columns": 64, ...}'       the fields of `MemoryCase`

import { parseBertConfig, tokenClassifierForTraining } from "../../src/bert/index.ts";
import { Random } from "../../src/core/index.ts";
import { engineVersion } from "../../src/engine/index.ts";
import { dropoutKey } from "../../src/nn/index.ts";
import { createOptimizer } from "../../src/optim/index.ts";
import { elementCount, type HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep, type Recomputation } from "../../src/training/index.ts";
import { peakMemoryBytes } from "./serve.ts";

export interface MemoryCase {
  /** Of the model, as a config.json has it. */
  config: Record<string, unknown>;
  rows: number;
  columns: number;
  /** Parts that a batch is run in. */
  parts: number;
  recompute: Recomputation;
  memoryArena: boolean;
  threads: number;
  steps: number;
}

const item = JSON.parse(process.argv[2]!) as MemoryCase;
const config = parseBertConfig(item.config);
const random = new Random(1, 0);
const model = tokenClassifierForTraining(config, 3);
const weights = new Map<string, HostTensor>();
for (const { name, dims } of model.parameters) {
  const data = new Float32Array(elementCount(dims));
  for (let i = 0; i < data.length; i++)
    data[i] = 0.04 * (random.nextFloat() - 0.5) + (name.endsWith("norm.weight") ? 1 : 0);
  weights.set(name, { dtype: "float32", dims, data });
}
const { threads, memoryArena, recompute, parts } = item;
const step = await TrainingStep.create(model, weights, { threads, memoryArena, recompute });
weights.clear();
// A few steps read few rows of the tables; a training reads most. What the system gives only when written to is counted so.
const { gradients, first, second, part: sum } = step.buffers;
for (const buffer of [gradients, first, second, ...(parts > 1 ? [sum] : [])]) buffer.fill(0);
const optimizer = createOptimizer("adamw", step.buffers, { weightDecay: 0.01, touched: step.touched });
const rows = item.rows / parts;
const dims = [rows, item.columns];
const count = rows * item.columns;
let loss = 0;
for (let number = 1; number <= item.steps; number++) {
  loss = 0;
  for (let part = 0; part < parts; part++) {
    const feeds: Record<string, HostTensor> = {
      inputIds: {
        dtype: "int32",
        dims,
        data: Int32Array.from({ length: count }, () => 1 + random.nextInteger(20_000)),
      },
      attentionMask: { dtype: "float32", dims, data: new Float32Array(count).fill(1) },
      tokenTypeIds: { dtype: "int32", dims, data: new Int32Array(count) },
      labels: { dtype: "int32", dims: [count], data: Int32Array.from({ length: count }, () => random.nextInteger(3)) },
      lossWeight: { dtype: "float32", dims: [], data: Float32Array.of(1 / (count * parts)) },
      dropoutKey: { dtype: "uint32", dims: [], data: Uint32Array.of(dropoutKey(1, number)) },
      exampleIds: {
        dtype: "uint32",
        dims: [rows],
        data: Uint32Array.from({ length: rows }, (_, i) => part * rows + i),
      },
    };
    loss += await step.run(feeds, part > 0);
  }
  optimizer.step(number, 1e-5, 1);
}
const versions = { node: process.version, onnxruntime: engineVersion() };
process.stdout.write(`${JSON.stringify({ peakBytes: peakMemoryBytes(), loss, versions })}\n`);
