// Yes/no questions: the forms that are read, what is refused, and passages averaged.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readYesNo, yesNoTask } from "../../../src/tasks/index.ts";
import { temporaryFolder } from "../../support/tiny-model.ts";

const folder = temporaryFolder("yes-no");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("yes/no questions", () => {
  it("are read out of a file of any length", async () => {
    const lines = Array.from(
      { length: 200_000 },
      (_, i) => `{"id": "${i}", "question": "Is it?", "context": "It is.", "label": "yes"}\n`,
    );
    const { examples } = await readYesNo([write("long.jsonl", lines.join(""))], true);
    expect(examples).toHaveLength(200_000);
  });

  it("are read from BioASQ, PubMedQA, rows and JSON lines", async () => {
    const bioAsq = write("bioasq.json", {
      questions: [
        {
          id: "5a0000000000000000000001",
          type: "yesno",
          body: "Is the gene known?",
          snippets: [{ text: "It is known." }, { text: "It was found." }],
          exact_answer: "yes",
        },
        {
          id: "5a0000000000000000000002",
          type: "factoid",
          body: "Which?",
          snippets: [{ text: "This." }],
          exact_answer: [["This"]],
        },
      ],
    });
    const pubMedQa = write("pqa.json", {
      "123": {
        QUESTION: "Does it help?",
        CONTEXTS: ["First part.", "Second part."],
        LABELS: ["A", "B"],
        final_decision: "maybe",
      },
    });
    const rows = write("rows.tsv", "q1\tIs it so?\tIt is not.\tno\n");
    const lines = write("lines.jsonl", '{"id": 7, "question": "So?", "context": "So it is.", "label": "Yes "}\n\n');
    const { examples, warnings } = await readYesNo([bioAsq, pubMedQa, rows, lines], true);
    expect(examples.map(({ id, contexts, labels }) => [id, contexts, labels])).toEqual([
      ["5a0000000000000000000001", ["It is known.", "It was found."], ["yes"]],
      ["123", ["First part. Second part."], ["maybe"]],
      ["q1", ["It is not."], ["no"]],
      ["7", ["So it is."], ["yes"]],
    ]);
    expect(warnings).toEqual([]);
    expect(yesNoTask.labels(examples, {})).toEqual(["yes", "no", "maybe"]);
  });

  it.each([
    ["no-context.jsonl", '{"id": 1, "question": "So?", "label": "yes"}', "without context"],
    ["no-question.jsonl", '{"id": 1, "context": "x", "label": "yes"}', "no question"],
    ["no-label.jsonl", '{"id": 1, "question": "So?", "context": "x"}', "no label"],
    ["odd-label.jsonl", `{"id": 1, "question": "So?", "context": "x", "label": "dunno"}`, "neither yes, no nor maybe"],
    ["broken.jsonl", '{"id": 1', "not JSON"],
    ["rows.tsv", "q1\tSo?\tIt is.\tperhaps", "perhaps"],
    [
      "header.tsv",
      "id\tquestion\tpassage\tlabel\nq1\tSo?\tIt is.\tyes",
      "line 1 looks like a header, and there must be none",
    ],
    ["none.json", { questions: [] }, "no yes/no question"],
  ])("are refused with their place: %s", async (name, content, message) => {
    const file = write(name, content);
    await expect(readYesNo([file], true)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      place: expect.objectContaining({ file }),
    });
  });

  it("may lack their answers where answers are asked for, in every form", async () => {
    const bioAsq = write("6B1_golden.json", {
      questions: [
        {
          id: "5a0000000000000000000001",
          type: "yesno",
          body: "Known?",
          snippets: [{ text: "It is." }],
          exact_answer: "yes",
        },
        { id: "5a0000000000000000000002", type: "yesno", body: "Found?", snippets: [{ text: "It was." }] },
        { id: "5a0000000000000000000003", type: "yesno", body: "Lost?", snippets: [], exact_answer: "no" },
      ],
    });
    const pubMedQa = write("open.json", { "123": { QUESTION: "Does it help?", CONTEXTS: ["It does."] } });
    const rows = write("open.tsv", "q1\tIs it so?\tIt is not.\nq2\tAnd so?\tIt is.\t\n");
    const lines = write("open.jsonl", '{"id": 7, "question": "So?", "context": "So it is."}');
    const header = write("open-header.tsv", "id\tquestion\tpassage\nq1\tIs it so?\tIt is not.\n");
    await expect(readYesNo([header], false)).rejects.toMatchObject({
      message: "line 1 looks like a header, and there must be none",
    });
    const open = await readYesNo([bioAsq, pubMedQa, rows, lines], false);
    expect(open.examples.map(({ id, labels, batch }) => [id, labels?.[0], batch])).toEqual([
      ["5a0000000000000000000001", "yes", "6b-1"],
      ["5a0000000000000000000002", undefined, "6b-1"],
      ["123", undefined, undefined],
      ["q1", undefined, undefined],
      ["q2", undefined, undefined],
      ["7", undefined, undefined],
    ]);
    expect(open.warnings.map(({ code }) => code)).toEqual(["question-without-context"]);
    const gold = await readYesNo([bioAsq], true);
    expect(gold.examples.map(({ id }) => id)).toEqual(["5a0000000000000000000001"]);
    expect(gold.warnings).toContainEqual(
      expect.objectContaining({
        code: "questions-unanswered",
        message: expect.stringContaining("1 of 3"),
        place: { file: bioAsq },
      }),
    );
    for (const file of [pubMedQa, rows])
      await expect(readYesNo([file], true)).rejects.toMatchObject({ code: "input-format" });
  });

  it("are scored batch by batch and pooled, and answered as BioASQ takes them", () => {
    const labels = ["yes", "no", "maybe"];
    const example = (id: string, batch: string, label: string) => ({
      id,
      batch,
      question: `${id}?`,
      contexts: ["x"],
      labels: [label] as const,
    });
    const examples = [example("a", "6b-1", "yes"), example("b", "6b-1", "no"), example("c", "6b-2", "no")];
    const answer = (label: string, yes: number, no: number) => ({ label, scores: { yes, no, maybe: 1 - yes - no } });
    const predictions = [answer("yes", 0.8, 0.1), answer("yes", 0.6, 0.3), answer("maybe", 0.1, 0.2)];
    const { metrics, groups, confusion, errors } = yesNoTask.score(examples, predictions, { labels, options: {} });
    expect(metrics["accuracy"]).toBeCloseTo(100 / 3, 9);
    expect(groups!["6b-1"]).toMatchObject({ accuracy: 50, f1Yes: expect.closeTo(200 / 3, 9), f1No: 0 });
    expect(groups!["6b-2"]).toMatchObject({ accuracy: 0 });
    expect(confusion).toEqual({
      labels,
      counts: [
        [1, 0, 0],
        [1, 0, 1],
        [0, 0, 0],
      ],
    });
    expect(errors).toEqual([
      { gold: "no", predicted: "yes", count: 1, example: "b?" },
      { gold: "no", predicted: "maybe", count: 1, example: "c?" },
    ]);
    const answers = yesNoTask.bioAsqAnswers!(examples, predictions, { labels, options: {} });
    expect(answers.map(({ id, type, exactAnswer }) => [id, type, exactAnswer])).toEqual([
      ["a", "yesno", "yes"],
      ["b", "yesno", "yes"],
      ["c", "yesno", "no"],
    ]);
  });

  it("take the mean over their passages", () => {
    const examples = [{ id: "a", question: "So?", contexts: ["x", "y"], labels: ["yes"] as const }];
    const input = { example: 0, sequences: [], gold: 0 };
    const results = [{ logits: Float32Array.of(1, 0) }, { logits: Float32Array.of(0, 3) }];
    const context = { labels: ["yes", "no"], options: {} };
    const [prediction] = yesNoTask.decode(results, [input, input], examples, context);
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    expect(prediction!.label).toBe("no");
    expect(prediction!.scores["yes"]).toBeCloseTo((sigmoid(1) + sigmoid(-3)) / 2, 6);
    const { metrics } = yesNoTask.score(examples, [prediction!], context);
    expect(metrics).toMatchObject({ accuracy: 0, f1Yes: 0, f1No: 0, macroF1: 0 });
  });
});
