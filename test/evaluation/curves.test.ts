// The curves of a record: what the events of a run say, thinned without losing the level, and read back as they were written.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { curvesOf, curvesSchema, meanCurves, readResultRecord, recordJson } from "../../src/evaluation/index.ts";
import type { TrainingEvent } from "../../src/training/index.ts";

const step = (number: number, loss: number): TrainingEvent => ({
  type: "step",
  step: number,
  epoch: 1,
  loss,
  learningRate: 1e-3,
  gradientNorm: 1,
  tokens: 10,
  seconds: 0.1,
});
const evaluation = (number: number, f1: number, more: object = {}): TrainingEvent => ({
  type: "evaluation",
  step: number,
  epoch: 1,
  metrics: { f1, precision: 50 },
  best: false,
  ...more,
});

describe("curvesOf", () => {
  it("keeps a short run as it is, and of a long one the means of 60 stretches of steps", () => {
    expect(curvesOf([step(1, 0.987654), step(2, 0.5)])).toEqual({ loss: [[1, 0.9877], [2, 0.5]] });
    const long = curvesOf(Array.from({ length: 600 }, (_, i) => step(i + 1, i < 300 ? 2 : 1)))!.loss!;
    expect(long).toHaveLength(60);
    // Steps 1 to 10 have their middle at 5.5.
    expect(long[0]).toEqual([6, 2]);
    expect(long.map(([, y]) => y)).toEqual([...Array(30).fill(2), ...Array(30).fill(1)]);
  });

  it("has the metric of the choice on dev with its unit, F1 in percent where none is said", () => {
    expect(curvesOf([evaluation(10, 70), evaluation(20, 75.4321)])).toEqual({
      dev: { metric: "f1", unit: "percent", points: [[10, 70], [20, 75.43]] },
    });
    const chosen = { selectedBy: "pearson", metrics: { pearson: 0.81234 }, units: { pearson: "correlation" } };
    expect(curvesOf([evaluation(10, 0, chosen)])!.dev).toEqual({
      metric: "pearson",
      unit: "correlation",
      points: [[10, 0.8123]],
    });
  });

  it("counts what was told twice once, as it was told last, and leaves out what is no number", () => {
    const events = [step(1, 3), step(2, 3), step(2, 1), step(1, 2), step(3, Number.NaN), evaluation(2, 5), evaluation(2, 6)];
    expect(curvesOf(events)).toEqual({
      loss: [[1, 2], [2, 1]],
      dev: { metric: "f1", unit: "percent", points: [[2, 6]] },
    });
    expect(curvesOf([{ type: "warning", code: "w", message: "m" }])).toBeUndefined();
    expect(curvesOf([step(1, Number.POSITIVE_INFINITY)])).toBeUndefined();
  });

  it("stays within the lowest and the highest loss, keeps the order of steps, and fits its schema", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 700 }), (losses) => {
        const curves = curvesOf(losses.map((loss, i) => step(i + 1, loss)))!;
        expect(curvesSchema.safeParse(JSON.parse(JSON.stringify(curves))).success).toBe(true);
        const loss = curves.loss!;
        expect(loss.length).toBe(Math.min(60, losses.length));
        const [low, high] = [Math.min(...losses), Math.max(...losses)];
        for (const [, y] of loss) {
          expect(y).toBeGreaterThanOrEqual(low * 0.999);
          expect(y).toBeLessThanOrEqual(high * 1.001);
        }
        for (let i = 1; i < loss.length; i++) expect(loss[i]![0]).toBeGreaterThan(loss[i - 1]![0]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("meanCurves", () => {
  const of = (...values: number[]) => curvesOf(values.map((value, i) => step(i + 1, value)))!;

  it("is the mean of folds, as far as all of them go", () => {
    expect(meanCurves([of(1, 2, 3), of(3, 4)])).toEqual({ loss: [[1, 2], [2, 3]] });
  });

  it("is of nothing where a fold has none, and of what all have", () => {
    expect(meanCurves([])).toBeUndefined();
    expect(meanCurves([of(1), undefined])).toBeUndefined();
    expect(meanCurves([of(1), curvesOf([step(1, 3), evaluation(1, 50)])])).toEqual({ loss: [[1, 2]] });
    const other = curvesOf([evaluation(1, 0, { selectedBy: "precision" })]);
    expect(meanCurves([curvesOf([evaluation(1, 50)]), other])).toBeUndefined();
  });
});

describe("recordJson", () => {
  it("reads back the same, with each list of numbers on one line", () => {
    const curves = curvesOf([step(1, 0.5), step(2, 0.25), evaluation(2, 70)])!;
    const record = {
      formatVersion: 2,
      biobertVersion: "0.1.0",
      task: "ner",
      protocol: "ner-exact-entity",
      metrics: { f1: 84.7 },
      units: { f1: "percent" },
      metricsByType: {},
      dataset: { id: "ours", split: "test", sha256: "0".repeat(64), counts: { sentences: 3 } },
      model: { name: "m", variant: "model.safetensors", sha256: "f".repeat(64), precision: "fp32", parameters: 5 },
      seeds: [1, 2],
      command: 'biobert reproduce "[\n 1,\n 2\n]"',
      machine: { cpu: "a CPU", cores: 2, os: "Linux 6", node: "v20.19.0", onnxruntime: "1.30.0" },
      createdAt: "2024-05-06T07:08:09.123Z",
      durationSeconds: 1.5,
      runs: [{ seed: 1, metrics: { f1: 84.7 }, curves }],
      differs: [],
    };
    const text = recordJson(record);
    expect(readResultRecord(JSON.parse(text))).toEqual(record);
    expect(text).toContain('  "seeds": [1, 2],\n');
    expect(text).toContain('"loss": [[1, 0.5], [2, 0.25]],\n');
    expect(text.endsWith("}\n")).toBe(true);
  });

  it("refuses curves that are none", () => {
    for (const loss of [[], [[1]], [[1, 2, 3]], [[1.5, 2]], [[-1, 2]], [[1, "2"]], Array(401).fill([1, 1])])
      expect(curvesSchema.safeParse({ loss }).success).toBe(false);
    expect(curvesSchema.safeParse({ losses: [[1, 1]] }).success).toBe(false);
  });
});
