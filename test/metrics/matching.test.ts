// Relaxed matches and mentions unseen in training: small cases worked out by hand, and properties that hold of any tags.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  entitiesOf,
  mentionKeys,
  mergePieces,
  plainTag,
  scoreByTrainingMentions,
  scoreEntities,
  scoreMatches,
  scoreTagMatches,
} from "../../src/metrics/index.ts";

const split = (tags: string) => tags.split(" ");
const counts = ({
  goldCount,
  predictedCount,
  correctCount,
}: {
  goldCount: number;
  predictedCount: number;
  correctCount: number;
}) => [goldCount, predictedCount, correctCount];

describe("rules of matching", () => {
  it("find what shares an end or a token, of the same type", () => {
    const matches = scoreTagMatches([split("B-D I-D O B-D I-D O B-C")], [split("B-D O O O B-D O B-D")]);
    expect(counts(matches.exact.overall)).toEqual([3, 3, 0]);
    expect(counts(matches.left.overall)).toEqual([3, 3, 1]);
    expect(counts(matches.right.overall)).toEqual([3, 3, 1]);
    expect(counts(matches.overlap.overall)).toEqual([3, 3, 2]);
    expect(counts(matches.overlap.byType["C"]!)).toEqual([1, 0, 0]);
  });

  it("pair one to one: a long prediction finds one of three, but the pairing is as large as can be", () => {
    const span = (start: number, end: number) => ({ type: "D", start, end });
    expect(counts(scoreMatches([[span(0, 1), span(2, 3), span(4, 5)]], [[span(0, 5)]], "overlap").overall)).toEqual([
      3, 1, 1,
    ]);
    // Whoever takes the long one first must give it back.
    const both = scoreMatches([[span(0, 9), span(0, 2)]], [[span(0, 2), span(5, 9)]], "overlap");
    expect(counts(both.overall)).toEqual([2, 2, 2]);
  });

  it("are as strict as they say, on any tags", () => {
    const tag = fc.constantFrom("O", "B-X", "I-X", "B-Y", "I-Y", "E-X", "S-Y");
    const sentence = fc.array(fc.tuple(tag, tag), { maxLength: 14 });
    fc.assert(
      fc.property(fc.array(sentence, { maxLength: 4 }), (rows) => {
        const [gold, predicted] = [0, 1].map((side) => rows.map((row) => row.map((pair) => pair[side]!))) as [
          string[][],
          string[][],
        ];
        const { exact, left, right, overlap } = scoreTagMatches(gold, predicted);
        expect(exact.overall).toEqual(scoreEntities(gold, predicted).overall);
        expect(left.overall.correctCount).toBeGreaterThanOrEqual(exact.overall.correctCount);
        expect(right.overall.correctCount).toBeGreaterThanOrEqual(exact.overall.correctCount);
        expect(overlap.overall.correctCount).toBeGreaterThanOrEqual(
          Math.max(left.overall.correctCount, right.overall.correctCount),
        );
        expect(overlap.overall.correctCount).toBeLessThanOrEqual(
          Math.min(overlap.overall.goldCount, overlap.overall.predictedCount),
        );
        expect(scoreTagMatches(predicted, gold).overlap.overall.correctCount).toBe(overlap.overall.correctCount);
      }),
      { numRuns: 300 },
    );
  });
});

describe("mentions of the training data", () => {
  it("are told by their text, in any case of letters", () => {
    const known = mentionKeys([{ tokens: ["Wilson", "disease", "."], tags: split("B I O") }]);
    expect([...known]).toEqual(["wilson disease"]);
    const tokens = [["wilson", "Disease", "and", "gout", "or", "scurvy"]];
    const { seen, unseen } = scoreByTrainingMentions(tokens, [split("B I O B O B")], [split("B I O B B O")], known);
    expect(counts(seen.overall)).toEqual([1, 1, 1]);
    expect(counts(unseen.overall)).toEqual([2, 2, 1]);
  });

  it("part the exact match, whatever they are", () => {
    const row = fc.tuple(
      fc.constantFrom("a", "b", "c"),
      fc.constantFrom("O", "B", "I"),
      fc.constantFrom("O", "B", "I"),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.subarray(["a", "b", "c", "a b", "b c"]), (rows, known) => {
        const column = (at: 0 | 1 | 2) => [rows.map((cells) => cells[at] as string)];
        const { seen, unseen } = scoreByTrainingMentions(column(0), column(1), column(2), new Set(known));
        const all = counts(scoreEntities(column(1), column(2)).overall);
        expect(counts(seen.overall).map((count, i) => count + counts(unseen.overall)[i]!)).toEqual(all);
      }),
      { numRuns: 200 },
    );
  });
});

describe("BioBERT's labels on word pieces", () => {
  it("become those of words, a sentence a [SEP]", () => {
    const pieces = ["[CLS]", "he", "##par", "##in", "works", "[SEP]", "[CLS]", "gout", "[SEP]", "[PAD]"];
    const gold = ["[CLS]", "B", "X", "X", "O", "[SEP]", "[CLS]", "B", "[SEP]", "[PAD]"];
    const predicted = ["[CLS]", "B", "I", "X", "X", "[SEP]", "O", "[SEP]", "O", "O"];
    expect(mergePieces(pieces, [gold, predicted])).toEqual([
      {
        tokens: ["heparin", "works"],
        columns: [
          ["B", "O"],
          ["B", "O"],
        ],
      },
      { tokens: ["gout"], columns: [["B"], ["O"]] },
    ]);
    expect(entitiesOf(["X", "B-D", "[SEP]"].map(plainTag))).toEqual([{ type: "D", start: 1, end: 2 }]);
  });

  it("are refused where they cannot be", () => {
    expect(() => mergePieces(["a"], [["O", "O"]])).toThrow("1 pieces have 2 tags");
    expect(() => mergePieces(["[CLS]", "##a"], [["O", "X"]])).toThrow('piece 2, "##a", continues no word');
  });
});
