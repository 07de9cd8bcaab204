// What is tested is not trained on: documents and long sentences that training shares with held-out or test data are refused,
// let pass where the registry knows them or the user says so, and always recorded.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { BiobertError } from "../../src/core/index.ts";
import { allowedOverlap, findOverlap, knownOverlap, sha256OfFiles, type HeadTraining } from "../../src/data/index.ts";
import { evaluateNer, readResultRecord, type ResultRecordV2 } from "../../src/evaluation/index.ts";
import { checkOverlap } from "../../src/training/overlap-check.ts";
import { run } from "../cli/harness.ts";
import { tinyTaskSpace, tinyTexts, trainTask } from "../support/tiny-task.ts";

const space = tinyTaskSpace("overlap");
afterAll(() => rmSync(space.folder, { recursive: true, force: true }));

const texts = tinyTexts(24, 9).map((text) => text.split(" ").slice(0, 8).join(" "));
const LONG = "Carriers of the variant had a threefold risk of early colorectal cancer in both cohorts .";
const train = space.write("train.tsv", [
  "text\tlabel\tdocument_id",
  ...texts.slice(0, 16).map((text, i) => `${text}\t${i % 2}\td${i}`),
  `${LONG}\t1\td77`,
]);
const clean = space.write("clean.tsv", [
  "text\tlabel\tdocument_id",
  ...texts.slice(16).map((text, i) => `${text}\t${i % 2}\te${i}`),
]);
const sharing = space.write("sharing.tsv", [
  "text\tlabel\tdocument_id",
  `${texts[20]!}\t1\te1`,
  `It is known . ${LONG.toUpperCase()}\t0\te2`,
]);
const same = space.write("same.tsv", ["text\tlabel\tdocument_id", `${texts[21]!}\t1\te1`, `${texts[22]!}\t0\td3`]);
const short = space.write("short.tsv", ["text\tlabel\tdocument_id", `${texts[0]!}\t1\te1`, `${texts[22]!}\t0\te9`]);
const options = (out: string, changes: object) =>
  space.options(out, { trainFiles: [train], devFiles: [clean], epochs: 1, allowOverlap: false, ...changes });

async function failure(changes: object): Promise<BiobertError> {
  const { error } = await trainTask("classification", options("refused", changes));
  return error as BiobertError;
}

describe("fine-tuning", () => {
  it("is refused where test or held-out data share a sentence or a document, with both places and the way on", async () => {
    const sentence = await failure({ testFiles: [sharing] });
    expect(sentence).toMatchObject({ code: "data-overlap", place: { file: sharing, line: 3, name: "sharing.tsv:3" } });
    expect(sentence.message).toContain(
      "training and test data share a sentence or text of 12 words or more in one example",
    );
    expect(sentence.message).toContain(`${train}:18 of training`);
    expect(sentence.hint).toContain("--allow-overlap");
    const document = await failure({ testFiles: [same] });
    expect(document).toMatchObject({ code: "data-overlap", place: { file: same, line: 3 } });
    expect(document.message).toContain("share 1 document (d3;");
    const heldOut = await failure({ devFiles: [sharing] });
    expect(heldOut.message).toContain("training and held-out data share");
    const testIsNotDev = await trainTask("classification", options("clean", { testFiles: [short] }));
    expect(testIsNotDev.error, "a short text that both have is no leak").toBeUndefined();
  });

  it("is refused where a file is both, by its name or its content, however short its texts", async () => {
    const brief = ["text\tlabel", ...texts.slice(0, 4).map((text, i) => `${text}\t${i % 2}`)];
    const [file, copy] = [space.write("brief.tsv", brief), space.write("copy.tsv", brief)];
    const own = await failure({ trainFiles: [file], devFiles: [file] });
    expect(own).toMatchObject({ code: "data-overlap", place: { file } });
    expect(own.message).toBe("training and held-out data have this file in common");
    expect(own.hint).toContain("--allow-overlap");
    const other = await failure({ trainFiles: [clean, file], testFiles: [copy], devFiles: [] });
    expect(other).toMatchObject({ code: "data-overlap", place: { file: copy } });
    expect(other.message).toBe(`training and test data have this file in common, there called ${file}`);
  });

  it("tells how many short texts of the held-out or test data are trained on", () => {
    const set = (...some: string[]) => some.map((text, i) => ({ id: String(i), text }));
    const [train, test] = [set("Results .", "A short text .", "Another ."), set("Results .", "New .", "Another .")];
    const { overlap, warnings } = checkOverlap(train, { test }, {});
    expect(overlap.test).toMatchObject({ texts: 0, sentences: 2, examples: 2 });
    expect(warnings).toMatchObject([{ code: "overlap-short" }]);
    expect(warnings[0]!.message).toContain("training and test data share the whole texts of 2 of 3 examples");
    expect(checkOverlap(train, { test: set("New .") }, {}).warnings).toEqual([]);
  });

  it("goes on with --allow-overlap, says so, and the model's record says how much", async () => {
    const { events, error } = await trainTask(
      "classification",
      options("allowed", { testFiles: [sharing], allowOverlap: true }),
    );
    expect(error).toBeUndefined();
    expect(events.find((event) => event.type === "warning" && event.code === "overlap-allowed")).toBeDefined();
    const { heads } = JSON.parse(readFileSync(join(space.folder, "allowed", "biobert.json"), "utf8")) as {
      heads: { training: HeadTraining }[];
    };
    expect(heads[0]!.training.overlap).toEqual({ test: { documents: 0, texts: 1, sentences: 0, examples: 1 } });
  });

  it("never trains on the test file", async () => {
    const [without, beside] = [
      await trainTask("classification", options("without", {})),
      await trainTask("classification", options("beside", { testFiles: [short] })),
    ];
    expect([without.error, beside.error]).toEqual([undefined, undefined]);
    const weights = (out: string) => readFileSync(join(space.folder, out, "model.safetensors"));
    expect(weights("beside").equals(weights("without"))).toBe(true);
  });

  it("is refused by the command, which takes --allow-overlap", async () => {
    const { lazyRooms } = await import("../../src/cli/common/rooms.ts");
    const argv = [
      "fine-tune",
      "classification",
      "--model",
      space.start,
      "--train",
      train,
      "--dev",
      clean,
      "--test",
      sharing,
      "--epochs",
      "1",
      "--threads",
      "1",
      "--max-length",
      "48",
      "--out",
      join(space.folder, "command"),
    ];
    const refused = await run(argv, { rooms: lazyRooms });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`error[data-overlap]: ${sharing}:3: training and test data share`);
    expect((await run([...argv, "--allow-overlap"], { rooms: lazyRooms })).code).toBe(0);
  });
});

describe("the registry", () => {
  const set = (count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => ({
      id: `t${from + i}`,
      tokens:
        `Sentence number ${from + i} of a corpus that two parts of a published split happen to share whole .`.split(
          " ",
        ),
    }));

  it("lets pass what it knows of a published split, and no more", () => {
    const { texts: known } = knownOverlap("bc2gm");
    expect(known).toBeGreaterThan(0);
    const { overlap, warnings } = checkOverlap(set(known), { test: set(known) }, { dataset: "bc2gm" });
    expect(overlap.test).toMatchObject({ texts: known, examples: known });
    expect(warnings.map(({ code }) => code)).toEqual(["overlap-known"]);
    expect(() => checkOverlap(set(known + 1), { test: set(known + 1) }, { dataset: "bc2gm" })).toThrow(
      /known of this split are/,
    );
    // GAD's folds differ: what one of them has is known of all.
    expect(allowedOverlap("gad", "test").texts).toBeGreaterThan(knownOverlap("gad").texts);
    expect(() => checkOverlap(set(1), { test: set(1) }, {})).toThrow(/share a sentence/);
    expect(() => checkOverlap(set(1), { test: set(1) }, { dataset: "no-such-set" })).toThrow(/unknown data set/);
  });
});

it("takes all contexts of a question for one", () => {
  const context = (questionId: string, i: number, text: string) => ({
    id: `${questionId}_${i}`,
    questionId,
    context: text,
  });
  const shared = "Carriers of the variant had a threefold risk of early colorectal cancer in both cohorts .";
  const tested = ["a", "b"].flatMap((id) => [
    context(id, 0, `One of ${id}.`),
    context(id, 1, id === "b" ? shared : "Two."),
  ]);
  const overlap = findOverlap([{ examples: [context("c", 0, shared)] }], { examples: tested });
  expect(overlap).toMatchObject({ texts: 1, examples: [2, 3] });
});

it("compares forty thousand sentences without comparing each with each", () => {
  // Quadratic work would take many minutes; this takes a second or two.
  const sentences = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      id: String(from + i),
      text: `Row ${from + i} of a large corpus has a sentence that is longer than twelve words altogether . Short one .`,
    }));
  const overlap = findOverlap([{ examples: sentences(0, 40_000) }], { examples: sentences(39_990, 10_000) });
  expect([overlap.texts, overlap.examples.length]).toEqual([10, 10]);
});

describe("evaluation", () => {
  it("counts what the data share with what the model was trained on, and scores without", async () => {
    const { lazyRooms } = await import("../../src/cli/common/rooms.ts");
    const { error } = await trainTask("classification", options("scored", { epochs: 4 }));
    expect(error).toBeUndefined();
    const model = join(space.folder, "scored");
    const argv = (data: string, ...more: string[]) => [
      "evaluate",
      "classification",
      "--model",
      model,
      "--data",
      data,
      "--trained-on",
      train,
      ...more,
    ];
    const { out, err } = await run(argv(sharing, "--json"), { rooms: lazyRooms });
    const record = JSON.parse(out) as ResultRecordV2;
    expect(readResultRecord(record)).toEqual(record);
    expect(record.overlap).toMatchObject({
      documents: 0,
      texts: 1,
      sentences: 0,
      examples: 1,
      sha256: await sha256OfFiles([train]),
    });
    const left = space.write("left.tsv", ["text\tlabel\tdocument_id", `${texts[20]!}\t1\te1`]);
    const alone = JSON.parse(
      (await run(["evaluate", "classification", "--model", model, "--data", left, "--json"], { rooms: lazyRooms })).out,
    ) as ResultRecordV2;
    expect(record.overlap!.metrics).toEqual(alone.metrics);
    expect(alone.overlap).toBeUndefined();
    expect(err).toContain("warning[overlap]");
    const people = await run(argv(sharing), { rooms: lazyRooms });
    expect(people.out).toContain(
      "shared with the training data: 0 documents, 1 texts with a sentence of 12 words or more",
    );
    expect(people.out).toMatch(/without these 1: accuracy \d/);
    const all = JSON.parse((await run(argv(train, "--json"), { rooms: lazyRooms })).out) as ResultRecordV2;
    expect(all.overlap).toMatchObject({ documents: 17, examples: 17 });
    expect(all.overlap!.metrics).toBeUndefined();
  });

  it("does so for named entities, too", async () => {
    const words = (text: string): string[] => [
      ...text.split(" ").map((word, i) => `${word}\t${i === 2 ? "B" : "O"}`),
      "",
    ];
    const tagged = space.write("ner-train.tsv", [...texts.slice(0, 8), LONG].flatMap(words));
    const tested = space.write("ner-test.tsv", [texts[20]!, LONG, texts[21]!].flatMap(words));
    const { error } = await trainTask(
      "ner",
      options("ner", { trainFiles: [tagged], devFiles: [], keep: "last", epochs: 2 }),
    );
    expect(error).toBeUndefined();
    const shared = { modelDirectory: join(space.folder, "ner"), threads: 1 };
    const found = await evaluateNer({ ...shared, files: [tested], trainedOn: [tagged] });
    expect(found.overlap).toMatchObject({ documents: 0, texts: 1, sentences: 1, examples: 1 });
    const left = space.write("ner-left.tsv", [texts[20]!, texts[21]!].flatMap(words));
    const { overall, tokenAccuracy } = (await evaluateNer({ ...shared, files: [left] })).report;
    const { precision, recall, f1 } = overall;
    expect(found.overlap!.metrics).toEqual({ precision, recall, f1, tokenAccuracy });
  });
});
