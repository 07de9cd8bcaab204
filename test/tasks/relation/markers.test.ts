// What is read of a relation's text that is too long: the two entities are in it wherever they stand.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkOptions,
  encodeRelation,
  hiddenPair,
  markersOf,
  relationTask,
  type RelationOptions,
} from "../../../src/tasks/index.ts";
import { Vocabulary, WordPieceTokenizer } from "../../../src/tokenizer/index.ts";

const PIECES = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "a",
  "b",
  "@",
  "$",
  "gene",
  "drug",
  "[",
  "]",
  "1",
  "2",
  "/",
];
const vocabulary = new Vocabulary(PIECES);
const tokenizer = new WordPieceTokenizer(vocabulary, { lowerCase: true });
const textOf = (ids: ArrayLike<number>): string => Array.from(ids, (id) => vocabulary.pieces[id]!).join(" ");
const filler = (count: number, word = "a"): string => Array.from({ length: count }, () => word).join(" ");
const read = (text: string, maxLength: number, cut: "pair" | "end" = "pair") => {
  const { ids, cut: isCut } = encodeRelation(tokenizer, text, maxLength, cut);
  return { text: textOf(ids), length: ids.length, isCut };
};

describe("markers", () => {
  it("are hidden entities in order, or mentions in brackets by their number", () => {
    const text = "@GENE$ binds @DRUG$";
    expect(markersOf(text).map(({ side, name, start, end }) => [side, name, text.slice(start, end)])).toEqual([
      [0, "GENE", "@GENE$"],
      [1, "DRUG", "@DRUG$"],
    ]);
    const marked = "[2] b [/2] and [1] a [/1] and [2] c [/2]";
    expect(markersOf(marked).map(({ side, start, end }) => [side, marked.slice(start, end)])).toEqual([
      [1, "[2] b [/2]"],
      [0, "[1] a [/1]"],
      [1, "[2] c [/2]"],
    ]);
    expect(hiddenPair(text)).toEqual(["DRUG", "GENE"]);
    expect([hiddenPair("@GENE$ alone"), hiddenPair(marked), hiddenPair("@A$ @B$ @C$")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("a text that is too long", () => {
  it("is read around its pair, and at its start where that is asked for", () => {
    const text = `${filler(30)} @gene$ b @drug$ ${filler(30)}`;
    const around = read(text, 21);
    expect(around).toMatchObject({ length: 21, isCut: true });
    expect(around.text).toBe(`[CLS] ${filler(6)} @ gene $ b @ drug $ ${filler(6)} [SEP]`);
    expect(read(text, 21, "end").text).toBe(`[CLS] ${filler(19)} [SEP]`);
    expect(read("@gene$ b @drug$", 21)).toMatchObject({ isCut: false, length: 9 });
    expect(read(filler(30), 12).text, "no pair to keep").toBe(`[CLS] ${filler(10)} [SEP]`);
  });

  it("keeps the text around each where the two are far apart", () => {
    const { text, length } = read(`${filler(9)} @gene$ ${filler(40, "b")} @drug$ ${filler(9)}`, 22);
    expect(length).toBe(22);
    expect(text).toBe(`[CLS] ${filler(3)} @ gene $ ${filler(4, "b")} ${filler(3, "b")} @ drug $ ${filler(4)} [SEP]`);
  });

  it("keeps the nearest mentions of two marked concepts", () => {
    const { text } = read(`[1] a [/1] ${filler(40)} [2] b [/2] ${filler(40)} [1] a [/1] b [2] b [/2]`, 22);
    expect(text).toContain("[ 1 ] a [ / 1 ] b [ 2 ] b [ / 2 ]");
  });

  it("always holds both entities, in order and no more pieces than fit", () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.nat(60),
        fc.nat(60),
        fc.integer({ min: 10, max: 40 }),
        (before, between, after, room) => {
          const { text, length } = read(`${filler(before)} @gene$ ${filler(between)} @drug$ ${filler(after)}`, room);
          expect(length).toBeLessThanOrEqual(room);
          expect(text.indexOf("@ gene $")).toBeGreaterThan(0);
          expect(text.indexOf("@ drug $")).toBeGreaterThan(text.indexOf("@ gene $"));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("what a model of relations keeps", () => {
  const optionsOf = (given: Record<string, unknown> = {}): RelationOptions => checkOptions(relationTask.options, given);
  const example = (text: string) => ({ id: text, text, labels: ["1"] as const });

  it("are the pairs of markers in its training data, unless they were said", () => {
    const examples = ["@GENE$ and @DISEASE$", "@DISEASE$ and @GENE$", "@GENE$ and @GENE$", "@CHEM-GENE$"].map(example);
    expect(relationTask.settle!(examples, optionsOf()).pairs).toEqual(["DISEASE,GENE", "GENE,GENE"]);
    expect(relationTask.settle!(examples, optionsOf({ pairs: ["A,B"] })).pairs).toEqual(["A,B"]);
    expect(relationTask.settle!([example("[1] a [/1] [2] b [/2]")], optionsOf()).pairs).toBeUndefined();
    expect(() => optionsOf({ pairs: ["A"] })).toThrow(/--pairs/);
  });
});

describe("scores of relations", () => {
  const optionsOf = (given: Record<string, unknown> = {}): RelationOptions => checkOptions(relationTask.options, given);
  const labels = ["Bind", "Cause", "None"];
  const example = (id: string, document: string, first: string, second: string, label: string) => ({
    id,
    text: id,
    documentId: document,
    first,
    second,
    labels: [label] as const,
  });
  const examples = [
    example("1", "d", "A", "B", "Bind"),
    example("2", "d", "A", "C", "Cause"),
    example("3", "e", "A", "B", "None"),
    example("4", "e", "B", "C", "Cause"),
  ];
  const predictions = ["Bind", "Bind", "Cause", "Cause"].map((label) => ({ labels: [label] }));

  it("count gold that no example stands for as missed, beside", () => {
    const { metrics, counts } = relationTask.score(examples, predictions, {
      labels,
      options: optionsOf({ missedGold: ["Cause=2"] }),
    });
    expect(metrics).toMatchObject({ precision: 50, recall: expect.closeTo(200 / 3, 9), recallWithMissedGold: 40 });
    expect(metrics["f1WithMissedGold"]).toBeCloseTo((2 * 50 * 40) / 90, 9);
    expect(counts).toMatchObject({ relations: 3, missedRelations: 2 });
    expect(() =>
      relationTask.score(examples, predictions, { labels, options: optionsOf({ missedGold: ["X=1"] }) }),
    ).toThrow(/X is not a class/);
  });

  it("are those of (pair, class) in documents, as BioRED's, and of pairs alone", () => {
    const options = optionsOf({ byDocument: true, missedGold: ["Bind=1"] });
    const { metrics, counts } = relationTask.score(examples, predictions, { labels, options });
    // Gold: A-B Bind, A-C Cause, B-C Cause and one that has no example; predicted: A-B Bind, A-C Bind, A-B Cause (e), B-C Cause.
    expect(metrics).toMatchObject({ documentPrecision: 50, documentRecall: 50, documentF1: 50 });
    expect(metrics["documentPairF1"]).toBeCloseTo(75, 9);
    expect(counts).toMatchObject({ documents: 2, documentRelations: 4 });
    const bare = [{ id: "1", text: "x", labels: ["Bind"] as const, file: "f.tsv", line: 2 }];
    expect(() => relationTask.score(bare, predictions.slice(0, 1), { labels, options })).toThrow(
      /does not say its document/,
    );
  });
});
