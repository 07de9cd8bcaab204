// The thresholds that held-out questions choose: from which probability an answer joins a list, and how much likelier than the best
// answer it must be that there is none (SQuAD 2's own evaluation finds the latter in the same way).

import { bestOf, hundredths, nearestFirst } from "../thresholds.ts";
import type { QaPrediction } from "./decode.ts";
import type { QaTaskExample } from "./examples.ts";
import { listF1, scoreSpans } from "./score.ts";

/** Of lists, where nobody chooses (bioasq-biobert, Yoon et al. 2019). */
export const LIST_THRESHOLD = 0.42;

/** The hundredth with the highest mean F1 of list questions, of equally good ones the one nearest to the default. */
export function bestListThreshold(examples: readonly QaTaskExample[], predictions: readonly QaPrediction[]): number {
  const lists = examples.flatMap((example, i) => (example.kind === "list" ? [{ example, own: predictions[i]! }] : []));
  const [questions, answers] = [lists.map(({ example }) => example), lists.map(({ own }) => own)];
  return bestOf(hundredths(LIST_THRESHOLD), (threshold) => listF1(questions, answers, threshold));
}

/**
 * The threshold with the highest F1 of contexts that may hold no answer, in logits: of equally good ones the one nearest to 0. `predictions`
 * are of any threshold, for their n-best lists and null scores.
 */
export function bestNullThreshold(examples: readonly QaTaskExample[], predictions: readonly QaPrediction[]): number {
  const judged = examples
    .flatMap((example, i) => {
      const { nBest, nullScore = -Infinity } = predictions[i]!;
      if (example.answers.length === 0 && !example.isImpossible) return [];
      const best = nBest.find(({ text }) => text !== "");
      // Where there is nothing but the empty answer, no threshold changes it.
      return best === undefined || !Number.isFinite(nullScore) ? [] : [{ example, best, nullScore }];
    })
    .toSorted((a, b) => a.nullScore - b.nullScore);
  const f1 = (example: QaTaskExample, text: string): number =>
    scoreSpans([example], [{ answer: { text, start: 0, end: 0, probability: 0, logit: 0 }, nBest: [] }]).metrics["f1"]!;
  // What is won by answering the first so many, all others left empty.
  const gains = judged.map(({ example, best }) => f1(example, best.text) - f1(example, ""));
  const sums = new Map<number, number>();
  let sum = 0;
  judged.forEach(({ nullScore }, i) => {
    // An answer is given up to the threshold: it stands between two scores, or beyond all of them.
    const before = i === 0 ? nullScore - 1 : (judged[i - 1]!.nullScore + nullScore) / 2;
    if (before < nullScore) sums.set(before, sum);
    sum += gains[i]!;
    if (i === judged.length - 1) sums.set(nullScore + 1, sum);
  });
  const answered = (threshold: number): number =>
    gains.reduce((total, gain, i) => (judged[i]!.nullScore <= threshold ? total + gain : total), 0);
  sums.set(0, answered(0));
  return bestOf(nearestFirst([...sums.keys()], 0), (threshold) => sums.get(threshold)!);
}
