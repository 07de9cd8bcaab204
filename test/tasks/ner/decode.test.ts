// From logits to labels to entities, on pieces and labels written by hand.

import { describe, expect, it } from "vitest";
import { decodeEntities, pieceLabels, readLabelScheme, readLogits } from "../../../src/tasks/ner/index.ts";
import type { Pieces } from "../../../src/tokenizer/index.ts";

/** Pieces of a text written with "|" between the pieces of a word and one space between words. */
function cut(marked: string): { text: string; pieces: Pieces } {
  const starts: number[] = [];
  const ends: number[] = [];
  const words: number[] = [];
  let text = "";
  marked.split(" ").forEach((word, index) => {
    if (index > 0) text += " ";
    for (const piece of word.split("|")) {
      starts.push(text.length);
      text += piece;
      ends.push(text.length);
      words.push(index);
    }
  });
  return {
    text,
    pieces: {
      length: starts.length,
      ids: new Int32Array(starts.length),
      starts: Int32Array.from(starts),
      ends: Int32Array.from(ends),
      words: Int32Array.from(words),
    },
  };
}

/** Decodes labels given by name, one a piece, all of probability 0.5 unless given. */
function decode(
  marked: string,
  names: string,
  options: { labels?: string[]; scores?: number[]; segments?: number[]; untyped?: string } = {},
) {
  const { text, pieces } = cut(marked);
  const scheme = readLabelScheme(options.labels ?? ["O", "B-D", "I-D", "B-G", "I-G"], options.untyped);
  const predicted = pieceLabels(pieces.length);
  predicted.labels.set(names.split(" ").map((name) => scheme.labels.indexOf(name)));
  predicted.scores.set(options.scores ?? Array.from({ length: pieces.length }, () => 0.5));
  const segments = options.segments && Int32Array.from(options.segments);
  return decodeEntities(text, pieces, predicted, scheme, segments);
}

const brief = (entities: ReturnType<typeof decode>): string[] =>
  entities.map(({ type, mention }) => `${type} ${mention}`);

describe("decodeEntities", () => {
  it("gives a word the label and score of its first piece, and an entity the mean of its words", () => {
    expect(decode("had atax|ia tel|ang and", "O B-D O I-D B-G O", { scores: [1, 0.75, 0.1, 0.25, 0.1, 1] })).toEqual([
      { type: "D", mention: "ataxia telang", start: 4, end: 17, score: 0.5 },
    ]);
  });

  it.each([
    ["B- begins beside an entity of its type", "a b c", "B-D B-D I-D", ["D a", "D b c"]],
    ["I- of another type begins", "a b c", "B-D I-G I-G", ["D a", "G b c"]],
    ["I- begins after O", "a b c", "O I-D I-D", ["D b c"]],
    ["I- begins the text", "a b", "I-D O", ["D a"]],
    ["O separates", "a b c", "B-D O I-D", ["D a", "D c"]],
    ["entities at both ends", "a b c", "B-D O B-G", ["D a", "G c"]],
    ["nothing found", "a b c", "O O O", []],
  ])("groups as the transformers pipeline does: %s", (_name, marked, names, expected) => {
    expect(brief(decode(marked, names))).toEqual(expected);
  });

  it("breaks entities between segments where there are any", () => {
    expect(brief(decode("a b", "B-D I-D", { segments: [0, 1] }))).toEqual(["D a", "D b"]);
    expect(brief(decode("a b", "B-D I-D", { segments: [0, 0] }))).toEqual(["D a b"]);
  });

  it("reads labels without a type as one type", () => {
    const labels = ["O", "B", "I"];
    expect(brief(decode("a b c d", "B I O I", { labels }))).toEqual(["Entity a b", "Entity d"]);
    expect(brief(decode("a b", "B I", { labels, untyped: "Disease" }))).toEqual(["Disease a b"]);
  });

  it("reads IOBES", () => {
    const labels = ["O", "B-D", "I-D", "E-D", "S-D"];
    expect(brief(decode("a b c d e f", "S-D B-D E-D I-D S-D O", { labels }))).toEqual(["D a", "D b c", "D d", "D e"]);
  });

  it("takes S- as part of a type's name where labels have no B-", () => {
    expect(brief(decode("a b", "S-phase S-phase", { labels: ["O", "S-phase"] }))).toEqual(["S-phase a b"]);
  });

  it("keeps hyphens inside a type's name", () => {
    expect(brief(decode("a", "B-cell-line", { labels: ["O", "B-cell-line"] }))).toEqual(["cell-line a"]);
  });

  it("keeps the combining marks of the last letter, up to the next piece", () => {
    const text = "Barre\u0301\u0327 x\u0301";
    const pieces = {
      length: 2,
      ids: new Int32Array(2),
      starts: Int32Array.of(0, 8),
      ends: Int32Array.of(5, 9),
      words: Int32Array.of(0, 1),
    };
    const predicted = pieceLabels(2);
    predicted.labels.set([1, 1]);
    const entities = decodeEntities(text, pieces, predicted, readLabelScheme(["O", "B-D"]));
    expect(entities.map(({ mention, end }) => [mention, end])).toEqual([
      ["Barre\u0301\u0327", 7],
      ["x\u0301", 10],
    ]);
  });

  it("decodes no pieces to no entities", () => {
    const none = {
      length: 0,
      ids: new Int32Array(0),
      starts: new Int32Array(0),
      ends: new Int32Array(0),
      words: new Int32Array(0),
    };
    expect(decodeEntities("", none, pieceLabels(0), readLabelScheme(["O", "B-D"]))).toEqual([]);
  });
});

describe("readLabelScheme", () => {
  it.each([
    ["no labels", []],
    ["a label twice", ["O", "B-D", "B-D"]],
  ])("refuses %s", (_name, labels) => {
    expect(() => readLabelScheme(labels)).toThrow(expect.objectContaining({ code: "label-scheme" }));
  });
});

describe("readLogits", () => {
  it("takes the highest label, the first of equals, and its softmax probability", () => {
    const into = pieceLabels(4);
    const logits = Float32Array.of(9, 9, 9, 0, Math.log(3), 0, 5, 5, 1, 1000, -1000, -Infinity);
    readLogits(logits, 3, 1, 3, into, 1);
    expect([...into.labels]).toEqual([0, 1, 0, 0]);
    expect(into.scores[1]).toBeCloseTo(0.6, 6);
    expect(into.scores[2]).toBeCloseTo(1 / (2 + Math.exp(-4)), 6);
    expect(into.scores[3]).toBe(1);
  });

  it.each([
    ["NaN first", [Number.NaN, 0, 0]],
    ["NaN last", [0, 0, Number.NaN]],
    ["infinity", [0, Infinity, 0]],
    ["nothing but -infinity", [-Infinity, -Infinity, -Infinity]],
  ])("refuses %s", (_name, row) => {
    expect(() => readLogits(Float32Array.from(row), 3, 0, 1, pieceLabels(1), 0)).toThrow(
      expect.objectContaining({ code: "model-damaged" }),
    );
  });

  it("refuses to read past the logits", () => {
    expect(() => readLogits(new Float32Array(5), 3, 0, 2, pieceLabels(2), 0)).toThrow(
      expect.objectContaining({ code: "internal" }),
    );
  });
});
