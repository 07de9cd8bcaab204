// Answers out of several texts: ranked by what the model says of each span, not by how sure it is within one text.

import { describe, expect, it } from "vitest";
import { answer, type TaskModel } from "../../src/inference/index.ts";
import { qaTask, type QaPrediction, type QaTaskExample } from "../../src/tasks/index.ts";

/** Lists as [text, probability in its list, logit], by document. */
type Lists = Record<string, [text: string, probability: number, logit: number][]>;

function modelOf(lists: Lists): TaskModel<unknown> {
  const predict = async (examples: readonly QaTaskExample[]) => ({
    warnings: [],
    predictions: examples.map(({ id, context }): QaPrediction => {
      const nBest = lists[id]!.map(([text, probability, logit]) => {
        const start = Math.max(0, context.indexOf(text));
        return { text, start, end: start + text.length, probability, logit };
      });
      return { answer: nBest[0]!, nBest };
    }),
  });
  return { task: qaTask, predict } as unknown as TaskModel<unknown>;
}

const documents = [
  { id: "a", text: "It rained. Nobody was hurt." },
  { id: "b", text: "The gene is CFTR. It was found in 1989." },
  { id: "empty", text: " \n" },
];

describe("answers", () => {
  it("of a text that does not hold one do not win because there is nothing else in it", async () => {
    const model = modelOf({
      a: [["rained", 0.99, -2]],
      b: [
        ["CFTR", 0.5, 7],
        ["1989", 0.4, 6.5],
      ],
    });
    const found = await answer(model, "Which gene?", documents, { top: 3 });
    expect(found.map(({ document, text }) => [document, text])).toEqual([
      ["b", "CFTR"],
      ["b", "1989"],
      ["a", "rained"],
    ]);
    expect(found.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 10);
    expect(found[0]!.score / found[1]!.score).toBeCloseTo(Math.exp(0.5), 10);
    const { text } = documents[1]!;
    expect(found[0]).toMatchObject({ start: text.indexOf("CFTR"), sentence: { text: "The gene is CFTR." } });
    expect(text.slice(found[1]!.sentence.start, found[1]!.sentence.end)).toBe(found[1]!.sentence.text);
  });

  it("may be none, and need a question and a model for it", async () => {
    const none = modelOf({ a: [["", 1, 3]], b: [["", 1, 3]] });
    expect(await answer(none, "Which gene?", documents)).toEqual([]);
    await expect(answer(none, " ", documents)).rejects.toMatchObject({ code: "input-empty" });
    const other = { task: { name: "ner" } } as unknown as TaskModel<unknown>;
    await expect(answer(other, "Which?", documents)).rejects.toMatchObject({ code: "model-task" });
  });
});
