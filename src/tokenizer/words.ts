// BERT's normaliser and pre-tokeniser in one pass over the source text: words of normalised code points, each aligned to
// its UTF-16 span. Follows BertNormalizer and BertPreTokenizer of Hugging Face's tokenizers (Rust), step for step:
// clean, set ideographs apart, decompose and strip marks, lower-case, split at white space, isolate punctuation.

import { canonicalOrder, type AlignedText } from "./canonical_order.ts";
import * as unicode from "./unicode.ts";

/** How text is normalised before it is cut into words. */
export interface NormalizerOptions {
  /** Lower-case every character (uncased models). */
  lowerCase: boolean;
  /** Decompose and delete non-spacing marks; by default when `lowerCase` is set, as BERT does. */
  stripAccents?: boolean;
  /** Make each ideograph a word of its own; true by default. */
  chineseCharacters?: boolean;
}

/** Receives what `WordScanner.scan` finds, in the order of the text. */
export interface WordSink {
  /**
   * One word of `length` normalised code points. `codePoints`, `starts` and `ends` of the scanner hold its first
   * `capacity` code points; of a longer word, the last place of `ends` holds where the whole word ends.
   */
  word(length: number): void;
  /** The literal of this index at `[start, end)` of the text. */
  literal(index: number, start: number, end: number): void;
}

// What becomes of a code point: the kind in the low three bits, its value above them. Zero: not asked about yet.
const KIND_BITS = 3;
const KIND_MASK = 7;
const REMOVED = 1;
const SPACE = 2;
const LETTER = 3; // value: the normalised code point
const ISOLATED = 4; // value: the normalised code point, a word of its own
const EXPANSION = 5; // value: index into `expansions`
const REORDERED = 6; // leaves a combining mark standing: canonical order decides, see `canonicalOrder`

const LEFT_BRACKET = 0x5b;
const REPLACEMENT = 0xfffd;

/** Cuts text into normalised words. Holds the word being read, so one scanner serves one caller at a time. */
export class WordScanner {
  /** Normalised code points of the current word. */
  readonly codePoints: Int32Array;
  /** UTF-16 start in the source of each code point of the current word. */
  readonly starts: Int32Array;
  /** UTF-16 end in the source of each code point of the current word. */
  readonly ends: Int32Array;
  private readonly lowerCase: boolean;
  private readonly stripAccents: boolean;
  private readonly chineseCharacters: boolean;
  private readonly literals: readonly string[];
  private readonly actions = new Int32Array(0x10000);
  private readonly astralActions = new Map<number, number>();
  private readonly expansions: number[][] = [];
  private length = 0;
  private boundary = 0; // where the text after the last separator begins

  /**
   * `capacity`: how many code points of a word are kept. `literals`: strings beginning with `[` that are matched in the
   * raw text before anything is normalised, as added special tokens are.
   */
  constructor(
    options: NormalizerOptions,
    readonly capacity: number,
    literals: readonly string[] = [],
  ) {
    this.lowerCase = options.lowerCase;
    this.stripAccents = options.stripAccents ?? options.lowerCase;
    this.chineseCharacters = options.chineseCharacters ?? true;
    this.literals = literals;
    this.codePoints = new Int32Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    for (let ascii = 0; ascii < 0x80; ascii++) this.actionOf(ascii);
  }

  /** Passes every word and literal of the text to the sink. A lone surrogate counts as U+FFFD, which cleaning deletes. */
  scan(text: string, sink: WordSink): void {
    const { actions, codePoints, starts, ends, capacity } = this;
    const size = text.length;
    this.length = 0;
    this.boundary = 0;
    let at = 0;
    while (at < size) {
      let codePoint = text.charCodeAt(at);
      let next = at + 1;
      let action: number;
      if ((codePoint & 0xf800) === 0xd800) {
        codePoint = text.codePointAt(at)!;
        if (codePoint < 0x10000) codePoint = REPLACEMENT;
        else next++;
        action = this.actionOf(codePoint);
      } else {
        action = actions[codePoint];
        if (action === 0) action = this.actionOf(codePoint);
      }
      if ((action & KIND_MASK) === LETTER && this.length < capacity) {
        const place = this.length++;
        codePoints[place] = action >>> KIND_BITS;
        starts[place] = at;
        ends[place] = next;
      } else if (codePoint === LEFT_BRACKET && this.literalAt(text, at, sink)) {
        next = this.boundary;
      } else if ((action & KIND_MASK) === REORDERED) {
        next = this.readReordered(text, at, sink);
      } else {
        this.take(action, at, next, sink);
      }
      at = next;
    }
    this.flush(sink);
  }

  private flush(sink: WordSink): void {
    if (this.length === 0) return;
    const length = this.length;
    this.length = 0;
    sink.word(length);
  }

  /** Applies one action to the current word. */
  private take(action: number, start: number, end: number, sink: WordSink): void {
    switch (action & KIND_MASK) {
      case LETTER: {
        const place = Math.min(this.length++, this.capacity - 1);
        this.codePoints[place] = action >>> KIND_BITS;
        if (this.length <= this.capacity) this.starts[place] = start;
        this.ends[place] = end;
        break;
      }
      case SPACE:
        this.flush(sink);
        this.boundary = end;
        break;
      case ISOLATED:
        this.flush(sink);
        this.take((action & ~KIND_MASK) | LETTER, start, end, sink);
        this.flush(sink);
        this.boundary = end;
        break;
      case EXPANSION:
        for (const part of this.expansions[action >>> KIND_BITS]) this.take(part, start, end, sink);
        break;
    }
  }

  /** Matches a literal at a bracket, reports it and moves the boundary behind it. */
  private literalAt(text: string, at: number, sink: WordSink): boolean {
    for (let index = 0; index < this.literals.length; index++) {
      if (text.startsWith(this.literals[index], at)) {
        this.flush(sink);
        this.boundary = at + this.literals[index].length;
        sink.literal(index, at, this.boundary);
        return true;
      }
    }
    return false;
  }

  /**
   * Reads the run of combining marks around `at`, with the character they stand on, in canonical order. What was taken
   * of it already is dropped first: a mark may move to before marks that were read and deleted. Returns where reading
   * goes on.
   */
  private readReordered(text: string, at: number, sink: WordSink): number {
    let from = at;
    while (from > this.boundary && continuesRun(text.codePointAt(from)!)) from -= endsPair(text, from) ? 2 : 1;
    if (this.length <= this.capacity) while (this.length > 0 && this.starts[this.length - 1] >= from) this.length--;
    const source: AlignedText = { codePoints: [], starts: [], ends: [] };
    let stop = from;
    while (stop < text.length) {
      const codePoint = text.codePointAt(stop)!;
      if (stop > at && !continuesRun(codePoint)) break;
      const end = stop + (codePoint < 0x10000 ? 1 : 2);
      if (!isDeleted(codePoint)) {
        source.codePoints.push(codePoint);
        source.starts.push(stop);
        source.ends.push(end);
      }
      stop = end;
    }
    const ordered = canonicalOrder(source);
    for (let i = 0; i < ordered.codePoints.length; i++) {
      this.take(this.decide(ordered.codePoints[i], true), ordered.starts[i], ordered.ends[i], sink);
    }
    return stop;
  }

  private actionOf(codePoint: number): number {
    const known = codePoint < 0x10000 ? this.actions[codePoint] : (this.astralActions.get(codePoint) ?? 0);
    if (known !== 0) return known;
    const action = this.decide(codePoint, false);
    if (codePoint < 0x10000) this.actions[codePoint] = action;
    else this.astralActions.set(codePoint, action);
    return action;
  }

  /** The action for a code point; `ordered`: it stands in decomposed text already in canonical order. */
  private decide(codePoint: number, ordered: boolean): number {
    if (unicode.isRemoved(codePoint)) return REMOVED;
    if (unicode.isCleanedToSpace(codePoint)) return SPACE;
    const isolated = this.chineseCharacters && unicode.isChinese(codePoint);
    let parts: readonly number[] = [codePoint];
    if (this.stripAccents) {
      parts = unicode.decompose(codePoint).filter((part) => !unicode.isNonspacingMark(part));
      if (!ordered && parts.some((part) => unicode.combiningClass(part) !== 0)) return REORDERED;
    }
    if (this.lowerCase) parts = parts.flatMap(unicode.lowercase);
    const actions = parts.map((part) => {
      if (unicode.isWhitespace(part)) return SPACE;
      const kind = isolated || unicode.isPunctuation(part) ? ISOLATED : LETTER;
      return (part << KIND_BITS) | kind;
    });
    if (actions.length === 0) return REMOVED;
    if (actions.length === 1) return actions[0];
    this.expansions.push(actions);
    return ((this.expansions.length - 1) << KIND_BITS) | EXPANSION;
  }
}

/** Whether cleaning deletes the code point; a lone surrogate is deleted as the U+FFFD it would become. */
function isDeleted(codePoint: number): boolean {
  return (codePoint & 0xfffff800) === 0xd800 || unicode.isRemoved(codePoint);
}

/** Whether marks around the code point may trade places across it: it is itself a mark, or deleted before that. */
function continuesRun(codePoint: number): boolean {
  return isDeleted(codePoint) || unicode.combiningClass(unicode.decompose(codePoint)[0]) !== 0;
}

/** Whether the character that ends at this offset is a surrogate pair. */
function endsPair(text: string, end: number): boolean {
  return end > 1 && text.codePointAt(end - 2)! > 0xffff;
}

/**
 * Makes a function that gives the normalised words of a text, in order. Left out are words of more than `maxCharacters`
 * code points and the literals, of which see `WordScanner`.
 */
export function wordSplitter(
  options: NormalizerOptions,
  maxCharacters = 100,
  literals: readonly string[] = [],
): (text: string) => string[] {
  const scanner = new WordScanner(options, maxCharacters, literals);
  return (text) => {
    const words: string[] = [];
    scanner.scan(text, {
      word(length) {
        if (length > maxCharacters) return;
        let word = "";
        for (let i = 0; i < length; i++) word += String.fromCodePoint(scanner.codePoints[i]);
        words.push(word);
      },
      literal() {},
    });
    return words;
  };
}
