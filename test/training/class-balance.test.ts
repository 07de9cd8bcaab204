// Balanced draws and weighted losses: the numbers by hand, micro-batches equal to the whole batch, and the commands.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { HeadTraining } from "../../src/data/index.ts";
import { balancedPlan, resolveClassWeights, weightedCount } from "../../src/training/class-balance.ts";
import type { FineTuneOptions, TrainingEvent } from "../../src/training/index.ts";
import { fakeLog, fakeRooms, run } from "../cli/harness.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";

const space = tinyTaskSpace("balance");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));
const texts = tinyTexts(24, 4);

describe("balanced epochs", () => {
  it("have as many of every class, fresh draws each epoch, and each example about as often as its class's others", () => {
    const cases = fc.record({
      classes: fc
        .array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 60 })
        .filter((own) => new Set(own).size > 1),
      balance: fc.constantFrom("down" as const, "up" as const),
      batchSize: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(cases, ({ classes, balance, batchSize }) => {
        const plan = balancedPlan(
          classes,
          classes.map((_, i) => 5 + (i % 7)),
          { balance, batchSize, seed: 3 },
        );
        const sizes = [...new Set(classes)].map((own) => classes.filter((other) => other === own).length);
        const each = balance === "down" ? Math.min(...sizes) : Math.max(...sizes);
        const batches = plan.batches(1);
        expect(batches).toHaveLength(plan.batchCount);
        const drawn = batches.flat();
        expect(new Set(drawn).size, "no draw twice").toBe(drawn.length);
        for (const own of new Set(classes)) {
          const found = drawn.map((draw) => draw % classes.length).filter((index) => classes[index] === own);
          expect(found).toHaveLength(each);
          const times = classes.flatMap((other, i) =>
            other === own ? [found.filter((index) => index === i).length] : [],
          );
          expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
        }
        expect(plan.batches(1)).toEqual(batches);
      }),
      { numRuns: 60 },
    );
    const plan = balancedPlan([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], Array<number>(10).fill(4), {
      balance: "down",
      batchSize: 4,
      seed: 1,
    });
    const commons = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((epoch) => plan.batches(epoch).flat()));
    expect(commons.size, "other examples of the common class in other epochs").toBeGreaterThan(6);
    expect(() => balancedPlan([1, 1], [4, 4], { balance: "up", batchSize: 2, seed: 1 })).toThrow(/one class only/);
  });
});

describe("class weights", () => {
  it("are scikit-learn's where balanced, PyTorch's pos_weight for several labels, or as they are given", () => {
    // compute_class_weight("balanced", classes=[0, 1, 2], y=[0]*6+[1]*3+[2]) is 10 / (3 * count).
    expect(resolveClassWeights("balanced", ["a", "b", "c"], [6, 3, 1])).toEqual([10 / 18, 10 / 9, 10 / 3]);
    expect(resolveClassWeights("balanced", ["a", "b"], [5, 0])).toEqual([1, 1]);
    expect(resolveClassWeights("balanced", ["a", "b"], [2, 8], 10)).toEqual([4, 0.25]);
    expect(resolveClassWeights({ b: 2.5 }, ["a", "b"], [1, 1])).toEqual([1, 2.5]);
    expect(() => resolveClassWeights({ x: 2 }, ["a", "b"], [1, 1])).toThrow(/no label of the training data/);
    expect(() => resolveClassWeights({ a: 0 }, ["a", "b"], [1, 1])).toThrow(/not a number above 0/);
    const labels = { dtype: "int32", dims: [4], data: Int32Array.from([0, 1, -100, 1]) } as const;
    expect(weightedCount(labels, [0.5, 2])).toBe(4.5);
  });
});

const CASES: [task: string, lines: string[], options: Record<string, unknown>][] = [
  ["classification", texts.map((text, i) => `${text}\t${i % 4 === 0 ? "rare" : "common"}`), {}],
  ["relation", texts.map((text, i) => `@GENE$ ${text} @DISEASE$\t${i % 4 === 0 ? 1 : 0}`), {}],
  [
    "yes-no",
    texts.map((text, i) =>
      JSON.stringify({ id: i, question: text, contexts: [texts[(i + 3) % 24]!], label: i % 4 === 0 ? "no" : "yes" }),
    ),
    {},
  ],
  [
    "ner",
    texts.flatMap((text, i) => [
      ...text.split(" ").map((word, k) => `${word}\t${k === i % 5 ? "B-Disease" : "O"}`),
      "",
    ]),
    {},
  ],
  [
    "classification",
    texts.map((text, i) => JSON.stringify({ text, labels: i % 4 === 0 ? ["a"] : ["b"] })),
    { problem: "multi-label" },
  ],
];

const lossesOf = (events: readonly TrainingEvent[]): number[] =>
  events.flatMap((event) => (event.type === "step" ? [event.loss] : []));

describe.each(CASES)("%s", (task, lines, taskOptions) => {
  const ending = lines[0]!.startsWith("{") ? "jsonl" : "tsv";
  const name = `${task}-${Object.values(taskOptions).join()}`;
  const path = space.write(`${name}.${ending}`, lines);
  const options = (out: string, changes: Partial<FineTuneOptions>): FineTuneOptions =>
    space.options(`${name}-${out}`, {
      trainFiles: [path],
      devFiles: [],
      keep: "last",
      epochs: 1,
      batchSize: 12,
      taskOptions,
      learningRate: 1e-3,
      ...changes,
    });

  it("weighs the loss, the same for several batches an update as for one", async () => {
    const classWeights = "balanced" as const;
    const plain = await trainTask(task, options("plain", {}));
    const whole = await trainTask(task, options("whole", { classWeights }));
    const parts = await trainTask(task, options("parts", { classWeights, batchSize: 4, accumulationSteps: 3 }));
    const smaller = await trainTask(task, options("smaller", { classWeights, batchSize: 1, accumulationSteps: 12 }));
    for (const { error } of [plain, whole, parts, smaller]) expect(error).toBeUndefined();
    expect(lossesOf(whole.events)).not.toEqual(lossesOf(plain.events));
    for (const other of [parts, smaller]) {
      lossesOf(other.events).forEach((loss, i) => expect(loss).toBeCloseTo(lossesOf(whole.events)[i]!, 5));
    }
    const { heads } = JSON.parse(readFileSync(join(space.folder, `${name}-whole`, "biobert.json"), "utf8")) as {
      heads: { training: HeadTraining }[];
    };
    const { recipe, classWeights: said = {} } = heads[0]!.training;
    expect(recipe["classWeights"]).toBe("balanced");
    expect(Object.values(said).every((weight) => weight > 0)).toBe(true);
    expect(Math.max(...Object.values(said))).toBeGreaterThan(Math.min(...Object.values(said)));
  });

  it("draws balanced epochs where an example has one class, and resumes within them", async () => {
    const balance = "up" as const;
    const changes = { balance, epochs: 2, batchSize: 5 };
    const whole = await trainTask(task, options("balanced", changes));
    if (task === "ner" || taskOptions["problem"] !== undefined) {
      expect(whole.error).toMatchObject({ code: "usage" });
      return;
    }
    expect(whole.error).toBeUndefined();
    // 18 of the common class, 18 draws of the 6 others.
    expect(lossesOf(whole.events)).toHaveLength(2 * Math.ceil(36 / 5));
    const stop = new AbortController();
    const stopped = await trainTask(
      task,
      { ...options("stopped", changes), signal: stop.signal },
      (event) => event.type === "step" && event.step === 9 && stop.abort(),
    );
    const rest = await trainTask(task, options("stopped", { ...changes, resume: true }));
    expect([...lossesOf(stopped.events), ...lossesOf(rest.events)]).toEqual(lossesOf(whole.events));
  });
});

it("multiplies the loss by hand-computed weights", async () => {
  // One batch of the whole data from one start: the loss is (sum of w * l) / (sum of w).
  const lines = CASES[0]![1];
  const own = async (name: string, rows: string[], changes: Partial<FineTuneOptions> = {}): Promise<number> => {
    const path = space.write(`hand-${name}.tsv`, rows);
    const { events, error } = await trainTask(
      "classification",
      space.options(`hand-${name}`, {
        trainFiles: [path],
        keep: "last",
        epochs: 1,
        batchSize: 24,
        warmupRatio: 0,
        ...changes,
      }),
    );
    expect(error).toBeUndefined();
    return lossesOf(events)[0]!;
  };
  const plain = await own("plain", lines);
  const heavy = await own("heavy", lines, { classWeights: { rare: 3 } });
  const heavier = await own("heavier", lines, { classWeights: { rare: 9, common: 3 } });
  expect(heavier, "only the ratio counts").toBeCloseTo(heavy, 5);
  // With r the mean loss of the 6 rare and c that of the 18 common: plain is (6r + 18c) / 24, heavy (18r + 18c) / 36, and with
  // a weight of 9 it is (54r + 18c) / 72 = 2 heavy - plain.
  const heaviest = await own("heaviest", lines, { classWeights: { rare: 9 } });
  expect(heaviest).toBeCloseTo(2 * heavy - plain, 5);
  expect(Math.abs(heavy - plain)).toBeGreaterThan(1e-3);
  const balanced = await own("balanced", lines, { classWeights: "balanced" });
  expect(balanced, "weights 1/count make it the mean of both, as 3 to 1 does").toBeCloseTo(heavy, 5);
});

describe("the flags", () => {
  it.each([
    [["balanced"], "balanced"],
    [["a=1", "b=2.5"], { a: 1, b: 2.5 }],
    [["a=1,x=y=3"], { a: 1, "x=y": 3 }],
    [["a"], undefined],
    [["a=0"], undefined],
    [["a="], undefined],
    [["a=1", "a=2"], undefined],
    [["balanced", "a=1"], undefined],
  ])("--class-weights %s", async (values, classWeights) => {
    const log = fakeLog();
    const out = join(space.folder, "flags");
    const argv = ["fine-tune", "ner", "--model", "m", "--train", "t", "--out", out, "--class-weights", ...values];
    const { code } = await run(argv, { rooms: fakeRooms({ log }) });
    expect(code).toBe(classWeights === undefined ? 2 : 0);
    expect(log.training?.classWeights).toEqual(classWeights);
  });

  it("--class-weights takes a JSON file", async () => {
    const file = space.write("weights.json", ['{"yes": 1, "no": 2}']);
    const log = fakeLog();
    const argv = [
      "fine-tune",
      "ner",
      "--model",
      "m",
      "--train",
      "t",
      "--out",
      join(space.folder, "flags"),
      "--class-weights",
    ];
    expect((await run([...argv, file], { rooms: fakeRooms({ log }) })).code).toBe(0);
    expect(log.training?.classWeights).toEqual({ yes: 1, no: 2 });
    const bad = space.write("bad.json", ['{"yes": "1"}']);
    expect(await run([...argv, bad], { rooms: fakeRooms({}) })).toMatchObject({ code: 2 });
  });
});
