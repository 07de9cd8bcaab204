// Questions out of files: SQuAD's form with a BioASQ file of golden answers beside it, BioASQ's own, JSON lines; and scores
// of answers pooled over a question's snippets.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encodeBioAsqAnswers } from "../../../src/formats/index.ts";
import { checkOptions, qaTask, readQuestions, type QaOptions, type QaPrediction } from "../../../src/tasks/index.ts";
import { temporaryFolder } from "../../support/tiny-model.ts";

const folder = temporaryFolder("qa-files");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const ID = "5a0000000000000000000001";
const LIST = "5a0000000000000000000002";
const golden = write("golden.json", {
  questions: [
    {
      id: ID,
      type: "factoid",
      body: "Which gene is it?",
      snippets: [{ text: "It is the CFTR gene." }, { text: "Nobody knows." }],
      exact_answer: [["CFTR", "ABCC7"]],
    },
    {
      id: LIST,
      type: "list",
      body: "Which genes are meant?",
      snippets: [{ text: "DMD and HTT are meant." }],
      exact_answer: [["DMD"], ["HTT"]],
    },
  ],
});
it("says which answer stands nowhere, and which question has blank snippets alone", async () => {
  const line = JSON.stringify({ id: "1", question: "Which?", context: "It is CFTR.", answers: ["DMD", "CFTR"] });
  const lines = await readQuestions([write("nowhere.jsonl", `${line}\n`)], "factoid");
  expect(lines.examples[0]!.answers).toEqual([{ text: "CFTR", start: 6 }]);
  expect(lines.warnings).toMatchObject([
    { code: "answer-not-found", place: { line: 1 }, message: expect.stringContaining('"DMD"') },
  ]);
  const question = (id: string, text: string) => ({
    id,
    type: "factoid",
    body: "Which?",
    snippets: [{ text }],
    exact_answer: [["CFTR"]],
  });
  const blank = write("blank.json", { questions: [question("a", " "), question("b", "It is CFTR.")] });
  const { examples, warnings } = await readQuestions([blank], "factoid");
  expect(examples.map(({ questionId }) => questionId)).toEqual(["b"]);
  expect(warnings).toMatchObject([{ code: "question-without-context", place: { name: "a" } }]);
});

it("reads a file of any length", async () => {
  const lines = Array.from(
    { length: 200_000 },
    (_, i) =>
      `{"id": "${i}", "question": "Which?", "context": "It is CFTR.", "answers": [{"text": "CFTR", "start": 6}]}\n`,
  );
  const { examples } = await readQuestions([write("long.jsonl", lines.join(""))], "factoid");
  expect(examples).toHaveLength(200_000);
});

const contexts = ["It is the CFTR gene.", "Nobody knows of ABCC7."];
const squad = write("test.json", {
  data: [
    {
      paragraphs: contexts.map((context, i) => ({
        context,
        qas: [{ id: `${ID}_00${i}`, question: "Which gene is it?", answers: [] }],
      })),
    },
  ],
});

const optionsOf = (given: Record<string, unknown> = {}): QaOptions => checkOptions<QaOptions>(qaTask.options, given);

/** A prediction whose list is given, the best first. */
function predicted(...list: [text: string, probability: number][]): QaPrediction {
  const nBest = list.map(([text, probability]) => ({
    text,
    start: 0,
    end: text.length,
    probability,
    logit: Math.log(probability),
  }));
  return { answer: nBest[0]!, nBest };
}

describe("questions", () => {
  it("take golden answers from a BioASQ file beside a SQuAD file", async () => {
    const { examples } = await readQuestions([squad, golden], "factoid");
    expect(examples.map(({ id, questionId, golden: answers, kind }) => [id, questionId, answers, kind])).toEqual(
      [0, 1].map((i) => [`${ID}_00${i}`, ID, [["CFTR", "ABCC7"]], "factoid"]),
    );
  });

  it("take the snippets of a BioASQ file alone, of the kind asked for", async () => {
    const factoid = await readQuestions([golden], "factoid");
    expect(factoid.examples.map(({ context, answers }) => [context, answers])).toEqual([
      ["It is the CFTR gene.", [{ text: "CFTR", start: 10 }]],
      ["Nobody knows.", []],
    ]);
    expect((await readQuestions([golden], "list")).examples.map(({ questionId }) => questionId)).toEqual([LIST]);
    expect((await readQuestions([golden], "both")).examples).toHaveLength(3);
  });

  it("find answers of JSON lines: by offset, moved where there is one place, by text", async () => {
    const line = (answers: unknown): string =>
      write(`lines-${JSON.stringify(answers).length}.jsonl`, {
        id: "a",
        question: "Which?",
        context: "a b a c",
        answers,
      });
    const answersOf = async (answers: unknown) => (await readQuestions([line(answers)], "both")).examples[0]!.answers;
    expect(await answersOf([{ text: "c", start: 6 }])).toEqual([{ text: "c", start: 6 }]);
    expect(await answersOf([{ text: "c", start: 1, more: 1 }])).toEqual([{ text: "c", start: 6 }]);
    const { warnings } = await readQuestions([line([{ text: "c", start: 1, more: 2 }])], "both");
    expect(warnings).toEqual([
      expect.objectContaining({ code: "answer-moved", place: expect.objectContaining({ line: 1 }) }),
    ]);
    expect(await answersOf(["b"])).toEqual([{ text: "b", start: 2 }]);
    await expect(answersOf([{ text: "a", start: 1, moreof: 1 }])).rejects.toThrow(/does not stand at 1/);
  });

  it.each([
    ["context.jsonl", '{"id": 1, "question": "Which?", "context": " "}', /no context/],
    ["question.jsonl", '{"id": 1, "context": "x"}', /no question/],
    ["broken.jsonl", "{", /not JSON/],
    ["none.json", { data: [] }, /no question with a context/],
    [
      "squad.json",
      { data: [{ paragraphs: [{ context: "", qas: [{ id: "a", question: "Which?" }] }] }] },
      /without context/,
    ],
  ])("are refused with the file: %s", async (name, content, message) => {
    const file = write(name, content);
    await expect(readQuestions([file], "both")).rejects.toMatchObject({
      message: expect.stringMatching(message),
      place: expect.objectContaining({ file }),
    });
  });
});

describe("files beside each other", () => {
  const lines = write("beside.jsonl", { id: "j", question: "Which?", context: "a b", answers: ["a"] });
  const other = write("7B1_golden.json", {
    questions: [
      {
        id: "5a0000000000000000000003",
        type: "factoid",
        body: "Which gene?",
        snippets: [{ text: "ATM it is." }],
        exact_answer: [["ATM"]],
      },
    ],
  });

  it("are both read where a BioASQ file lies beside JSON lines", async () => {
    const { examples, warnings } = await readQuestions([lines, golden], "factoid");
    expect(examples.map(({ questionId }) => questionId)).toEqual(["j", ID, ID]);
    expect(warnings).toEqual([]);
  });

  it("are both read, and it is said, where a BioASQ file has no question of the SQuAD file", async () => {
    const { examples, warnings } = await readQuestions([squad, other], "factoid");
    expect(examples.map(({ questionId, batch }) => [questionId, batch])).toEqual([
      [ID, undefined],
      [ID, undefined],
      ["5a0000000000000000000003", "7b-1"],
    ]);
    expect(warnings).toEqual([expect.objectContaining({ code: "golden-unused", place: { file: other } })]);
  });
});

describe("scores of questions", () => {
  it("are those of all batches pooled, and of each by itself", async () => {
    const { examples } = await readQuestions([golden], "factoid");
    const [first] = examples;
    const three = ["6b-1", "6b-2", "6b-2"].map((batch, i) => ({ ...first!, questionId: `q${i}`, batch }));
    const answers = [
      predicted(["CFTR", 1]),
      predicted(["CFTR", 0.6], ["x", 0.4]),
      predicted(["x", 0.6], ["CFTR", 0.4]),
    ];
    const { metrics, groups } = qaTask.score(three, answers, { labels: [], options: optionsOf() });
    expect(metrics["meanReciprocalRank"]).toBeCloseTo((100 * 2.5) / 3, 9);
    expect(Object.keys(groups!)).toEqual(["6b-1", "6b-2"]);
    expect(groups!["6b-1"]).toMatchObject({ strictAccuracy: 100, meanReciprocalRank: 100 });
    expect(groups!["6b-2"]).toMatchObject({ strictAccuracy: 50, lenientAccuracy: 100, meanReciprocalRank: 75 });
  });

  it("need an answer to some question, and leave out those without; a context without one (SQuAD 2) asks for none", () => {
    const open = {
      id: "o",
      questionId: "o",
      kind: "span" as const,
      question: "?",
      context: "a b",
      answers: [],
      isImpossible: false,
    };
    const none = { ...open, id: "n", isImpossible: true };
    const known = { ...open, id: "k", answers: [{ text: "b", start: 2 }] };
    expect(() => qaTask.requireKnownLabels([open], { labels: [], options: optionsOf() })).toThrow(
      /no question has an answer/,
    );
    qaTask.requireKnownLabels([open, none], { labels: [], options: optionsOf() });
    const found = qaTask.score([open, none, known], [predicted(["a", 1]), predicted(["", 1]), predicted(["b", 1])], {
      labels: [],
      options: optionsOf({ unanswerable: true }),
    });
    expect(found.metrics).toMatchObject({ exactMatch: 100, answerableF1: 100, unanswerableF1: 100 });
    expect(found.counts).toEqual({ questions: 2, withoutAnswer: 1 });
  });

  it("become a BioASQ file of exact answers, alone or in the place of another file's", async () => {
    const { examples } = await readQuestions([golden], "both");
    const predictions = [predicted(["CFTR", 0.9], ["ABCC7", 0.1]), predicted(["x", 0.2]), predicted(["DMD, HTT", 0.9])];
    const answers = qaTask.bioAsqAnswers!(examples, predictions, { labels: [], options: optionsOf() });
    expect(answers.map(({ id, type, exactAnswer }) => [id, type, exactAnswer])).toEqual([
      [ID, "factoid", [["CFTR"], ["x"], ["ABCC7"]]],
      [LIST, "list", [["DMD"], ["HTT"]]],
    ]);
    const into = { text: readFileSync(golden, "utf8"), file: golden };
    const { questions } = JSON.parse(encodeBioAsqAnswers(answers.slice(1), into)) as {
      questions: Record<string, unknown>[];
    };
    expect(questions.map(({ id, exact_answer }) => [id, exact_answer])).toContainEqual([LIST, [["DMD"], ["HTT"]]]);
    expect(questions.find(({ id }) => id === ID)!["exact_answer"], "what is not answered anew stays").toEqual([
      ["CFTR", "ABCC7"],
    ]);
    expect(questions[0]!["snippets"]).toBeDefined();
    expect(() => encodeBioAsqAnswers(answers, { text: "{}", file: "x.json" })).toThrow(/no "questions"/);
  });

  it("pool a question's snippets where golden answers are given", async () => {
    const { examples } = await readQuestions([squad, golden], "factoid");
    const predictions = [predicted(["gene", 0.5], ["CFTR", 0.4]), predicted(["nobody", 0.6], ["cftr", 0.3])];
    const { protocol, metrics, counts } = qaTask.score(examples, predictions, { labels: [], options: optionsOf() });
    expect(protocol).toBe("bioasq-phase-b");
    // CFTR has 0.7 of both, before "nobody" with 0.6.
    expect(metrics).toEqual({ strictAccuracy: 100, lenientAccuracy: 100, meanReciprocalRank: 100 });
    expect(counts).toMatchObject({ contexts: 2, factoidQuestions: 1 });
  });

  it("count lists by precision and recall", async () => {
    const { examples } = await readQuestions([golden], "list");
    const options = optionsOf({ listThreshold: 0.2 });
    const { metrics } = qaTask.score(examples, [predicted(["DMD", 0.5], ["TP53", 0.3], ["HTT", 0.1])], {
      labels: [],
      options,
    });
    expect(metrics).toEqual({ listPrecision: 50, listRecall: 50, listF1: 50 });
  });

  it("count each of two questions that have one id", async () => {
    const line = (context: string, answer: string): string =>
      JSON.stringify({ id: "a", question: "?", context, answers: [answer] });
    const { examples, warnings } = await readQuestions(
      [write("twice.jsonl", `${line("x y", "x")}\n${line("x y", "y")}`)],
      "both",
    );
    expect(warnings).toEqual([expect.objectContaining({ code: "id-repeated" })]);
    const { metrics } = qaTask.score(examples, [predicted(["y", 1]), predicted(["y", 1])], {
      labels: [],
      options: optionsOf(),
    });
    expect(metrics["exactMatch"]).toBe(50);
  });

  it("are exact match and F1 of each context by SQuAD's rules", async () => {
    const { examples } = await readQuestions([golden], "factoid");
    const options = optionsOf({ scoring: "squad" });
    const found = qaTask.score(examples, [predicted(["the CFTR gene", 1]), predicted(["", 1])], {
      labels: [],
      options,
    });
    expect(found.protocol).toBe("squad");
    // Of the second context no answer is known: it has no score.
    expect(found.metrics).toEqual({ exactMatch: 0, f1: expect.closeTo((100 * 2) / 3, 6) });
    expect(found.counts).toEqual({ questions: 1, withoutAnswer: 1 });
  });
});
