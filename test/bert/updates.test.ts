// Ten training steps of a small BERT against transformers on PyTorch (reference/parity_updates.py): each optimiser and
// schedule, rates that fall with depth, and frozen parts, of which nothing is computed.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  parametersByDepth,
  parseBertConfig,
  tokenClassifierForTraining,
  toHuggingFaceName,
  type DepthOptions,
} from "../../src/bert/index.ts";
import { BiobertError } from "../../src/core/index.ts";
import { createOptimizer, scheduleFactor, type OptimizerName, type ScheduleName } from "../../src/optim/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { counterBatch, counterWeights } from "../support/counter-weights.ts";
import { distance, firstDifference, floats, norm } from "../support/norms.ts";

interface Run {
  optimizer: OptimizerName;
  schedule: ScheduleName;
  learningRate: number;
  layerDecay: number;
  freeze: [boolean, number];
  weightDecay: number;
  epsilon: number;
  warmup: number;
  total: number;
  clip: number;
  losses: number[];
  gradientNorms: number[];
  moved: Record<string, { norm: number; entries: number[] }>;
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), "utf8"));
const { runs } = read("updates.json") as { runs: Run[] };
const shape = read("token-classification.json") as {
  config: Record<string, number>;
  labels: number;
  lengths: number[];
  sequence: number;
};
const config = parseBertConfig(shape.config);

function modelFor(options: DepthOptions) {
  const model = tokenClassifierForTraining(config, shape.labels);
  return { ...model, parameters: parametersByDepth(model.parameters, config.layerCount, options) };
}

const isKeyBias = (name: string): boolean => name.endsWith("attention.key.bias");

it.each(runs)(
  "$optimizer, $schedule, layer decay $layerDecay, frozen $freeze",
  async ({ optimizer: name, schedule, learningRate, weightDecay, warmup, total, clip, ...run }) => {
    const freeze = { embeddings: run.freeze[0], layers: run.freeze[1] };
    const model = modelFor({ layerDecay: run.layerDecay, freeze });
    const start = counterWeights(model.parameters);
    const step = await TrainingStep.create(model, start, { threads: 1 });
    const optimizer = createOptimizer(name, step.buffers, { weightDecay, touched: step.touched });
    for (let k = 0; k < run.losses.length; k++) {
      const batch = counterBatch(k, shape.lengths, shape.sequence, config.vocabSize, shape.labels);
      const loss = await step.run({ ...batch });
      const gradientNorm = optimizer.gradientNorm();
      expect(Math.abs(loss / run.losses[k]! - 1), `loss of step ${k}`).toBeLessThan(5e-6);
      expect(Math.abs(gradientNorm / run.gradientNorms[k]! - 1), `gradient norm of step ${k}`).toBeLessThan(1e-5);
      const rate = learningRate * scheduleFactor(schedule, k, warmup, total);
      optimizer.step(k + 1, rate, Math.min(1, clip / gradientNorm));
    }
    await step.release();
    let checked = 0;
    for (const [parameter, view] of step.views) {
      const [values, from] = [floats(view), floats(start.get(parameter))];
      const reference = run.moved[toHuggingFaceName(parameter)!];
      if (reference === undefined) {
        expect(firstDifference(values, from), `${parameter}, frozen`).toBe(-1);
        continue;
      }
      checked++;
      if (isKeyBias(parameter)) continue;
      const moved = values.map((value, i) => value - from[i]!);
      expect(Math.abs(norm(moved) / reference.norm - 1), `${parameter}, distance moved`).toBeLessThan(1e-4);
      const count = Math.min(12, moved.length);
      const entries = reference.entries.map(
        (_, i) => moved[count === 1 ? 0 : Math.floor((i * (moved.length - 1)) / (count - 1))]!,
      );
      // Single entries have roundings of the parameter itself, which are of its own size.
      const roundings = 2e-7 * Math.sqrt(count);
      expect(distance(entries, reference.entries), `of ${parameter}`).toBeLessThan(
        1e-4 * norm(reference.entries) + roundings,
      );
    }
    expect(checked).toBe(Object.keys(run.moved).length);
  },
);

describe("frozen parts", () => {
  const nodesOf = async (
    options: DepthOptions,
  ): Promise<{ scopes: Set<string>; outputs: string[]; step: TrainingStep }> => {
    const model = modelFor(options);
    const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
    const scopes = new Set(model.graph.nodes.map(({ scope }) => scope.split(".").slice(0, 3).join(".")));
    return { scopes, outputs: [...model.graph.outputs.keys()], step };
  };

  it("have no gradient: the backward graph stops above them", async () => {
    const all = await nodesOf({ layerDecay: 1, freeze: { embeddings: false, layers: 0 } });
    const some = await nodesOf({ layerDecay: 1, freeze: { embeddings: true, layers: 1 } });
    for (const scope of ["gradient.embeddings", "gradient.layer.0"]) {
      expect([...all.scopes].join(" ")).toContain(scope);
      expect([...some.scopes].join(" ")).not.toContain(scope);
    }
    expect([...some.scopes]).toContain("gradient.layer.1");
    expect(some.outputs.filter((name) => /embeddings|layers\.0/.test(name))).toEqual([]);
    expect(some.outputs.filter((name) => name.startsWith("gradient.")).length).toBe(16 + 2);
    expect(some.step.gradients.length).toBe(some.step.layout.trainedLength);
    expect(some.step.layout.length).toBe(all.step.layout.length);
    await all.step.release();
    await some.step.release();
  });

  it("pass gradients on to what lies below them", async () => {
    const { scopes, outputs, step } = await nodesOf({ layerDecay: 1, freeze: { embeddings: false, layers: 2 } });
    expect([...scopes]).toContain("gradient.layer.0");
    expect(outputs.filter((name) => name.includes("layers."))).toEqual([]);
    expect(outputs).toContain("rows.embeddings.word.weight");
    await step.release();
  });
});

describe("rates by depth", () => {
  it("fall by the factor from the head down, embeddings last", () => {
    const model = modelFor({ layerDecay: 0.5, freeze: { embeddings: false, layers: 0 } });
    const factors = new Map(model.parameters.map(({ name, rateFactor }) => [name, rateFactor]));
    expect(factors.get("head.classifier.weight")).toBe(1);
    expect(factors.get("layers.1.attention.query.weight")).toBe(0.5);
    expect(factors.get("layers.0.feedForward.output.norm.bias")).toBe(0.25);
    expect(factors.get("embeddings.word.weight")).toBe(0.125);
    expect(factors.get("embeddings.norm.weight")).toBe(0.125);
  });

  it.each([
    [{ layerDecay: 1, freeze: { embeddings: false, layers: 3 } }, "3"],
    [{ layerDecay: 0, freeze: { embeddings: false, layers: 0 } }, "--layer-decay"],
    [{ layerDecay: 1.1, freeze: { embeddings: false, layers: 0 } }, "1.1"],
  ])("refuse %j", (options, said) => {
    expect(() => modelFor(options)).toThrow(BiobertError);
    expect(() => modelFor(options)).toThrow(said);
  });
});
