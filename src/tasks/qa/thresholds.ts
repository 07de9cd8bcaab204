// The thresholds that held-out questions choose: from which probability an answer joins a list, and how much likelier than the best
// answer it must be that there is none (SQuAD 2's own evaluation finds the latter in the same way).

import { bestOf, hundredths, nearestFirst } from "../thresholds.ts";
import type { AnswerCandidate, QaPrediction } from "./decode.ts";
import type { QaTaskExample } from "./examples.ts";
import { listF1, scoreSpans } from "./score.ts";

/** Of lists, where nobody chooses (bioasq-biobert, Yoon et al. 2019). */
export const LIST_THRESHOLD = 0.42;

/** What the probabilities over a question's snippets come to where no list is made any better by a higher bound. */
const HIGHEST_SUM = 3;

/** The hundredth with the highest mean F1 of list questions, of equally good ones the one nearest to the default. */
export function bestListThreshold(examples: readonly QaTaskExample[], predictions: readonly QaPrediction[]): number {
  return bestOf(hundredths(LIST_THRESHOLD, HIGHEST_SUM), listF1(examples, predictions));
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
  const f1 = (example: QaTaskExample, answer: AnswerCandidate): number =>
    scoreSpans([example], [{ answer, nBest: [] }]).metrics["f1"]!;
  // What is won by answering the first so many, all others left empty.
  const won = new Map<number, number>();
  let sum = 0;
  for (let i = 0; i <= judged.length; i++) {
    // An answer is given up to the threshold: it stands between two scores, or beyond all of them.
    const [low, high] = [judged[i - 1]?.nullScore ?? -Infinity, judged[i]?.nullScore ?? Infinity];
    if (low < high) won.set(thresholdBetween(low, high), sum);
    if (i === judged.length) break;
    const { example, best } = judged[i]!;
    sum += f1(example, best) - f1(example, { ...best, text: "" });
  }
  return bestOf(nearestFirst([...won.keys()], 0), (threshold) => won.get(threshold)!);
}

/** A number from `low` on and below `high`: 0 where it is one. */
function thresholdBetween(low: number, high: number): number {
  if (low <= 0 && high > 0) return 0;
  if (low === -Infinity) return high - 1;
  return high === Infinity ? low + 1 : (low + high) / 2;
}
