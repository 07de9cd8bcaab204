// What reports say of answers is what the score says: right and wrong, and which of them count at all.

import { describe, expect, it } from "vitest";
import { scoreDetails } from "../../../src/training/index.ts";
import {
  checkOptions,
  qaTask,
  type AnyTask,
  type QaOptions,
  type QaPrediction,
  type QaTaskExample,
} from "../../../src/tasks/index.ts";

function example(id: string, more: Partial<QaTaskExample>): QaTaskExample {
  return {
    id,
    questionId: id,
    kind: "factoid",
    question: "Which gene?",
    context: "",
    answers: [],
    isImpossible: false,
    ...more,
  };
}

function predicted(...texts: [text: string, probability: number][]): QaPrediction {
  const nBest = texts.map(([text, probability]) => ({ text, start: 0, end: text.length, probability, logit: 0 }));
  return { answer: nBest[0]!, nBest };
}

const context = (given: Record<string, unknown> = {}): { labels: string[]; options: QaOptions } => ({
  labels: [],
  options: checkOptions(qaTask.options, given),
});

function detailsOf(examples: QaTaskExample[], predictions: QaPrediction[], given?: Record<string, unknown>) {
  const own = context(given);
  const scores = qaTask.score(examples, predictions, own);
  const judged = { examples, predictions, inputs: [], results: [] };
  return { scores, ...scoreDetails(qaTask as unknown as AnyTask, scores, judged, own) };
}

describe("answers in contexts", () => {
  it("are right and wrong as the score has them, and unknown ones are neither", () => {
    const examples = [
      example("a", { answers: [{ text: "CFTR gene", start: 0 }] }),
      example("b", { answers: [{ text: "INS", start: 0 }] }),
      example("c", { isImpossible: true }),
      example("d", {}),
    ];
    const predictions = [
      predicted(["the CFTR gene", 0.9]),
      predicted(["GCG", 0.6]),
      predicted(["", 0.7]),
      predicted(["LEP", 0.8]),
    ];
    const { scores, examples: count, wrongCount, wrong, calibration } = detailsOf(examples, predictions);
    expect(scores.metrics["exactMatch"]).toBeCloseTo(200 / 3, 8);
    expect({ count, wrongCount, ids: wrong.map(({ id }) => id) }).toEqual({ count: 3, wrongCount: 1, ids: ["b"] });
    expect(calibration).toMatchObject({ count: 3 });
    expect(qaTask.show(examples[3]!, predictions[3]!, context())).not.toHaveProperty("right");
    const judged = { examples, predictions, inputs: [], results: [] };
    expect(qaTask.confidences!(judged, context()).map(({ right }) => right)).toEqual([true, false, true]);
  });
});

describe("answers pooled over contexts", () => {
  const snippets = (id: string, count: number, more: Partial<QaTaskExample>) =>
    Array.from({ length: count }, (_, i) => example(`${id}_00${i}`, { questionId: id, ...more }));

  it("are judged question by question, as the score judges them", () => {
    const examples = [
      ...snippets("f", 3, { golden: [["CFTR"]] }),
      ...snippets("l", 2, { kind: "list", golden: [["INS"], ["GCG"]] }),
      ...snippets("u", 1, {}),
    ];
    const predictions = [
      predicted(["CFTR", 0.9]),
      predicted(["ABCC7", 0.5], ["cftr", 0.4]),
      predicted(["lung", 0.6]),
      predicted(["INS", 0.8]),
      predicted(["GCG", 0.6]),
      predicted(["LEP", 0.5]),
    ];
    const { scores, unit, examples: count, wrongCount, wrong } = detailsOf(examples, predictions);
    // The question without a golden answer counts as wrong, as in BioBERT's own evaluation.
    expect(scores.metrics).toMatchObject({ strictAccuracy: 50, listF1: 100 });
    expect({ unit, count, wrongCount }).toEqual({ unit: "questions", count: 3, wrongCount: 1 });
    expect(wrong).toEqual([
      { id: "u", text: "Which gene?", gold: "(no golden answer)", predicted: "LEP", right: false },
    ]);
    const judged = { examples, predictions, inputs: [], results: [] };
    const confidences = qaTask.confidences!(judged, context());
    expect(confidences.map(({ right }) => right)).toEqual([true, true]);
    expect(confidences.map(({ confidence }) => confidence)).toEqual([expect.closeTo(1.3 / 3, 8), 0.4]);
  });

  it("are contexts again where each is scored by itself", () => {
    const examples = snippets("f", 2, { golden: [["CFTR"]], answers: [{ text: "CFTR", start: 0 }] });
    const predictions = [predicted(["CFTR", 0.9]), predicted(["lung", 0.5])];
    const { scores, examples: count, wrongCount } = detailsOf(examples, predictions, { scoring: "squad" });
    expect(scores.metrics["exactMatch"]).toBe(50);
    expect({ count, wrongCount }).toEqual({ count: 2, wrongCount: 1 });
  });
});
