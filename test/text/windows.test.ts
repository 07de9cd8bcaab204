// Windows on small documents written by hand, and what must hold of any document.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planWindows, type WindowPacking } from "../../src/text/index.ts";

/** Sentences as lists of word lengths in pieces -> the two arrays that planWindows reads. */
function document(sentences: number[][]): { words: Int32Array; sentenceOf: Int32Array } {
  const words: number[] = [];
  const sentenceOf: number[] = [];
  let word = 0;
  sentences.forEach((lengths, sentence) => {
    for (const length of lengths) {
      for (let i = 0; i < length; i++) {
        words.push(word);
        sentenceOf.push(sentence);
      }
      word++;
    }
  });
  return { words: Int32Array.from(words), sentenceOf: Int32Array.from(sentenceOf) };
}

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

describe("planWindows", () => {
  it("gives each sentence its window", () => {
    const { words, sentenceOf } = document([ones(3), ones(5)]);
    expect(planWindows(words, sentenceOf, 8, 4)).toEqual([
      { firstPiece: 0, lastPiece: 3, keepFrom: 0, keepTo: 3 },
      { firstPiece: 3, lastPiece: 8, keepFrom: 3, keepTo: 8 },
    ]);
  });

  it("gives a document that fits one window", () => {
    const { words, sentenceOf } = document([ones(3), ones(5)]);
    expect(planWindows(words, sentenceOf, 8, 4, "document")).toEqual([
      { firstPiece: 0, lastPiece: 8, keepFrom: 0, keepTo: 8 },
    ]);
  });

  it("cuts a long sentence in the middle of the overlap", () => {
    const { words, sentenceOf } = document([ones(20)]);
    expect(planWindows(words, sentenceOf, 10, 4)).toEqual([
      { firstPiece: 0, lastPiece: 10, keepFrom: 0, keepTo: 8 },
      { firstPiece: 6, lastPiece: 16, keepFrom: 8, keepTo: 14 },
      { firstPiece: 12, lastPiece: 20, keepFrom: 14, keepTo: 20 },
    ]);
  });

  it("cuts between words, and a document at a sentence's start", () => {
    const long = document([[1, 3, 3, 3, 3, 3]]);
    for (const { keepFrom } of planWindows(long.words, long.sentenceOf, 8, 2)) {
      expect(keepFrom === 0 || long.words[keepFrom] !== long.words[keepFrom - 1]).toBe(true);
    }
    const { words, sentenceOf } = document([ones(6), ones(6), ones(6)]);
    const windows = planWindows(words, sentenceOf, 10, 4, "document");
    expect(windows.map(({ keepFrom }) => keepFrom)).toEqual([0, 6, 12]);
    expect(windows[1]).toEqual({ firstPiece: 4, lastPiece: 14, keepFrom: 6, keepTo: 12 });
  });

  it("goes on inside a word that no window holds", () => {
    const { words, sentenceOf } = document([[1, 30, 1]]);
    const windows = planWindows(words, sentenceOf, 8, 4);
    expect(windows.at(-1)!.keepTo).toBe(32);
    expect(windows.length).toBeLessThan(16);
  });

  it("has no windows for no pieces", () => {
    expect(planWindows(new Int32Array(0), new Int32Array(0), 8, 4)).toEqual([]);
  });

  it.each([
    [0, 0],
    [-1, 0],
    [8, 8],
    [8, -1],
    [8.5, 1],
    [8, 1.5],
  ])("refuses windows of %s with an overlap of %s", (maxPieces, overlap) => {
    expect(() => planWindows(new Int32Array(1), new Int32Array(1), maxPieces, overlap)).toThrow(
      expect.objectContaining({ code: "usage" }),
    );
  });

  it("keeps every piece once, in windows that fit, with context on both sides of a cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.constantFrom<WindowPacking>("sentence", "document"),
        (sentences, maxPieces, share, packing) => {
          const { words, sentenceOf } = document(sentences);
          const windows = planWindows(words, sentenceOf, maxPieces, Math.floor(share * maxPieces), packing);
          let at = 0;
          for (const window of windows) {
            const { firstPiece, lastPiece, keepFrom, keepTo } = window;
            const ordered = keepFrom === at && firstPiece <= keepFrom && keepFrom < keepTo && keepTo <= lastPiece;
            const fits = lastPiece - firstPiece <= maxPieces;
            const within = packing === "document" || sentenceOf[firstPiece] === sentenceOf[lastPiece - 1];
            if (!ordered || !fits || !within) throw new Error(JSON.stringify(window));
            at = keepTo;
          }
          expect(at).toBe(words.length);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("leaves a one-piece-a-word text half the overlap on both sides of every cut", () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 400 }), fc.integer({ min: 0, max: 14 }), (length, overlap) => {
        const { words, sentenceOf } = document([ones(length)]);
        const windows = planWindows(words, sentenceOf, 30, overlap);
        windows.slice(1).forEach((window, index) => {
          expect(windows[index].lastPiece - window.keepFrom).toBe(Math.ceil(overlap / 2));
          expect(window.keepFrom - window.firstPiece).toBe(Math.ceil(overlap / 2));
        });
      }),
    );
  });
});
