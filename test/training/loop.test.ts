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

it("scales the gradient down to its limit, and adds the gradients of an update's batches up to those of the whole", async () => {
  for (const [accumulationSteps, batchSize] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const step = await linearStep();
    const options = optionsFor(`parts-${accumulationSteps}`, { maxGradientNorm: 0.5, accumulationSteps, batchSize });
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

/** Scores by evaluation; the sum of the weights says nothing. */
function scored(task: ReturnType<typeof taskOf>, scores: readonly number[]): void {
  let at = 0;
  task.evaluate = async () => ({ metrics: { f1: scores[at]! }, selection: scores[at++]!, selectedBy: "f1" });
}

it.each([
  ["any rise", 2, 0, [50, 60, 55, 60, 90], 4],
  ["a rise of 5, counted from the last one that was enough", 2, 5, [50, 54, 54.9, 90], 3],
  ["small rises that add up to enough", 2, 5, [50, 54, 56, 57, 58, 90], 5],
  ["no lack of it", 3, 0, [50, 40, 40, 60, 40, 70], 6],
])("stops without an improvement: %s", async (name, patience, minimumImprovement, scores, evaluations) => {
  const step = await linearStep();
  const task = taskOf(1);
  scored(task, scores);
  const options = optionsFor(`patience-${name}`, { epochs: 6, patience, minimumImprovement });
  const events = await eventsOf(task, step, options);
  const found = events.filter((event) => event.type === "evaluation");
  expect(found).toHaveLength(evaluations);
  const end = events.at(-1)!;
  expect(end).toMatchObject({ type: "end", steps: evaluations, bestMetric: Math.max(...scores.slice(0, evaluations)) });
  expect("stoppedEarly" in end).toBe(evaluations < 6);
  // Resumed after its end it does nothing more.
  scored(task, []);
  const again = await eventsOf(task, step, { ...options, resume: true });
  expect(again.map(({ type }) => type)).toEqual(["start", "end"]);
  expect(again.at(-1)).toMatchObject({ steps: evaluations });
  await step.release();
});

it("evaluates every so many steps beside the ends of epochs, and makes one evaluation of both", async () => {
  const step = await linearStep();
  const task = taskOf(1);
  task.lengths = [1, 1, 1, 1, 1, 1];
  scored(task, [1, 2, 3, 4, 5]);
  const events = await eventsOf(task, step, optionsFor("every", { epochs: 2, batchSize: 1, evaluateEverySteps: 4 }));
  await step.release();
  const at = events.flatMap((event) => (event.type === "evaluation" ? [[event.step, event.epoch]] : []));
  expect(at).toEqual([
    [4, 1],
    [6, 1],
    [8, 2],
    [12, 2],
  ]);
});

it("draws an epoch as the plan says, each copy of an example with a number of its own", async () => {
  const step = await linearStep();
  const seen: unknown[] = [];
  const inner = step.run.bind(step);
  step.run = async (feeds, accumulate) => {
    seen.push([...(feeds["exampleIds"]!.data as Uint32Array)]);
    return inner(feeds, accumulate);
  };
  const task = taskOf(1);
  const batched: number[][] = [];
  const whole = task.batch.bind(task);
  task.batch = (indices) => (batched.push([...indices]), whole(indices));
  task.plan = { batchCount: 2, batches: (epoch) => [[0, 2], [epoch === 1 ? 3 : 1]] };
  const events = await eventsOf(task, step, optionsFor("plan", { epochs: 2 }));
  await step.release();
  expect(seen).toEqual([[0, 2], [3], [0, 2], [1]]);
  expect(batched).toEqual([[0, 0], [1], [0, 0], [1]]);
  expect(events.find((event) => event.type === "start")).toMatchObject({ steps: 4, examples: 2 });
});

it.each(["evaluation", "save"] as const)(
  "loses no step where the %s fails, and does it when it goes on",
  async (what) => {
    const step = await linearStep();
    const task = taskOf(2);
    const options = optionsFor(`fails-${what}`, { epochs: 2 });
    let isBroken = true;
    const done: string[] = [];
    const work = (name: typeof what): void => {
      if (isBroken && name === what) throw new Error("no space left");
      done.push(name);
    };
    task.evaluate = async () => (work("evaluation"), { metrics: { f1: 1 }, selection: 1 });
    task.save = async () => work("save");
    const events: TrainingEvent[] = [];
    await expect(
      (async () => {
        for await (const event of trainLoop(task, step, options)) events.push(event);
      })(),
    ).rejects.toThrow("no space left");
    expect(events.at(-1)).toMatchObject({ type: "checkpoint", step: 1 });
    isBroken = false;
    done.length = 0;
    const rest = await eventsOf(task, step, { ...options, resume: true });
    await step.release();
    expect(rest.map(({ type }) => type)).toEqual([
      "start",
      "evaluation",
      "checkpoint",
      "step",
      "evaluation",
      "checkpoint",
      "end",
    ]);
    expect(done).toEqual(["evaluation", "save", "evaluation"]);
  },
);
