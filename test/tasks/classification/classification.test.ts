// Classification: files in each form, labels of each kind, and numbers by hand.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  checkOptions,
  classificationTask,
  decodeLabels,
  type AnyTask,
  type ClassificationOptions,
} from "../../../src/tasks/index.ts";
import { scoreDetails } from "../../../src/training/index.ts";
import { temporaryFolder } from "../../support/tiny-model.ts";

const folder = temporaryFolder("classification");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const optionsWith = (given: Record<string, unknown> = {}): ClassificationOptions =>
  checkOptions(classificationTask.options, given);

describe("reading", () => {
  it("takes TSV, CSV and JSON lines alike, quotes and line ends inside a CSV cell included", async () => {
    const files = [
      file("a.tsv", 'a "quoted" text\tgood\n'),
      file("b.csv", 'id,text,label\n"x","two\nlines, and a comma",bad\ny,plain,good\n'),
      file(
        "c.jsonl",
        '{"id": 5, "text": "json", "text_b": "pair", "label": "bad"}\n\n{"text": "no id", "label": "good"}\n',
      ),
    ];
    const { examples } = await classificationTask.read(files, optionsWith(), true);
    expect(examples.map(({ id, text, pair, labels, line }) => [id, text, pair, labels, line])).toEqual([
      ["a.tsv:1", 'a "quoted" text', undefined, ["good"], 1],
      ["x", "two\nlines, and a comma", undefined, ["bad"], 2],
      ["y", "plain", undefined, ["good"], 4],
      ["5", "json", "pair", ["bad"], 1],
      ["c.jsonl:3", "no id", undefined, ["good"], 3],
    ]);
    expect(classificationTask.labels(examples, optionsWith())).toEqual(["bad", "good"]);
  });

  it("takes several labels from a cell or a list, and none", async () => {
    const given = optionsWith({ problem: "multi-label", labelSeparator: "|" });
    const files = [
      file("m.tsv", "one\tb|a| b\ntwo\t\n"),
      file("m.jsonl", '{"text": "three", "labels": ["c", "a"]}\n{"text": "four", "labels": []}\n'),
    ];
    const { examples } = await classificationTask.read(files, given, true);
    expect(examples.map(({ labels }) => labels)).toEqual([["b", "a"], [], ["c", "a"], []]);
    expect(classificationTask.labels(examples, given)).toEqual(["a", "b", "c"]);
  });

  it("takes a list of one label where there must be one", async () => {
    const lines = [
      file("list.jsonl", '{"text": "a b", "labels": ["x"]}\n'),
      file("number.jsonl", '{"text": "a", "score": [2]}\n'),
    ];
    const [one] = (await classificationTask.read([lines[0]!], optionsWith(), true)).examples;
    expect(one!.labels).toEqual(["x"]);
    const [two] = (await classificationTask.read([lines[1]!], optionsWith({ problem: "regression" }), true)).examples;
    expect(two!.value).toBe(2);
  });

  it("tells of a first line that looks like a header of unknown names, and of no other", async () => {
    const odd = file("body.tsv", "body\tcategory\nOne is well .\tgood\nTwo is ill .\tbad\nThree is ill .\tbad\n");
    const { examples, warnings } = await classificationTask.read([odd], optionsWith(), true);
    expect(examples).toHaveLength(4);
    expect(warnings).toEqual([
      expect.objectContaining({
        code: "header-unknown",
        message: expect.stringContaining('the label "category"'),
        place: { file: odd, line: 1 },
      }),
    ]);
    for (const [name, text] of Object.entries({
      "terms.tsv": "fever\tsymptom\naspirin\tdrug\nzinc\tdrug\n",
      "again.tsv": "body\tcategory\nOne is well .\tcategory\nTwo is ill .\tbad\n",
      "sentence.tsv": "One is well and all that .\tgood\nTwo .\tbad\nThree .\tbad\n",
    }))
      expect((await classificationTask.read([file(name, text)], optionsWith(), true)).warnings).toEqual([]);
  });

  it("takes a first column of ids for such where no header says it, and nothing else for one", async () => {
    const read = async (name: string, text: string, gold = true) =>
      (await classificationTask.read([file(name, text)], optionsWith(), gold)).examples.map(({ id, text, pair }) => [
        id,
        text,
        pair,
      ]);
    const rows = "7_s1\tCells grew .\tgood\n7_s2\tCells died .\tbad\n";
    const expected = [
      ["7_s1", "Cells grew .", undefined],
      ["7_s2", "Cells died .", undefined],
    ];
    expect(await read("ids.tsv", rows)).toEqual(expected);
    expect(await read("unlabelled.tsv", rows.replace(/\t(?:good|bad)$/gm, ""), false)).toEqual(expected);
    for (const [name, text] of Object.entries({
      "pair.tsv": "IL-2 rose .\tIL-2 fell .\tgood\nThe same .\tThe same .\tbad\n",
      "alike.tsv": "p53\tIt is a gene .\tgood\np53\tIt is a drug .\tbad\n",
      "terms.tsv": "p53\tTP53\tgood\np21\tCDKN1A\tbad\n",
    }))
      expect((await read(name, text)).map(([, first]) => first)).toEqual(
        text
          .trim()
          .split("\n")
          .map((line) => line.split("\t")[0]),
      );
  });

  it("tells of labels that hold another separator, where none holds the one asked for", async () => {
    const given = optionsWith({ problem: "multi-label" });
    const bars = file("bars.tsv", "one .\tb\ntwo .\ta|b\nthree .\ta|c\n");
    const { warnings } = await classificationTask.read([bars], given, true);
    expect(warnings).toEqual([
      expect.objectContaining({
        code: "label-separator",
        message: expect.stringMatching(/^the label "a\|b", and 1 more, holds.*--label-separator "\|"$/),
        place: { file: bars, line: 2 },
      }),
    ]);
    const both = file("both.tsv", "one .\ta, the first;b\ntwo .\ta, the first\n");
    const lists = file("lists.jsonl", '{"text": "one", "labels": ["a, the first"]}\n');
    for (const [path, options] of [
      [both, given],
      [lists, given],
      [bars, optionsWith({ problem: "multi-label", labelSeparator: "|" })],
      [bars, optionsWith()],
    ] as const)
      expect((await classificationTask.read([path], options, true)).warnings).toEqual([]);
  });

  it.each([
    ["a score that is no number", "regression", "n.tsv", "one\t1.5\ntwo\thigh\n", 2, /"high" is not a number/],
    [
      "two labels where there must be one",
      "single-label",
      "n.jsonl",
      '{"text": "a", "label": ["x", "y"]}\n',
      1,
      /2 labels/,
    ],
    ["no label", "single-label", "e.tsv", "one\tx\ntwo\t\n", 2, /no label/],
    ["an empty list", "single-label", "el.jsonl", '{"text": "a", "label": []}\n', 1, /no label/],
    [
      "a header without a name for the label",
      "single-label",
      "category.tsv",
      "text\tcategory\none .\tx\ntwo .\ty\n",
      1,
      /looks like a header, but none of its columns is called label, labels, class/,
    ],
    ["a header that is no number", "regression", "h.tsv", "foo\tgrade\none\t1\n", 1, /"grade" is not a number/],
    ["what is not JSON", "single-label", "bad.jsonl", '{"text": "a", "label": "x"}\n{"text": \n', 2, /not JSON/],
    ["a missing field", "single-label", "gone.jsonl", '{"text": "a"}\n', 1, /label or labels.* is missing/],
    ["a quote that is not closed", "single-label", "open.csv", 'text,label\n"a,b\n', 2, /comma-separated/],
  ])("names the line of %s", async (_name, problem, name, text, line, message) => {
    const path = file(name, text);
    const error = await classificationTask
      .read([path], optionsWith({ problem }), true)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "input-format",
      place: { file: path, line },
      message: expect.stringMatching(message),
    });
  });
});

describe("options", () => {
  it("have defaults, and are refused with their flag where they are unknown or out of range", () => {
    expect(optionsWith()).toEqual({
      byDocument: false,
      problem: "single-label",
      labelSeparator: ";",
      threshold: 0.5,
      tuneThreshold: false,
    });
    expect(() => optionsWith({ threshold: 2 })).toThrow(/--threshold/);
    expect(() => optionsWith({ labelseparator: "," })).toThrow(/--labelseparator/);
  });
});

describe("decoding", () => {
  it("gives one label with its probability, all from the threshold on, or the number", () => {
    const single = decodeLabels(Float32Array.of(0, Math.log(3)), ["a", "b"], {
      problem: "single-label",
      threshold: 0.5,
    });
    expect(single.labels).toEqual(["b"]);
    expect(single.scores!["b"]).toBeCloseTo(0.75, 6);
    const many = decodeLabels(Float32Array.of(0, -1, 2), ["a", "b", "c"], { problem: "multi-label", threshold: 0.5 });
    expect(many.labels).toEqual(["c", "a"]);
    expect(decodeLabels(Float32Array.of(-3.5), ["value"], { problem: "regression", threshold: 0 })).toEqual({
      labels: [],
      value: -3.5,
    });
  });
});

describe("scoring", () => {
  const context = (problem: string, labels: string[]) => ({ labels, options: optionsWith({ problem }) });

  it("counts sets of labels", () => {
    const gold = [["a", "b"], ["a"], []];
    const found = [["a"], ["a", "b"], []];
    const examples = gold.map((labels, i) => ({ id: String(i), text: `t${i}`, labels }));
    const { metrics, errors } = classificationTask.score(
      examples,
      found.map((labels) => ({ labels })),
      context("multi-label", ["a", "b"]),
    );
    // a: 2 of 2 and 2; b: 0 of 1 and 1.
    expect(metrics["microF1"]).toBeCloseTo(200 / 3, 10);
    expect(metrics).toMatchObject({ macroF1: 50, exactMatch: 100 / 3 });
    expect(errors!.map(({ gold: right, predicted }) => [right, predicted])).toEqual([
      ["b", ""],
      ["", "b"],
    ]);
  });

  it("correlates numbers, ties sharing their ranks, and says 0 where there is nothing to correlate", () => {
    // As scipy.stats.pearsonr and spearmanr give for these.
    const gold = [1, 2, 2, 4, 0];
    const found = [1.5, 1, 3, 5, -1];
    const examples = gold.map((value, i) => ({ id: String(i), text: "", value }));
    const predictions = found.map((value) => ({ labels: [], value }));
    const { metrics } = classificationTask.score(examples, predictions, context("regression", ["value"]));
    expect(metrics["pearson"]).toBeCloseTo(0.9300465034877907, 10);
    expect(metrics["spearman"]).toBeCloseTo(0.8207826816681234, 10);
    expect(metrics["meanSquaredError"]).toBeCloseTo((0.25 + 1 + 1 + 1 + 1) / 5, 10);
    const flat = predictions.map(() => ({ labels: [], value: 2 }));
    expect(classificationTask.score(examples, flat, context("regression", ["value"])).metrics).toMatchObject({
      pearson: 0,
      spearman: 0,
    });
  });

  it("refuses a gold label that the model does not have, with its place", () => {
    const example = { id: "1", text: "t", labels: ["c"], file: "f.tsv", line: 3 };
    expect(() => classificationTask.requireKnownLabels([example], context("single-label", ["a"]))).toThrow(
      expect.objectContaining({ code: "label-unknown", place: { file: "f.tsv", line: 3 } }),
    );
  });
});

describe("what a report shows of numbers", () => {
  it("is how far they are off, the furthest first, and none of them is right or wrong", () => {
    const own = { labels: ["value"], options: optionsWith({ problem: "regression" }) };
    const examples = [4, 0.2, 3].map((value, i) => ({ id: `n${i}`, text: "a text", value }));
    const predictions = [3.9, 0.6, 1].map((value) => ({ labels: [], value }));
    const task = classificationTask as unknown as AnyTask;
    const scores = task.score(examples, predictions, own);
    const { wrongCount, wrong, furthest } = scoreDetails(
      task,
      scores,
      { examples, predictions, inputs: [], results: [] },
      own,
    );
    expect({ wrongCount, wrong }).toEqual({ wrongCount: 0, wrong: [] });
    expect(furthest?.map(({ id }) => id)).toEqual(["n2", "n1", "n0"]);
    expect(furthest?.[0]).toEqual({ id: "n2", text: "a text", gold: "3", predicted: "1.000", difference: -2 });
  });
});
