// SciDocs' recommender: its features by hand, its gradient by differences, and that it learns what vectors alone do not say.

import { mkdtempSync, cpSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { readSciDocs, recommendByLearning, recommendByVectors, scoreSciDocs } from "../../src/evaluation/index.ts";
import {
  rankedPairs,
  rankingLoss,
  RECOMMENDER_FEATURES,
  Recommender,
  recommendationFeatures,
  trainRecommender,
  type RecommendedPaper,
} from "../../src/evaluation/scidocs-recommender.ts";
import { SCIDOCS_PLACES } from "../support/scidocs-vectors.ts";

const scidocs = join(import.meta.dirname, "..", "..", "examples", "data", "scidocs");
const folder = mkdtempSync(join(tmpdir(), "biobert-recommender-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const paper = (changes: Partial<RecommendedPaper>): RecommendedPaper => ({
  title: "",
  authors: [],
  references: [],
  citedBy: [],
  ...changes,
});

it("says of two papers what the benchmark's features say, and 0 of what is not known", () => {
  const papers = new Map([
    [
      "q",
      paper({
        title: "Renal fibrosis, a review",
        authors: ["1", "2"],
        references: ["c", "x"],
        citedBy: ["y"],
        year: 2010,
      }),
    ],
    [
      "c",
      paper({
        title: "Renal fibrosis in mice",
        authors: ["2", "3"],
        references: ["x"],
        citedBy: ["q", "y", "z"],
        year: 2004,
      }),
    ],
  ]);
  const vectors = new Map([
    ["q", [3, 4]],
    ["c", [4, 3]],
  ]);
  const found = recommendationFeatures(vectors, papers, "q", "c");
  const expected = [24 / 25, 1 / 3, 2 / 7, 1 / 3, 1 / 2, 0, 1, 16 / 20, 6 / 20, Math.log(4) / 10];
  expect(RECOMMENDER_FEATURES).toHaveLength(10);
  found.forEach((value, i) => expect(value, `${RECOMMENDER_FEATURES[i]}`).toBeCloseTo(expected[i]!, 12));
  expect(recommendationFeatures(vectors, papers, "c", "q").slice(5, 7), "the other way round").toEqual([1, 0]);
  expect(recommendationFeatures(new Map(), papers, "q", "unknown")).toEqual(new Array(10).fill(0));
  const old = new Map([...papers, ["old", paper({ title: "", year: 1950 })]]);
  expect(recommendationFeatures(vectors, old, "q", "old").slice(7, 9)).toEqual([1, 1]);
});

it("weighs pairs by the inverse of their place's propensity, 1 on average, and takes five a list", () => {
  const lists = [{ query: "q", shown: ["a", "b", "c", "d", "e", "f", "g", "h"], clicked: "b" }];
  const pairs = rankedPairs(lists, (_query, id) => [id.charCodeAt(0)], [0.8, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]);
  expect(pairs.map(({ worse }) => worse[0])).toEqual([..."acdef"].map((id) => id.charCodeAt(0)));
  expect(pairs[0]!.weight).toBeCloseTo(0.275 / 0.2, 12);
  expect(() => rankedPairs(lists, () => [0], [1])).toThrow(/without propensity/);
});

it("has the gradient that differences give", () => {
  // Away from 0, where a unit is neither on nor off.
  const number = fc.integer({ min: -1000, max: 999 }).map((thousandths) => (thousandths + 0.37) / 1000);
  const vector = fc.array(number, { minLength: 3, maxLength: 3 });
  const cases = fc.record({
    parameters: fc.array(number, { minLength: 20, maxLength: 20 }),
    pairs: fc.array(
      fc.record({
        better: vector,
        worse: vector,
        weight: fc.integer({ min: 5, max: 20 }).map((tenths) => tenths / 10),
      }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  });
  fc.assert(
    fc.property(cases, ({ parameters, pairs }) => {
      const values = Float64Array.from(parameters);
      const gradient = new Float64Array(values.length);
      rankingLoss(new Recommender(3, values), pairs, 1, gradient);
      const [step, lossAt] = [
        1e-6,
        (at: number, by: number): number => {
          const moved = Float64Array.from(values);
          moved[at]! += by;
          return rankingLoss(new Recommender(3, moved), pairs, 1);
        },
      ];
      for (let at = 0; at < values.length; at++) {
        const [up, here, down] = [lossAt(at, step), lossAt(at, 0), lossAt(at, -step)];
        // At a corner the two sides differ, and either is right.
        const sides = [(up - here) / step, (here - down) / step].sort((a, b) => a - b) as [number, number];
        expect(gradient[at]!).toBeGreaterThan(sides[0] - 1e-4);
        expect(gradient[at]!).toBeLessThan(sides[1] + 1e-4);
      }
    }),
    { numRuns: 60, seed: 4 },
  );
});

it("learns from clicks what vectors do not say, the same each time", async () => {
  const { recommender, recommendation, propensities } = await readSciDocs(scidocs);
  // All papers at one place: distance knows nothing.
  const blind = new Map(Object.keys(SCIDOCS_PLACES).map((id) => [id, [1, 1]]));
  expect(recommendByVectors(blind, recommendation, propensities).precisionAt1).toBeLessThan(100);
  const learnt = recommendByLearning(blind, recommender!, recommendation, propensities);
  expect(learnt.precisionAt1).toBe(100);
  expect(recommendByLearning(blind, recommender!, recommendation, propensities)).toEqual(learnt);
  expect(() => trainRecommender([])).toThrow(expect.objectContaining({ code: "input-empty" }));
});

it("ranks by distance, by another protocol and with a warning, where there are no clicks to learn from", async () => {
  cpSync(scidocs, folder, { recursive: true });
  rmSync(join(folder, "recomm", "train.csv"));
  const files = await readSciDocs(folder);
  expect(files.warnings).toEqual([expect.objectContaining({ code: "recommender-untrained" })]);
  const own = new Map(Object.entries(SCIDOCS_PLACES).map(([id, x]) => [id, [x, 1]]));
  expect(scoreSciDocs(own, files).protocol).toBe("scidocs-average-by-distance");
  expect((await readSciDocs(scidocs)).warnings).toEqual([]);
});
