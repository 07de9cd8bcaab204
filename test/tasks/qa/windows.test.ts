// Windows over a context: the published algorithm on small numbers, and answers found where they are.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerPieces,
  answerPositions,
  maxContextWindows,
  questionWindows,
  windowRanges,
} from "../../../src/tasks/index.ts";
import { Vocabulary, WordPieceTokenizer } from "../../../src/tokenizer/index.ts";

const words = "the gene of a rare disease is found in some family where does it stand ##s .".split(" ");
const vocabulary = Vocabulary.fromText(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words].join("\n"));
const tokenizer = new WordPieceTokenizer(vocabulary, { lowerCase: true });

describe("window ranges", () => {
  it("follow each other by the stride and end with the context", () => {
    expect(windowRanges(10, 4, 2)).toEqual([
      { from: 0, to: 4 },
      { from: 2, to: 6 },
      { from: 4, to: 8 },
      { from: 6, to: 10 },
    ]);
    expect(windowRanges(4, 4, 2)).toEqual([{ from: 0, to: 4 }]);
    expect(windowRanges(0, 4, 2)).toEqual([{ from: 0, to: 0 }]);
    expect(windowRanges(7, 3, 100), "a stride beyond the window leaves no gap").toEqual([
      { from: 0, to: 3 },
      { from: 3, to: 6 },
      { from: 6, to: 7 },
    ]);
  });

  it("give each piece to the window with most context around it", () => {
    expect([...maxContextWindows(windowRanges(10, 4, 2), 10)]).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 3, 3]);
  });

  it("cover every piece, each with a window of most context that holds it", () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 25 }),
    );
    fc.assert(
      fc.property(sizes, ([length, room, stride]) => {
        const ranges = windowRanges(length, room, stride);
        maxContextWindows(ranges, length).forEach((window, piece) => {
          const context = ({ from, to }: { from: number; to: number }): number =>
            Math.min(piece - from, to - 1 - piece) + 0.01 * (to - from);
          const holding = ranges.filter(({ from, to }) => piece >= from && piece < to);
          expect(holding).toContain(ranges[window]);
          expect(context(ranges[window]!)).toBe(Math.max(...holding.map(context)));
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe("windows of a question", () => {
  const context = "The gene of a rare disease is found in some family.";
  const options = { maxLength: 12, docStride: 3, maxQueryLength: 3 };

  it("hold the cut question, a part of the context and its offsets", () => {
    const { windows, questionCut } = questionWindows(tokenizer, "where does the gene stand", context, options);
    expect(questionCut).toBe(true);
    const pieces = tokenizer.tokenize(context);
    for (const { sequences, offset, starts, ends } of windows) {
      const { ids, tokenTypeIds } = sequences[0]!;
      expect(offset).toBe(5);
      expect(ids.length).toBeLessThanOrEqual(12);
      const opening = ["[CLS]", "where", "does", "the", "[SEP]"].map((piece) => vocabulary.idOf(piece));
      expect([...ids.slice(0, 5)]).toEqual(opening);
      expect([...tokenTypeIds!]).toEqual([...ids].map((_, i) => (i < 5 ? 0 : 1)));
      starts.forEach((start, i) => {
        const piece = pieces.starts.indexOf(start);
        expect([ids[offset + i], ends[i]]).toEqual([pieces.ids[piece], pieces.ends[piece]]);
      });
    }
    const own = windows.flatMap(({ isMaxContext }) => [...isMaxContext]).filter((is) => is === 1);
    expect(own).toHaveLength(pieces.length);
  });

  it("know where an answer lies, and (0, 0) where it is cut or elsewhere", () => {
    const { pieces, windows } = questionWindows(tokenizer, "where", context, { ...options, maxLength: 10 });
    const wanted = "rare disease";
    const start = context.indexOf(wanted);
    const span = answerPieces(pieces, start, start + wanted.length)!;
    expect(answerPieces(pieces, start - 1, start + wanted.length + 1), "spaces at its edges are no part of it").toEqual(
      span,
    );
    const found = windows.map((window) => answerPositions(window, span));
    const texts = found.map(({ start: first, end: last }, i) => {
      const { offset, starts, ends } = windows[i]!;
      return first === 0 && last === 0 ? "" : context.slice(starts[first - offset]!, ends[last - offset]!);
    });
    const whole = windows.map(({ starts, ends }) => starts.includes(start) && ends.includes(start + wanted.length));
    expect(texts).toEqual(whole.map((is) => (is ? wanted : "")));
    expect(new Set(whole).size, "some windows hold it, some do not").toBe(2);
  });

  it("refuse a question that leaves no room", () => {
    const tight = { maxLength: 6, docStride: 3, maxQueryLength: 3 };
    expect(() => questionWindows(tokenizer, "where does the gene stand", context, tight)).toThrow(/no room/);
  });
});
