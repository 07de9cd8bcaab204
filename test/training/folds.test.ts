// Folds: what belongs together stays together, classes are even, every example is held out once; and the whole of a
// cross-validation, cut here or published as folders.

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { summarizeFoldScores } from "../../src/metrics/index.ts";
import { taskNamed } from "../../src/tasks/index.ts";
import {
  assignFolds,
  crossValidate,
  readFoldFolders,
  type CrossValidation,
  type CrossValidationEvent,
  type CrossValidationOptions,
} from "../../src/training/index.ts";
import { foldsOfCorpora } from "../../src/training/training-data.ts";
import { run } from "../cli/harness.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";

const space = tinyTaskSpace("folds");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));
const texts = tinyTexts(24, 3);
const lines = texts.map((text, i) => `The @GENE$ of ${text} @DISEASE$ .\t${i % 3 === 0 ? 1 : 0}`);
const all = space.write("all.tsv", lines);

async function validate(
  options: CrossValidationOptions,
): Promise<{ events: CrossValidationEvent[]; result: CrossValidation }> {
  const events: CrossValidationEvent[] = [];
  const running = crossValidate(taskNamed("relation"), options);
  for (;;) {
    const next = await running.next();
    if (next.done) return { events, result: next.value };
    events.push(next.value);
  }
}

function optionsFor(out: string, changes: Partial<CrossValidationOptions> = {}): CrossValidationOptions {
  const { devFiles: _, keep: __, ...rest } = space.options(out, { trainFiles: [all], epochs: 2 });
  return { ...rest, folds: 3, ...changes };
}

describe("assigning folds", () => {
  it("puts every example into one fold, those of a document into the same one, classes evenly", () => {
    const cases = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 6, maxLength: 40 }),
      count: fc.integer({ min: 2, max: 6 }),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(cases, ({ sizes, count, seed }) => {
        const examples = sizes.flatMap((size, document) =>
          Array.from({ length: size }, (_, i) => ({
            id: `${document}-${i}`,
            documentId: `d${document}`,
            text: `text ${document} ${i}`,
          })),
        );
        const classes = examples.map((_, i) => ["a", "b"][i % 2]!);
        const folds = assignFolds(examples, { count, seed, classes });
        expect([...folds].every((fold) => fold >= 0 && fold < count)).toBe(true);
        for (const document of new Set(examples.map(({ documentId }) => documentId))) {
          const own = examples.flatMap((example, i) => (example.documentId === document ? [folds[i]!] : []));
          expect(new Set(own).size).toBe(1);
        }
        expect(assignFolds(examples, { count, seed, classes })).toEqual(folds);
        for (const name of ["a", "b"]) {
          const counts = Array.from(
            { length: count },
            (_, fold) => classes.filter((own, i) => own === name && folds[i] === fold).length,
          );
          // A group of 4 may tip a fold by its own size and one more.
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(5);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("spreads single examples of each class evenly to one", () => {
    const examples = Array.from({ length: 103 }, (_, i) => ({ id: String(i), text: `text number ${i}` }));
    const classes = examples.map((_, i) => (i % 10 === 0 ? "rare" : "common"));
    const folds = assignFolds(examples, { count: 10, seed: 1, classes });
    for (let fold = 0; fold < 10; fold++) {
      const own = classes.filter((_, i) => folds[i] === fold);
      expect(own.filter((name) => name === "rare").length).toBeGreaterThanOrEqual(1);
      expect(own.length).toBeGreaterThanOrEqual(10);
      expect(own.length).toBeLessThanOrEqual(11);
    }
    expect(assignFolds(examples, { count: 10, seed: 2, classes })).not.toEqual(folds);
  });

  it("keeps examples with one text or one long sentence together, and says where there are too few groups", () => {
    const sentence = "This long sentence stands in two of the examples and so ties both of them together";
    const examples = [`One . ${sentence} .`, `${sentence} .`, "Other .", "Other .", "A third ."].map((text, i) => ({
      id: String(i),
      text,
    }));
    const folds = assignFolds(examples, { count: 3, seed: 1 });
    expect(folds[0]).toBe(folds[1]);
    expect(folds[2]).toBe(folds[3]);
    expect(new Set(folds).size).toBe(3);
    expect(() => assignFolds(examples, { count: 4, seed: 1 })).toThrow(/5 examples in 3 groups/);
  });
});

it("keeps the snippets of one question together, and what belongs together over several corpora", () => {
  const snippets = Array.from({ length: 30 }, (_, i) => ({
    id: String(i),
    questionId: `q${Math.floor(i / 3)}`,
    documentId: `d${i}`,
    context: `snippet ${i}`,
  }));
  const folds = assignFolds(snippets, { count: 5, seed: 1 });
  for (let at = 0; at < 30; at += 3) expect(new Set(folds.subarray(at, at + 3)).size).toBe(1);
  const corpus = (from: number) =>
    Array.from({ length: 12 }, (_, i) => ({
      id: `${from}-${i}`,
      documentId: `d${from + i}`,
      text: `${from} and ${i}`,
    }));
  const [first, second] = [corpus(7), corpus(0)];
  const [a, b] = foldsOfCorpora([first, second], { number: 1, count: 3 }) as [Int32Array, Int32Array];
  expect([a.length, b.length]).toEqual([12, 12]);
  second.forEach(({ documentId }, i) => {
    const at = first.findIndex((one) => one.documentId === documentId);
    if (at >= 0) expect([documentId, b[i]]).toEqual([documentId, a[at]]);
  });
  for (const own of [a, b]) expect([...own].filter((fold) => fold === 0).length).toBeGreaterThan(1);
});

describe("a cross-validation", () => {
  it("goes through where a class stands in one fold alone", async () => {
    const rare = space.write("rare.tsv", [
      "text\tlabel",
      ...texts.slice(0, 11).map((text, i) => `${text}\t${"ab"[i % 2]!}`),
      `${texts[11]!}\trare`,
    ]);
    const options = optionsFor("rare", { trainFiles: [rare], epochs: 1 });
    const running = crossValidate(taskNamed("classification"), options);
    let next = await running.next();
    while (!next.done) next = await running.next();
    expect(next.value.folds).toHaveLength(3);
  });

  it("compares test files with what each fold trains on", async () => {
    const tested = space.write("tested.tsv", [
      `The @GENE$ carriers of this variant had a threefold risk of early @DISEASE$ in both cohorts .\t1`,
    ]);
    const own = space.write("with-tested.tsv", [...lines, readFileSync(tested, "utf8").trim()]);
    const refused = validate(
      optionsFor("tested", { trainFiles: [own], testFiles: [tested], epochs: 1, allowOverlap: false }),
    );
    await expect(refused).rejects.toMatchObject({ code: "data-overlap", place: { file: tested } });
  });

  it("trains on all folds but one each, scores the last epoch, and resumes to the same", async () => {
    const { events, result } = await validate(optionsFor("cut"));
    expect(result.folds.map(({ name }) => name)).toEqual(["1", "2", "3"]);
    expect(result.summary).toEqual(summarizeFoldScores(result.folds.map(({ metrics }) => metrics)));
    const trained = events.flatMap((event) =>
      event.type === "fold-event" && event.event.type === "start" ? [event.event.examples] : [],
    );
    expect(
      trained.reduce((sum, count) => sum + count, 0),
      "each example is trained on in all folds but one",
    ).toBe(2 * lines.length);
    for (const { name, metrics } of result.folds) {
      const last = events.findLast(
        (event) => event.type === "fold-event" && event.name === name && event.event.type === "evaluation",
      );
      expect(last?.type === "fold-event" && last.event.type === "evaluation" && last.event.metrics).toEqual(metrics);
    }
    const stop = new AbortController();
    const parts = optionsFor("parts");
    const running = crossValidate(taskNamed("relation"), { ...parts, signal: stop.signal });
    await expect(
      (async () => {
        for await (const event of running)
          if (event.type === "fold-event" && event.fold === 2 && event.event.type === "step") stop.abort();
      })(),
    ).rejects.toMatchObject({ code: "interrupted" });
    const again = await validate({ ...parts, resume: true });
    expect(again.result.folds.map(({ metrics }) => metrics)).toEqual(result.folds.map(({ metrics }) => metrics));
    const weights = (out: string) => readFileSync(join(space.folder, out, "fold-2", "model.safetensors"));
    expect(weights("parts").equals(weights("cut"))).toBe(true);
    const trainedIn = ({ events: all }: { events: CrossValidationEvent[] }) => [
      ...new Set(all.flatMap((one) => (one.type === "fold-event" && one.event.type === "step" ? [one.name] : []))),
    ];
    expect(trainedIn(again), "a finished fold is not trained again").toEqual(["2", "3"]);
    // Of finished folds the model stays, and of the checkpoint what says that they are.
    for (const { modelDirectory } of result.folds) {
      const size = (name: string) => statSync(join(modelDirectory, name)).size;
      expect(size("checkpoint.safetensors")).toBeLessThan(size("model.safetensors") / 10);
    }
    rmSync(join(space.folder, "parts", "fold-2", "model.safetensors"));
    const third = await validate({ ...parts, resume: true });
    expect(trainedIn(third), "but for one whose model was removed").toEqual(["2"]);
    expect(third.result).toEqual(again.result);
    expect(weights("parts").equals(weights("cut"))).toBe(true);
    await expect(validate({ ...parts, resume: true, dropout: 0.5 })).rejects.toMatchObject({
      code: "checkpoint-mismatch",
    });
  });

  it("takes folds as they are published, in the order of their numbers", async () => {
    const root = join(space.folder, "published");
    for (const [name, from] of [
      ["10", 0],
      ["2", 8],
      ["1", 16],
    ] as const) {
      mkdirSync(join(root, name), { recursive: true });
      const held = (i: number): boolean => i >= from && i < from + 8;
      writeFileSync(join(root, name, "train.tsv"), `${lines.filter((_, i) => !held(i)).join("\n")}\n`);
      const rows = lines.flatMap((line, i) => (held(i) ? [`${i}\t${line}`] : []));
      writeFileSync(join(root, name, "test.tsv"), `index\tsentence\tlabel\n${rows.join("\n")}\n`);
    }
    mkdirSync(join(root, "notes"));
    const folds = await readFoldFolders(root);
    expect(folds.map(({ name }) => name)).toEqual(["1", "2", "10"]);
    const { result } = await validate(optionsFor("from-folders", { folds, trainFiles: [] }));
    expect(result.folds.map(({ name }) => name)).toEqual(["1", "2", "10"]);
    rmSync(join(root, "2", "test.tsv"));
    await expect(readFoldFolders(root)).rejects.toMatchObject({ code: "file-not-found", place: { file: `${root}/2` } });
    await expect(readFoldFolders(join(root, "1"))).rejects.toMatchObject({ code: "input-empty" });
    await expect(readFoldFolders(join(root, "none"))).rejects.toMatchObject({ code: "file-not-found" });
  });

  it("chooses nothing by test data", async () => {
    const { error } = await trainTask(
      "relation",
      space.options("chosen", { trainFiles: [all], devFiles: [all], heldOut: "test", keep: "best" }),
    );
    expect(error).toMatchObject({ code: "usage" });
  });

  it("is a flag of the command, with a table, a file and a report", async () => {
    const { lazyRooms } = await import("../../src/cli/common/rooms.ts");
    const out = join(space.folder, "command");
    const argv = [
      "fine-tune",
      "relation",
      "--model",
      space.start,
      "--train",
      all,
      "--folds",
      "3",
      "--epochs",
      "1",
      "--threads",
      "1",
      "--max-length",
      "48",
      "--out",
      out,
      "--events",
      join(space.folder, "events.jsonl"),
    ];
    const { code, out: text, err } = await run(argv, { rooms: lazyRooms, terminal: true });
    const events = readFileSync(join(space.folder, "events.jsonl"), "utf8").trim().split("\n");
    expect(events.filter((line) => JSON.parse(line).type === "fold-start")).toHaveLength(3);
    expect({ code, err: err.includes("error") }).toEqual({ code: 0, err: false });
    expect(text).toMatch(/mean +[\d.]+/);
    expect(text).toMatch(/sd +[\d.]+/);
    const file = JSON.parse(readFileSync(join(out, "folds.json"), "utf8")) as {
      folds: { metrics: { f1: number } }[];
      summary: { f1: { mean: number } };
    };
    expect(file.summary.f1.mean).toBeCloseTo(file.folds.reduce((sum, { metrics }) => sum + metrics.f1, 0) / 3, 9);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("By fold");
    expect((await run([...argv, "--resume"], { rooms: lazyRooms })).code).toBe(0);
    const resumed = readFileSync(join(space.folder, "events.jsonl"), "utf8").trim().split("\n");
    const steps = (all: readonly string[]) => all.filter((line) => JSON.parse(line).event?.type === "step");
    expect(steps(resumed), "what was logged before stays, once").toEqual(steps(events));
    const both = await run([...argv, "--dev", all], { rooms: lazyRooms });
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining("cross-validation scores each fold") });
  });
});
