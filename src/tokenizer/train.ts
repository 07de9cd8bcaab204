// Learns a WordPiece vocabulary from text: byte-pair merges (Sennrich et al. 2016) over BERT's words, continuing pieces
// written with `##`, as Hugging Face's WordPieceTrainer does. The same texts, in any order, give the same vocabulary.
// Special tokens written in the texts are not learnt from.

import { BiobertError } from "../core/index.ts";
import { SPECIAL_TOKENS, Vocabulary } from "./vocabulary.ts";
import { wordSplitter, type NormalizerOptions } from "./words.ts";

/** What to learn, and how text is normalised first: give the tokenizer the same options. */
export interface TrainWordPieceOptions extends NormalizerOptions {
  /** Number of pieces wanted, special tokens included; fewer when no pair is frequent enough. */
  vocabularySize: number;
  /** A pair seen fewer times than this is not merged; 2 by default. */
  minFrequency?: number;
  /** Only this many of the most frequent characters are kept; 1000 by default. Words with others are left out. */
  alphabetSize?: number;
  /** Longer words are left out; 100 by default. */
  maxWordCharacters?: number;
}

interface Word {
  count: number;
  symbols: number[];
}

// A pair of piece ids as one number: exact, since ids stay below 2^26.
const PAIR_BASE = 2 ** 26;

/**
 * Learns a vocabulary: the special tokens, then every character of the alphabet as a beginning and as a continuing
 * piece, so that no word over the alphabet is unknown, then merged pieces in the order learnt. The most frequent pair is
 * merged first, of equals the one whose pieces came first. Throws `usage` when the alphabet alone does not fit.
 */
export function trainWordPiece(texts: Iterable<string>, options: TrainWordPieceOptions): Vocabulary {
  const counts = countWords(texts, options);
  const alphabet = chooseAlphabet(counts, options.alphabetSize ?? 1000);
  const pieces = [...SPECIAL_TOKENS, ...alphabet, ...alphabet.map((character) => `##${character}`)];
  if (pieces.length > options.vocabularySize) {
    throw new BiobertError({
      code: "usage",
      message: `a vocabulary of ${options.vocabularySize} pieces is too small: special tokens and characters need ${pieces.length}`,
      hint: "Ask for a larger vocabulary or a smaller alphabet.",
    });
  }
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const merger = new Merger(splitWords(counts, ids));
  while (pieces.length < options.vocabularySize) {
    const pair = merger.mostFrequent(options.minFrequency ?? 2);
    if (pair === undefined) break;
    const [left, right] = pair;
    const merged = pieces[left] + pieces[right].slice(2);
    let id = ids.get(merged); // two ways of cutting a piece may both be merged
    if (id === undefined) {
      id = pieces.push(merged) - 1;
      ids.set(merged, id);
    }
    merger.merge(left, right, id);
  }
  return new Vocabulary(pieces);
}

function countWords(texts: Iterable<string>, options: TrainWordPieceOptions): Map<string, number> {
  const counts = new Map<string, number>();
  const split = wordSplitter(options, options.maxWordCharacters, SPECIAL_TOKENS);
  for (const text of texts) {
    for (const word of split(text)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

/** The most frequent characters, in code point order. */
function chooseAlphabet(counts: Map<string, number>, size: number): string[] {
  const frequency = new Map<string, number>();
  for (const [word, count] of counts) {
    for (const character of word) frequency.set(character, (frequency.get(character) ?? 0) + count);
  }
  const byCodePoint = (a: string, b: string) => a.codePointAt(0)! - b.codePointAt(0)!;
  return [...frequency]
    .sort(([a, countA], [b, countB]) => countB - countA || byCodePoint(a, b))
    .slice(0, size)
    .map(([character]) => character)
    .sort(byCodePoint);
}

/** Each distinct word as character pieces; words with a character outside the alphabet are left out. */
function splitWords(counts: Map<string, number>, ids: Map<string, number>): Word[] {
  const words: Word[] = [];
  for (const [word, count] of counts) {
    const symbols = Array.from(word, (character, i) => ids.get(i === 0 ? character : `##${character}`) ?? -1);
    if (!symbols.includes(-1)) words.push({ count, symbols });
  }
  return words;
}

/** The words as sequences of pieces, with the count of every pair of neighbours kept up to date. */
class Merger {
  private readonly words: readonly Word[];
  private readonly counts = new Map<number, number>();
  private readonly places = new Map<number, Set<number>>(); // pair -> words it is or was in
  private readonly queue = new PairQueue();

  constructor(words: readonly Word[]) {
    this.words = words;
    for (const index of words.keys()) this.countPairs(index, 1);
    for (const [pair, count] of this.counts) this.queue.push(pair, count);
  }

  /** The most frequent pair, or undefined when none is seen `least` times. */
  mostFrequent(least: number): [number, number] | undefined {
    for (let top = this.queue.pop(); top !== undefined; top = this.queue.pop()) {
      const count = this.counts.get(top.pair) ?? 0;
      // A count that rose was queued anew; one that fell is queued again here, at its true place.
      if (count < top.count) {
        if (count > 0) this.queue.push(top.pair, count);
      } else if (count === top.count) {
        return count < Math.max(least, 1) ? undefined : [Math.floor(top.pair / PAIR_BASE), top.pair % PAIR_BASE];
      }
    }
    return undefined;
  }

  /** Replaces the pair by one piece in every word. */
  merge(left: number, right: number, merged: number): void {
    const pair = left * PAIR_BASE + right;
    const raised = new Set<number>();
    for (const index of this.places.get(pair) ?? []) {
      const { symbols } = this.words[index];
      this.countPairs(index, -1);
      let length = 0;
      for (let i = 0; i < symbols.length; i++) {
        const here = symbols[i] === left && symbols[i + 1] === right;
        symbols[length++] = here ? merged : symbols[i];
        if (here) i++;
      }
      symbols.length = length;
      for (const raisedPair of this.countPairs(index, 1)) raised.add(raisedPair);
    }
    this.places.delete(pair);
    this.counts.delete(pair);
    for (const raisedPair of raised) {
      const count = this.counts.get(raisedPair);
      if (count !== undefined) this.queue.push(raisedPair, count);
    }
  }

  private countPairs(index: number, sign: 1 | -1): number[] {
    const { symbols, count } = this.words[index];
    const pairs: number[] = [];
    for (let i = 1; i < symbols.length; i++) {
      const pair = symbols[i - 1] * PAIR_BASE + symbols[i];
      pairs.push(pair);
      this.counts.set(pair, (this.counts.get(pair) ?? 0) + sign * count);
      if (sign === 1) {
        const places = this.places.get(pair);
        if (places === undefined) this.places.set(pair, new Set([index]));
        else places.add(index);
      }
    }
    return pairs;
  }
}

/** Binary heap of pairs: highest count first, of equal counts the smallest pair. */
class PairQueue {
  private readonly entries: { pair: number; count: number }[] = [];

  push(pair: number, count: number): void {
    const { entries } = this;
    const entry = { pair, count };
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!precedes(entry, entries[parent])) break;
      entries[at] = entries[parent];
      at = parent;
    }
    entries[at] = entry;
  }

  pop(): { pair: number; count: number } | undefined {
    const { entries } = this;
    const top = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return top;
    let at = 0;
    for (let child = 1; child < entries.length; child = 2 * at + 1) {
      if (child + 1 < entries.length && precedes(entries[child + 1], entries[child])) child++;
      if (!precedes(entries[child], last)) break;
      entries[at] = entries[child];
      at = child;
    }
    entries[at] = last;
    return top;
  }
}

function precedes(a: { pair: number; count: number }, b: { pair: number; count: number }): boolean {
  return a.count > b.count || (a.count === b.count && a.pair < b.pair);
}
