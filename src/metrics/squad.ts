// Exact match and token F1 of extracted answers, as the SQuAD evaluation scripts have them (Rajpurkar et al. 2016, 2018).

export interface SquadQuestion {
  id: string;
  /** The acceptable answers; empty where the context holds none (SQuAD 2). */
  answers: readonly string[];
}

export interface SquadReport {
  /** Percent. */
  exactMatch: number;
  f1: number;
  count: number;
  /** Questions with an answer, and those without (SQuAD 2), by themselves; absent where there is none of the kind. */
  answerable?: { exactMatch: number; f1: number; count: number };
  unanswerable?: { exactMatch: number; f1: number; count: number };
  /** Questions without a prediction: they count as wrong. */
  missing: number;
}

// What Python's string.punctuation holds.
const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;
// Whole words in Python's sense, where letters of any script and digits are parts of words.
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// What Python's split() parts words at: this differs from JavaScript's in a few control characters and the byte-order mark.
// eslint-disable-next-line no-control-regex
const SPACES = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Lower-cased, without ASCII punctuation and English articles, words parted by single spaces. */
export function normalizeAnswer(text: string): string {
  return wordsOf(text).join(" ");
}

function wordsOf(text: string): string[] {
  const bare = text.toLowerCase().replace(PUNCTUATION, "").replace(ARTICLES, " ");
  return bare.split(SPACES).filter((word) => word !== "");
}

/** F1, as a fraction, of the words that prediction and answer share, each as often as both have it; 1 where both have none. */
export function answerF1(prediction: string, answer: string): number {
  const [ours, theirs] = [wordsOf(prediction), wordsOf(answer)];
  if (ours.length === 0 || theirs.length === 0) return ours.length === theirs.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const word of theirs) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of ours) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    shared++;
  }
  return (2 * shared) / (ours.length + theirs.length);
}

/**
 * Scores predictions by question id: of several acceptable answers the best counts. No answer is the empty text; answers that are empty once
 * normalised are none. A question without prediction scores 0, as in SQuAD 1.1's script (2.0's leaves it out).
 */
export function scoreSquad(questions: readonly SquadQuestion[], predictions: ReadonlyMap<string, string>): SquadReport {
  const sums = { answerable: { exact: 0, f1: 0, count: 0 }, unanswerable: { exact: 0, f1: 0, count: 0 } };
  let missing = 0;
  for (const { id, answers } of questions) {
    const real = answers.filter((answer) => normalizeAnswer(answer) !== "");
    const sum = real.length === 0 ? sums.unanswerable : sums.answerable;
    sum.count++;
    const prediction = predictions.get(id);
    if (prediction === undefined) {
      missing++;
      continue;
    }
    const accepted = real.length === 0 ? [""] : real;
    const normal = normalizeAnswer(prediction);
    if (accepted.some((answer) => normalizeAnswer(answer) === normal)) sum.exact++;
    sum.f1 += Math.max(...accepted.map((answer) => answerF1(prediction, answer)));
  }
  const percent = ({ exact, f1, count }: typeof sums.answerable) => ({
    exactMatch: count === 0 ? 0 : (100 * exact) / count,
    f1: count === 0 ? 0 : (100 * f1) / count,
    count,
  });
  const { answerable, unanswerable } = sums;
  const all = {
    exact: answerable.exact + unanswerable.exact,
    f1: answerable.f1 + unanswerable.f1,
    count: answerable.count + unanswerable.count,
  };
  return {
    ...percent(all),
    ...(answerable.count > 0 ? { answerable: percent(answerable) } : {}),
    ...(unanswerable.count > 0 ? { unanswerable: percent(unanswerable) } : {}),
    missing,
  };
}
