// A question beside windows over a long context, as BERT's run_squad.py cuts them (Devlin et al. 2019, section 4.2): the
// question is cut at `maxQueryLength` pieces, windows follow each other `stride` pieces apart, and of the windows that hold a
// piece only the one with most context around it may answer with it.

import { BiobertError } from "../../core/index.ts";
import type { Pieces, WordPieceTokenizer } from "../../tokenizer/index.ts";
import { joinPieces } from "../sequences.ts";
import { IGNORED_LABEL } from "../targets.ts";
import type { EncodedInput } from "../task.ts";

export interface WindowOptions {
  /** Longest sequence in pieces, special tokens counted. */
  maxLength: number;
  /** Pieces between the starts of two windows. */
  docStride: number;
  /** Pieces of a question that are read. */
  maxQueryLength: number;
}

/** One window over the context of a question. */
export interface QaInput extends EncodedInput {
  /** Position in the sequence of the window's first piece of context. */
  offset: number;
  /** Which piece of the whole context that is. */
  from: number;
  /** UTF-16 offsets in the context of each of its pieces. */
  starts: Int32Array;
  ends: Int32Array;
  /** 1 for a piece that goes on with the word of the piece before it (`##`). */
  continues: Uint8Array;
  /** 1 for a piece that has no more context around it in another window. */
  isMaxContext: Uint8Array;
  /** Positions of the answer's first and last piece: (0, 0) where it is not in this window, IGNORED_LABEL where none is known. */
  gold: { start: number; end: number };
}

export interface QuestionWindows {
  /** Of the whole context. */
  pieces: Pieces;
  windows: Omit<QaInput, "example" | "gold">[];
  /** Whether the question was cut. */
  questionCut: boolean;
}

/** Ranges of `length` pieces of context, at most `room` each. */
export function windowRanges(length: number, room: number, stride: number): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (let from = 0; ; from += Math.min(room, stride)) {
    const to = Math.min(length, from + room);
    ranges.push({ from, to });
    if (to === length) return ranges;
  }
}

/**
 * For each piece the window in which it has most context: the lesser of what is left and right of it, plus a hundredth of the
 * window's length; of equals the first.
 */
export function maxContextWindows(ranges: readonly { from: number; to: number }[], length: number): Int32Array {
  const best = new Int32Array(length).fill(-1);
  const scores = new Float64Array(length).fill(-Infinity);
  ranges.forEach(({ from, to }, window) => {
    for (let piece = from; piece < to; piece++) {
      const score = Math.min(piece - from, to - 1 - piece) + 0.01 * (to - from);
      if (score <= scores[piece]!) continue;
      scores[piece] = score;
      best[piece] = window;
    }
  });
  return best;
}

/**
 * Cuts a context into windows beside its question.
 * @throws BiobertError `usage` where the question leaves no room for the context.
 */
export function questionWindows(
  tokenizer: WordPieceTokenizer,
  question: string,
  context: string,
  { maxLength, docStride, maxQueryLength }: WindowOptions,
): QuestionWindows {
  const asked = tokenizer.tokenize(question).ids;
  const query = asked.slice(0, maxQueryLength);
  const room = maxLength - query.length - 3;
  if (room < 1) {
    throw new BiobertError({
      code: "usage",
      message: `a question of ${query.length} pieces leaves no room for its context in ${maxLength}`,
      hint: "Raise --max-length, or lower --max-query-length.",
    });
  }
  const pieces: Pieces = tokenizer.tokenize(context);
  const ranges = windowRanges(pieces.length, room, docStride);
  const best = maxContextWindows(ranges, pieces.length);
  const windows = ranges.map(({ from, to }, window) => ({
    sequences: [joinPieces(tokenizer, query, pieces.ids.subarray(from, to))],
    offset: query.length + 2,
    from,
    starts: pieces.starts.slice(from, to),
    ends: pieces.ends.slice(from, to),
    continues: Uint8Array.from({ length: to - from }, (_, i) =>
      from + i > 0 && pieces.words[from + i] === pieces.words[from + i - 1] ? 1 : 0,
    ),
    isMaxContext: Uint8Array.from({ length: to - from }, (_, i) => (best[from + i] === window ? 1 : 0)),
  }));
  return { pieces, windows, questionCut: query.length < asked.length };
}

/**
 * The first and the last piece that an answer at `[start, end)` has in its context; undefined where it has none. Spaces at its edges
 * and characters that the tokenizer drops have no piece.
 */
export function answerPieces(
  { starts, ends }: Pick<Pieces, "starts" | "ends">,
  start: number,
  end: number,
): { first: number; last: number } | undefined {
  const first = ends.findIndex((pieceEnd) => pieceEnd > start);
  const last = starts.findLastIndex((pieceStart) => pieceStart < end);
  return first >= 0 && last >= first ? { first, last } : undefined;
}

/** Positions in a window of an answer's pieces of the whole context, or (0, 0) where it does not hold them all. */
export function answerPositions(
  { offset, from, starts }: Pick<QaInput, "offset" | "from" | "starts">,
  { first, last }: { first: number; last: number },
): { start: number; end: number } {
  const isInside = first >= from && last < from + starts.length;
  return isInside ? { start: offset + first - from, end: offset + last - from } : { start: 0, end: 0 };
}

/** The gold positions of a question for which no answer is known: left out of the loss. */
export const UNKNOWN_ANSWER = { start: IGNORED_LABEL, end: IGNORED_LABEL } as const;
