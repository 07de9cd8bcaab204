// Pre-training at the size of BERT-base against transformers on PyTorch (reference/parity_base.py): of each hidden layer,
// the pooler, both logits and every gradient tensor its norm, its sum and 64 entries. Takes 1.6 GB of memory.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  modelForInference,
  modelForTraining,
  parseBertConfig,
  preTraining,
  toHuggingFaceName,
} from "../../src/bert/index.ts";
import { hash32 } from "../../src/core/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import { parseSafetensors } from "../../src/formats/index.ts";
import { encodeOnnx } from "../../src/graph/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { counterWeights, hashName } from "../support/counter-weights.ts";
import { headCases, inferenceFeeds } from "../support/heads.ts";
import { expectNear, floats, norm } from "../support/norms.ts";

const folder = new URL("../golden/", import.meta.url);
const golden = JSON.parse(readFileSync(new URL("bert-base-pre-training.json", folder), "utf8")) as {
  config: Record<string, number>;
  scale: number;
  lengths: number[];
  sequence: number;
  step: number;
  loss: number;
  gradientNorm: number;
};
const wanted = parseSafetensors(readFileSync(new URL("bert-base-pre-training.safetensors", folder))).tensors;
const SAMPLES = 64;

/** Compares a tensor with the reference's digest of it, to `bound` of the larger of its norm and `floor`. */
function expectDigest(name: string, tensor: HostTensor, bound: number, floor = 0): void {
  const values = floats(tensor);
  const [referenceNorm, referenceSum, ...entries] = floats(wanted.get(name)) as unknown as [
    number,
    number,
    ...number[],
  ];
  const size = Math.max(referenceNorm, floor);
  expect(Math.abs(norm(values) - referenceNorm) / size, `${name}: norm`).toBeLessThanOrEqual(bound);
  const sum = values.reduce((total, value) => total + value, 0);
  // Differences of this size in all elements, of one sign, would add up to so much.
  const spread = size * Math.sqrt(values.length);
  expect(Math.abs(sum - referenceSum) / spread, `${name}: sum`).toBeLessThanOrEqual(bound);
  const key = hashName(name);
  const got = entries.map((_, i) => values[hash32(key, i) % values.length]!);
  expectNear(`${name}: entries`, got, entries, bound, size * Math.sqrt(SAMPLES / values.length));
}

it("has the hidden layers, logits, loss and gradients of the reference at the size of BERT-base", async () => {
  const config = parseBertConfig(golden.config);
  const { lengths, sequence, step: number } = golden;
  const sizes = { lengths, sequence, vocabulary: config.vocabSize, choices: 1, labels: 2 };
  const { feeds } = headCases(2).find(({ head }) => head.name === preTraining().name)!;
  const batch = feeds(number, sizes);

  const model = modelForTraining(config, preTraining());
  const step = await TrainingStep.create(model, counterWeights(model.parameters, golden.scale));
  const loss = await step.run(batch);
  await step.release();
  expect(Math.abs(loss / golden.loss - 1)).toBeLessThan(1e-6);
  expect(Math.abs(norm(step.gradients) / golden.gradientNorm - 1)).toBeLessThan(1e-5);
  const views = step.layout.views(step.gradients);
  const names = [...views.keys()].map((name) => `gradient.${toHuggingFaceName(name)}`);
  expect(names.sort()).toEqual([...wanted.keys()].filter((name) => name.startsWith("gradient.")).sort());
  const floor = 1e-6 * golden.gradientNorm;
  for (const [name, view] of views) {
    if (name.endsWith("attention.key.bias")) {
      expect(norm(floats(view)), `${name}, whose true gradient is zero`).toBeLessThan(floor);
    } else expectDigest(`gradient.${toHuggingFaceName(name)}`, view, 1e-5, floor);
  }

  const running = modelForInference(config, preTraining());
  running.states.forEach((state, layer) => running.graph.output(`hidden.${layer}`, state));
  const pooler = running.graph.nodes.find(({ operator }) => operator === "hyperbolicTangent")!;
  running.graph.output("pooled", pooler.outputs[0]!);
  const session = await EngineSession.create(encodeOnnx(running.graph));
  const results = await session.run({ ...Object.fromEntries(step.views), ...inferenceFeeds(batch) });
  await session.release();
  const others = [...wanted.keys()].filter((name) => !name.startsWith("gradient."));
  expect(Object.keys(results).sort()).toEqual(others.sort());
  for (const [name, tensor] of Object.entries(results)) expectDigest(name, tensor, 1e-5);
});
