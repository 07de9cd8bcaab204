// Windows over a document's pieces: what the model sees at once, and which pieces it is believed on.
// Every piece is kept from exactly one window, so nothing is dropped and nothing is counted twice.

import { BiobertError } from "../core/index.ts";

/** Pieces are counted without `[CLS]` and `[SEP]`; ends are exclusive. */
export interface WindowPlan {
  firstPiece: number;
  lastPiece: number;
  /** Pieces whose prediction is taken from this window; the rest of it is context. */
  keepFrom: number;
  keepTo: number;
}

/**
 * `sentence`: a window for each sentence, the form token-classification corpora have.
 * `document`: as many whole sentences as fit, so that a short document is one window.
 */
export type WindowPacking = "sentence" | "document";

/**
 * Plans the windows of one document.
 *
 * A stretch longer than a window (a sentence, or under `document` packing the text) is cut into windows that share
 * `overlap` pieces; the kept parts meet in the middle of what is shared, where both windows have the same context, at a
 * sentence's start where one is near (`document`), else between words, inside a word only if it fills half a window.
 * @param pieceWords the word of each piece, `Pieces.words`, `[pieces]`
 * @param sentenceOfPiece the sentence of each piece, not decreasing, `[pieces]`
 * @param maxPieces the longest window, special pieces not counted
 * @param overlap pieces that neighbouring windows share
 * @returns windows in order; their kept parts follow each other without gap from 0 to the number of pieces
 * @throws BiobertError `usage` when `maxPieces` is below 1 or `overlap` is not smaller than `maxPieces`
 */
export function planWindows(
  pieceWords: Int32Array,
  sentenceOfPiece: Int32Array,
  maxPieces: number,
  overlap: number,
  packing: WindowPacking = "sentence",
): WindowPlan[] {
  if (!Number.isInteger(maxPieces) || maxPieces < 1) {
    throw new BiobertError({ code: "usage", message: `a window needs at least 1 piece, got ${maxPieces}` });
  }
  if (!Number.isInteger(overlap) || overlap < 0 || overlap >= maxPieces) {
    throw new BiobertError({
      code: "usage",
      message: `the overlap of windows must be from 0 to ${maxPieces - 1} pieces, got ${overlap}`,
    });
  }
  const windows: WindowPlan[] = [];
  const total = pieceWords.length;
  let from = 0;
  while (from < total) {
    let to = total;
    if (packing === "sentence") {
      to = from + 1;
      while (to < total && sentenceOfPiece[to] === sentenceOfPiece[from]) to++;
    }
    cut(pieceWords, sentenceOfPiece, from, to, maxPieces, overlap, windows);
    from = to;
  }
  return windows;
}

/** Appends the windows of the pieces from `from` to `to`. */
function cut(
  pieceWords: Int32Array,
  sentenceOfPiece: Int32Array,
  from: number,
  to: number,
  maxPieces: number,
  overlap: number,
  windows: WindowPlan[],
): void {
  // Context on either side of a cut; at most half a window less one piece, so that each window keeps something.
  const half = Math.min(Math.ceil(overlap / 2), (maxPieces - 1) >> 1);
  let first = from;
  let keepFrom = from;
  while (to - first > maxPieces) {
    const full = first + maxPieces;
    const latest = full - half;
    const keepTo = boundary(pieceWords, sentenceOfPiece, keepFrom, latest, first + (maxPieces >> 1));
    const last = Math.max(wordStart(pieceWords, full, keepTo), keepTo);
    windows.push({ firstPiece: first, lastPiece: last, keepFrom, keepTo });
    first = nextWordStart(pieceWords, Math.max(keepTo - half, first), keepTo);
    keepFrom = keepTo;
  }
  windows.push({ firstPiece: first, lastPiece: to, keepFrom, keepTo: to });
}

/** The best end of a kept part after `after` and not after `latest`: a sentence's start from `earliest` on, a word's, else `latest`. */
function boundary(
  pieceWords: Int32Array,
  sentenceOfPiece: Int32Array,
  after: number,
  latest: number,
  earliest: number,
): number {
  for (let i = latest; i > after && i >= earliest; i--) {
    if (sentenceOfPiece[i] !== sentenceOfPiece[i - 1]) return i;
  }
  return wordStart(pieceWords, latest, after) > after ? wordStart(pieceWords, latest, after) : latest;
}

/** The last word's start at or before `at` and after `limit`; `limit` when there is none. */
function wordStart(pieceWords: Int32Array, at: number, limit: number): number {
  let i = at;
  while (i > limit && pieceWords[i] === pieceWords[i - 1]) i--;
  return i;
}

/** The first word's start at or after `at`, `limit` at most. */
function nextWordStart(pieceWords: Int32Array, at: number, limit: number): number {
  let i = at;
  while (i > 0 && i < limit && pieceWords[i] === pieceWords[i - 1]) i++;
  return i;
}
