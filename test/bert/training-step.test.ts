// The training step with dropout on: the same bits on any number of threads, micro-batches that add up to the whole
// batch, and gradients that agree with differences of the float64 interpreter under the same masks.

import { describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import {
  modelForTraining,
  parseBertConfig,
  tokenClassifierForTraining,
  type BertConfig,
} from "../../src/bert/index.ts";
import { interpret, type Feed } from "../../src/graph/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { TrainingStep } from "../../src/training/index.ts";
import { counterBatch, counterWeights, uniform } from "../support/counter-weights.ts";
import { dropoutFeeds, headCases, microBatch } from "../support/heads.ts";
import { distance, firstDifference, floats, norm } from "../support/norms.ts";

const LABELS = 3;

function smallConfig(changes: Record<string, number> = {}): BertConfig {
  return parseBertConfig({
    vocab_size: 61,
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 24,
    max_position_embeddings: 64,
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.2,
    ...changes,
  });
}

const masks = (step: number, ...examples: number[]): Record<string, HostTensor> => dropoutFeeds(7, step, examples);

it("gives the same bits with 1, 2 and 4 threads, of a model large enough to be cut among them", async () => {
  const changes = { num_hidden_layers: 1, hidden_size: 128, num_attention_heads: 4, intermediate_size: 512 };
  const config = smallConfig(changes);
  const lengths = [64, 64, 60, 51, 40, 33, 20, 8];
  const batch = counterBatch(1, lengths, lengths[0]!, config.vocabSize, LABELS);
  let first: { losses: number[]; gradients: Float32Array } | undefined;
  for (const threads of [1, 2, 4]) {
    const model = tokenClassifierForTraining(config, LABELS);
    const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads });
    const losses: number[] = [];
    for (const k of [0, 1]) {
      losses.push(await step.run({ ...batch, ...masks(k, ...lengths.keys()) }));
    }
    await step.release();
    first ??= { losses, gradients: Float32Array.from(step.gradients) };
    expect(losses, `losses with ${threads} threads`).toEqual(first.losses);
    expect(firstDifference(step.gradients, first.gradients), `gradients with ${threads} threads`).toBe(-1);
  }
  expect(new Set(first!.losses).size, "each step has masks of its own").toBe(2);
});

it("adds micro-batches of other padding up to the whole batch, under the same masks", async () => {
  const config = smallConfig();
  const lengths = [5, 4, 11, 6, 13, 12];
  const whole = counterBatch(3, lengths, 13, config.vocabSize, LABELS);
  const examples = [40, 7, 19, 3, 1000, 12];
  const model = tokenClassifierForTraining(config, LABELS);
  const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
  const loss = await step.run({ ...whole, ...masks(0, ...examples) });
  const expected = Float32Array.from(step.gradients);
  let sum = 0;
  let isFirst = true;
  for (const [from, to, sequence] of [
    [0, 2, 5],
    [2, 3, 11],
    [3, 6, 13],
  ] as const) {
    const micro = microBatch({ ...whole }, from, to, sequence);
    sum += await step.run({ ...micro, ...masks(0, ...examples.slice(from, to)) }, !isFirst);
    isFirst = false;
  }
  expect(Math.abs(sum - loss)).toBeLessThan(1e-5 * loss);
  expect(distance(step.gradients, expected) / norm(expected)).toBeLessThan(1e-5);

  const other = await step.run({ ...whole, ...masks(0, 41, 7, 19, 3, 1000, 12) });
  expect(Math.abs(other - loss), "another example has other masks").toBeGreaterThan(1e-4);
  await step.release();
});

it("starts each step's gradient anew, in rows of embeddings that the step does not touch, too", async () => {
  const config = smallConfig({ hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 });
  const model = tokenClassifierForTraining(config, LABELS);
  const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
  const run = (k: number): Promise<number> => step.run({ ...counterBatch(k, [6, 3], 6, config.vocabSize, LABELS) });
  await run(5);
  const alone = Float32Array.from(step.gradients);
  await run(6);
  expect(firstDifference(step.gradients, alone)).not.toBe(-1);
  await run(5);
  expect(firstDifference(step.gradients, alone)).toBe(-1);
  await step.release();
});

it("differentiates under its own dropout masks", async () => {
  const config = smallConfig({ num_hidden_layers: 1, hidden_size: 8, intermediate_size: 12 });
  const lengths = [5, 3];
  const batch = { ...counterBatch(2, lengths, 5, config.vocabSize, LABELS), ...masks(0, 3, 9) };
  const model = tokenClassifierForTraining(config, LABELS);
  const weights = counterWeights(model.parameters);
  const found = gradients(model.loss, model.parameterValues);
  model.graph.output("loss", model.loss);
  model.parameterValues.forEach((value) => model.graph.output(`gradient.${value.name}`, found.get(value)!));
  const feed = (tensor: HostTensor): Feed => ({
    dims: tensor.dims,
    data: Float64Array.from(tensor.data as Float32Array),
  });
  const feeds: Record<string, Feed> = {};
  for (const [name, tensor] of [...Object.entries(batch), ...weights]) feeds[name] = feed(tensor);
  const exact = interpret(model.graph, feeds);

  // Along one random direction through all parameters at once, then along each parameter.
  const lossAt = (changed: Readonly<Record<string, Feed>>): number =>
    interpret(model.graph, { ...feeds, ...changed })["loss"]!.data[0]!;
  const difference = (names: readonly string[]): { measured: number; predicted: number } => {
    const step = 1e-5;
    let predicted = 0;
    const moved = [1, -1].map((sign) =>
      Object.fromEntries(
        names.map((name) => {
          const { dims, data } = feeds[name]!;
          const direction = uniform(`direction.${name}`, data.length);
          if (sign === 1) direction.forEach((d, i) => (predicted += d * exact[`gradient.${name}`]!.data[i]!));
          return [name, { dims, data: Float64Array.from(data, (value, i) => value + sign * step * direction[i]!) }];
        }),
      ),
    );
    return { measured: (lossAt(moved[0]!) - lossAt(moved[1]!)) / (2 * step), predicted };
  };
  const all = [...weights.keys()];
  for (const names of [all, ...all.map((name) => [name])]) {
    const { measured, predicted } = difference(names);
    expect(Math.abs(measured - predicted), `along ${names.join()}`).toBeLessThan(
      1e-6 * Math.max(1, Math.abs(measured)),
    );
  }

  // And the engine sees those masks: its loss and gradients are the interpreter's.
  const fresh = tokenClassifierForTraining(config, LABELS);
  const step = await TrainingStep.create(fresh, weights, { threads: 1 });
  const loss = await step.run(batch);
  await step.release();
  expect(Math.abs(loss - exact["loss"]!.data[0]!)).toBeLessThan(1e-5);
  const total = norm(step.gradients);
  for (const [name, view] of step.layout.views(step.gradients)) {
    const reference = exact[`gradient.${name}`]!.data;
    expect(distance(floats(view), reference), `gradient of ${name}`).toBeLessThan(
      1e-5 * Math.max(norm(reference), 1e-3 * total),
    );
  }
});

describe.each(headCases(LABELS))("$head.name", ({ head, step: number, feeds }) => {
  const sizes = { lengths: [9, 5, 9, 3, 7, 9], sequence: 9, vocabulary: 61, choices: 3, labels: LABELS };

  it("gives the same bits twice, and with 1, 2 and 4 threads", async () => {
    const config = smallConfig();
    const whole = feeds(number, sizes);
    const examples = Array.from({ length: whole["inputIds"]!.dims[0]! }, (_, i) => 5 * i);
    let first: { losses: number[]; gradients: Float32Array } | undefined;
    for (const threads of [1, 1, 2, 4]) {
      const model = modelForTraining(config, head);
      const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads });
      const losses: number[] = [];
      for (const k of [0, 1, 0]) losses.push(await step.run({ ...whole, ...masks(k, ...examples) }));
      await step.release();
      first ??= { losses, gradients: Float32Array.from(step.gradients) };
      expect(losses).toEqual(first.losses);
      expect(firstDifference(step.gradients, first.gradients), `gradients with ${threads} threads`).toBe(-1);
    }
    expect(first!.losses[0], "the same step has the same masks").toBe(first!.losses[2]);
    expect(first!.losses[0], "another step has others").not.toBe(first!.losses[1]);
  });

  it("adds micro-batches up to the whole batch, under the same masks", async () => {
    const config = smallConfig();
    const whole = feeds(number, sizes);
    const rows = whole["inputIds"]!.dims[0]!;
    const examples = [40, 7, 19, 3, 1000, 12].slice(0, rows);
    const model = modelForTraining(config, head);
    const step = await TrainingStep.create(model, counterWeights(model.parameters), { threads: 1 });
    const loss = await step.run({ ...whole, ...masks(0, ...examples) });
    const expected = Float32Array.from(step.gradients);
    // Rows 3 and 4 have 7 tokens at most: their padding is another one.
    const cuts =
      rows === 6
        ? [
            [0, 1, 9],
            [1, 3, 9],
            [3, 5, 7],
            [5, 6, 9],
          ]
        : [
            [0, 1, 9],
            [1, 2, 9],
          ];
    let sum = 0;
    for (const [from, to, sequence] of cuts as [number, number, number][]) {
      const micro = { ...microBatch(whole, from, to, sequence), ...masks(0, ...examples.slice(from, to)) };
      sum += await step.run(micro, from > 0);
    }
    expect(Math.abs(sum / loss - 1)).toBeLessThan(1e-5);
    expect(distance(step.gradients, expected) / norm(expected)).toBeLessThan(1e-5);

    // Each example's masks are its own: another number for it changes the loss.
    const other = await step.run({ ...whole, ...masks(0, ...examples.map((id, i) => (i === rows - 2 ? id + 1 : id))) });
    await step.release();
    expect(Math.abs(other / loss - 1)).toBeGreaterThan(1e-5);
  });
});
