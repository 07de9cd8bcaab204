// What holds for every text: offsets, agreement with a plain reading of WordPiece, and independence of separated parts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SPECIAL_TOKENS, Vocabulary, WordPieceTokenizer, wordSplitter } from "../../src/tokenizer/index.ts";

const letters = ["a", "b", "é", "i", "각", "中", "\u{1D165}", "\u302E", "Σ", "1", "-"];
const awkward = letters.concat(
  ["A", "İ", "ß", "Å", " ", "\t", "\r\n", "\u00A0", "\u00AD", "\u200B", "\uFEFF", "\uFFFD", "\u0000", "\u0301"],
  ["\u0323", "\u0344", "≠", "\u{1D15E}", "😀", "\u200D", "\uD83D", "\uDE00", "[CLS]", "[MASK]", "[", "]", "#", "."],
);
const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...awkward), maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);
const anyOptions = fc.record(
  {
    lowerCase: fc.boolean(),
    stripAccents: fc.boolean(),
    chineseCharacters: fc.boolean(),
    maxWordCharacters: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: ["lowerCase"] },
);
const anyPieces = fc.uniqueArray(
  fc.tuple(fc.boolean(), fc.string({ unit: fc.constantFrom(...letters, "e", "ᄀ", "ᅡ"), minLength: 1, maxLength: 4 })),
  { selector: ([continues, text]) => `${continues}${text}`, maxLength: 40 },
);
const anyTokenizer = fc.record({ options: anyOptions, pieces: anyPieces }).map(({ options, pieces }) => {
  const vocabulary = new Vocabulary([
    ...SPECIAL_TOKENS,
    ...pieces.map(([continues, text]) => (continues ? "##" : "") + text),
  ]);
  return new WordPieceTokenizer(vocabulary, options);
});

const splitsPair = (text: string, at: number) =>
  /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at));

/** WordPiece of one word, as its paper words it. */
function plainWordPiece(word: string, vocabulary: Vocabulary, maxWordCharacters: number): number[] {
  const characters = [...word];
  const ids: number[] = [];
  if (characters.length > maxWordCharacters) return [vocabulary.unknownId];
  for (let start = 0; start < characters.length;) {
    let end = characters.length;
    const pieceTo = (to: number) => vocabulary.idOf((start > 0 ? "##" : "") + characters.slice(start, to).join(""));
    while (end > start && pieceTo(end) === undefined) end--;
    if (end === start) return [vocabulary.unknownId];
    ids.push(pieceTo(end)!);
    start = end;
  }
  return ids;
}

describe("for every text", () => {
  it("offsets lie within it, never go back and never split a surrogate pair", () => {
    fc.assert(
      fc.property(anyTokenizer, anyText, (tokenizer, text) => {
        const { length, ids, starts, ends, words } = tokenizer.tokenize(text);
        expect([ids, starts, ends, words].map((field) => field.length)).toEqual([length, length, length, length]);
        for (let i = 0; i < length; i++) {
          expect(starts[i]).toBeGreaterThanOrEqual(i === 0 ? 0 : starts[i - 1]);
          expect(ends[i]).toBeGreaterThan(starts[i]);
          expect(ends[i]).toBeGreaterThanOrEqual(i === 0 ? 0 : ends[i - 1]);
          expect(ends[i]).toBeLessThanOrEqual(text.length);
          expect(splitsPair(text, starts[i]) || splitsPair(text, ends[i])).toBe(false);
          expect(words[i] - (i === 0 ? -1 : words[i - 1])).toBeOneOf(i === 0 ? [1] : [0, 1]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("pieces are those that a plain reading of WordPiece finds in its words", () => {
    fc.assert(
      fc.property(anyTokenizer, anyText, ({ vocabulary, options }, text) => {
        const limit = options.maxWordCharacters ?? 100;
        const split = wordSplitter(options, 10_000);
        const plain = text
          .split(/(\[CLS\]|\[MASK\])/)
          .flatMap((part, i) =>
            i % 2 === 1
              ? [vocabulary.idOf(part)!]
              : split(part).flatMap((word) => plainWordPiece(word, vocabulary, limit)),
          );
        expect([...new WordPieceTokenizer(vocabulary, options).tokenize(text).ids]).toEqual(plain);
      }),
      { numRuns: 1000 },
    );
  });

  it("parts with white space between them are cut independently", () => {
    fc.assert(
      fc.property(anyTokenizer, anyText, anyText, (tokenizer, left, right) => {
        const shift = left.length + 1;
        const [a, b, both] = [left, right, `${left} ${right}`].map((text) => tokenizer.tokenize(text));
        expect([...both.ids]).toEqual([...a.ids, ...b.ids]);
        expect([...both.starts]).toEqual([...a.starts, ...b.starts.map((start) => start + shift)]);
        expect([...both.ends]).toEqual([...a.ends, ...b.ends.map((end) => end + shift)]);
      }),
      { numRuns: 500 },
    );
  });

  it("given words get the pieces they have in the text they make up", () => {
    fc.assert(
      fc.property(anyTokenizer, fc.array(anyText, { maxLength: 6 }), (tokenizer, given) => {
        const { ids, words } = tokenizer.tokenizeWords(given);
        expect([...ids]).toEqual([...tokenizer.tokenize(given.join(" ")).ids]);
        const counts = given.map((word) => tokenizer.tokenize(word).length);
        expect([...words]).toEqual(counts.flatMap((count, index) => Array<number>(count).fill(index)));
      }),
      { numRuns: 500 },
    );
  });

  it("cuts a long run of marks without separators in linear time and the same way", () => {
    const vocabulary = new Vocabulary([...SPECIAL_TOKENS, "a", "\u302E"]);
    const tokenizer = new WordPieceTokenizer(vocabulary, { lowerCase: true });
    const text = "a\u0301\u302E".repeat(200_000);
    const { ids, starts, ends } = tokenizer.tokenize(`${text} a`);
    expect([[...ids], [...starts], [...ends]]).toEqual([
      [vocabulary.unknownId, vocabulary.idOf("a")],
      [0, text.length + 1],
      [text.length - 1, text.length + 2], // the mark that stays trades places with the one that goes
    ]);
  });
});
