// One encoder, several heads: all learn, batches come by size or temperature, each head runs by its name, runs resume to the same
// bits, and the first head is what anybody else loads.

import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTensors } from "../../src/data/index.ts";
import { evaluateTask, predictTask } from "../../src/evaluation/index.ts";
import { loadModel, loadTaskModel } from "../../src/inference/index.ts";
import {
  crossValidateMultiTask,
  fineTuneMultiTask,
  type CrossValidation,
  type CrossValidationEvent,
  type FineTuneResult,
  type MultiTaskHead,
  type MultiTaskOptions,
  type TrainingEvent,
} from "../../src/training/index.ts";
import { drawsByTemperature, multiTaskPlan } from "../../src/training/multi-task-plan.ts";
import { add, Graph, multiply, reduceSum } from "../../src/graph/index.ts";
import { initialTensor, ParameterScope } from "../../src/nn/index.ts";
import { MultiStep, type HeadModel } from "../../src/training/multi-step.ts";
import { run } from "../cli/harness.ts";
import { tinyTaskSpace, tinyTexts } from "../support/tiny-task.ts";

const space = tinyTaskSpace("multi");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));
const texts = tinyTexts(36, 8);
const tagged = space.write(
  "tagged.tsv",
  texts
    .slice(0, 16)
    .flatMap((text) => [...text.split(" ").map((word) => `${word}\t${/^[A-Z0-9]{3,}$/.test(word) ? "B" : "O"}`), ""]),
);
const relations = space.write(
  "relations.tsv",
  texts.slice(0, 24).map((text, i) => `@GENE$ ${text} @DISEASE$\t${(i * 5) % 3 === 0 ? 1 : 0}`),
);
const classes = space.write(
  "classes.tsv",
  texts.slice(12, 24).map((text, i) => `${text}\t${["x", "y", "z"][(i * 7) % 3]!}`),
);

const HEADS = [
  ["genes", "ner", tagged, "f1"],
  ["relations", "relation", relations, "f1"],
  ["classes", "classification", classes, "accuracy"],
] as const;

function optionsFor(out: string, changes: Partial<MultiTaskOptions> = {}): MultiTaskOptions {
  const { trainFiles: _, devFiles: __, taskOptions: ___, ...shared } = space.options(out, { epochs: 25 });
  return {
    ...shared,
    heads: [
      { name: "genes", task: "ner", trainFiles: [tagged], devFiles: [tagged], taskOptions: { type: "Gene" } },
      { name: "relations", task: "relation", trainFiles: [relations], devFiles: [relations] },
      { name: "classes", task: "classification", trainFiles: [classes], devFiles: [classes], maxLength: 40 },
    ],
    ...changes,
  };
}

async function train(
  options: MultiTaskOptions,
  listen?: (event: TrainingEvent) => void,
): Promise<{ events: TrainingEvent[]; result?: FineTuneResult; error?: unknown }> {
  const events: TrainingEvent[] = [];
  try {
    const running = fineTuneMultiTask(options);
    for (;;) {
      const next = await running.next();
      if (next.done) return { events, result: next.value };
      events.push(next.value);
      listen?.(next.value);
    }
  } catch (error) {
    return { events, error };
  }
}

describe("the plan", () => {
  it("draws in proportion at temperature 1, evenly at a high one, in all as many as there are", () => {
    expect(drawsByTemperature([100, 900], 1)).toEqual([100, 900]);
    expect(drawsByTemperature([100, 900], 2)).toEqual([250, 750]);
    const [small, large] = drawsByTemperature([100, 900], 1e6) as [number, number];
    expect([small, large]).toEqual([500, 500]);
  });

  it("makes batches of one corpus each, in a mixed order, the same for the same epoch", () => {
    const lengths = [Array<number>(10).fill(4), Array<number>(30).fill(5)];
    const plan = multiTaskPlan(lengths, { temperature: 1, batchSize: 4, seed: 1 });
    const batches = plan.batches(1);
    expect(batches).toHaveLength(plan.batchCount);
    const corpora = batches.map((batch) => new Set(batch.map((draw) => (draw % 40 < 10 ? 0 : 1))));
    expect(corpora.every((own) => own.size === 1)).toBe(true);
    const order = corpora.map((own) => [...own][0]!).join("");
    expect(order).not.toBe([...order].sort().join(""));
    expect([...batches.flat()].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(plan.batches(1)).toEqual(batches);
    expect(plan.batches(2)).not.toEqual(batches);
    const even = multiTaskPlan(lengths, { temperature: 1e6, batchSize: 4, seed: 1 }).batches(1).flat();
    const small = even.filter((draw) => draw % 40 < 10);
    expect(small).toHaveLength(20);
    expect(new Set(small).size, "copies have numbers of their own").toBe(20);
  });
});

describe("several corpora on one encoder", () => {
  let events: TrainingEvent[];
  let result: FineTuneResult | undefined;
  const out = join(space.folder, "all");
  beforeAll(async () => {
    const trained = await train(optionsFor("all"));
    if (trained.error !== undefined) throw trained.error;
    ({ events, result } = trained);
  });

  it("learn with a head each; the best epoch is by their mean", () => {
    const { metrics } = result!;
    expect(metrics!["genes.f1"]).toBeGreaterThan(90);
    expect(metrics!["relations.f1"]).toBeGreaterThan(85);
    expect(metrics!["classes.accuracy"]).toBeGreaterThan(85);
    const chosen = ["genes.f1", "relations.f1"].map((id) => metrics![id]!);
    expect(result!.best).toMatchObject({
      selectedBy: "mean",
      meanOf: ["genes.f1", "relations.f1", "classes.accuracy"],
    });
    expect(metrics!["mean"]).toBeGreaterThanOrEqual(Math.min(...chosen, metrics!["classes.accuracy"]!));
    expect(events.find((event) => event.type === "start")).toMatchObject({ examples: 16 + 24 + 12 });
    // What a report shows, of every head and of the model that is kept.
    const scores = events.flatMap((event) => (event.type === "scores" ? [event] : []));
    const last = scores.filter(({ step }) => step === result!.best!.step);
    expect(last.map(({ head, unit, protocol }) => [head, unit, protocol])).toEqual([
      ["genes", "sentences", "ner-exact-entity"],
      ["relations", "sentences", expect.any(String)],
      ["classes", "texts", expect.any(String)],
    ]);
  });

  it("run by their names with the scores that training found", async () => {
    for (const [head, task, file, metric] of HEADS) {
      const found = await evaluateTask({ modelDirectory: out, task, head, files: [file], threads: 1 });
      expect(found.scores.metrics[metric], `${head}`).toBeCloseTo(result!.metrics![`${head}.${metric}`]!, 4);
      expect(found.model.weightsPaths).toHaveLength(head === "genes" ? 1 : 2);
    }
    const model = await loadTaskModel(out, { head: "classes" });
    expect([model.task.name, model.labels, model.maxLength]).toEqual(["classification", ["x", "y", "z"], 40]);
    await model.dispose();
    // One head for named entities: annotate needs no name.
    const tagger = await loadModel(out);
    await tagger.dispose();
    await expect(loadTaskModel(out)).rejects.toMatchObject({ code: "model-task", message: "the model has 3 heads" });
    await expect(loadTaskModel(out, { head: "none" })).rejects.toMatchObject({ code: "model-task" });
  });

  it("have the first head and nothing of the others in what transformers reads", async () => {
    const { tensors } = await readTensors(join(out, "model.safetensors"));
    expect(tensors.get("classifier.weight")!.dims[0]).toBe(3);
    expect([...tensors.keys()].filter((name) => /pooler|heads/.test(name))).toEqual([]);
    const config = JSON.parse(readFileSync(join(out, "config.json"), "utf8")) as { architectures: string[] };
    expect(config.architectures).toEqual(["BertForTokenClassification"]);
    const apart = await readTensors(join(out, "heads", "relations.safetensors"));
    expect([...apart.tensors.keys()].sort()).toEqual([
      "bert.pooler.dense.bias",
      "bert.pooler.dense.weight",
      "classifier.bias",
      "classifier.weight",
    ]);
  });

  it("are an ONNX model each, in full precision and int8, that runs by its name and by itself", async () => {
    const onnx = join(space.folder, "onnx");
    const { lazyRooms } = await import("../../src/cli/common/rooms.ts");
    const rooms = { rooms: lazyRooms };
    const made = await run(["convert", out, onnx, "--to", "onnx", "--precision", "fp32", "int8"], rooms);
    expect(made.code, `${made.err}`).toBe(0);
    expect(made.out.match(/\.onnx/g)).toHaveLength(6);
    const classesOf: Record<string, string> = {};
    for (const [head, task, file, metric] of HEADS) {
      const running = { task, files: [file], threads: 1 };
      const own = await predictTask({ ...running, modelDirectory: out, head, precision: "fp32" });
      const named = await predictTask({ ...running, modelDirectory: onnx, head, precision: "fp32" });
      expect(named.predictions).toEqual(own.predictions);
      const alone = head === "genes" ? onnx : join(onnx, "heads", head);
      if (head !== "genes") {
        const found = await predictTask({ ...running, modelDirectory: alone, precision: "fp32" });
        expect(found.predictions).toEqual(own.predictions);
      }
      const small = await evaluateTask({ ...running, modelDirectory: onnx, head });
      expect(small.model).toMatchObject({ precision: "int8", weightsFile: "onnx/model_quantized.onnx" });
      expect(small.scores.metrics[metric]! / result!.metrics![`${head}.${metric}`]!).toBeGreaterThan(0.9);
      const config = JSON.parse(readFileSync(join(alone, "config.json"), "utf8")) as Record<string, never>;
      classesOf[head] = `${config["architectures"]} ${Object.values(config["id2label"]).join(",")}`;
      // What transformers.js and AutoTokenizer open.
      for (const name of ["tokenizer.json", "tokenizer_config.json", "vocab.txt", "onnx/model.onnx"])
        expect(existsSync(join(alone, name)), `${head} ${name}`).toBe(true);
    }
    expect(classesOf).toEqual({
      genes: "BertForTokenClassification O,B-Gene,I-Gene",
      relations: "BertForSequenceClassification 0,1",
      classes: "BertForSequenceClassification x,y,z",
    });
    const manifest = JSON.parse(readFileSync(join(onnx, "biobert.json"), "utf8")) as {
      heads: Record<string, unknown>[];
    };
    expect(manifest.heads.map(({ name, file, folder }) => [name, file, folder])).toEqual([
      ["genes", undefined, undefined],
      ["relations", undefined, "heads/relations"],
      ["classes", undefined, "heads/classes"],
    ]);
    expect(await run(["convert", onnx, join(space.folder, "again"), "--to", "onnx"], rooms)).toMatchObject({
      err: expect.stringContaining("error[model-missing]"),
    });
  });

  it.each(["safetensors", "torch", "tensorflow"])("are written as %s, all together or one alone", async (format) => {
    const { lazyRooms } = await import("../../src/cli/common/rooms.ts");
    const rooms = { rooms: lazyRooms };
    const [all, one] = ["all", "one"].map((name) => join(space.folder, `${format}-${name}`)) as [string, string];
    expect((await run(["convert", out, all, "--to", format], rooms)).code).toBe(0);
    expect((await run(["convert", out, one, "--to", format, "--head", "relations"], rooms)).code).toBe(0);
    const running = { task: "relation" as const, files: [relations], threads: 1 };
    const { predictions } = await predictTask({ ...running, modelDirectory: out, head: "relations" });
    expect((await predictTask({ ...running, modelDirectory: all, head: "relations" })).predictions).toEqual(
      predictions,
    );
    expect((await predictTask({ ...running, modelDirectory: one })).predictions).toEqual(predictions);
    if (format === "safetensors") {
      const { tensors } = await readTensors(join(one, "model.safetensors"));
      expect(tensors.get("classifier.weight")!.dims[0]).toBe(2);
      expect(existsSync(join(one, "heads"))).toBe(false);
      const tagger = join(space.folder, "tagger-alone");
      expect((await run(["convert", out, tagger, "--to", format, "--head", "genes"], rooms)).code).toBe(0);
      const kept = await readTensors(join(tagger, "model.safetensors"));
      expect([...kept.tensors.keys()].filter((name) => name.includes("pooler"))).toEqual([]);
    }
    const unknown = await run(["convert", out, join(space.folder, "none"), "--to", format, "--head", "none"], rooms);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("error[model-task]") });
    expect(existsSync(join(space.folder, "none"))).toBe(false);
  });

  it("refuse a manifest whose heads lie outside the directory", async () => {
    const copy = join(space.folder, "outside");
    cpSync(out, copy, { recursive: true });
    const manifest = readFileSync(join(copy, "biobert.json"), "utf8");
    writeFileSync(
      join(copy, "biobert.json"),
      manifest.replace("heads/relations.safetensors", "../relations.safetensors"),
    );
    await expect(loadTaskModel(copy, { head: "relations" })).rejects.toMatchObject({ code: "model-config" });
  });

  it("refuses held-out data of one head that another is trained on", async () => {
    const sentence = "Carriers of the variant BRCA1 had a threefold risk of early colorectal cancer in both cohorts .";
    const seen = space.write("seen.tsv", [`${sentence}\tx`, `${texts[30]!}\ty`, `${texts[31]!}\tz`]);
    const words = sentence.split(" ").map((word) => `${word}\tO`);
    const held = space.write("held.tsv", [...words, "", "BRCA1\tB", ""]);
    const [genes, , third] = optionsFor("across").heads;
    const heads = [
      { ...genes!, devFiles: [held] },
      { ...third!, trainFiles: [seen], devFiles: [classes] },
    ];
    const { error } = await train(optionsFor("across", { heads, allowOverlap: false, epochs: 1 }));
    expect(error).toMatchObject({ code: "data-overlap", place: { file: held } });
    expect((error as Error).message).toContain("the training data of classes and the held-out data of genes share");
    expect((await train(optionsFor("across", { heads, epochs: 1 }))).error).toBeUndefined();
  });

  it("resume to the same bits, stopped after any of several steps, dropout on and two batches an update", async () => {
    const changes = { epochs: 2, dropout: 0.1, batchSize: 4, accumulationSteps: 2, temperature: 2 };
    expect((await train(optionsFor("whole", changes))).error).toBeUndefined();
    for (const at of [1, 4, 9]) {
      const stop = new AbortController();
      const stopped = await train(
        { ...optionsFor("parts", { ...changes, resume: true }), signal: stop.signal },
        (event) => event.type === "step" && event.step === at && stop.abort(),
      );
      expect(stopped.error).toMatchObject({ code: "interrupted" });
    }
    expect((await train(optionsFor("parts", { ...changes, resume: true }))).error).toBeUndefined();
    for (const file of ["model.safetensors", "heads/relations.safetensors", "heads/classes.safetensors"]) {
      const bytes = (name: string) => readFileSync(join(space.folder, name, file));
      expect(bytes("parts").equals(bytes("whole")), `${file}`).toBe(true);
    }
    const other = await train(optionsFor("parts", { ...changes, resume: true, temperature: 3 }));
    expect(other.error).toMatchObject({ code: "checkpoint-mismatch" });
  });

  it("write over what the same training made, and over no other model", async () => {
    const options = optionsFor("killed-early", { epochs: 1 });
    expect((await train(options)).error).toBeUndefined();
    const checkpoint = join(options.outputDirectory, "checkpoint.safetensors");
    rmSync(checkpoint);
    expect((await train({ ...options, resume: true })).error, "killed before its first checkpoint").toBeUndefined();
    const fewer = { ...options, heads: options.heads.slice(0, 2) };
    expect((await train(fewer)).error).toMatchObject({
      code: "file-exists",
      place: { file: options.outputDirectory },
      message: expect.stringContaining("a model for ner, relation, classification"),
    });
    expect(existsSync(join(options.outputDirectory, "heads", "classes.safetensors"))).toBe(true);
  });

  it.each([
    ["one head", (heads: MultiTaskOptions["heads"]) => heads.slice(0, 1)],
    ["one name twice", (heads: MultiTaskOptions["heads"]) => [heads[0]!, { ...heads[1]!, name: "genes" }]],
    ["a name that is a path", (heads: MultiTaskOptions["heads"]) => [heads[0]!, { ...heads[1]!, name: "../x" }]],
    ["held-out data for some", (heads: MultiTaskOptions["heads"]) => [heads[0]!, { ...heads[1]!, devFiles: [] }]],
  ])("refuse %s", async (_what, change) => {
    const own = optionsFor("refused");
    expect((await train({ ...own, heads: change(own.heads) })).error).toMatchObject({ code: "usage" });
  });

  it("are trained, scored, predicted and annotated by the commands", async () => {
    const { lazyRooms } = await import("../../src/cli/common/rooms.ts");
    const rooms = { rooms: lazyRooms };
    const tasks = space.write("tasks.json", [
      JSON.stringify({
        temperature: 2,
        heads: [
          { name: "genes", task: "ner", train: ["tagged.tsv"], dev: ["tagged.tsv"], options: { type: "Gene" } },
          { name: "relations", task: "relation", train: ["relations.tsv"], dev: ["relations.tsv"] },
        ],
      }),
    ]);
    const model = join(space.folder, "command");
    const argv = [
      "fine-tune",
      "multi",
      "--model",
      space.start,
      "--tasks",
      tasks,
      "--out",
      model,
      "--epochs",
      "2",
      "--max-length",
      "48",
      "--threads",
      "1",
      "--allow-overlap",
    ];
    const trained = await run(argv, { ...rooms, terminal: true });
    expect(trained.code, `${trained.err}`).toBe(0);
    expect(trained).toMatchObject({ code: 0, out: expect.stringContaining("genes (ner), relations (relation)") });
    expect(readFileSync(join(model, "report.html"), "utf8")).toContain("relations");
    const scored = await run(
      ["evaluate", "relation", "--model", model, "--head", "relations", "--data", relations, "--json"],
      rooms,
    );
    expect(scored.code, `${scored.err}`).toBe(0);
    const predicted = await run(
      ["predict", "relation", "--model", model, "--head", "relations", "--data", relations],
      rooms,
    );
    expect(predicted.out.trimEnd().split("\n")).toHaveLength(24);
    const text = space.write("text.txt", [texts[0]!]);
    expect((await run(["annotate", text, "--model", model, "--head", "genes"], rooms)).code).toBe(0);
    writeFileSync(tasks, '{"heads": [], "extra": 1}');
    expect(await run(argv, rooms)).toMatchObject({ code: 1, err: expect.stringContaining("error[input-format]") });
    for (const flags of [
      ["--fold-folders", "x"],
      ["--search", "epochs=1,2"],
      ["--after", "x"],
      ["--train", "x.tsv"],
      ["--class-weights", "yes=1"],
    ]) {
      const refused = await run([...argv, ...flags], rooms);
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(`error[usage]: ${flags[0]}`)]);
    }
  });

  it("draw evenly by class where a head asks for it, and weigh its labels", async () => {
    const own = optionsFor("classed", { epochs: 2 });
    const [genes, related, classed] = own.heads as [MultiTaskHead, MultiTaskHead, MultiTaskHead];
    const heads = [
      { ...genes, classWeights: "balanced" as const },
      { ...related, balance: "down" as const },
      { ...classed, classWeights: { x: 2 }, balance: "up" as const },
    ];
    const trained = await train({ ...own, heads });
    expect(trained.error).toBeUndefined();
    const labelled = (file: string) =>
      readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => line.split("\t")[1]!);
    const sizes = (labels: readonly string[]) =>
      [...new Set(labels)].map((label) => labels.filter((one) => one === label).length);
    const [related2, classes3] = [sizes(labelled(relations)), sizes(labelled(classes))];
    const examples = 16 + 2 * Math.min(...related2) + 3 * Math.max(...classes3);
    const steps = trained.events.filter(({ type }) => type === "step").length;
    expect(steps, "epochs are as long as the draws").toBe(
      2 * drawnBatches(examples, own.batchSize, [16, 2 * Math.min(...related2), 3 * Math.max(...classes3)]),
    );
    const { heads: kept } = JSON.parse(readFileSync(join(space.folder, "classed", "biobert.json"), "utf8")) as {
      heads: { training: { recipe: Record<string, unknown>; classWeights?: Record<string, number> } }[];
    };
    expect(kept.map(({ training }) => Object.keys(training.classWeights ?? {}))).toEqual([
      ["O", "B-Gene", "I-Gene"],
      [],
      ["x", "y", "z"],
    ]);
    expect(kept[2]!.training.classWeights).toEqual({ x: 2, y: 1, z: 1 });
    expect(kept[0]!.training.recipe["heads"]).toMatchObject([
      { classWeights: "balanced" },
      { balance: "down" },
      { classWeights: { x: 2 }, balance: "up" },
    ]);
    const plain = await train(optionsFor("unweighted", { epochs: 2 }));
    const first = (events: readonly TrainingEvent[]) => events.find((event) => event.type === "evaluation");
    expect(first(plain.events)).not.toEqual(first(trained.events));
    // What is given for all must fit each.
    expect((await train({ ...own, balance: "down" })).error).toMatchObject({
      code: "usage",
      message: expect.stringContaining("the head genes (ner)"),
    });
  });

  it("are cross-validated, each corpus cut into as many folds", async () => {
    const shared = optionsFor("folds", { epochs: 2 });
    const { keep: _, ...options } = { ...shared, heads: shared.heads.map((head) => ({ ...head, devFiles: [] })) };
    const events: CrossValidationEvent[] = [];
    const running = crossValidateMultiTask({ ...options, folds: 2 });
    let found: CrossValidation | undefined;
    while (found === undefined) {
      const next = await running.next();
      if (next.done) found = next.value;
      else events.push(next.value);
    }
    const trained = events.flatMap((event) =>
      event.type === "fold-event" && event.event.type === "start" ? [event.event.examples] : [],
    );
    expect(
      trained.reduce((sum, count) => sum + count, 0),
      "each is trained on once in two folds",
    ).toBe(16 + 24 + 12);
    expect(Object.keys(found.summary)).toEqual(
      expect.arrayContaining(["mean", "genes.f1", "relations.f1", "classes.accuracy"]),
    );
    expect(existsSync(join(space.folder, "folds", "fold-2", "heads", "classes.safetensors"))).toBe(true);
    expect((await train({ ...shared, keep: "last", fold: { number: 1, count: 2 } })).error).toMatchObject({
      code: "usage",
    });
  });

  it("keep to a bound on memory, to the same result but for rounding", async () => {
    const changes = { epochs: 1, batchSize: 12, keep: "last" as const };
    const hopeless = await train(optionsFor("hopeless", { ...changes, maxMemory: 1e6 }));
    expect(hopeless.error).toMatchObject({ code: "memory-bound" });
    const least = Number(/the least is (\d+) MB/.exec((hopeless.error as Error).message)![1]) * 1e6;
    const whole = await train(optionsFor("whole-memory", changes));
    const bound = await train(optionsFor("bound", { ...changes, maxMemory: least }));
    expect([whole.error, bound.error]).toEqual([undefined, undefined]);
    const told = bound.events.find((event) => event.type === "plan");
    expect(told?.type === "plan" && [told.plan.memoryArena, told.plan.bytes <= least]).toEqual([false, true]);
    const losses = (events: readonly TrainingEvent[]) =>
      events.flatMap((event) => (event.type === "step" ? [event.loss] : []));
    const expected = losses(whole.events);
    losses(bound.events).forEach((loss, i) =>
      expect(Math.abs(loss / expected[i]! - 1), `step ${i}`).toBeLessThan(1e-5),
    );
    expect(losses(bound.events)).toHaveLength(expected.length);
  });
});

/** Batches of an epoch of `examples` draws at temperature 1, of corpora of these sizes. */
function drawnBatches(examples: number, batchSize: number, sizes: readonly number[]): number {
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(examples);
  return sizes.reduce((sum, size) => sum + Math.ceil(size / batchSize), 0);
}

it("gives a head that a batch is not of a gradient of zero, and adds a batch's parts up", async () => {
  // The loss x . (w + own): the gradient of both is x.
  const headOf = (name: string): HeadModel => {
    const graph = new Graph(name);
    const p = new ParameterScope(graph);
    const [w, own] = [p.declare("w", [2], "zeros"), p.declare("head.v", [2], "zeros")];
    const x = graph.input("x", "float32", [2]);
    const loss = reduceSum(multiply(x, add(w, own)), [0]);
    const weights = new Map(p.specs.map((spec) => [spec.name, initialTensor(spec, 1, 1)]));
    return { name, model: { graph, parameters: p.specs, parameterValues: p.values, loss }, weights };
  };
  const step = await MultiStep.create([headOf("a"), headOf("b")], { threads: 1 });
  expect(step.layout.slots.map(({ spec }) => spec.name).sort()).toEqual(["head.a.v", "head.b.v", "w"]);
  const x = (...values: number[]) => ({ x: { dtype: "float32", dims: [2], data: Float32Array.from(values) } as const });
  const gradients = () =>
    Object.fromEntries([...step.layout.views(step.buffers.gradients)].map(([name, { data }]) => [name, [...data]]));
  await step.run(x(1, 2), false, 0);
  expect(gradients()).toEqual({ w: [1, 2], "head.a.v": [1, 2], "head.b.v": [0, 0] });
  await step.run(x(3, 4), false, 1);
  expect(gradients()).toEqual({ w: [3, 4], "head.a.v": [0, 0], "head.b.v": [3, 4] });
  await step.run(x(10, 20), true, 1);
  expect(gradients()).toEqual({ w: [13, 24], "head.a.v": [0, 0], "head.b.v": [13, 24] });
  await step.release();
});
