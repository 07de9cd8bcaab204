// Entity scores against conlleval and seqeval, and the tally of errors.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ERROR_KINDS, type PrecisionRecallF1, entitiesOf, scoreEntities } from "../../src/metrics/index.ts";

interface Case {
  scheme: "IOB2" | "IOBES";
  gold: string[];
  predicted: string[];
  entities: [string, number, number][][];
  conlleval: { counts: number[]; overall: number[]; byType: Record<string, number[]>; accuracy: number };
  seqeval?: number[];
  strict?: number[];
}

/** Random tag sequences with the numbers of conlleval and seqeval, made by reference/metrics_golden.py. */
const cases = readFileSync(new URL("golden/tag-sequences.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

const split = (tags: string) => tags.split(" ");
const report = (item: Case) => scoreEntities(item.gold.map(split), item.predicted.map(split));
const triple = ({ precision, recall, f1 }: PrecisionRecallF1) => [precision, recall, f1].map(rounded);
const rounded = (value: number) => Math.round(value * 1e6) / 1e6;

describe("against the reference tools", () => {
  it("has valid and invalid, typed and untyped cases of both schemes", () => {
    expect(cases.length).toBe(320);
    expect(cases.filter(({ seqeval }) => seqeval === undefined).length).toBe(160);
    expect(cases.filter(({ strict, seqeval }) => seqeval && String(strict) !== String(seqeval)).length).toBeGreaterThan(
      40,
    );
  });

  it("gives conlleval's counts and numbers, overall, by type and by token", () => {
    for (const item of cases) {
      const { overall, byType, tokenAccuracy } = report(item);
      expect([overall.goldCount, overall.predictedCount, overall.correctCount]).toEqual(item.conlleval.counts);
      expect(triple(overall)).toEqual(item.conlleval.overall.map(rounded));
      const types = Object.entries(byType).map(([type, scores]) => [type, triple(scores)]);
      expect(types).toEqual(Object.entries(item.conlleval.byType).map(([type, scores]) => [type, scores.map(rounded)]));
      expect(rounded(tokenAccuracy)).toBe(rounded(item.conlleval.accuracy));
    }
  });

  it("finds the entities of seqeval's default mode, which calls untyped ones `_`", () => {
    for (const item of cases) {
      const found = item.predicted.map((tags) =>
        entitiesOf(split(tags)).map(({ type, start, end }) => [type || "_", start, end]),
      );
      expect(found).toEqual(item.entities);
    }
  });

  it("gives the numbers of seqeval's default mode", () => {
    const typed = cases.filter(({ seqeval }) => seqeval !== undefined);
    for (const item of typed) expect(triple(report(item).overall)).toEqual(item.seqeval!.map(rounded));
  });

  it("gives those of seqeval's strict mode where all tags follow the scheme, and others where it drops what does not", () => {
    const gold = [["B-X", "I-X", "O"]];
    // The figures of seqeval 1.2.2, mode="strict", scheme=IOB2: [0, 0, 0]; default mode: [100, 100, 100].
    expect(triple(scoreEntities(gold, [["I-X", "I-X", "O"]]).overall)).toEqual([100, 100, 100]);
    const valid = cases.filter(
      ({ gold, predicted, strict }) => strict && [...gold, ...predicted].every((tags) => isValid(split(tags))),
    );
    expect(valid.length).toBeGreaterThanOrEqual(40);
    for (const item of valid) expect(triple(report(item).overall)).toEqual(item.strict!.map(rounded));
  });
});

/** IOB2: every I follows a B or I of its type. */
function isValid(tags: string[]): boolean {
  return tags.every(
    (tag, i) => /^[BO]/.test(tag) || (tag.startsWith("I-") && i > 0 && tags[i - 1]!.slice(1) === tag.slice(1)),
  );
}

describe("entitiesOf", () => {
  const read = (tags: string) => entitiesOf(split(tags)).map(({ type, start, end }) => `${type}[${start},${end})`);
  it.each([
    ["O O", []],
    ["B-X I-X O B-X", ["X[0,2)", "X[3,4)"]],
    ["I-X I-X B-X I-X", ["X[0,2)", "X[2,4)"]], // IOB1: B only where two touch
    ["B-X I-Y I-Y", ["X[0,1)", "Y[1,3)"]], // a change of type begins another
    ["B I O B B", ["[0,2)", "[3,4)", "[4,5)"]], // no types
    ["S-X B-X I-X E-X S-Y", ["X[0,1)", "X[1,4)", "Y[4,5)"]],
    ["E-X E-X I-X", ["X[0,1)", "X[1,2)", "X[2,3)"]], // broken IOBES still has a reading
    ["B-X E-X B-X I-X", ["X[0,2)", "X[2,4)"]],
    ["B-a-b I-a-b", ["a-b[0,2)"]], // only the first hyphen separates
    ["B_X I_X", []], // no hyphen: not a B to conlleval (to seqeval it is)
  ])("reads %s as %j", (tags, expected) => {
    expect(read(tags)).toEqual(expected);
  });

  it("reads nothing in no tags", () => {
    expect(entitiesOf([])).toEqual([]);
  });
});

describe("the error tally", () => {
  it("names each kind of error, with the commonest mentions", () => {
    const sentences: [string, string, string][] = [
      // tokens, gold, predicted
      ["severe gout attack .", "O B-D O O", "B-D I-D O O"], // too long
      ["severe gout attack .", "O B-D O O", "B-D I-D O O"],
      ["type 2 diabetes .", "B-D I-D I-D O", "O O B-D O"], // too short
      ["left lung cancer pain", "B-D I-D I-D O", "O B-D I-D I-D"], // shifted
      ["lithium helps", "B-C O", "B-D O"], // wrong type
      ["lithium salts help", "B-C I-C O", "B-D O O"], // wrong type and boundary
      ["no flu here", "O B-D O", "O O O"], // missed
      ["no cat here", "O O O", "O B-D O"], // spurious
      ["plain gout", "O B-D", "O B-D"], // correct
    ];
    const [tokens, gold, predicted] = [0, 1, 2].map((column) => sentences.map((row) => split(row[column]!))) as [
      string[][],
      string[][],
      string[][],
    ];
    const { errors } = scoreEntities(gold, predicted, { tokens });
    expect(errors).toMatchObject({
      correct: 1,
      tooLong: 2,
      tooShort: 1,
      shifted: 1,
      wrongType: 1,
      wrongTypeAndBoundary: 1,
      missed: 1,
      spurious: 1,
    });
    expect(
      errors.examples.map(({ kind, gold: was, predicted: got, count, sentence }) => [kind, was, got, count, sentence]),
    ).toEqual([
      ["tooLong", "gout", "severe gout", 2, 0],
      ["tooShort", "type 2 diabetes", "diabetes", 1, 2],
      ["shifted", "left lung cancer", "lung cancer pain", 1, 3],
      ["wrongType", "lithium", "lithium", 1, 4],
      ["wrongTypeAndBoundary", "lithium salts", "lithium", 1, 5],
      ["missed", "flu", undefined, 1, 6],
      ["spurious", undefined, "cat", 1, 7],
    ]);
  });

  it("pairs a gold entity with the prediction that overlaps it most, and counts the other as spurious", () => {
    const { errors } = scoreEntities([["B-D", "I-D", "I-D", "I-D"]], [["B-D", "B-D", "I-D", "I-D"]]);
    expect(errors).toMatchObject({ correct: 0, tooShort: 1, spurious: 1, missed: 0 });
  });

  it("keeps as many examples of a kind as it is told to, the commonest first", () => {
    const tokens = ["a", "b", "c", "b", "c", "c"].map((token) => [token]);
    const gold = tokens.map(() => ["B"]);
    const { errors } = scoreEntities(
      gold,
      tokens.map(() => ["O"]),
      { tokens, examples: 2 },
    );
    expect(errors.examples.map((example) => [example.gold, example.count])).toEqual([
      ["c", 3],
      ["b", 2],
    ]);
  });

  it("counts every entity once, and agrees with the scores", () => {
    const tag = fc.constantFrom("O", "B-X", "I-X", "B-Y", "I-Y", "E-X", "S-Y");
    fc.assert(
      fc.property(fc.array(fc.tuple(tag, tag), { maxLength: 12 }), (pairs) => {
        const gold = pairs.map(([left]) => left);
        const predicted = pairs.map(([, right]) => right);
        const { overall, errors } = scoreEntities([gold], [predicted]);
        const sum = ERROR_KINDS.reduce((total, kind) => total + errors[kind], errors.correct);
        expect(errors.correct).toBe(overall.correctCount);
        expect(sum - errors.spurious).toBe(overall.goldCount);
        expect(sum - errors.missed).toBe(overall.predictedCount);
        const swapped = scoreEntities([predicted], [gold]).overall;
        expect([swapped.precision, swapped.recall]).toEqual([overall.recall, overall.precision]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("scoreEntities", () => {
  it("scores an empty corpus and one without entities as conlleval does", () => {
    expect(scoreEntities([], [])).toMatchObject({
      overall: { f1: 0, goldCount: 0 },
      byType: {},
      tokenAccuracy: 0,
      tokenCount: 0,
    });
    expect(scoreEntities([["O", "O"]], [["O", "O"]])).toMatchObject({
      overall: { precision: 0, recall: 0, f1: 0 },
      tokenAccuracy: 100,
    });
  });

  it("refuses sides of different size", () => {
    expect(() => scoreEntities([["O"]], [])).toThrow("gold has 1 sentences, the predictions have 0");
    expect(() => scoreEntities([["O"], ["O"]], [["O"], ["O", "O"]])).toThrow(
      "gold has 1 tags in sentence 2, the predictions have 2",
    );
  });

  it("is not confused by a type that is a property of every object", () => {
    const { byType } = scoreEntities([["B-__proto__", "B-constructor"]], [["B-__proto__", "O"]]);
    expect(Object.entries(byType).map(([type, { recall }]) => [type, recall])).toEqual([
      ["__proto__", 100],
      ["constructor", 0],
    ]);
  });
});

describe("the types that are taken for each other", () => {
  it("are counted with what is missed and spurious, and not at all where there is one type", () => {
    const gold = [["B-A", "I-A", "O", "B-B", "O", "B-A"]];
    const predicted = [["B-A", "O", "O", "B-A", "B-B", "O"]];
    expect(scoreEntities(gold, predicted).typeConfusion).toEqual({
      labels: ["A", "B", "(none)"],
      counts: [
        [1, 0, 1],
        [1, 0, 0],
        [0, 1, 0],
      ],
    });
    expect(scoreEntities([["B-A"]], [["O"]])).not.toHaveProperty("typeConfusion");
  });
});
