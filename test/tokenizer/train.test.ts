import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SPECIAL_TOKENS, trainWordPiece, WordPieceTokenizer } from "../../src/tokenizer/index.ts";

const learn = (texts: string[], vocabularySize: number, more = {}) =>
  trainWordPiece(texts, { lowerCase: false, vocabularySize, ...more }).pieces.slice(SPECIAL_TOKENS.length);

describe("trainWordPiece", () => {
  it("begins with the special tokens, then every character in both forms", () => {
    const { pieces } = trainWordPiece(["b a"], { lowerCase: false, vocabularySize: 100 });
    expect(pieces).toEqual([...SPECIAL_TOKENS, "a", "b", "##a", "##b"]);
  });

  it("merges the most frequent pair first and counts again after each merge", () => {
    // ##u ##g is seen 20 times, then ##u ##n 16, h ##ug 15, p ##un 12, p ##ug 5 (before hug ##s 5), b ##un 4.
    const texts = ["hug ".repeat(10), "pug ".repeat(5), "pun ".repeat(12), "bun ".repeat(4), "hugs ".repeat(5)];
    expect(learn(texts, 26)).toEqual(
      "b g h n p s u ##b ##g ##h ##n ##p ##s ##u ##ug ##un hug pun pug hugs bun".split(" "),
    );
  });

  it("takes the pair whose pieces came first among equals", () => {
    expect(learn(["cd cd ab ab"], 15)).toEqual(["a", "b", "c", "d", "##a", "##b", "##c", "##d", "ab", "cd"]);
  });

  it("merges repeated characters from the left", () => {
    expect(learn(["aaaaa aaaaa"], 12)).toEqual(["a", "##a", "##aa", "aaa", "aaaaa"]);
  });

  it("leaves rare pairs unmerged", () => {
    expect(learn(["ab ab cd"], 100)).not.toContain("cd");
    expect(learn(["ab ab cd"], 100, { minFrequency: 1 })).toContain("cd");
    expect(learn(["ab ab cd"], 100, { minFrequency: 3 })).not.toContain("ab");
  });

  it("keeps the most frequent characters and skips words with others", () => {
    const pieces = learn(["aaa bb cab"], 100, { alphabetSize: 2, minFrequency: 1 });
    expect(pieces).toEqual(["a", "b", "##a", "##b", "aa", "bb", "aaa"]);
  });

  it("normalises as the tokenizer will, and does not learn from special tokens", () => {
    const { pieces } = trainWordPiece(["Éa éa [MASK] [MASK]"], { lowerCase: true, vocabularySize: 20 });
    expect(pieces).toEqual([...SPECIAL_TOKENS, "a", "e", "##a", "##e", "ea"]);
  });

  it("refuses a size that does not hold the alphabet", () => {
    expect(() => learn(["abc"], 10)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("need 11") }),
    );
  });

  it("depends on what the texts say, not on their order, and leaves no word of them unknown", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "-", " ", "中"), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), fc.boolean(), (texts, lowerCase) => {
        const vocabulary = trainWordPiece(texts, { lowerCase, vocabularySize: 60 });
        const reversed = trainWordPiece([...texts].reverse(), { lowerCase, vocabularySize: 60 });
        expect(reversed.pieces).toEqual(vocabulary.pieces);
        expect(new Set(vocabulary.pieces).size).toBe(vocabulary.size);
        const tokenizer = new WordPieceTokenizer(vocabulary, { lowerCase });
        for (const each of texts) expect([...tokenizer.tokenize(each).ids]).not.toContain(vocabulary.unknownId);
      }),
    );
  });
});
