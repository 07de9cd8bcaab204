// Tagged sentences as model inputs: a word's label stands on its first piece, the others are not counted (-100), as
// BioBERT's PyTorch code does. A sentence too long for the model is cut between words into several examples.

import { invariant, type Warning } from "../../core/index.ts";
import type { WordPieceTokenizer } from "../../tokenizer/index.ts";
import { IGNORED_LABEL } from "../targets.ts";

export interface NerExample {
  /** `[CLS]`, pieces, `[SEP]`. */
  ids: Int32Array;
  /** A label id or IGNORED_LABEL a position. */
  labels: Int32Array;
  /** Index of the sentence it is of. */
  sentence: number;
  /** Positions in `ids` of the words' first pieces, and which words of the sentence they are. */
  firstPieces: Int32Array;
  words: Int32Array;
}

export interface EncodedNer {
  examples: NerExample[];
  /** Sentences that did not fit and were cut. */
  cutSentences: number;
}

/**
 * Encodes sentences of words; `tags` may be left out for prediction. `maxPieces` counts the two special tokens.
 * A tag that
 * `labelIds` does not know is not counted.
 */
export function encodeSentences(
  sentences: readonly { tokens: readonly string[]; tags?: readonly string[] }[],
  tokenizer: WordPieceTokenizer,
  labelIds: ReadonlyMap<string, number>,
  maxPieces: number,
): EncodedNer {
  invariant(maxPieces >= 3, `an example of ${maxPieces} pieces has no room for a word`);
  const { clsId, sepId } = tokenizer.vocabulary;
  const examples: NerExample[] = [];
  let cutSentences = 0;
  sentences.forEach(({ tokens, tags }, sentence) => {
    const pieces = tokenizer.tokenizeWords(tokens);
    const parts = cutBetweenWords(pieces.words, maxPieces - 2);
    if (parts.length > 1) cutSentences++;
    for (const [from, to] of parts) {
      const ids = new Int32Array(to - from + 2);
      const labels = new Int32Array(ids.length).fill(IGNORED_LABEL);
      const firstPieces: number[] = [];
      const words: number[] = [];
      ids[0] = clsId;
      ids[ids.length - 1] = sepId;
      for (let piece = from; piece < to; piece++) {
        const position = piece - from + 1;
        const word = pieces.words[piece]!;
        ids[position] = pieces.ids[piece]!;
        if (piece > 0 && pieces.words[piece - 1] === word) continue;
        firstPieces.push(position);
        words.push(word);
        if (tags !== undefined) labels[position] = labelIds.get(tags[word]!) ?? IGNORED_LABEL;
      }
      examples.push({
        ids,
        labels,
        sentence,
        firstPieces: Int32Array.from(firstPieces),
        words: Int32Array.from(words),
      });
    }
  });
  return { examples, cutSentences };
}

/** The warning, if there is one to give, that sentences of `files` were cut. */
export function cutSentencesWarning(count: number, maxPieces: number, files: readonly string[]): Warning[] {
  if (count === 0) return [];
  const what = count === 1 ? "1 sentence is" : `${count} sentences are`;
  const message = `${what} longer than ${maxPieces} pieces, cut between words and read in parts`;
  return [{ code: "sentences-cut", message, place: { file: files.join(", ") } }];
}

/** Ranges of at most `limit` pieces, ending between words where a word fits at all. */
function cutBetweenWords(words: Int32Array, limit: number): [number, number][] {
  const parts: [number, number][] = [];
  let from = 0;
  do {
    let to = Math.min(words.length, from + limit);
    if (to < words.length) {
      let cut = to;
      while (cut > from && words[cut] === words[cut - 1]) cut--;
      if (cut > from) to = cut;
    }
    parts.push([from, to]);
    from = to;
  } while (from < words.length);
  return parts;
}

/** Tags without a type (`B`, `I`) given one; typed tags and `O` as they are. */
export function typedTag(tag: string, typeName: string): string {
  return tag.length === 1 && tag !== "O" ? `${tag}-${typeName}` : tag;
}
