// Strict scores by character offsets.

import { describe, expect, it } from "vitest";
import { scoreSpans } from "../../src/metrics/index.ts";

const span = (type: string, start: number, end: number) => ({ type, start, end });

describe("scoreSpans", () => {
  it("counts an entity as right only when both offsets and the type are", () => {
    const gold = [
      { id: "1", entities: [span("D", 0, 4), span("D", 10, 14), span("C", 20, 22)] },
      { id: "2", entities: [span("D", 0, 4)] },
    ];
    const predicted = [
      { id: "2", entities: [span("D", 0, 4)] },
      { id: "1", entities: [span("D", 0, 4), span("D", 10, 15), span("D", 20, 22)] },
    ];
    const { overall, byType } = scoreSpans(gold, predicted);
    expect(overall).toEqual({ precision: 50, recall: 50, f1: 50, goldCount: 4, predictedCount: 4, correctCount: 2 });
    expect(byType["C"]).toMatchObject({ goldCount: 1, predictedCount: 0, correctCount: 0, precision: 0 });
    expect(byType["D"]!.recall).toBeCloseTo(200 / 3, 10);
  });

  it("counts a repeated entity once and a document without prediction as missed", () => {
    const gold = [
      { id: "1", entities: [span("D", 0, 4), span("D", 0, 4)] },
      { id: "2", entities: [span("D", 5, 6)] },
    ];
    const { overall } = scoreSpans(gold, [{ id: "1", entities: [span("D", 0, 4), span("D", 0, 4)] }]);
    expect(overall).toMatchObject({ goldCount: 2, predictedCount: 1, correctCount: 1, precision: 100, recall: 50 });
  });

  it("refuses unknown and repeated documents", () => {
    const one = { id: "1", entities: [] };
    expect(() => scoreSpans([one], [{ id: "x", entities: [] }])).toThrow('document "x" is not in the gold');
    expect(() => scoreSpans([one, one], [])).toThrow('document "1" is twice in the gold');
    expect(() => scoreSpans([one], [one, one])).toThrow("twice in the predictions");
  });
});
