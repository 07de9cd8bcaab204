// A text, or two, as one sequence with BERT's special tokens and segments: [CLS] a [SEP], or [CLS] a [SEP] b [SEP].

import { invariant, type Warning } from "../core/index.ts";
import type { WordPieceTokenizer } from "../tokenizer/index.ts";
import type { EncodedSequence } from "./task.ts";

/** Joins the pieces of one or two texts; the second has segment 1. */
export function joinPieces(
  { vocabulary }: Pick<WordPieceTokenizer, "vocabulary">,
  first: ArrayLike<number>,
  second?: ArrayLike<number>,
): EncodedSequence {
  const { clsId, sepId } = vocabulary;
  const ids = new Int32Array(first.length + 2 + (second === undefined ? 0 : second.length + 1)).fill(sepId);
  ids[0] = clsId;
  ids.set(first, 1);
  if (second === undefined) return { ids };
  ids.set(second, first.length + 2);
  return { ids, tokenTypeIds: new Int32Array(ids.length).fill(1, first.length + 2) };
}

export interface CutSequence extends EncodedSequence {
  /** Whether pieces had to be left out. */
  cut: boolean;
}

/**
 * Encodes one or two texts in at most `maxLength` pieces. What is too long is cut at its end: the longer of two texts
 * first, until both fit, as BERT and `transformers` ("longest_first") do.
 */
export function encodeTexts(
  tokenizer: WordPieceTokenizer,
  first: string,
  second: string | undefined,
  maxLength: number,
): CutSequence {
  const a = tokenizer.tokenize(first).ids;
  const b = second === undefined ? undefined : tokenizer.tokenize(second).ids;
  const room = maxLength - (b === undefined ? 2 : 3);
  invariant(room >= 1, `a sequence of ${maxLength} pieces has no room for a text`);
  const [keptA, keptB] = fittedLengths(a.length, b?.length ?? 0, room);
  const cut = keptA < a.length || keptB < (b?.length ?? 0);
  return { ...joinPieces(tokenizer, a.subarray(0, keptA), b?.subarray(0, keptB)), cut };
}

/** Lengths after the longer of two gave up pieces, one by one, until both fit; of equals the second gives. */
function fittedLengths(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second];
  const half = Math.ceil(room / 2);
  if (second <= room - half) return [room - second, second];
  if (first <= half) return [first, room - first];
  return [half, room - half];
}

/** The warning, if there is one to give, that texts of `files` were cut. */
export function cutWarning(
  count: number,
  unit: string,
  maxLength: number,
  files: readonly string[],
  how = "and cut at the end",
): Warning[] {
  if (count === 0) return [];
  const message = `${count} of the ${unit} ${count === 1 ? "is" : "are"} longer than ${maxLength} pieces ${how}`;
  return [{ code: "texts-cut", message, ...(files.length === 0 ? {} : { place: { file: files.join(", ") } }) }];
}
