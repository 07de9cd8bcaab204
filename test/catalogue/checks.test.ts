// Submission checks field by field, numbers as they are printed, ranking: without a database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CheckContext, checkSubmissionContent } from "../../src/catalogue/checks.ts";
import { metricOf } from "../../src/catalogue/dumps/tables.ts";
import {
  compareValues,
  paretoFront,
  parsePublished,
  ranksOf,
  slug,
  staircase,
  valueOf,
} from "../../src/catalogue/index.ts";
import { submissionOfRecord } from "../../src/catalogue/records.ts";
import { idSchema } from "../../src/catalogue/schema/index.ts";
import { sample, sampleRecord } from "./sample.ts";

const { table, result, model } = sample();
const context: CheckContext = {
  now: new Date("2026-11-24T12:00:00Z"),
  table: async (id) => table!.find((each) => each.id === id),
  similarTables: async () => ["ner-on-tiny-disease"],
  resultsOf: async () => result!,
  model: async (id) => model!.find((each) => each.id === id),
  modelsNamed: async (name) => (name === "Tiny" ? [{ model: model![0]! }] : []),
  hasPaper: async (id) => id.startsWith("paper-"),
  hasResult: async () => false,
  checkLink: async (url) => ({ status: url.includes("dead") ? "dead" : "alive", reason: "answers" }),
};
const good = {
  table: "ner-on-tiny-disease",
  modelName: "A new one",
  values: { f1: { published: "83.3" } },
  paper: "paper-a",
};

async function problemsOf(changes: object, run?: object): Promise<string[]> {
  const { problems } = await checkSubmissionContent(
    { result: { ...good, ...changes }, ...(run === undefined ? {} : { run }) },
    context,
  );
  return problems.map(({ field, code, severity }) => `${severity} ${field} ${code}`);
}

describe("a submission", () => {
  it("that is right has only the warning that its model is new", async () => {
    expect(await problemsOf({})).toEqual(["warning result.modelName unknown-model"]);
  });

  it.each<[string, object, string]>([
    ["an unknown table", { table: "ner-on-nothing" }, "error result.table unknown-table"],
    ["an unknown metric", { values: { bogus: { published: "1" } } }, "error result.values.bogus unknown-metric"],
    [
      "a fraction where percents stand",
      { values: { f1: { published: "0.8088" } } },
      "error result.values.f1.published wrong-scale",
    ],
    ["more than all", { values: { f1: { published: "183.3" } } }, "error result.values.f1.published out-of-range"],
    ["less than nothing", { values: { f1: { published: "-3" } } }, "error result.values.f1.published out-of-range"],
    ["no number", { values: { f1: { published: "good" } } }, "error result.values.f1.published not-a-number"],
    [
      "a number that is not its text",
      { values: { f1: { published: "83.3", value: 84 } } },
      "error result.values.f1.value malformed",
    ],
    ["no value", { values: {} }, "error result.values malformed"],
    [
      "the same number once more",
      { modelName: "first", model: "tiny", variant: "tiny-v1.0", values: { f1: { published: "80" } } },
      "error result.values.f1 duplicate",
    ],
    ["a malformed link", { paperUrl: "example.org/a" }, "error result.paperUrl malformed-link"],
    ["a script for a link", { externalUrl: "javascript:alert(1)" }, "error result.externalUrl malformed-link"],
    [
      "a link that is cut off",
      { source: { url: "https://example.org/a(1" } },
      "error result.source.url malformed-link",
    ],
    ["a dead link", { externalUrl: "https://dead.example.org/" }, "warning result.externalUrl dead-link"],
    ["a date in the future", { date: "2027-01-01" }, "error result.date future-date"],
    ["a date that is none", { date: "2026-02-30" }, "error result.date malformed"],
    ["an unknown paper", { paper: "nowhere" }, "error result.paper unknown-paper"],
    ["no source", { paper: undefined }, "error result.source no-source"],
    ["an unknown model", { model: "nobody" }, "error result.model unknown-model"],
    ["an unknown variant", { model: "tiny", variant: "tiny-v9" }, "error result.variant unknown-model"],
    ["a path for an id", { id: "../../etc" }, "error result.id malformed"],
    ["an unknown field", { bogus: 1 }, "error result malformed"],
  ])("with %s is told so", async (_name, changes, problem) => {
    expect(await problemsOf(changes)).toContain(problem);
  });

  it("whose record says otherwise is told so", async () => {
    const values = { f1: { published: "83.40" } };
    const errors = async (record: object) =>
      (await problemsOf({ values }, record)).filter((problem) => problem.startsWith("error"));
    expect(await errors(sampleRecord())).toEqual([]);
    expect(await errors(sampleRecord({ metrics: { f1: 83.5 } }))).toEqual([
      "error result.values.f1.published record-mismatch",
    ]);
    expect(await errors(sampleRecord({ metrics: { recall: 1 } }))).toEqual(["error run.metrics.f1 record-mismatch"]);
    expect(await errors(sampleRecord({ protocol: "ner-exact-offset" }))).toEqual([
      "error run.protocol protocol-mismatch",
    ]);
    const { dataset } = sampleRecord();
    expect(await errors(sampleRecord({ dataset: { ...dataset, split: "dev" } }))).toEqual([
      "error run.dataset.split protocol-mismatch",
    ]);
    expect(await errors({ ...sampleRecord(), formatVersion: 9 })).toEqual(["error run.formatVersion malformed"]);
  });

  it("of any shape is answered, never thrown at", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const { problems } = await checkSubmissionContent(value, context);
        expect(problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe("numbers as they are printed", () => {
  it.each([
    ["76.46", 76.46, undefined],
    ["81.3%", 81.3, undefined],
    ["52±0.023", 52, 0.023],
    ["89.71 (0.2)", 89.71, 0.2],
    ["25.636 ± 1.804", 25.636, 1.804],
    ["1,234", 1234, undefined],
    ["-3.5", -3.5, undefined],
    ["1e-3", 0.001, undefined],
    ["110M", 110e6, undefined],
    ["**88.1**", 88.1, undefined],
    [".5", 0.5, undefined],
  ])("%s", (text, number, deviation) => {
    expect(parsePublished(text)).toMatchObject({ number, ...(deviation === undefined ? {} : { deviation }) });
  });

  it.each(["", "-", "n/a", "83.1 / 84.2", "83.1-84.2", "seven", "%", "±", "1.2.3"])("%j is none", (text) => {
    expect(parsePublished(text)).toBeUndefined();
  });

  it("are brought to the metric's scale without dust", () => {
    expect(valueOf("0.8088", { unit: "percent" }, "fraction")).toEqual({
      published: "0.8088",
      value: 80.88,
      scale: "fraction",
    });
    expect(valueOf("81.3%", { unit: "fraction" })).toEqual({ published: "81.3%", value: 0.813, scale: "percent" });
    expect(valueOf("good", { unit: "percent" })).toEqual({ published: "good" });
  });

  it("tell their metric's unit and direction", () => {
    expect(metricOf("F1", "f1", ["81", "0.8"])).toMatchObject({ unit: "percent", isLoss: false });
    expect(metricOf("Accuracy", "accuracy", ["0.81", "0.8"])).toMatchObject({ unit: "fraction", isLoss: false });
    expect(metricOf("Word Error Rate (WER)", "wer", ["3.1"])).toMatchObject({ unit: "number", isLoss: true });
    expect(metricOf("Params", "params", ["110M"])).toMatchObject({ unit: "number", isLoss: true });
  });
});

describe("ranking", () => {
  it("gives equal values one rank, and none to what has no number", () => {
    expect(ranksOf([80, undefined, 85, 80, 70], false)).toEqual([2, undefined, 1, 2, 4]);
    expect(ranksOf([80, 85], true)).toEqual([1, 2]);
  });

  it("keeps the staircase rising and the Pareto front undominated", () => {
    const point = fc.record({
      date: fc.integer({ min: 1, max: 28 }).map((day) => `2020-01-${String(day).padStart(2, "0")}`),
      value: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
      cost: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 30 }), fc.boolean(), (points, isLoss) => {
        const steps = staircase(points, isLoss).map((index) => points[index]!);
        for (const [index, step] of steps.entries()) {
          if (index === 0) continue;
          expect(step.date > steps[index - 1]!.date).toBe(true);
          expect(compareValues(step.value, steps[index - 1]!.value, isLoss)).toBeLessThan(0);
        }
        const valued = points.filter(({ value }) => value !== undefined);
        const best = valued.map(({ value }) => value!).sort((a, b) => compareValues(a, b, isLoss))[0];
        expect(steps.at(-1)?.value).toBe(best);
        const front = paretoFront(points, isLoss);
        for (const [index, isOn] of front.entries()) {
          const mine = points[index]!;
          expect(isOn === undefined).toBe(mine.value === undefined || mine.cost === undefined);
          if (isOn !== true) continue;
          const dominated = points.some(
            ({ cost, value }) =>
              cost !== undefined &&
              value !== undefined &&
              cost < mine.cost! &&
              compareValues(value, mine.value, isLoss) < 0,
          );
          expect(dominated).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });
});

it("makes an id of every name, the same for the same one", () => {
  expect(slug("Named Entity Recognition (NER)")).toBe("named-entity-recognition-ner");
  expect(slug("BioBERT v1.1 (+ PubMed)")).toBe("biobert-v1.1-plus-pubmed");
  expect(slug("Ménière")).toBe("meniere");
  expect(slug("../../etc/passwd")).toBe("etc-passwd");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 150 }), (name) => {
      expect(idSchema.safeParse(slug(name)).success).toBe(true);
      expect(slug(name)).toBe(slug(name));
    }),
    { numRuns: 500 },
  );
});

it("says how to find a table where a record's data set is not known", () => {
  const places = { datasets: [], tables: [], models: [] };
  expect(() => submissionOfRecord(sampleRecord(), places)).toThrow(
    expect.objectContaining({
      code: "catalogue-not-found",
      hint: expect.stringMatching(/--table ID: biobert results list/),
    }),
  );
});
