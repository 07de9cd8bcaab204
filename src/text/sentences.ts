// Rule-based sentence splitter for biomedical English: one pass over the text, a decision at each period, question
// mark, line break and section label. Follows the usual practice of biomedical splitters (abbreviation lists, what
// follows the period, brackets kept whole). Every look back or ahead is bounded, so that a line of 20 MB takes linear
// time. It never breaks a word: a boundary stands at white space or after a closing punctuation mark.

import {
  BEFORE_LETTER,
  NEVER_FINAL,
  NUMBER_WORDS,
  SECTION_LABELS,
  SECTION_LABEL_PARTS,
  SELDOM_FINAL,
  SENTENCE_OPENERS,
} from "./abbreviations.ts";
import { bracketRanges, type Span } from "./brackets.ts";
import {
  isCloser,
  isDigit,
  isLineBreak,
  isLower,
  isOpener,
  isSpace,
  isUpper,
  wordAt,
  wordBefore,
} from "./characters.ts";

export type { Span } from "./brackets.ts";

const PERIOD = 0x2e;
const COLON = 0x3a;
const ELLIPSIS = 0x2026;
/** No hard-wrapped text is narrower than this: every line break of a narrower block is meant. */
const NARROWEST_WRAP = 40;

/**
 * Splits text into sentences.
 * @returns spans in UTF-16 units, in order, trimmed of white space; together they cover everything that is not white
 *   space. A line break ends a sentence at a blank line, after a closing mark, or where the line was not merely wrapped.
 */
export function splitSentences(text: string): Span[] {
  const spans: Span[] = [];
  const brackets = bracketRanges(text);
  let bracket = 0;
  let sentenceStart = skipSpace(text, 0);
  let line: LineState = { start: 0, blockWidth: -1 };
  let i = sentenceStart;

  const insideBrackets = (at: number): boolean => {
    while (bracket < brackets.length && brackets[bracket].end <= at) bracket++;
    return bracket < brackets.length && brackets[bracket].start < at;
  };
  const close = (end: number, next: number): void => {
    let trimmed = end;
    while (trimmed > sentenceStart && isSpace(text.charCodeAt(trimmed - 1))) trimmed--;
    if (trimmed > sentenceStart) spans.push({ start: sentenceStart, end: trimmed });
    sentenceStart = next;
  };

  while (i < text.length) {
    const code = text.charCodeAt(i);
    if ((code > 0x3f && code < 0x2026) || code === 0x20) {
      i++;
    } else if (isLineBreak(code)) {
      const gap = readGap(text, i);
      if (gap.next >= text.length) break;
      if (line.blockWidth < 0) line.blockWidth = blockWidth(text, line.start);
      if (gap.breaks > 1 || (!insideBrackets(i) && endsLine(text, line, i, gap.next))) close(i, gap.next);
      line = { start: gap.lineStart, blockWidth: gap.breaks > 1 ? -1 : line.blockWidth };
      i = gap.next;
    } else if (code === COLON) {
      const label = sectionLabelBefore(text, i, sentenceStart);
      if (label > sentenceStart && !insideBrackets(i)) close(label, label);
      i++;
    } else if (isIdeographicTerminator(code)) {
      i = skipClosers(text, i + 1);
      if (!insideBrackets(i)) close(i, skipSpace(text, i));
    } else if (isTerminator(code)) {
      let runEnd = i + 1;
      while (runEnd < text.length && isTerminator(text.charCodeAt(runEnd))) runEnd++;
      const end = endOfTerminator(text, i, runEnd);
      const next = skipSpaceOnLine(text, end);
      const following = next < text.length && isLineBreak(text.charCodeAt(next)) ? readGap(text, next).next : next;
      if (following < text.length && !insideBrackets(end)) {
        const glued = following === end;
        if (glued ? opensGlued(text, i, runEnd, end) : endsSentence(text, i, runEnd, following, sentenceStart)) {
          close(end, following);
        }
      }
      i = next;
    } else {
      i++;
    }
  }
  close(text.length, text.length);
  return spans;
}

interface LineState {
  start: number;
  /** Length of the longest line between two blank lines; -1 until needed. */
  blockWidth: number;
}

function isTerminator(code: number): boolean {
  return code === PERIOD || code === 0x21 || code === 0x3f || code === ELLIPSIS;
}

function isIdeographicTerminator(code: number): boolean {
  return code === 0x3002 || code === 0xff01 || code === 0xff1f;
}

function skipSpace(text: string, from: number): number {
  let i = from;
  while (i < text.length && isSpace(text.charCodeAt(i))) i++;
  return i;
}

/** Skips white space up to a line break, so that the main loop sees every line break. */
function skipSpaceOnLine(text: string, from: number): number {
  let i = from;
  while (i < text.length && isSpace(text.charCodeAt(i)) && !isLineBreak(text.charCodeAt(i))) i++;
  return i;
}

function skipClosers(text: string, from: number): number {
  let i = from;
  while (i < text.length && isCloser(text.charCodeAt(i))) i++;
  return i;
}

/** The white space from a line break on: where it ends, where its last line starts, and how many line ends it holds. */
function readGap(text: string, from: number): { next: number; breaks: number; lineStart: number } {
  let breaks = 0;
  let lineStart = from;
  let i = from;
  for (; i < text.length && isSpace(text.charCodeAt(i)); i++) {
    const code = text.charCodeAt(i);
    if (!isLineBreak(code)) continue;
    if (code === 0x0d && text.charCodeAt(i + 1) === 0x0a) i++;
    breaks += code === 0x2029 ? 2 : 1;
    lineStart = i + 1;
  }
  return { next: i, breaks, lineStart };
}

/** The longest line from `from` to the next blank line. */
function blockWidth(text: string, from: number): number {
  let widest = 0;
  let start = from;
  for (let i = from; i <= text.length; i++) {
    if (i < text.length && !isLineBreak(text.charCodeAt(i))) continue;
    widest = Math.max(widest, i - start);
    if (i === text.length) break;
    const gap = readGap(text, i);
    if (gap.breaks > 1) break;
    start = gap.lineStart;
    i = gap.next - 1;
  }
  return widest;
}

/**
 * Whether a single line break without a closing mark before it was meant. In wrapped text a line ends because the
 * next word did not fit; where it would have fitted (a title, a heading, a list), the break is a boundary.
 */
function endsLine(text: string, line: LineState, lineEnd: number, next: number): boolean {
  if (line.blockWidth < NARROWEST_WRAP) return true;
  const code = text.charCodeAt(next);
  if (isBullet(code)) return true;
  const length = lineEnd - line.start;
  const last = text.charCodeAt(lineEnd - 1);
  if (last === 0x2c || last === 0x2d) return false;
  if (length * 2 < line.blockWidth) return true;
  let wordEnd = next;
  while (wordEnd < text.length && wordEnd - next < 64 && !isSpace(text.charCodeAt(wordEnd))) wordEnd++;
  return !isLower(text, next) && length + 1 + (wordEnd - next) < line.blockWidth;
}

function isBullet(code: number): boolean {
  return code === 0x2022 || code === 0xb7 || code === 0x25aa || code === 0x25cf || code === 0x2023;
}

/** The end of a terminator with its closing quotes and brackets, and the superscript citation glued to it ("disease.12,13 The"). */
function endOfTerminator(text: string, first: number, runEnd: number): number {
  const end = skipClosers(text, runEnd);
  if (runEnd - first > 1 || end !== runEnd || !isCitedWord(text, first)) return end;
  let i = end;
  while (i < text.length && i - end < 16 && isCitationCharacter(text.charCodeAt(i))) i++;
  return i > end && i < text.length && isSpace(text.charCodeAt(i)) && /\d/.test(text.slice(end, i)) ? i : end;
}

/** Three lower-case letters or a closing bracket before the period: "v.2" and "Fig.2" are no citations. */
function isCitedWord(text: string, period: number): boolean {
  if (period < 3) return false;
  if (isCloser(text.charCodeAt(period - 1))) return true;
  for (let i = period - 3; i < period; i++) if (!isLower(text, i)) return false;
  return !NEVER_FINAL.has(wordBefore(text, period));
}

function isCitationCharacter(code: number): boolean {
  return isDigit(code) || code === 0x2c || code === 0x2d || code === 0x2013 || code === 0x5b || code === 0x5d;
}

/** No white space after the period: a boundary only where a word that opens sentences or a section label follows ("cancer.The"). */
function opensGlued(text: string, first: number, runEnd: number, end: number): boolean {
  if (text.charCodeAt(first) !== PERIOD || runEnd - first > 1 || !isCitedWord(text, first)) return false;
  const word = wordAt(text, end);
  if (word.length === 1) return word === "A" && isSpace(text.charCodeAt(end + 1));
  return SENTENCE_OPENERS.has(word) || SECTION_LABELS.has(word);
}

/** Whether a terminator followed by white space ends a sentence; `next` is the first character after the white space. */
function endsSentence(text: string, first: number, runEnd: number, next: number, sentenceStart: number): boolean {
  let opening = next;
  while (opening < text.length && opening - next < 4 && isOpener(text.charCodeAt(opening))) opening++;
  const code = text.charCodeAt(opening);
  const upper = isUpper(text, opening);
  const digit = isDigit(code);
  const nextWord = wordAt(text, opening);
  if (!upper && !digit && !isBullet(code) && !isOtherLetter(text, opening) && !isNameStart(nextWord)) return false;
  if (runEnd - first > 1 || text.charCodeAt(first) !== PERIOD) return true;

  const previous = wordBefore(text, first);
  if (NEVER_FINAL.has(previous)) return false;
  if (NUMBER_WORDS.has(previous) && digit) return false;
  if (/^(?:\d{1,3}|[A-Za-z]|[IVX]{1,4})$/.test(previous)) {
    if (opensList(text, first - previous.length, sentenceStart)) return false;
    if (digit && (previous === "0" || /^[a-z]$/.test(previous))) return false;
  }
  if (SELDOM_FINAL.has(previous)) return SENTENCE_OPENERS.has(nextWord);
  if (/^[A-Z]$/.test(previous)) return SENTENCE_OPENERS.has(nextWord) || isLetterName(text, first - 1);
  if (/^(?:[A-Za-z]{1,2}\.)+[A-Za-z]{1,2}$/.test(previous)) {
    if (SENTENCE_OPENERS.has(nextWord)) return true;
    // "given i.v. Patients" ends, "i.v. DNA" and "U.S. Food and Drug" do not.
    return previous === previous.toLowerCase() && /^[A-Z][a-z]/.test(nextWord);
  }
  return true;
}

/** Whether the capital letter at `letter` names a kind ("hepatitis C", "groups A and B"). */
function isLetterName(text: string, letter: number): boolean {
  const end = wordEndBefore(text, letter);
  const word = wordBefore(text, end).toLowerCase();
  if (word === "and" || word === "or") return /^[A-Z]$/.test(wordBefore(text, wordEndBefore(text, end - word.length)));
  return BEFORE_LETTER.has(word);
}

/** The end of the word before the white space that ends at `at`. */
function wordEndBefore(text: string, at: number): number {
  let end = at;
  while (end > 0 && at - end < 3 && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}

/** Whether a number or letter at `at` counts a list: it opens the sentence or follows a colon ("RESULTS: 1. We saw"). */
function opensList(text: string, at: number, sentenceStart: number): boolean {
  if (at === sentenceStart) return true;
  const code = text.charCodeAt(wordEndBefore(text, at) - 1);
  return code === COLON || code === 0x3b;
}

/** A word in lower case that is a name all the same ("p53", "mTOR", "miR-21", "β-catenin") may open a sentence. */
function isNameStart(word: string): boolean {
  if (/^(?:min|hr?|s|d|day|[dmn]?[lLg]|kg|[cmn]?m)-?\d?$/.test(word)) return false; // units: "kg-1. min-1"
  return /^[a-z][a-zA-Z-]*[A-Z0-9]/.test(word) || /^[\u03b1-\u03c9]/.test(word);
}

/** Letters without case: CJK, Arabic and so on. */
function isOtherLetter(text: string, at: number): boolean {
  return text.charCodeAt(at) > 0x7f && /^\p{Lo}/u.test(String.fromCodePoint(text.codePointAt(at)!));
}

/**
 * Where the section label that ends at `colon` begins ("MATERIALS AND METHODS:"), -1 when there is none.
 * Known labels in capitals only, so that "in women: we" and "TNF:" stay as they are.
 */
function sectionLabelBefore(text: string, colon: number, sentenceStart: number): number {
  let word = wordBefore(text, colon);
  if (!SECTION_LABELS.has(word)) return -1;
  let start = colon - word.length;
  for (let count = 0; count < 5 && start > sentenceStart && text.charCodeAt(start - 1) === 0x20; count++) {
    word = wordBefore(text, start - 1);
    if (!SECTION_LABELS.has(word) && !SECTION_LABEL_PARTS.has(word)) break;
    start -= word.length + 1;
  }
  return start > 0 && isSpace(text.charCodeAt(start - 1)) ? start : -1;
}
