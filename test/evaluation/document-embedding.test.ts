// SciDocs' protocol on vectors whose neighbours are known.

import { expect, it } from "vitest";
import { classifyVectors, evaluateSciDocs, rankByVectors, recommendByVectors } from "../../src/evaluation/index.ts";

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
  { query: "a0", candidates: [{ id: "b1", relevance: 0 }, { id: "a5", relevance: 1 }, { id: "a9", relevance: 0 }, { id: "b0", relevance: 1 }] },
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
  expect(() => rankByVectors(vectors, [{ query: "none", candidates: [{ id: "a1", relevance: 1 }] }])).toThrow(/no vector/);
});

it("weighs clicks by their places, and gives the mean of twelve columns", () => {
  const recommendation = [
    { query: "a0", shown: ["b1", "a1"], clicked: "a1" },
    { query: "a0", shown: ["b1", "a1"], clicked: "b1" },
  ];
  expect(recommendByVectors(vectors, recommendation, [1, 0.5]).precisionAt1).toBeCloseTo(200 / 3, 9);
  expect(() => recommendByVectors(vectors, [{ query: "a0", shown: ["b1"], clicked: "a1" }])).toThrow(/not shown/);
  const { columns, average } = evaluateSciDocs(vectors, { mag: data, mesh: data, coView: rankings, coRead: rankings, cite: rankings, coCite: rankings, recommendation });
  expect(columns["mag-f1"]).toBe(100);
  expect(columns["cite-map"]).toBeCloseTo(83.333, 3);
  const values = Object.values(columns);
  expect(values).toHaveLength(12);
  expect(average).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 12, 9);
});
