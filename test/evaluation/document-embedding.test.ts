// SciDocs' protocol on vectors whose neighbours are known.

import { join } from "node:path";
import { expect, it } from "vitest";
import {
  classifyVectors,
  comparePairs,
  evaluateSciDocs,
  rankByVectors,
  readSciDocs,
  recommendByVectors,
  SCIDOCS_COSTS,
  scoreEmbeddingSet,
  scoreSciDocs,
  stratifiedFolds,
} from "../../src/evaluation/index.ts";
import { SCIDOCS_PLACES } from "../support/scidocs-vectors.ts";

/** Two groups on a line: a0 to a11 near 0, b0 to b11 near 10. */
const vectors = new Map(
  ["a", "b"].flatMap((group, g) =>
    Array.from({ length: 12 }, (_, i): [string, number[]] => [`${group}${i}`, [10 * g + i / 10, 1]]),
  ),
);
const labelled = (from: number, to: number) =>
  ["a", "b"].flatMap((label) => Array.from({ length: to - from }, (_, i) => ({ id: `${label}${from + i}`, label })));
const data = { train: labelled(0, 8), test: labelled(8, 12) };
const rankings = [
  {
    query: "a0",
    candidates: [
      { id: "b1", relevance: 0 },
      { id: "a5", relevance: 1 },
      { id: "a9", relevance: 0 },
      { id: "b0", relevance: 1 },
    ],
  },
];

it("classifies vectors that a line separates, and labels without meaning not", () => {
  expect(classifyVectors(vectors, data.train, data.test)).toMatchObject({ macroF1: 100, train: 16, test: 8 });
  const wrong = data.test.map(({ id, label }) => ({ id, label: label === "a" ? "b" : "a" }));
  expect(classifyVectors(vectors, data.train, wrong).macroF1).toBe(0);
});

it("ranks by distance: a5, a9, b0, b1", () => {
  const { map, ndcg } = rankByVectors(vectors, rankings);
  expect(map).toBeCloseTo((100 * (1 + 2 / 3)) / 2, 9);
  expect(ndcg).toBeCloseTo((100 * (1 + 1 / 2)) / (1 + 1 / Math.log2(3)), 9);
  expect(() => rankByVectors(vectors, [{ query: "none", candidates: [{ id: "a1", relevance: 1 }] }])).toThrow(
    /no vector/,
  );
});

it("correlates the cosines of pairs with people's scores", () => {
  const own = new Map(Object.entries({ a: [1, 0], b: [2, 0], c: [3, 4], d: [0, 5], zero: [0, 0] }));
  const pairs = [
    { first: "a", second: "b", score: 4 },
    { first: "a", second: "c", score: 2.2 },
    { first: "a", second: "d", score: 1 },
  ];
  const { pearson, spearman, cosines } = comparePairs(own, pairs);
  expect(cosines).toEqual([1, 0.6, 0]);
  // numpy.corrcoef([4, 2.2, 1], [1, 0.6, 0])[0, 1]
  expect(pearson).toBeCloseTo(0.9736842105, 9);
  expect(spearman).toBeCloseTo(1, 12);
  expect(comparePairs(own, [{ first: "a", second: "zero", score: 1 }])).toEqual({
    pearson: 0,
    spearman: 0,
    cosines: [0],
  });
  expect(() => comparePairs(own, [{ first: "a", second: "none", score: 1 }])).toThrow(/no vector/);
  const set = { dataset: "x", split: "test", documents: [], pairs, files: [], warnings: [] };
  expect(scoreEmbeddingSet(own, set)).toMatchObject({ protocol: "cosine-pearson", counts: { pairs: 3 } });
});

it("weighs clicks by their places, and gives the mean of twelve columns", () => {
  const recommendation = [
    { query: "a0", shown: ["b1", "a1"], clicked: "a1" },
    { query: "a0", shown: ["b1", "a1"], clicked: "b1" },
  ];
  expect(recommendByVectors(vectors, recommendation, [1, 0.5]).precisionAt1).toBeCloseTo(200 / 3, 9);
  expect(() => recommendByVectors(vectors, [{ query: "a0", shown: ["b1"], clicked: "a1" }])).toThrow(/not shown/);
  const { columns, average } = evaluateSciDocs(vectors, {
    mag: data,
    mesh: data,
    coView: rankings,
    coRead: rankings,
    cite: rankings,
    coCite: rankings,
    recommendation,
  });
  expect(columns["mag-f1"]).toBe(100);
  expect(columns["cite-map"]).toBeCloseTo(83.333, 3);
  const values = Object.values(columns);
  expect(values).toHaveLength(12);
  expect(average).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 12, 9);
});

it("spreads every class over the folds as scikit-learn's StratifiedKFold does, without shuffling", () => {
  // What StratifiedKFold(3).split gives as test folds for these labels (scikit-learn 1.9).
  expect(stratifiedFolds([..."aabbbabccb"], 3)).toEqual([0, 1, 0, 0, 1, 2, 1, 0, 2, 2]);
  expect(stratifiedFolds([..."aabbbabccbcc"], 3)).toEqual([0, 1, 0, 0, 1, 2, 1, 0, 1, 2, 2, 2]);
  expect(stratifiedFolds([..."aaaabbbbb"], 3)).toEqual([0, 0, 1, 2, 0, 1, 1, 2, 2]);
  expect([SCIDOCS_COSTS[0], SCIDOCS_COSTS.at(-1), SCIDOCS_COSTS.length]).toEqual([1e-4, 1e2, 7]);
});

it("reads SciDocs' folder and gives its twelve columns and their mean", async () => {
  const files = await readSciDocs(join(import.meta.dirname, "..", "..", "examples", "data", "scidocs"));
  expect(files.documents).toHaveLength(10);
  expect(files.recommendation[0]).toEqual({ query: "p1", clicked: "p4", shown: ["p6", "p4", "p8"] });
  const own = new Map(Object.entries(SCIDOCS_PLACES).map(([id, x]) => [id, [x, 1]]));
  const { metrics, protocol } = scoreSciDocs(own, files);
  expect(protocol).toBe("scidocs-average");
  expect(Object.keys(metrics)).toHaveLength(13);
  expect(metrics).toMatchObject({ average: 100, magF1: 100, coViewMap: 100, citeNdcg: 100, recommendationP1: 100 });
  await expect(readSciDocs(import.meta.dirname)).rejects.toMatchObject({ code: "file-not-found" });
  expect(() => scoreEmbeddingSet(own, { dataset: "x", split: "test", documents: [], files: [], warnings: [] })).toThrow(
    /neither/,
  );
});
