// What each item adds to a task's scores adds up to them, and names no text: for every task, on random predictions.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ItemGroup, scoreOfItems } from "../../src/metrics/index.ts";
import { checkOptions, taskList, taskNamed, type AnyTask, type TaskExample } from "../../src/tasks/index.ts";

interface Sample {
  task: string;
  name: string;
  options: Record<string, unknown>;
  labels: string[];
  /** Examples and predictions from a list of random numbers, two an item. */
  make(numbers: readonly [number, number][]): { examples: TaskExample[]; predictions: unknown[] };
}

const CLASSES = ["false", "CPR:3", "CPR:4"];
const YES_NO = ["yes", "no", "maybe"];
const pick = <T>(list: readonly T[], number: number): T => list[number % list.length]!;
const subset = (list: readonly string[], number: number): string[] => list.filter((_, i) => ((number >> i) & 1) === 1);
/** A secret that no id may show. */
const TEXT = "a sentence of the corpus";

/** A class an example. */
const oneLabel: Sample["make"] = (numbers) => ({
  examples: numbers.map(([gold], i) => ({ id: `t${i}`, text: TEXT, labels: [pick(CLASSES, gold)] })),
  predictions: numbers.map(([, found]) => ({ labels: [pick(CLASSES, found)], scores: {} })),
});

const SAMPLES: Sample[] = [
  {
    task: "ner",
    name: "entities",
    options: {},
    labels: ["O", "B-Disease", "I-Disease"],
    make: (numbers) => ({
      examples: numbers.map(([gold], i) => ({
        id: `/home/someone/test.tsv:${i * 7 + 1}`,
        file: "/home/someone/test.tsv",
        line: i * 7 + 1,
        tokens: [TEXT, "b", "c", "d"],
        tags: [0, 2, 4, 6].map((shift) => pick(["O", "B", "I"], gold >> shift)),
      })),
      predictions: numbers.map(([, found]) =>
        [0, 2, 4, 6].map((shift) => pick(["O", "B-Disease", "I-Disease"], found >> shift)),
      ),
    }),
  },
  {
    task: "relation",
    name: "relations",
    options: {},
    labels: CLASSES,
    make: oneLabel,
  },
  {
    task: "classification",
    name: "one label",
    options: { problem: "single-label" },
    labels: CLASSES,
    make: oneLabel,
  },
  {
    task: "classification",
    name: "any number of labels, by document",
    options: { problem: "multi-label", byDocument: true },
    labels: CLASSES,
    make: (numbers) => ({
      examples: numbers.map(([gold], i) => ({
        id: `t${i}`,
        documentId: `d${i % 3}`,
        text: TEXT,
        labels: subset(CLASSES, gold),
      })),
      predictions: numbers.map(([, found]) => ({ labels: subset(CLASSES, found), scores: {} })),
    }),
  },
  {
    task: "classification",
    name: "a number",
    options: { problem: "regression" },
    labels: ["value"],
    make: (numbers) => ({
      examples: numbers.map(([gold], i) => ({ id: `t${i}`, text: TEXT, value: gold / 51 })),
      predictions: numbers.map(([, found]) => ({ labels: [], scores: {}, value: found / 47 })),
    }),
  },
  {
    task: "qa",
    name: "spans",
    options: {},
    labels: [],
    make: (numbers) => ({
      examples: numbers.map(([gold], i) => ({
        id: `q${i}`,
        questionId: `q${i}`,
        kind: "span",
        question: TEXT,
        context: TEXT,
        isImpossible: false,
        answers: [{ text: pick(["red cell", "blood cell", "liver"], gold), start: 0 }],
      })),
      predictions: numbers.map(([, found]) => ({
        answer: { text: pick(["red cell", "blood cell", "liver"], found) },
        nBest: [],
      })),
    }),
  },
  {
    task: "qa",
    name: "pooled factoid and list questions",
    options: {},
    labels: [],
    make: (numbers) => ({
      examples: numbers.map((_, i) => ({
        id: `q${i >> 1}_${i}`,
        questionId: `q${i >> 1}`,
        kind: (i >> 1) % 2 === 0 ? "factoid" : "list",
        question: TEXT,
        context: TEXT,
        isImpossible: false,
        answers: [],
        golden: [[pick(["BRCA1", "ATM", "APC"], i >> 1)], ["TP53"]],
      })),
      predictions: numbers.map(([, found]) => ({
        answer: { text: "" },
        nBest: [0, 1, 2].map((k) => ({
          text: pick(["BRCA1", "ATM", "APC", "TP53"], found + k),
          probability: 0.6 / (k + 1),
        })),
      })),
    }),
  },
  {
    task: "yes-no",
    name: "yes, no or maybe",
    options: {},
    labels: YES_NO,
    make: (numbers) => ({
      examples: numbers.map(([gold], i) => ({
        id: `q${i}`,
        question: TEXT,
        contexts: [TEXT],
        labels: [pick(YES_NO, gold)],
      })),
      predictions: numbers.map(([, found]) => ({ label: pick(YES_NO, found), scores: {} })),
    }),
  },
  {
    task: "multiple-choice",
    name: "one answer",
    options: {},
    labels: [],
    make: (numbers) => ({
      examples: numbers.map(([gold], i) => ({
        id: `q${i}`,
        question: TEXT,
        options: ["a", "b", "c"],
        answers: [gold % 3],
      })),
      predictions: numbers.map(([, found]) => ({ answers: [found % 3], probabilities: [] })),
    }),
  },
  {
    task: "multiple-choice",
    name: "several answers",
    options: { answers: "several" },
    labels: [],
    make: (numbers) => ({
      examples: numbers.map(([gold], i) => ({
        id: `q${i}`,
        question: TEXT,
        options: ["a", "b", "c"],
        answers: [0, 1, 2].filter((k) => (((gold % 7) + 1) >> k) & 1),
      })),
      predictions: numbers.map(([, found]) => ({
        answers: [0, 1, 2].filter((k) => (((found % 7) + 1) >> k) & 1),
        probabilities: [],
      })),
    }),
  },
];

function itemsOf(task: AnyTask, { options, labels, make }: Sample, numbers: readonly [number, number][]) {
  const { examples, predictions } = make(numbers);
  const context = { labels, options: checkOptions<Record<string, unknown>>(task.options, options) };
  return { groups: task.items!(examples, predictions, context), scores: task.score(examples, predictions, context) };
}

const numbers = fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { minLength: 2, maxLength: 24 });

describe("items", () => {
  it.each(SAMPLES)("of $task ($name) add up to the scores", (sample) => {
    const task = taskNamed(sample.task);
    fc.assert(
      fc.property(numbers, (drawn) => {
        const { groups, scores } = itemsOf(task, sample, drawn);
        const found = new Map<string, [ItemGroup, number]>();
        for (const group of groups)
          for (const name of Object.keys(group.metrics)) found.set(name, [group, scoreOfItems(group, name)]);
        if (!found.has(scores.selection)) throw new Error(`no items of ${scores.selection}`);
        for (const [name, [group, value]] of found) {
          expect(value).toBeCloseTo(scores.metrics[name]!, 8);
          for (const values of group.metrics[name]!.values) expect(values.every(Number.isFinite)).toBe(true);
          expect(group.metrics[name]!.values).toHaveLength(group.ids.length);
        }
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  it.each(SAMPLES)("of $task ($name) hold neither text nor folder", (sample) => {
    const { groups } = itemsOf(taskNamed(sample.task), sample, [
      [3, 5],
      [250, 17],
      [91, 91],
    ]);
    const json = JSON.stringify(groups);
    expect(json).not.toContain(TEXT);
    expect(json).not.toContain("someone");
    expect(json).not.toContain("BRCA1");
  });

  it("are there for every task", () => {
    expect(taskList.filter(({ items }) => items === undefined).map(({ name }) => name)).toEqual([]);
    expect(new Set(SAMPLES.map(({ task }) => task))).toEqual(new Set(taskList.map(({ name }) => name)));
  });
});
