// Every task learns a small data set by heart, resumes to the same bits, and its model is the same from safetensors and
// from ONNX files, by its manifest and without it.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { evaluateTask, predictTask, type TaskRunOptions } from "../../src/evaluation/index.ts";
import { exportOnnx, loadModel, loadTaskModel } from "../../src/inference/index.ts";
import { flagOf, type TaskName } from "../../src/tasks/index.ts";
import { run } from "../cli/harness.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";

const space = tinyTaskSpace("tasks");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

const texts = tinyTexts(32, 1);
const CLASSES = ["background", "method", "result"];
/** A class by chance of the place: nothing but the text itself tells it. */
const classOf = (i: number): string => CLASSES[(i * 7) % 3]!;
const setOf = (i: number): string[] => CLASSES.filter((_, k) => ((i * 5) >> k) % 2 === 1);
const related = (i: number): string => `The @GENE$ of ${texts[i]!.replace(".", "")} and @DISEASE$ .`;

const GENES = ["BRCA1", "ATM", "APC", "TP53", "HFE"];
/** A question with `count` options, of which the right one is by chance of the place. */
const choiceOf = (i: number, count: number): { id: string; question: string; options: string[] } => ({
  id: `q${i}`,
  question: texts[i]!,
  options: Array.from({ length: count }, (_, k) => GENES[(i + k * 2) % 5]!),
});

/** A question whose answer is a word of its context: which one, the question's first word tells. */
const questionOf = (i: number): Record<string, unknown> => {
  const words = texts[i]!.split(" ");
  const wanted = words[(i * 3) % (words.length - 1)]!;
  return { id: `q${i}`, question: `${texts[(i + 5) % 32]!}`, context: texts[i]!, answers: [wanted] };
};

interface Case {
  name: string;
  task: TaskName;
  file: string;
  lines: string[];
  taskOptions?: Record<string, unknown>;
  /** Passes over the data, where 30 are too few: enough that other seeds and processors learn it, too. */
  epochs?: number;
  /** Where 5e-3 makes much depend on the processor's last bits. */
  learningRate?: number;
  /** The metric that must reach so much on what was learnt. */
  metric: string;
  least: number;
  architecture: string;
  problem?: string;
  /** The task that the model is taken for without a manifest. */
  bare?: string;
  /** Options that must be said again when a model is run without its manifest. */
  runOptions?: Record<string, unknown>;
}

const SEQUENCE = "BertForSequenceClassification";
const CHOICE = "BertForMultipleChoice";

const CASES: Case[] = [
  {
    name: "one class a text",
    task: "classification",
    file: "single.tsv",
    lines: texts.map((text, i) => `${text}\t${classOf(i)}`),
    epochs: 60,
    metric: "accuracy",
    least: 100,
    architecture: SEQUENCE,
    problem: "single_label_classification",
  },
  {
    name: "one class a pair of texts",
    task: "classification",
    file: "pairs.csv",
    lines: ["text,text_b,label", ...texts.slice(0, 24).map((text, i) => `"${text}","${texts[i + 8]!}",${classOf(i)}`)],
    metric: "accuracy",
    least: 100,
    architecture: SEQUENCE,
    problem: "single_label_classification",
  },
  {
    name: "any number of labels a text",
    task: "classification",
    file: "multi.jsonl",
    lines: texts.map((text, i) => JSON.stringify({ id: `t${i}`, text, labels: setOf(i) })),
    taskOptions: { problem: "multi-label" },
    epochs: 90,
    learningRate: 2e-3,
    metric: "exactMatch",
    least: 100,
    architecture: SEQUENCE,
    problem: "multi_label_classification",
  },
  {
    name: "a number for two texts",
    task: "classification",
    file: "numbers.tsv",
    lines: [
      "pair_id\tsent1\tsent2\tscore",
      ...texts.slice(0, 24).map((text, i) => `${i}\t${text}\t${texts[i + 8]!}\t${(i % 5) - 1}`),
    ],
    taskOptions: { problem: "regression" },
    epochs: 60,
    metric: "pearson",
    least: 0.98,
    architecture: SEQUENCE,
    problem: "regression",
  },
  {
    name: "a relation",
    task: "relation",
    file: "relations.tsv",
    lines: texts.map((_, i) => `${related(i)}\t${i % 2}`),
    metric: "f1",
    least: 100,
    architecture: SEQUENCE,
    problem: "single_label_classification",
  },
  {
    name: "the answer within a context",
    task: "qa",
    file: "questions.jsonl",
    lines: texts.slice(0, 24).map((_, i) => JSON.stringify(questionOf(i))),
    taskOptions: { docStride: 8, maxQueryLength: 12 },
    runOptions: { docStride: 8, maxQueryLength: 12 },
    epochs: 60,
    metric: "exactMatch",
    least: 100,
    architecture: "BertForQuestionAnswering",
    bare: "qa",
  },
  {
    name: "yes or no to a question with two passages",
    task: "yes-no",
    file: "yesno.jsonl",
    lines: texts.slice(0, 24).map((text, i) =>
      JSON.stringify({
        id: i,
        question: text,
        contexts: [texts[(i + 3) % 32], texts[(i + 9) % 32]],
        label: i % 3 === 1 ? "no" : "yes",
      }),
    ),
    metric: "accuracy",
    least: 100,
    architecture: SEQUENCE,
    problem: "single_label_classification",
  },
  {
    name: "one right option of three or four",
    task: "multiple-choice",
    file: "choices.jsonl",
    lines: texts
      .slice(0, 24)
      .map((_, i) => JSON.stringify({ ...choiceOf(i, 3 + (i % 2)), answers: [(i * 7) % 3], level: "easy" })),
    taskOptions: { choices: 4 },
    runOptions: { choices: 4 },
    epochs: 120,
    learningRate: 2e-3,
    metric: "accuracy",
    least: 100,
    architecture: CHOICE,
    bare: "multiple-choice",
  },
  {
    name: "several right options",
    task: "multiple-choice",
    file: "several.jsonl",
    lines: texts
      .slice(0, 24)
      .map((_, i) => JSON.stringify({ ...choiceOf(i, 3), answers: [[0], [1, 2], [0, 2]][(i * 5) % 3]! })),
    taskOptions: { answers: "several" },
    epochs: 300,
    learningRate: 1e-3,
    metric: "exactMatch",
    least: 100,
    architecture: CHOICE,
    problem: "multi_label_classification",
    bare: "multiple-choice",
  },
];

/** How `score` counts what `predict` writes, and the metric of `evaluate` that is its headline. */
const SCORED: Readonly<Record<string, [argv: string[], metric: string]>> = {
  "classification accuracy": [["classification"], "accuracy"],
  "classification exactMatch": [["classification", "--multi-label"], "microF1"],
  "classification pearson": [["similarity"], "pearson"],
  "relation f1": [["relation", "--classes", "1"], "f1"],
  "yes-no accuracy": [["yes-no"], "accuracy"],
  "multiple-choice accuracy": [["multiple-choice"], "accuracy"],
  "multiple-choice exactMatch": [["multiple-choice", "--multi-label"], "exactMatch"],
};

describe.each(CASES)(
  "$name",
  ({
    task,
    file,
    lines,
    taskOptions = {},
    epochs = 30,
    learningRate = 5e-3,
    metric,
    least,
    architecture,
    problem,
    bare = "classification",
    runOptions,
  }) => {
    const out = join(space.folder, `${file}-model`);
    const path = space.write(file, lines);
    const options = space.options(`${file}-model`, {
      trainFiles: [path],
      devFiles: [path],
      taskOptions,
      epochs,
      learningRate,
    });
    const running: TaskRunOptions = {
      modelDirectory: out,
      task,
      files: [path],
      threads: 1,
      ...(runOptions === undefined ? {} : { taskOptions: runOptions }),
    };

    it("is learnt by heart, and the saved model scores what its last training step did", async () => {
      const { events, result, error } = await trainTask(task, options);
      if (error !== undefined) throw error;
      expect(result!.metrics![metric]).toBeGreaterThanOrEqual(least);
      const losses = events.flatMap((event) => (event.type === "step" ? [event.loss] : []));
      expect(losses.at(-1)).toBeLessThan(0.2 * losses[0]!);
      const found = await evaluateTask({ ...running, precision: "fp32" });
      for (const [name, value] of Object.entries(result!.metrics!))
        expect(found.scores.metrics[name]).toBeCloseTo(value, 4);
      const config = JSON.parse(readFileSync(join(out, "config.json"), "utf8")) as Record<string, unknown>;
      expect([config["architectures"], config["problem_type"]]).toEqual([[architecture], problem]);
      const [head] = (
        JSON.parse(readFileSync(join(out, "biobert.json"), "utf8")) as { heads: Record<string, unknown>[] }
      ).heads;
      expect(head).toMatchObject({ task, options: taskOptions, maxLength: 64, training: { seed: 3 } });
    });

    it("resumes to the same bits after it was stopped", async () => {
      const short = { epochs: 2, dropout: 0.1, keep: "last", batchSize: 4, accumulationSteps: 2 } as const;
      const whole = space.options(`${file}-whole`, {
        ...options,
        ...short,
        outputDirectory: join(space.folder, `${file}-whole`),
      });
      expect((await trainTask(task, whole)).error).toBeUndefined();
      const stop = new AbortController();
      const parts = { ...whole, outputDirectory: join(space.folder, `${file}-parts`) };
      const stopped = await trainTask(
        task,
        { ...parts, signal: stop.signal },
        (event) => event.type === "step" && event.step === 5 && stop.abort(),
      );
      expect(stopped.error).toMatchObject({ code: "interrupted" });
      const other = await trainTask(task, { ...parts, resume: true, seed: 4 });
      expect(other.error).toMatchObject({ code: "checkpoint-mismatch" });
      expect((await trainTask(task, { ...parts, resume: true })).error).toBeUndefined();
      const weights = [whole, parts].map(({ outputDirectory }) =>
        readFileSync(join(outputDirectory, "model.safetensors")),
      );
      expect(weights[0]!.equals(weights[1]!)).toBe(true);
    });

    it("predicts the same from ONNX files, and from a directory without a manifest", async () => {
      const { predictions } = await predictTask({ ...running, precision: "fp32" });
      expect(predictions).toHaveLength(lines.length - (lines[0]!.match(/text,|pair_id/) === null ? 0 : 1));
      mkdirSync(join(out, "onnx"), { recursive: true });
      writeFileSync(join(out, "onnx", "model.onnx"), await exportOnnx(out, "fp32"));
      writeFileSync(join(out, "onnx", "model_quantized.onnx"), await exportOnnx(out, "int8"));
      const manifest = readFileSync(join(out, "biobert.json"));
      rmSync(join(out, "model.safetensors"));
      expect((await predictTask({ ...running, precision: "fp32" })).predictions).toEqual(predictions);
      const small = await evaluateTask({ ...running, precision: "int8" });
      expect(small.model.precision).toBe("int8");
      expect(small.scores.metrics[metric]! / least, "int8 stays near").toBeGreaterThan(0.9);
      rmSync(join(out, "biobert.json"));
      expect((await predictTask({ ...running, precision: "fp32" })).predictions).toEqual(predictions);
      const model = await loadTaskModel(out);
      expect([model.task.name, model.head.name]).toEqual([bare, "classifier"]);
      await model.dispose();
      writeFileSync(join(out, "biobert.json"), manifest);
      await expect(loadModel(out)).rejects.toMatchObject({ code: "model-task" });
      await expect(loadTaskModel(out, { task: "ner" })).rejects.toMatchObject({ code: "model-task" });
      await expect(loadTaskModel(out, { head: "another" })).rejects.toMatchObject({ code: "model-task" });
    });

    it("is trained, scored and predicted by the command", async () => {
      const { lazyRooms } = await import("../../src/cli/common/rooms.ts");
      const rooms = { rooms: lazyRooms };
      const flags = Object.entries(taskOptions).flatMap(([key, value]) => [flagOf(key), String(value)]);
      const model = join(space.folder, `${file}-command`);
      const trained = await run(
        [
          "fine-tune",
          task,
          "--model",
          space.start,
          "--train",
          path,
          "--dev",
          path,
          "--out",
          model,
          "--epochs",
          "1",
          "--max-length",
          "32",
          "--threads",
          "1",
          "--allow-overlap",
          ...flags,
        ],
        rooms,
      );
      expect(trained).toMatchObject({ code: 0, err: expect.not.stringContaining("error") });
      expect(readFileSync(join(model, "report.html"), "utf8")).toContain("Development data");
      const results = join(space.folder, `${file}-results`);
      const scored = await run(["evaluate", task, "--model", model, "--data", path, "--out", results, "--json"], rooms);
      expect(scored).toMatchObject({ code: 0, err: expect.not.stringContaining("error") });
      const record = JSON.parse(scored.out) as { task: string; metrics: Record<string, number>; seeds: number[] };
      expect(record).toMatchObject({ formatVersion: 2, task, seeds: [1] });
      expect(record.metrics).toHaveProperty(metric);
      expect(JSON.parse(readFileSync(join(results, "result.json"), "utf8"))).toEqual(record);
      expect(readFileSync(join(results, "report.html"), "utf8")).toContain("What ran");
      const lines = (await run(["predict", task, "--model", model, "--data", path], rooms)).out.trimEnd().split("\n");
      const { predictions } = await predictTask({ ...running, modelDirectory: model });
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(predictions);
      const [argv, found] = SCORED[`${task} ${metric}`] ?? [];
      if (argv === undefined) return;
      const written = space.write(`${file}-predicted.jsonl`, lines);
      const { out: printed, err } = await run(["score", ...argv, "--gold", path, "--pred", written, "--json"], rooms);
      expect(err).toBe("");
      const headline = (JSON.parse(printed) as { headline: { value: number } }).headline.value;
      expect(headline).toBeCloseTo(record.metrics[found!]! * (found === "pearson" ? 100 : 1), 3);
    });
  },
);
