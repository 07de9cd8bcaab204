// Questions about one code point, answered from the frozen tables of unicode_tables.ts, so that every Node version and
// every browser gives the same pieces. Unicode Standard, sections 3.11 (ordering) and 3.12 (Hangul) for the arithmetic.

import * as tables from "./unicode_tables.ts";

function* records(table: string): Generator<number[]> {
  for (const token of table.trim().split(/\s+/)) {
    yield token.split(".").map((digits) => Number.parseInt(digits, 36));
  }
}

/** Sorted boundaries `[start, end, start, end, ...]` of a table of `gap.length` records. */
function boundaries(table: string): Int32Array {
  const bounds: number[] = [];
  let end = 0;
  for (const [gap, length] of records(table)) {
    bounds.push(end + gap, end + gap + length);
    end += gap + length;
  }
  return Int32Array.from(bounds);
}

/** Whether an odd number of boundaries lie at or below the code point, that is, whether it is inside a range. */
function inside(bounds: Int32Array, codePoint: number): boolean {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle] <= codePoint) low = middle + 1;
    else high = middle;
  }
  return (low & 1) === 1;
}

function sequences(table: string, into: Map<number, readonly number[]>): Map<number, readonly number[]> {
  let next = 0;
  for (const [gap, ...targets] of records(table)) {
    into.set(next + gap, targets);
    next += gap + 1;
  }
  return into;
}

function shifts(table: string): Map<number, readonly number[]> {
  const mapping = new Map<number, readonly number[]>();
  let next = 0;
  for (const [gap, count, step, shift] of records(table)) {
    const first = next + gap;
    for (let i = 0; i < count; i++) mapping.set(first + i * step, [first + i * step + shift]);
    next = first + (count - 1) * step + 1;
  }
  return mapping;
}

function classes(table: string): Map<number, number> {
  const mapping = new Map<number, number>();
  let end = 0;
  for (const [gap, length, combiningClass] of records(table)) {
    for (let i = 0; i < length; i++) mapping.set(end + gap + i, combiningClass);
    end += gap + length;
  }
  return mapping;
}

const removedBounds = boundaries(tables.removed);
const cleanedToSpaceBounds = boundaries(tables.cleanedToSpace);
const whitespaceBounds = boundaries(tables.whitespace);
const punctuationBounds = boundaries(tables.punctuation);
const chineseBounds = boundaries(tables.chinese);
const nonspacingBounds = boundaries(tables.nonspacingMarks);
const combiningClassOf = classes(tables.combiningClasses);
const decompositionOf = sequences(tables.decompositions, new Map());
const lowercaseOf = sequences(tables.lowercaseSequences, shifts(tables.lowercaseShifts));

/** Whether cleaning deletes the code point: NUL, U+FFFD, control, format and private-use characters. */
export const isRemoved = (codePoint: number): boolean => inside(removedBounds, codePoint);

/** Whether cleaning turns the code point into a space: white space that is not a control character, and tab, LF, CR. */
export const isCleanedToSpace = (codePoint: number): boolean => inside(cleanedToSpaceBounds, codePoint);

/** Whether the code point has Unicode's White_Space property. */
export const isWhitespace = (codePoint: number): boolean => inside(whitespaceBounds, codePoint);

/** Whether the code point is a word of its own: ASCII symbols and Unicode's punctuation. */
export const isPunctuation = (codePoint: number): boolean => inside(punctuationBounds, codePoint);

/** Whether the code point is in the ideograph ranges that BERT sets apart with spaces. */
export const isChinese = (codePoint: number): boolean => inside(chineseBounds, codePoint);

/** Whether accent stripping deletes the code point (general category Mn). */
export const isNonspacingMark = (codePoint: number): boolean => inside(nonspacingBounds, codePoint);

/** Canonical combining class, 0 for a starter. */
export const combiningClass = (codePoint: number): number => combiningClassOf.get(codePoint) ?? 0;

/** Lower case of one code point without context (no final sigma), one or two code points. */
export const lowercase = (codePoint: number): readonly number[] => lowercaseOf.get(codePoint) ?? [codePoint];

/** Full canonical decomposition of one code point, marks in canonical order; itself when it has none. */
export function decompose(codePoint: number): readonly number[] {
  const syllable = codePoint - 0xac00;
  if (syllable >= 0 && syllable < 11172) {
    const lead = 0x1100 + Math.floor(syllable / 588);
    const vowel = 0x1161 + Math.floor((syllable % 588) / 28);
    const trail = syllable % 28;
    return trail === 0 ? [lead, vowel] : [lead, vowel, 0x11a7 + trail];
  }
  return decompositionOf.get(codePoint) ?? [codePoint];
}
