import { describe, expect, it } from "vitest";
import { resultRecordSchema } from "../../src/evaluation/index.ts";

const scores = { precision: 80, recall: 90, f1: 84.7, goldCount: 10, predictedCount: 11, correctCount: 9 };

const record = {
  formatVersion: 1,
  biobertVersion: "0.1.0",
  protocol: "ner-exact-entity",
  unit: "percent",
  metrics: { precision: 80, recall: 90, f1: 84.7, tokenAccuracy: 99.1 },
  metricsByType: { Disease: scores, "": scores },
  dataset: { id: "ours", split: "test", sha256: "0".repeat(64), counts: { sentences: 3 } },
  model: { name: "m", variant: "model.safetensors", sha256: "f".repeat(64), precision: "fp32", parameters: 5 },
  seeds: [1],
  command: "biobert evaluate ner",
  machine: { cpu: "a CPU", cores: 2, os: "Linux 6", node: "v20.19.0", onnxruntime: "1.30.0" },
  createdAt: "2024-05-06T07:08:09.123Z",
  durationSeconds: 1.5,
};

describe("resultRecordSchema", () => {
  it("takes a whole record and gives it back as it is, through JSON", () => {
    expect(resultRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(resultRecordSchema.parse({ ...record, commit: "a".repeat(40) }).commit).toBe("a".repeat(40));
  });

  it.each([
    ["another version", { formatVersion: 2 }],
    ["a field it does not know", { metric: 1 }],
    ["a fraction for a percentage's unit", { unit: "fraction" }],
    ["a value above 100 percent", { metrics: { f1: 100.1 } }],
    ["a value that is no number", { metrics: { f1: Number.NaN } }],
    ["a short hash", { dataset: { ...record.dataset, sha256: "abc" } }],
    ["a count that is no whole number", { dataset: { ...record.dataset, counts: { sentences: 1.5 } } }],
    ["an unknown precision", { model: { ...record.model, precision: "bf16" } }],
    ["a time without a zone", { createdAt: "2024-05-06T07:08:09" }],
    ["a missing machine", { machine: undefined }],
  ])("refuses %s", (_what, change) => {
    expect(resultRecordSchema.safeParse({ ...record, ...change }).success).toBe(false);
  });
});
