// From the logits of a question's options to the chosen ones and how sure the model is.

import { softmax } from "../classification/decode.ts";

export interface ChoicePrediction {
  /** Indices of the chosen options, ascending: one, or one and more where several may be right. */
  answers: number[];
  /** Each option's probability, 0 to 1: among all options, or where several may be right by itself. */
  probabilities: number[];
}

/**
 * What a question's logits say, padding cut off. One answer: the highest, of equals the first. Several: those whose
 * probability reaches `threshold`; where none does the highest alone, as each question has a right option.
 */
export function decodeChoice(
  logits: ArrayLike<number>,
  { several, threshold }: { several: boolean; threshold: number },
): ChoicePrediction {
  const values = Array.from(logits);
  const best = values.reduce((at, value, i) => (value > values[at]! ? i : at), 0);
  if (!several) return { answers: [best], probabilities: [...softmax(values)] };
  const probabilities = values.map((value) => 1 / (1 + Math.exp(-value)));
  const chosen = [...probabilities.keys()].filter((i) => probabilities[i]! >= threshold);
  return { answers: chosen.length === 0 ? [best] : chosen, probabilities };
}
