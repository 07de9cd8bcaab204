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
        { id: "5a0000000000000000000002", type: "factoid", body: "Which?", snippets: [{ text: "This." }], exact_answer: [["This"]] },
      ],
    });
    const pubMedQa = write("pqa.json", {
      "123": { QUESTION: "Does it help?", CONTEXTS: ["First part.", "Second part."], LABELS: ["A", "B"], final_decision: "maybe" },
    });
    const rows = write("rows.tsv", "q1\tIs it so?\tIt is not.\tno\n");
    const lines = write("lines.jsonl", '{"id": 7, "question": "So?", "context": "So it is.", "label": "yes"}\n\n');
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
    ["broken.jsonl", '{"id": 1', "not JSON"],
    ["rows.tsv", "q1\tSo?\tIt is.\tperhaps", "perhaps"],
    ["none.json", { questions: [] }, "no yes/no question"],
  ])("are refused with their place: %s", async (name, content, message) => {
    const file = write(name, content);
    await expect(readYesNo([file], true)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      place: expect.objectContaining({ file }),
    });
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
