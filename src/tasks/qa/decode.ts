// From the start and end logits of a question's windows to its best answers: the n-best list of BERT's run_squad.py, with
// offsets that come from the tokenizer instead of a second alignment of the text.

import { softmax } from "../classification/decode.ts";
import { endOfLetter } from "../ner/spans.ts";
import type { QaInput } from "./windows.ts";

export interface AnswerCandidate {
  /** `context.slice(start, end)`; empty for "there is no answer". */
  text: string;
  start: number;
  end: number;
  /** Softmax over the list. */
  probability: number;
  /** The sum of its start and end logits: what answers out of several contexts are compared by. */
  logit: number;
}

export interface QaPrediction {
  /** The best answer; empty where there is none. */
  answer: AnswerCandidate;
  /** The best first. */
  nBest: AnswerCandidate[];
  /** How much likelier than the best answer it is that there is none, in logits; only where answers may be missing. */
  nullScore?: number;
}

export interface NBestOptions {
  /** Positions tried for each side, and the longest list. */
  nBest: number;
  /** In pieces. */
  maxAnswerLength: number;
  /** Whether a context may hold no answer (SQuAD 2): the empty answer takes part. */
  mayBeMissing: boolean;
  /** The empty answer is given where it beats the best one by more than this, in logits. */
  nullThreshold: number;
}

/** One window with its logits, each `[length]`. */
export interface ScoredWindow {
  input: Pick<QaInput, "offset" | "starts" | "ends" | "continues" | "isMaxContext">;
  startLogits: Float32Array;
  endLogits: Float32Array;
}

interface Candidate {
  score: number;
  window: number;
  /** Pieces of the window's context; -1 for the empty answer. */
  first: number;
  last: number;
}

/** The positions of the highest values, the highest first; of equals the first. */
function highest(values: Float32Array, count: number): number[] {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
  return order.slice(0, count);
}

/** The best answers of a question in `context` from all its windows. */
export function bestAnswers(windows: readonly ScoredWindow[], context: string, options: NBestOptions): QaPrediction {
  const { nBest, maxAnswerLength, mayBeMissing, nullThreshold } = options;
  const candidates: Candidate[] = [];
  let emptyScore = Infinity;
  windows.forEach(({ input, startLogits, endLogits }, window) => {
    const { offset, starts, isMaxContext } = input;
    emptyScore = Math.min(emptyScore, startLogits[0]! + endLogits[0]!);
    const lastPositions = highest(endLogits, nBest);
    for (const start of highest(startLogits, nBest)) {
      const first = start - offset;
      if (first < 0 || first >= starts.length || isMaxContext[first] === 0) continue;
      for (const end of lastPositions) {
        const last = end - offset;
        if (last < first || last >= starts.length || last - first + 1 > maxAnswerLength) continue;
        candidates.push({ score: startLogits[start]! + endLogits[end]!, window, first, last });
      }
    }
  });
  if (mayBeMissing) candidates.push({ score: emptyScore, window: -1, first: -1, last: -1 });
  candidates.sort((a, b) => b.score - a.score);

  const seen = new Set<string>();
  const kept: { score: number; text: string; start: number; end: number }[] = [];
  for (const { score, window, first, last } of candidates) {
    if (kept.length >= nBest) break;
    const [start, end] = first < 0 ? [0, 0] : spanOf(windows[window]!.input, first, last, context);
    const text = context.slice(start, end);
    if (seen.has(text)) continue;
    seen.add(text);
    kept.push({ score, text, start, end });
  }
  if (mayBeMissing && !seen.has("")) kept.push({ score: emptyScore, text: "", start: 0, end: 0 });
  if (kept.length === 0) kept.push({ score: 0, text: "", start: 0, end: 0 });
  const probabilities = softmax(kept.map(({ score }) => score));
  const list = kept.map(({ text, start, end, score }, i) => ({
    text,
    start,
    end,
    probability: probabilities[i]!,
    logit: score,
  }));
  const best = kept.findIndex(({ text }) => text !== "");
  if (!mayBeMissing) return { answer: list[Math.max(best, 0)]!, nBest: list };
  const empty = list.find(({ text }) => text === "")!;
  const nullScore = best < 0 ? Infinity : emptyScore - kept[best]!.score;
  return { answer: nullScore > nullThreshold ? empty : list[best]!, nBest: list, nullScore };
}

/**
 * Where the pieces stand in the context. A span that begins inside a word is made of whole words, from white space to white space: that is
 * what run_squad.py's projection onto the original text comes to.
 */
function spanOf(
  { starts, ends, continues }: Pick<QaInput, "starts" | "ends" | "continues">,
  first: number,
  last: number,
  context: string,
): [number, number] {
  const limit = last + 1 < starts.length ? starts[last + 1]! : context.length;
  const end = endOfLetter(context, ends[last]!, Math.max(limit, ends[last]!));
  if (continues[first] === 0) return [starts[first]!, end];
  const before = /\S*$/.exec(context.slice(0, starts[first]!))![0].length;
  const after = /^\S*/.exec(context.slice(end))![0].length;
  return [starts[first]! - before, end + after];
}
