// A split of any data set as its task's file: what is written, the task reads back as it was.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readNerCorpus, taskFile, type AnyExampleSet } from "../../src/data/index.ts";
import { checkOptions, taskNamed } from "../../src/tasks/index.ts";
import { temporaryFolder } from "../support/tiny-model.ts";

const folder = temporaryFolder("task-files");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A set with these examples, and what does not matter here. */
function setOf<Task extends AnyExampleSet["task"]>(task: Task, examples: unknown[]): AnyExampleSet {
  const rest = { dataset: "made-up", split: "train", labels: [], files: [], warnings: [], counts: {} };
  return { ...rest, task, examples } as unknown as AnyExampleSet;
}

/** Writes a set and reads it by its task, with the flags that it says. */
async function readBack(set: AnyExampleSet): Promise<Record<string, unknown>[]> {
  const { task, flags, ending, lines } = taskFile(set);
  const path = join(folder, `${set.task}${ending}`);
  writeFileSync(path, [...lines()].join(""));
  const definition = taskNamed(task);
  const given = Object.fromEntries(flags.flatMap((flag, i) => (i % 2 === 0 ? [[flag.slice(2), flags[i + 1]]] : [])));
  const { examples, warnings } = await definition.read([path], checkOptions(definition.options, given), true);
  expect(warnings).toEqual([]);
  return examples as unknown as Record<string, unknown>[];
}

describe("a split as its task's file", () => {
  it("holds tagged words for ner", async () => {
    const set = setOf("ner", [
      { id: "1", tokens: ["Mild", "ataxia", "."], tags: ["O", "B", "O"] },
      { id: "2", tokens: ["None", "."], tags: ["O", "O"] },
    ]);
    const path = join(folder, "ner.tsv");
    writeFileSync(path, [...taskFile(set).lines()].join(""));
    const { sentences } = await readNerCorpus([path]);
    expect(sentences.map(({ tokens, tags }) => [tokens, tags])).toEqual([
      [
        ["Mild", "ataxia", "."],
        ["O", "B", "O"],
      ],
      [
        ["None", "."],
        ["O", "O"],
      ],
    ]);
  });

  it("holds sentences with their class for relation", async () => {
    const [example] = await readBack(
      setOf("relation", [{ id: "r1", documentId: "9", text: 'The @GENE$ "causes"\t@DISEASE$.', label: "CPR:3" }]),
    );
    expect(example).toMatchObject({ id: "r1", text: 'The @GENE$ "causes"\t@DISEASE$.', labels: ["CPR:3"] });
  });

  it("holds the document and the two concepts of a relation between concepts, by which documents are scored", async () => {
    const concept = (id: string) => ({ id, type: "Gene", spans: [] });
    const marked = {
      id: "9:A:B",
      documentId: "9",
      text: "[1] a [/1] and [2] b [/2].",
      label: "Bind",
      first: concept("A"),
      second: concept("B"),
    };
    const [example] = await readBack({ ...setOf("relation", [marked]), marking: "marked" } as AnyExampleSet);
    expect(example).toMatchObject({ id: "9:A:B", documentId: "9", first: "A", second: "B", labels: ["Bind"] });
    const [hidden] = await readBack(setOf("relation", [{ ...marked, text: "@GENE$ and @GENE$." }]));
    expect(hidden).not.toHaveProperty("first");
  });

  it("holds questions with contexts, answers and golden answers for qa", async () => {
    const question = {
      id: "a_000",
      questionId: "a",
      kind: "list",
      question: "Which?",
      context: "CFTR 🧬 and DMD",
      answers: [{ text: "DMD", start: 12 }],
      isImpossible: false,
      golden: [["CFTR"], ["DMD", "dystrophin"]],
      batch: "6b-1",
      documentId: "19",
    };
    expect((await readBack(setOf("qa", [question])))[0]).toMatchObject(question);
  });

  it("holds passages for yes-no, options for multiple-choice", async () => {
    const [asked] = await readBack(
      setOf("yes-no", [
        { id: "y", questionId: "y", question: "So?", contexts: ["a", "b"], label: "no", documentId: "7" },
      ]),
    );
    expect(asked).toMatchObject({ id: "y", documentId: "7", question: "So?", contexts: ["a", "b"], labels: ["no"] });
    const choice = {
      id: "m",
      question: "Which?",
      options: ["x", "y", "z"],
      answers: [0, 2],
      level: "hard",
      documentId: "9",
    };
    const set = setOf("multiple-choice", [choice]);
    expect(taskFile(set).flags).toEqual(["--answers", "several"]);
    expect((await readBack(set))[0]).toMatchObject(choice);
  });

  it("holds one label, any number of them, or a number for classification", async () => {
    const one = setOf("classification", [{ id: "c", documentId: "7", text: "A text.", labels: ["method"] }]);
    expect((await readBack(one))[0]).toMatchObject({ id: "c", text: "A text.", labels: ["method"] });
    const several = setOf("classification", [
      { id: "c", text: "A text.", labels: ["x", "y"] },
      { id: "d", text: "Another.", labels: [] },
    ]);
    expect((await readBack(several)).map(({ labels }) => labels)).toEqual([["x", "y"], []]);
    const [pair] = await readBack(setOf("similarity", [{ id: "s", first: "A.", second: "B.", score: 3.2 }]));
    expect(pair).toMatchObject({ id: "s", text: "A.", pair: "B.", value: 3.2 });
  });

  it("is refused for document embedding, which is not trained", () => {
    expect(() => taskFile(setOf("document-embedding", []))).toThrow(/not trained/);
  });
});
