// Texts scored by their documents: the labels of a document are those of its texts together.

import { expect, it } from "vitest";
import { classificationTask } from "../../../src/tasks/index.ts";

const labels = ["growth", "immune"];
const options = {
  problem: "multi-label",
  labelSeparator: ";",
  threshold: 0.5,
  tuneThreshold: false,
  byDocument: true,
} as const;
const texts = [
  { id: "1", documentId: "d1", text: "a", labels: ["growth"] },
  { id: "2", documentId: "d1", text: "b", labels: [] },
  { id: "3", documentId: "d2", text: "c", labels: ["immune"] },
];

it("counts a label found in another sentence of the document as right", () => {
  const predictions = [{ labels: [] }, { labels: ["growth"] }, { labels: ["growth", "immune"] }];
  const { metrics, counts, selection } = classificationTask.score(texts, predictions, { labels, options });
  // Sentences: 1 of 3 predicted right, 1 of 2 gold found; documents: 2 of 3 and 2 of 2.
  expect(metrics["microF1"]).toBeCloseTo(40, 9);
  expect(metrics["documentMicroPrecision"]).toBeCloseTo(200 / 3, 9);
  expect(metrics["documentMicroRecall"]).toBe(100);
  expect(metrics["documentMicroF1"]).toBeCloseTo(80, 9);
  expect(counts["documents"]).toBe(2);
  expect(selection, "what is asked for chooses the epoch").toBe("documentMicroF1");
});

it("refuses texts without a document", () => {
  const without = [{ id: "1", text: "a", labels: [], file: "f.tsv", line: 3 }];
  expect(() => classificationTask.score(without, [{ labels: [] }], { labels, options })).toThrow(/no document_id/);
});
