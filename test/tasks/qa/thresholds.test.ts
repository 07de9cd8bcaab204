// Thresholds that held-out questions choose, against trying them all.

import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/index.ts";
import { listF1, scoreSpans } from "../../../src/tasks/qa/score.ts";
import { bestListThreshold, bestNullThreshold } from "../../../src/tasks/qa/thresholds.ts";
import type { QaPrediction } from "../../../src/tasks/qa/decode.ts";
import type { QaTaskExample } from "../../../src/tasks/qa/examples.ts";

const WORDS = ["insulin", "glucagon", "leptin", "the insulin receptor", "ghrelin"];

function example(i: number, more: Partial<QaTaskExample>): QaTaskExample {
  return {
    id: `q${i}`,
    questionId: `q${i}`,
    kind: "factoid",
    question: "Which?",
    context: "",
    answers: [],
    isImpossible: false,
    ...more,
  };
}

function candidate(text: string, probability = 0.5) {
  return { text, start: 0, end: text.length, probability, logit: 0 };
}

/** As the task decodes with a threshold. */
function decided({ nBest, nullScore = -Infinity }: QaPrediction, threshold: number): QaPrediction {
  const best = nBest.find(({ text }) => text !== "");
  const answer = nullScore > threshold || best === undefined ? candidate("") : best;
  return { answer, nBest, nullScore };
}

describe("the threshold of the empty answer", () => {
  it("has the highest F1 of all there are, on 200 sets of random answers", () => {
    const random = new Random(5);
    for (let round = 0; round < 200; round++) {
      const count = 1 + random.nextInteger(12);
      const examples = Array.from({ length: count }, (_, i) => {
        const kind = random.nextInteger(5);
        const text = WORDS[random.nextInteger(WORDS.length)]!;
        // Some are answered, some cannot be, of some nobody knows.
        return example(i, kind < 2 ? { answers: [{ text, start: 0 }] } : { isImpossible: kind < 4 || i === 0 });
      });
      const predictions = examples.map((): QaPrediction => {
        const [text, kind] = [WORDS[random.nextInteger(WORDS.length)]!, random.nextInteger(8)];
        // Whole numbers, so that some are equal; seldom there is nothing but the empty answer.
        const nullScore = kind === 0 ? Infinity : random.nextInteger(9) - 4;
        const nBest = kind === 0 ? [candidate("")] : [candidate("", 0.6), candidate(text)];
        return { answer: nBest[0]!, nBest, nullScore };
      });
      const f1 = (threshold: number): number =>
        scoreSpans(
          examples,
          predictions.map((one) => decided(one, threshold)),
        ).metrics["f1"]!;
      const chosen = bestNullThreshold(examples, predictions);
      const all = Array.from({ length: 41 }, (_, i) => (i - 20) / 4);
      expect(f1(chosen)).toBeCloseTo(Math.max(...all.map(f1)), 8);
    }
  });

  it("stays at 0 where none is better, and stands between the scores that it parts", () => {
    const examples = [example(0, { answers: [{ text: "insulin", start: 0 }] }), example(1, { isImpossible: true })];
    const predictions = (given: number, none: number): QaPrediction[] =>
      [given, none].map((nullScore) => ({ answer: candidate(""), nBest: [candidate("insulin")], nullScore }));
    expect(bestNullThreshold(examples, predictions(-1, 3))).toBe(0);
    expect(bestNullThreshold(examples, predictions(2, 5))).toBe(3.5);
    expect(bestNullThreshold(examples, predictions(-5, -2))).toBe(-3.5);
    expect(bestNullThreshold([example(0, {})], predictions(-1, 0).slice(0, 1))).toBe(0);
  });
});

describe("the threshold of lists", () => {
  it("is the hundredth with the highest mean F1, nearest to the default, and factoid questions have no say", () => {
    const list = (i: number, golden: string[]): QaTaskExample =>
      example(i, { kind: "list", golden: golden.map((text) => [text]) });
    const examples = [list(0, ["insulin", "glucagon"]), list(1, ["leptin"]), example(2, { golden: [["ghrelin"]] })];
    const of = (...nBest: QaPrediction["nBest"]): QaPrediction => ({ answer: nBest[0]!, nBest });
    const predictions = [
      of(candidate("insulin", 0.55), candidate("glucagon", 0.305)),
      of(candidate("leptin", 0.75), candidate("ghrelin", 0.2)),
      of(candidate("ghrelin", 0.1)),
    ];
    expect(bestListThreshold(examples, predictions)).toBe(0.3);
    const f1 = listF1(examples, predictions);
    for (let threshold = 0.01; threshold < 1; threshold += 0.01) expect(f1(threshold)).toBeLessThanOrEqual(f1(0.3));
    const sure = [
      of(candidate("insulin", 0.9), candidate("glucagon", 0.8)),
      of(candidate("leptin", 0.9)),
      predictions[2]!,
    ];
    expect(bestListThreshold(examples, sure)).toBe(0.42);
  });
});
