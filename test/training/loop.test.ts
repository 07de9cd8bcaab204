// The loop apart from any task of language: when it keeps a model, and what it does with numbers that are none.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readTensors } from "../../src/data/index.ts";
import { Graph, multiply, reduceSum } from "../../src/graph/index.ts";
import { initialTensor, ParameterScope } from "../../src/nn/index.ts";
import {
  trainLoop,
  TrainingStep,
  type LoopOptions,
  type TrainingEvent,
  type TrainingTask,
} from "../../src/training/index.ts";
import { temporaryFolder } from "../support/tiny-model.ts";

let folder: string;
beforeAll(() => void (folder = temporaryFolder("loop")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The loss w . x, whose gradient is x, summed over the examples of a batch. */
async function linearStep(): Promise<TrainingStep> {
  const graph = new Graph("linear");
  const p = new ParameterScope(graph);
  const w = p.declare("w", [1, 2], "zeros");
  const x = graph.input("x", "float32", ["batch", 2]);
  const loss = reduceSum(multiply(x, w), [0, 1]);
  const weights = new Map(p.specs.map((spec) => [spec.name, initialTensor(spec, 1, 1)]));
  return TrainingStep.create({ graph, parameters: p.specs, parameterValues: p.values, loss }, weights, { threads: 1 });
}

function taskOf(x: number): TrainingTask & { saves: number } {
  return {
    lengths: [1, 1],
    saves: 0,
    batch: (indices) => ({
      feeds: { x: { dtype: "float32", dims: [indices.length, 2], data: new Float32Array(2 * indices.length).fill(x) } },
      counted: indices.length,
      tokens: indices.length,
    }),
    async save() {
      this.saves++;
    },
  };
}

function optionsFor(name: string, changes: Partial<LoopOptions> = {}): LoopOptions {
  return {
    epochs: 1,
    batchSize: 2,
    learningRate: 0.1,
    warmupRatio: 0,
    weightDecay: 0,
    maxGradientNorm: 0,
    seed: 1,
    accumulationSteps: 1,
    checkpointEverySteps: 0,
    keep: "best",
    resume: false,
    checkpointPath: join(folder, name),
    fingerprint: "f",
    ...changes,
  };
}

async function eventsOf(task: TrainingTask, step: TrainingStep, options: LoopOptions): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of trainLoop(task, step, options)) events.push(event);
  return events;
}

it.each([
  ["best", 2, [1, 3]],
  ["last", 1, [5]],
] as const)("keeps the %s epoch's model", async (keep, saves, savedIn) => {
  const step = await linearStep();
  const task = taskOf(1);
  const scores = [50, 40, 70, 70, 60];
  const done: number[] = [];
  let epoch = 0;
  task.evaluate = async () => ({ metrics: { f1: scores[epoch]! }, selection: scores[epoch++]! });
  task.save = async () => void done.push(epoch);
  const events = await eventsOf(task, step, optionsFor(keep, { epochs: 5, keep }));
  await step.release();
  expect(done).toEqual(savedIn);
  expect(done).toHaveLength(saves);
  const best = events.filter((event) => event.type === "evaluation").map((event) => event.best);
  expect(best).toEqual([true, false, true, false, false]);
  expect(events.at(-1)).toMatchObject({ type: "end", bestMetric: 70, bestEpoch: 3 });
});

it("scales the gradient down to its limit, and adds a batch's parts up to the whole", async () => {
  for (const accumulationSteps of [1, 2, 7]) {
    const step = await linearStep();
    const options = optionsFor(`parts-${accumulationSteps}`, { maxGradientNorm: 0.5, accumulationSteps });
    const events = await eventsOf(taskOf(3), step, options);
    await step.release();
    expect([...step.gradients], `${accumulationSteps} parts`).toEqual([6, 6]);
    expect(events.find((event) => event.type === "step")).toMatchObject({ gradientNorm: Math.sqrt(72), tokens: 2 });
    // Adam's first update is the learning rate whatever the gradient's size; its mean has a tenth of the gradient.
    for (const w of step.parameters) expect(w).toBeCloseTo(-0.1, 6);
    const first = (await readTensors(options.checkpointPath)).tensors.get("first")!.data as Float32Array;
    expect(Math.hypot(...first)).toBeCloseTo(0.1 * 0.5, 6);
  }
});

it.each([
  ["the gradient", 3e38, {}],
  ["the gradient, with clipping", 3e38, { maxGradientNorm: 1 }],
  ["the parameters", 1, { learningRate: 1e39 }],
] as const)("keeps nothing once %s is not finite", async (_what, x, changes) => {
  const step = await linearStep();
  const task = taskOf(x);
  const options = optionsFor(`infinite-${String(Object.keys(changes))}`, changes);
  await expect(eventsOf(task, step, options)).rejects.toMatchObject({ code: "training-diverged" });
  await step.release();
  expect(task.saves).toBe(0);
  expect(existsSync(options.checkpointPath)).toBe(false);
});
