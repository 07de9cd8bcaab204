// The n-best lists of transformers 4's SQuAD script on sixty made-up contexts (reference/qa_nbest.py): texts, order, probabilities, the
// answer chosen and the score of "no answer"; and its choice of the window in which a piece has most context.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bestAnswers, maxContextWindows, type NBestOptions } from "../../../src/tasks/index.ts";

interface Case {
  context: string;
  pieces: number;
  spans: [number, number][];
  options: NBestOptions;
  windows: (Record<"starts" | "ends" | "continues" | "isMaxContext" | "startLogits" | "endLogits", number[]> & {
    offset: number;
    from: number;
  })[];
  answer: string;
  nBest: [text: string, probability: number, logit: number][];
  nullScore?: number;
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "..", "golden", "qa-nbest.json"), "utf8"),
) as Case[];

describe("n-best lists", () => {
  it("are those of transformers 4, in the same order", () => {
    expect(cases.length).toBeGreaterThan(50);
    expect(cases.filter(({ answer }) => answer === "").length, "some contexts have no answer").toBeGreaterThan(3);
    for (const { context, options, windows, answer, nBest, nullScore } of cases) {
      const found = bestAnswers(
        windows.map((window) => ({
          input: {
            offset: window.offset,
            starts: Int32Array.from(window.starts),
            ends: Int32Array.from(window.ends),
            continues: Uint8Array.from(window.continues),
            isMaxContext: Uint8Array.from(window.isMaxContext),
          },
          startLogits: Float32Array.from(window.startLogits),
          endLogits: Float32Array.from(window.endLogits),
        })),
        context,
        options,
      );
      expect(found.nBest.map(({ text, logit }) => [text, logit])).toEqual(
        nBest.map(([text, , logit]) => [text, logit]),
      );
      found.nBest.forEach(({ probability }, i) => expect(probability).toBeCloseTo(nBest[i]![1], 10));
      expect(found.answer.text).toBe(answer);
      expect(found.nullScore).toBe(nullScore);
      for (const { text, start, end } of found.nBest) expect(context.slice(start, end)).toBe(text);
    }
  });

  it("take each piece from the window with most context around it", () => {
    for (const { pieces, spans, windows } of cases) {
      const best = maxContextWindows(
        spans.map(([from, to]) => ({ from, to })),
        pieces,
      );
      windows.forEach(({ from, isMaxContext }, window) =>
        isMaxContext.forEach((flag, i) => expect(best[from + i] === window).toBe(flag === 1)),
      );
    }
  });
});
