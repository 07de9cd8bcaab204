// WordPiece with exact source offsets: greedy longest match first over BERT's words (Devlin et al. 2019), with the ids and
// offsets of Hugging Face's tokenizers. See docs/decisions/0003-tokenizer.md.

import { PieceTrie, WORD_CONTINUATION, WORD_START } from "./piece_trie.ts";
import { SPECIAL_TOKENS, type Vocabulary } from "./vocabulary.ts";
import { WordScanner, type NormalizerOptions, type WordSink } from "./words.ts";

/** How a tokenizer normalises and cuts words. */
export interface TokenizerOptions extends NormalizerOptions {
  /** A word of more normalised code points than this is one `[UNK]`; 100 by default. */
  maxWordCharacters?: number;
}

/** The pieces of one text; the arrays have one element per piece. */
export interface Pieces {
  /** Number of pieces. */
  readonly length: number;
  /** Vocabulary ids. */
  ids: Int32Array;
  /** UTF-16 offset in the source at which each piece begins. */
  starts: Int32Array;
  /** UTF-16 offset in the source at which each piece ends, exclusive. */
  ends: Int32Array;
  /** Running index of the word, split at white space and punctuation, that each piece belongs to. */
  words: Int32Array;
}

export const DEFAULT_MAX_WORD_CHARACTERS = 100;
/** Room kept between calls, in pieces; what one very long text needed beyond it is given back. */
const KEPT_PIECES = 1 << 16;

/**
 * Cuts text into the word pieces of a vocabulary. The special tokens, written out in the text, become their ids, as
 * they do with `transformers`; `[CLS]` and `[SEP]` are not added.
 */
export class WordPieceTokenizer {
  readonly vocabulary: Vocabulary;
  readonly options: TokenizerOptions;
  private readonly scanner: WordScanner;
  private readonly trie: PieceTrie;
  private readonly sink: WordSink;
  private readonly maxWordCharacters: number;
  private readonly specialIds: readonly number[];
  private buffer = new PieceBuffer(1024);
  private wordCount = 0;

  constructor(vocabulary: Vocabulary, options: TokenizerOptions) {
    this.vocabulary = vocabulary;
    this.options = options;
    this.maxWordCharacters = options.maxWordCharacters ?? DEFAULT_MAX_WORD_CHARACTERS;
    this.scanner = new WordScanner(options, this.maxWordCharacters + 1, SPECIAL_TOKENS);
    this.trie = new PieceTrie(vocabulary.pieces);
    this.specialIds = SPECIAL_TOKENS.map((token) => vocabulary.idOf(token)!);
    this.sink = {
      word: (length) => this.takeWord(length),
      literal: (index, start, end) => this.buffer.push(this.specialIds[index], start, end, this.wordCount++),
    };
  }

  /**
   * The pieces of a text with their offsets in it: `text.slice(starts[i], ends[i])` is what piece `i` was made from.
   * Offsets never decrease and never split a surrogate pair; pieces of one expanded character share its span.
   */
  tokenize(text: string): Pieces {
    this.begin();
    this.scanner.scan(text, this.sink);
    return this.buffer.pieces();
  }

  /**
   * The pieces of a sentence already cut into words, `words[i]` being the index of the given word that piece `i` belongs
   * to. A given word may be cut further, and one of nothing but deleted characters has no piece.
   */
  tokenizeWords(words: readonly string[]): { ids: Int32Array; words: Int32Array } {
    this.begin();
    const { buffer } = this;
    for (let index = 0; index < words.length; index++) {
      const first = buffer.length;
      this.scanner.scan(words[index], this.sink);
      buffer.words.fill(index, first, buffer.length);
    }
    const { ids, words: wordOfPiece } = buffer.pieces();
    return { ids, words: wordOfPiece };
  }

  private begin(): void {
    if (this.buffer.ids.length > KEPT_PIECES) this.buffer = new PieceBuffer(KEPT_PIECES);
    this.buffer.length = 0;
    this.wordCount = 0;
  }

  private takeWord(length: number): void {
    const { scanner, trie, buffer } = this;
    const { codePoints, starts, ends } = scanner;
    const word = this.wordCount++;
    const first = buffer.length;
    if (length <= this.maxWordCharacters) {
      let at = 0;
      let root = WORD_START;
      while (at < length) {
        const end = trie.longestMatch(codePoints, at, length, root);
        if (end === at) break;
        buffer.push(trie.matched, starts[at], ends[end - 1], word);
        at = end;
        root = WORD_CONTINUATION;
      }
      if (at === length) return;
    }
    buffer.length = first;
    buffer.push(this.vocabulary.unknownId, starts[0], ends[Math.min(length, scanner.capacity) - 1], word);
  }
}

/** Pieces being collected: one array per field, grown by doubling. */
class PieceBuffer {
  length = 0;
  ids: Int32Array;
  starts: Int32Array;
  ends: Int32Array;
  words: Int32Array;

  constructor(capacity: number) {
    this.ids = new Int32Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.words = new Int32Array(capacity);
  }

  push(id: number, start: number, end: number, word: number): void {
    const place = this.length;
    if (place === this.ids.length) this.grow();
    this.ids[place] = id;
    this.starts[place] = start;
    this.ends[place] = end;
    this.words[place] = word;
    this.length = place + 1;
  }

  /** A copy of exactly what was collected. */
  pieces(): Pieces {
    const { length } = this;
    return {
      length,
      ids: this.ids.slice(0, length),
      starts: this.starts.slice(0, length),
      ends: this.ends.slice(0, length),
      words: this.words.slice(0, length),
    };
  }

  private grow(): void {
    for (const field of ["ids", "starts", "ends", "words"] as const) {
      const grown = new Int32Array(this[field].length * 2);
      grown.set(this[field]);
      this[field] = grown;
    }
  }
}
