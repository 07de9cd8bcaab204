// Questions with options: every form that is read, what is refused, padding, cutting, decoding and scores.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decodeChoice, multipleChoiceTask, readChoiceFiles, scoreChoices } from "../../../src/tasks/index.ts";
import { Vocabulary, WordPieceTokenizer } from "../../../src/tokenizer/index.ts";
import { temporaryFolder } from "../../support/tiny-model.ts";

const folder = temporaryFolder("choices");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, ...records: readonly unknown[]): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    records.map((record) => (typeof record === "string" ? record : JSON.stringify(record))).join("\n"),
  );
  return path;
}

const one = { gold: true, several: false };
const question = "Which gene maps to the long arm?";

it("scores more questions than a call takes arguments", () => {
  const questions = Array.from({ length: 200_000 }, (_, i) => ({
    id: `${i}`,
    question,
    options: ["APC", "HFE"],
    answers: [0],
  }));
  const { metrics, confusion } = scoreChoices(questions, questions, { several: false });
  expect(metrics["accuracy"]).toBe(100);
  expect(confusion!.labels).toEqual(["A", "B"]);
});

describe("reading", () => {
  it.each([
    ["ours.jsonl", { question, options: ["APC", "HFE"], answers: [1], level: "easy" }, [1], "easy"],
    [
      "medqa.jsonl",
      { question, options: { A: "APC", B: "HFE" }, answer: "HFE", answer_idx: "B", meta_info: "step1" },
      [1],
      "step1",
    ],
    [
      "medmcqa.json",
      { id: "m", question, opa: "APC", opb: "HFE", opc: "ATM", opd: "TP53", cop: 3, choice_type: "single" },
      [2],
      "single",
    ],
    [
      "french.json",
      { id: "f", question, answers: { a: "APC", b: "HFE" }, correct_answers: ["b"], type: "simple" },
      [1],
      "simple",
    ],
    [
      "concepts.jsonl",
      {
        question,
        option1: "w",
        option2: "x",
        option3: "y",
        option4: "z",
        answer_id: 3,
        level: "hard",
        vocab: "ICD10CM",
      },
      [2],
      "hard",
    ],
    ["anatomy_test.csv", `"${question}",APC,HFE,ATM,TP53,D`, [3], undefined],
  ])("takes %s by its fields", async (name, record, answers, level) => {
    const { examples } = await readChoiceFiles([write(name, record)], one);
    expect(examples).toHaveLength(1);
    expect(examples[0]).toMatchObject({ question, answers });
    expect(examples[0]!.level).toBe(level);
    if (name.endsWith(".csv")) expect(examples[0]!.subject).toBe("anatomy");
  });

  it("reads questions without answers to predict for, and not to score", async () => {
    for (const [name, record] of Object.entries({
      "a.jsonl": { question, options: ["APC", "HFE"] },
      "b.jsonl": { question, options: { A: "APC", B: "HFE" } },
      "c.jsonl": { question, opa: "1", opb: "2", opc: "3", opd: "4", cop: -1 },
      "d.json": [{ id: "f", question, answers: { a: "APC", b: "HFE" } }],
      "e.jsonl": { question, option1: "w", option2: "x", option3: "y", option4: "z" },
      "f.csv": `${question},APC,HFE,ATM,TP53,`,
    })) {
      const path = write(name, record);
      const { examples } = await readChoiceFiles([path], { ...one, gold: false });
      expect([name, examples.map(({ answers }) => answers)]).toEqual([name, [[]]]);
      await expect(readChoiceFiles([path], one)).rejects.toMatchObject({ code: "input-format" });
    }
  });

  it("reads MMLU's rows without the column of letters to predict for", async () => {
    const path = write("bare.csv", `${question},APC,HFE,ATM`, `${question},B,C,A`, `${question},ATM,TP53,APC`);
    const { examples } = await readChoiceFiles([path], { ...one, gold: false });
    expect(examples.map(({ options, answers }) => [options.length, answers])).toEqual([
      [3, []],
      [3, []],
      [3, []],
    ]);
    // Most rows have a letter: the one that has none is wrong.
    const typing = write("typing.csv", `${question},APC,HFE,B`, `${question},APC,HFE,A`, `${question},APC,HFE,E`);
    await expect(readChoiceFiles([typing], { ...one, gold: false })).rejects.toMatchObject({
      message: 'the answer "E" is none of A to B',
      place: { line: 3 },
    });
  });

  it("says that a header is one, and which field is missing", async () => {
    const header = write("header.csv", "question,A,B,answer", `${question},APC,HFE,B`, `${question},APC,HFE,A`);
    for (const gold of [true, false]) {
      await expect(readChoiceFiles([header], { ...one, gold })).rejects.toMatchObject({
        message: expect.stringContaining("line 1 looks like a header, and there must be none"),
        place: { line: 1 },
      });
    }
    const choices = write("choices.jsonl", { question, choices: ["APC", "HFE"], answers: [0] });
    await expect(readChoiceFiles([choices], one)).rejects.toMatchObject({
      message: 'the field "options" is missing; there are "question", "choices", "answers"',
      place: { file: choices, line: 1 },
    });
  });

  const four = { id: "four", question, options: ["a", "b", "c", "d"], answers: [0] };
  const five = { id: "five", question, options: ["a", "b", "c", "d", "e"], answers: [4] };

  it("refuses five options where four are expected, with file and line, unless told the most", async () => {
    const path = write("mixed.jsonl", four, five);
    await expect(readChoiceFiles([path], one)).rejects.toMatchObject({
      code: "input-format",
      message: expect.stringContaining("question five has 5 options where 4 are expected"),
      place: { file: path, line: 2 },
      hint: expect.stringContaining("--choices 5"),
    });
    await expect(readChoiceFiles([path], { ...one, choices: 4 })).rejects.toMatchObject({ place: { line: 2 } });
    expect((await readChoiceFiles([path], { ...one, choices: 5 })).examples).toHaveLength(2);
  });

  it("refuses several right options where one is expected, an answer that is no option, and an empty file", async () => {
    const several = write("several.jsonl", { ...four, answers: [0, 2] });
    await expect(readChoiceFiles([several], one)).rejects.toMatchObject({
      hint: expect.stringContaining("--answers several"),
    });
    expect((await readChoiceFiles([several], { gold: true, several: true })).examples[0]!.answers).toEqual([0, 2]);
    const outside = write("outside.jsonl", { ...four, answers: [4] });
    await expect(readChoiceFiles([outside], one)).rejects.toMatchObject({ code: "input-format", place: { line: 1 } });
    await expect(readChoiceFiles([write("empty.json", "[]")], one)).rejects.toMatchObject({ code: "input-empty" });
  });

  it("keeps the ids of two files apart", async () => {
    const files = ["x.csv", "y.csv"].map((name) => write(name, `${question},APC,HFE,A`));
    const { examples } = await readChoiceFiles(files, one);
    expect(examples.map(({ id }) => id)).toEqual(["1", "y.csv:1"]);
  });
});

describe("encoding", () => {
  const pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ..."abcdefghij"];
  const tokenizer = new WordPieceTokenizer(new Vocabulary(pieces), { lowerCase: true });
  const said = (
    options: string[],
    asked: string,
    maxLength: number,
    cutQuestion: "start" | "end",
    choices?: number,
  ) => {
    const example = { id: "q", question: asked, options, answers: [0] };
    const given = { answers: "one", threshold: 0.5, cutQuestion, choices } as const;
    const { inputs, warnings } = multipleChoiceTask.encode([example], {
      tokenizer,
      maxLength,
      files: ["f"],
      labels: [],
      options: given,
    });
    const text = inputs[0]!.sequences.map(({ ids }) => [...ids].map((id) => pieces[id]!).join(" "));
    return { text, warnings, input: inputs[0]! };
  };

  it("reads each option with the question, the option in segment 1", () => {
    const { text, input, warnings } = said(["c", "d e"], "a b", 16, "start");
    expect(text).toEqual(["[CLS] a b [SEP] c [SEP]", "[CLS] a b [SEP] d e [SEP]"]);
    expect([...input.sequences[1]!.tokenTypeIds!]).toEqual([0, 0, 0, 0, 1, 1, 1]);
    expect(warnings).toEqual([]);
  });

  it("cuts the question where it is told to and keeps the option", () => {
    expect(said(["i", "j"], "a b c d e f g h", 8, "start").text[0]).toBe("[CLS] e f g h [SEP] i [SEP]");
    const end = said(["i", "j"], "a b c d e f g h", 8, "end");
    expect(end.text[0]).toBe("[CLS] a b c d [SEP] i [SEP]");
    expect(end.warnings).toMatchObject([{ code: "texts-cut", place: { file: "f" } }]);
    // A long option keeps half of the room, and what a short question leaves.
    expect(said(["c d e f g h", "j"], "a b", 9, "start").text[0]).toBe("[CLS] a b [SEP] c d e f [SEP]");
    expect(said(["c d e f g h", "j"], "a b i j a", 9, "start").text[0]).toBe("[CLS] i j a [SEP] c d e [SEP]");
  });

  it("pads to the number of choices and leaves padding out of targets", () => {
    const { input, text } = said(["c", "d"], "a", 16, "start", 4);
    expect(text.slice(2)).toEqual(["[CLS] [SEP]", "[CLS] [SEP]"]);
    const context = {
      labels: [],
      options: { answers: "several", threshold: 0.5, cutQuestion: "start", choices: 4 },
    } as const;
    const batch = { choices: 4 } as Parameters<typeof multipleChoiceTask.targets>[1];
    const { feeds, counted } = multipleChoiceTask.targets([input], batch, context);
    expect(counted).toBe(2);
    expect([...(feeds["choiceMask"]!.data as Float32Array)]).toEqual([1, 1, 0, 0]);
    expect([...(feeds["labels"]!.data as Float32Array)]).toEqual([1, 0, 0, 0]);
    // Whatever padding scores, it is not chosen.
    const found = multipleChoiceTask.decode([{ logits: Float32Array.of(-1, 0, 9, 9) }], [input], [], {
      labels: [],
      options: { ...context.options, answers: "one" },
    });
    expect(found[0]!.answers).toEqual([1]);
    expect(found[0]!.probabilities).toHaveLength(2);
  });
});

describe("decoding", () => {
  it("chooses the first of equals, or all from the threshold on, and one at least", () => {
    expect(decodeChoice([0, 2, 2], { several: false, threshold: 0.5 }).answers).toEqual([1]);
    const some = decodeChoice([1, -1, 0], { several: true, threshold: 0.5 });
    expect(some.answers).toEqual([0, 2]);
    expect(some.probabilities[2]).toBe(0.5);
    expect(decodeChoice([-3, -1, -2], { several: true, threshold: 0.5 }).answers).toEqual([1]);
  });
});

describe("scores", () => {
  const gold = (answers: number[], level?: string, subject?: string) => ({
    question,
    options: ["a", "b", "c", "d"],
    answers,
    ...(level === undefined ? {} : { level }),
    ...(subject === undefined ? {} : { subject }),
  });

  it("gives accuracy with Wilson's interval, by level and subject, beside chance", () => {
    const questions = [
      gold([0], "step2&3", "social medicine"),
      gold([1], "step1"),
      gold([2], "step1"),
      gold([3], "step1"),
    ];
    const { metrics, counts, confusion, selection, errors } = scoreChoices(
      questions,
      [0, 1, 1, 3].map((answer) => ({ answers: [answer] })),
      { several: false },
    );
    expect(selection).toBe("accuracy");
    expect(metrics).toMatchObject({ accuracy: 75, chance: 25, accuracyStep23: 100, accuracySocialMedicine: 100 });
    expect(metrics["accuracyStep1"]).toBeCloseTo(200 / 3, 9);
    // 3 of 4: Wilson's interval is 30.06 to 95.44.
    expect(metrics["accuracyLow"]).toBeCloseTo(30.06, 2);
    expect(metrics["accuracyHigh"]).toBeCloseTo(95.44, 2);
    expect(counts).toMatchObject({ questions: 4, right: 3, questionsStep1: 3, questionsStep23: 1 });
    expect(confusion!.counts).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 1],
    ]);
    expect(errors).toMatchObject([{ gold: "C", predicted: "B", count: 1, example: question }]);
  });

  it("gives exact match and Hamming score for several answers", () => {
    const questions = [gold([0, 1], "multiple"), gold([2], "simple"), gold([0, 3], "multiple")];
    const { metrics, byLabel } = scoreChoices(
      questions,
      [[0, 1], [1, 2], [1]].map((answers) => ({ answers })),
      { several: true },
    );
    // Right over union: 2/2, 1/2, 0/3.
    expect(metrics["hammingScore"]).toBeCloseTo(50, 9);
    expect(metrics["exactMatch"]).toBeCloseTo(100 / 3, 9);
    expect(metrics["exactMatchMultiple"]).toBe(50);
    expect(metrics["chance"]).toBeCloseTo(100 / 15, 9);
    expect(byLabel!["B"]).toMatchObject({ goldCount: 1, predictedCount: 3, correctCount: 1 });
  });
});
