// A threshold that held-out data choose: the best one for the model of each epoch, kept with it, and never chosen on test data.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ModelHead } from "../../src/data/index.ts";
import { evaluateTask } from "../../src/evaluation/index.ts";
import { classificationTask } from "../../src/tasks/index.ts";
import type { FineTuneOptions } from "../../src/training/index.ts";
import { fineTuneMultiTask } from "../../src/training/index.ts";
import { lazyRooms } from "../../src/cli/common/rooms.ts";
import { run } from "../cli/harness.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";

const space = tinyTaskSpace("tuned-threshold");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

const options = {
  problem: "multi-label",
  labelSeparator: ";",
  threshold: 0.5,
  tuneThreshold: true,
  byDocument: false,
} as const;
const logit = (probability: number): number => Math.log(probability / (1 - probability));

/** Texts with their gold labels and the probabilities that a model gave to x and y. */
function judged(rows: readonly (readonly [labels: string[], x: number, y: number, document?: string])[]) {
  return {
    examples: rows.map(([labels, , , documentId], i) => ({
      id: `t${i}`,
      text: `text ${i}`,
      labels,
      ...(documentId === undefined ? {} : { documentId }),
    })),
    results: rows.map(([, x, y]) => ({ logits: Float32Array.of(logit(x), logit(y)) })),
    inputs: [],
  };
}

describe("the choice", () => {
  const { isAsked, isPossible, choose } = classificationTask.tuning!;

  it("is asked for by an option, and there is one where there are several labels", () => {
    expect(isAsked(options)).toBe(true);
    expect(isAsked({ ...options, tuneThreshold: false })).toBe(false);
    expect(isPossible([], options)).toBe(true);
    expect(isPossible([], { ...options, problem: "single-label" })).toBe(false);
  });

  it("is the hundredth with the highest F1, nearest to a half of equally good ones", () => {
    const context = { labels: ["x", "y"], options };
    // From 0.12 to 0.3 all three are found and nothing else is.
    const low = judged([
      [["x"], 0.305, 0.01],
      [["y"], 0.115, 0.4],
      [["x"], 0.45, 0.02],
    ]);
    expect(choose(low, context)).toEqual({ threshold: 0.3 });
    // From 0.71 on the wrong x is left out.
    const high = judged([
      [["x"], 0.9, 0.1],
      [[], 0.705, 0.1],
    ]);
    expect(choose(high, context)).toEqual({ threshold: 0.71 });
    const nothing = judged([[[], 0.2, 0.2]]);
    expect(choose(nothing, context), "no threshold is better than another").toEqual({ threshold: 0.5 });
  });

  it("is by documents where those are scored", () => {
    const rows = judged([
      [["x"], 0.8, 0.1, "d1"],
      [[], 0.35, 0.1, "d1"],
      [[], 0.4, 0.1, "d1"],
      [["x"], 0.305, 0.1, "d2"],
    ]);
    const context = { labels: ["x", "y"], options };
    // Sentences: at 0.3 two right of four found (F1 0.67), at 0.5 one of one (0.67, and nearer to a half).
    expect(choose(rows, context)).toEqual({ threshold: 0.5 });
    // Documents: at 0.3 both are right, whatever else their sentences were said to have.
    expect(choose(rows, { labels: ["x", "y"], options: { ...options, byDocument: true } })).toEqual({ threshold: 0.3 });
  });
});

const texts = tinyTexts(40, 7);
const rows = texts.map((text, i) => ({
  id: `t${i}`,
  text,
  labels: [...(i % 5 === 0 ? ["rare"] : []), ...(i % 3 === 0 ? ["often"] : [])],
}));
const lines = (part: typeof rows): string[] => part.map((row) => JSON.stringify(row));
const train = space.write("train.jsonl", lines(rows.slice(0, 24)));
const dev = space.write("dev.jsonl", lines(rows.slice(16)));
const given = (out: string, changes: Partial<FineTuneOptions> = {}) =>
  space.options(out, {
    trainFiles: [train],
    devFiles: [dev],
    epochs: 3,
    learningRate: 1e-3,
    taskOptions: { problem: "multi-label", tuneThreshold: true },
    ...changes,
  });
const headsOf = (out: string): ModelHead[] =>
  (JSON.parse(readFileSync(join(space.folder, out, "biobert.json"), "utf8")) as { heads: ModelHead[] }).heads;

describe("fine-tuning", () => {
  it.each(["best", "last"] as const)("keeps the threshold of the %s epoch with its model", async (keep) => {
    const { events, result, error } = await trainTask("classification", given(keep, { keep }));
    expect(error).toBeUndefined();
    const evaluations = events.filter((event) => event.type === "evaluation");
    const kept = keep === "last" ? evaluations.at(-1)! : evaluations.findLast(({ best }) => best)!;
    const threshold = kept.metrics["threshold"]!;
    const [head] = headsOf(keep);
    expect(head!.options).toMatchObject({ threshold, tuneThreshold: true });
    const scored = async (taskOptions: Record<string, unknown>) =>
      (
        await evaluateTask({
          modelDirectory: join(space.folder, keep),
          task: "classification",
          files: [dev],
          threads: 1,
          taskOptions,
        })
      ).scores.metrics["microF1"]!;
    const own = await scored({});
    expect(own, "evaluate takes the model's own").toBeCloseTo(result!.metrics!["microF1"]!, 6);
    for (const other of [0.05, 0.2, 0.35, 0.5, 0.65, 0.8])
      expect(await scored({ threshold: other })).toBeLessThanOrEqual(own);
    expect(await scored({ threshold: 0.99 }), "and another where it is given").toBe(0);
  });

  it("keeps it where a run that is at its end is resumed", async () => {
    const options = given("resumed", { keep: "last", resume: true });
    await trainTask("classification", options);
    const before = headsOf("resumed")[0]!.options;
    expect(before!["threshold"]).not.toBe(0.5);
    const { events, error } = await trainTask("classification", options);
    expect(error).toBeUndefined();
    expect(events.some(({ type }) => type === "step")).toBe(false);
    expect(headsOf("resumed")[0]!.options).toEqual(before);
  });

  it("does so for each of several heads", async () => {
    const { trainFiles, devFiles, taskOptions, ...shared } = given("several");
    const heads = ["one", "two"].map((name) => ({
      name,
      task: "classification",
      trainFiles,
      devFiles,
      taskOptions: { ...taskOptions, tuneThreshold: name === "two" },
    }));
    const metrics: Record<string, number>[] = [];
    for await (const event of fineTuneMultiTask({ ...shared, keep: "last", heads }))
      if (event.type === "evaluation") metrics.push(event.metrics);
    const [one, two] = headsOf("several");
    expect(one!.options!["threshold"]).toBe(0.5);
    expect(two!.options!["threshold"]).toBe(metrics.at(-1)!["two.threshold"]);
    expect(metrics.at(-1)).not.toHaveProperty("one.threshold");
  });

  it("needs held-out data, and takes none of test", async () => {
    const without = await trainTask("classification", given("without", { devFiles: [], keep: "last" }));
    expect(without.error).toMatchObject({ code: "usage", hint: expect.stringContaining("--dev") });
    const onTest = await trainTask("classification", given("on-test", { heldOut: "test", keep: "last" }));
    expect(onTest.error).toMatchObject({ code: "usage", message: "test data must not choose a threshold" });
  });

  it("is refused where there is none to choose, before anything is trained", async () => {
    const single = rows.map(({ labels, ...row }) => ({ ...row, label: labels[0] ?? "none" }));
    const file = space.write(
      "single.jsonl",
      single.map((row) => JSON.stringify(row)),
    );
    const files = { trainFiles: [file], devFiles: [file], allowOverlap: true };
    const { events, error } = await trainTask(
      "classification",
      given("single", { ...files, taskOptions: { tuneThreshold: true } }),
    );
    expect(error).toMatchObject({ code: "usage", message: expect.stringContaining("--problem multi-label") });
    expect(events).toEqual([]);
  });

  it("chooses how sure a model must be that a context holds no answer", async () => {
    const questions = texts.map((context, i) => {
      const [first = ""] = context.split(" ");
      const known = i % 2 === 0 ? { answers: [{ text: first, start: 0 }] } : { answers: [], isImpossible: true };
      return JSON.stringify({ id: `q${i}`, question: `Which ${i % 2 === 0 ? "one" : "other"}?`, context, ...known });
    });
    const files = {
      trainFiles: [space.write("questions.jsonl", questions.slice(0, 24))],
      devFiles: [space.write("questions-dev.jsonl", questions.slice(16))],
      allowOverlap: true,
    };
    const taskOptions = { unanswerable: true, tuneThreshold: true };
    const { result, error } = await trainTask("qa", given("questions", { ...files, taskOptions }));
    expect(error).toBeUndefined();
    const { nullThreshold } = headsOf("questions")[0]!.options as { nullThreshold: number };
    expect(result!.metrics!["nullThreshold"]).toBe(nullThreshold);
    const scored = async (own: Record<string, unknown>) =>
      (
        await evaluateTask({
          modelDirectory: join(space.folder, "questions"),
          task: "qa",
          files: files.devFiles,
          threads: 1,
          taskOptions: own,
        })
      ).scores.metrics["f1"]!;
    const own = await scored({});
    expect(own).toBeCloseTo(result!.metrics!["f1"]!, 6);
    for (const other of [-8, -2, 0, 2, 8]) expect(await scored({ nullThreshold: other })).toBeLessThanOrEqual(own);
    const plain = await trainTask("qa", given("plain", { ...files, taskOptions: { tuneThreshold: true } }));
    expect(plain.error).toMatchObject({ code: "usage", message: expect.stringContaining("--unanswerable") });
  });

  it("is a flag of the command, which says what was chosen", async () => {
    const out = join(space.folder, "command");
    const { code, out: printed } = await run(
      [
        ...["fine-tune", "classification", "--model", space.start, "--train", train, "--dev", dev, "--out", out],
        ...["--problem", "multi-label", "--tune-threshold", "--epochs", "1", "--max-length", "64", "--threads", "1"],
        "--allow-overlap",
      ],
      { rooms: lazyRooms },
    );
    expect(code).toBe(0);
    expect(printed).toMatch(/"threshold":0\.\d+/);
    expect(headsOf("command")[0]!.options).toMatchObject({ tuneThreshold: true });
  });

  it("refuses to choose by documents that dev does not name, before it trains", async () => {
    const taskOptions = { problem: "multi-label", tuneThreshold: true, byDocument: true };
    const { events, error } = await trainTask("classification", given("no-documents", { taskOptions }));
    expect(error).toMatchObject({ code: "usage", place: { file: dev, line: 1 } });
    expect(events.filter(({ type }) => type === "step")).toEqual([]);
  });

  it("may have been by documents where those of a later file are not known", async () => {
    const documents = space.write(
      "documents.jsonl",
      rows.slice(16).map((row, i) => JSON.stringify({ ...row, document_id: `d${i >> 1}` })),
    );
    const taskOptions = { problem: "multi-label", byDocument: true };
    const { error } = await trainTask(
      "classification",
      given("documents", { devFiles: [documents], taskOptions, epochs: 1 }),
    );
    expect(error).toBeUndefined();
    const model = join(space.folder, "documents");
    const evaluate = (...more: string[]) =>
      run(["evaluate", "classification", "--model", model, "--data", dev, "--threads", "1", "--json", ...more], {
        rooms: lazyRooms,
      });
    expect((await evaluate()).err).toContain("--no-by-document");
    const { code, out } = await evaluate("--no-by-document");
    expect(code).toBe(0);
    expect(out).not.toContain("documentMicroF1");
  });
});
