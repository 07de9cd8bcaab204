// The n-best list on logits written by hand, and answers pooled over a question's snippets.

import { describe, expect, it } from "vitest";
import {
  askedCount,
  bestAnswers,
  factoidAnswers,
  listAnswers,
  trimAnswer,
  type AnswerCandidate,
  type ScoredWindow,
} from "../../../src/tasks/index.ts";

const CONTEXT = "alpha beta gamma delta";
const STARTS = [0, 6, 11, 17];
const ENDS = [5, 10, 16, 22];

/** A window over pieces `from` to `to` of the context, behind [CLS] q [SEP]; logits of [CLS], then of the pieces. */
function windowOf(from: number, to: number, start: number[], end: number[], max?: number[]): ScoredWindow {
  const pieces = STARTS.slice(from, to);
  const logits = ([cls, ...rest]: number[]): Float32Array => Float32Array.of(cls!, -9, -9, ...rest, -9);
  return {
    input: {
      offset: 3,
      starts: Int32Array.from(pieces),
      ends: Int32Array.from(ENDS.slice(from, to)),
      continues: new Uint8Array(pieces.length),
      isMaxContext: Uint8Array.from(max ?? pieces.map(() => 1)),
    },
    startLogits: logits(start),
    endLogits: logits(end),
  };
}

const options = { nBest: 20, maxAnswerLength: 30, mayBeMissing: false, nullThreshold: 0 };

describe("best answers", () => {
  it("are the highest sums of a start and an end that follows it", () => {
    const window = windowOf(0, 4, [0, 1, 5, 0, 0], [0, 6, 1, 4, 0]);
    const { answer, nBest, nullScore } = bestAnswers([window], CONTEXT, options);
    expect(answer).toMatchObject({ text: "beta gamma", start: 6, end: 16 });
    expect(nullScore).toBeUndefined();
    expect(nBest.every(({ text, start, end }) => CONTEXT.slice(start, end) === text)).toBe(true);
    expect(nBest.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 10);
    expect(nBest.map(({ text }) => text).slice(0, 2)).toEqual(["beta gamma", "alpha"]);
    // Sums of 9 and 7: their ratio survives the softmax over all.
    expect(nBest[0]!.probability / nBest[1]!.probability).toBeCloseTo(Math.exp(2), 6);
  });

  it("are no longer than allowed, and start only where a window has most context", () => {
    const window = windowOf(0, 4, [0, 1, 5, 0, 0], [0, 1, 1, 4, 0]);
    expect(bestAnswers([window], CONTEXT, { ...options, maxAnswerLength: 1 }).answer.text).toBe("beta");
    const elsewhere = windowOf(0, 4, [0, 1, 5, 0, 0], [0, 1, 1, 4, 0], [1, 0, 1, 1]);
    expect(bestAnswers([elsewhere], CONTEXT, options).answer.text).toBe("alpha beta gamma");
  });

  it("come from all windows, one text once", () => {
    const windows = [windowOf(0, 2, [0, 3, 1], [0, 3, 1]), windowOf(1, 4, [0, 0, 0, 8], [0, 0, 0, 8])];
    const { answer, nBest } = bestAnswers(windows, CONTEXT, options);
    expect(answer.text).toBe("delta");
    expect(new Set(nBest.map(({ text }) => text)).size).toBe(nBest.length);
  });

  it("may be none where contexts without an answer are allowed, by the threshold", () => {
    // Of the windows' own [CLS] scores, 10 and 6, the least counts, as in the reference.
    const windows = [windowOf(0, 2, [5, 2, 0], [5, 2, 0]), windowOf(2, 4, [3, 0, 0], [3, 0, 0])];
    const missing = { ...options, mayBeMissing: true };
    const { answer, nullScore, nBest } = bestAnswers(windows, CONTEXT, missing);
    expect([answer.text, nullScore]).toEqual(["", 6 - 4]);
    expect(nBest.some(({ text }) => text === "")).toBe(true);
    expect(bestAnswers(windows, CONTEXT, { ...missing, nullThreshold: 2.5 }).answer.text).toBe("alpha");
  });

  it("keep the combining mark of their last letter", () => {
    const context = "cafe\u0301 au lait";
    const window = windowOf(0, 1, [0, 5], [0, 5]);
    window.input.ends[0] = 4;
    expect(bestAnswers([window], context, options).answer.text).toBe("cafe\u0301");
  });
});

const candidate = (text: string, probability: number): AnswerCandidate => ({
  text,
  start: 0,
  end: text.length,
  probability,
  logit: Math.log(probability),
});

describe("pooling", () => {
  it("adds up equal answers of several snippets, whatever their case, and drops what is none", () => {
    const lists = [
      [candidate("CFTR", 0.5), candidate("DMD", 0.4)],
      [candidate("cftr.", 0.3), candidate("DMD", 0.35), candidate("", 0.9), candidate("x".repeat(101), 0.9)],
    ];
    expect(factoidAnswers(lists)).toEqual(["CFTR", "DMD"]);
    expect(factoidAnswers([Array.from({ length: 9 }, (_, i) => candidate(`gene ${i}`, 0.1))])).toHaveLength(5);
  });

  it.each([
    [" (CFTR) ", "CFTR"],
    ["CFTR,", "CFTR"],
    ["dystrophin (DMD", "dystrophin DMD"],
    ["DMD)", "DMD"],
    ["cystic fibrosis.", "cystic fibrosis"],
    ["vitamin B.", "vitamin B"],
    ["EGFR.", "EGFR"],
    ["TP53.,", "TP53"],
    ['"alpha"', "alpha"],
    ["p53 (TP53)", "p53 (TP53)"],
    ["((BRCA1", "BRCA1"],
    ["a (b) (c", "a (b) c"],
    ["DMD) (x)", "DMD (x)"],
  ])("trims %j to %j", (text, trimmed) => {
    expect(trimAnswer(text)).toBe(trimmed);
  });

  it("makes lists of what exceeds the threshold, cut at commas and conjunctions, no longer than was asked for", () => {
    const lists = [[candidate("CFTR, DMD and TP53", 0.5), candidate("BRCA1", 0.45), candidate("HTT", 0.1)]];
    expect(listAnswers("Which genes are meant?", lists, 0.42)).toEqual(["CFTR", "DMD", "TP53", "BRCA1"]);
    expect(listAnswers("Which two genes are meant?", lists, 0.42)).toEqual(["CFTR", "DMD"]);
    expect(listAnswers("Which genes are meant?", [[candidate("HTT", 0.1)]], 0.42), "at least one").toEqual(["HTT"]);
    const four = Array.from({ length: 4 }, () => [
      candidate("EGFR", 0.2),
      candidate("KRAS.", 0.11),
      candidate("HTT", 0.1),
    ]);
    expect(listAnswers("Which genes are meant?", four, 0.42), "over all snippets").toEqual(["EGFR", "KRAS"]);
    expect(listAnswers("Which genes?", [[candidate("1,000 repeats", 0.5)]], 0.42)).toEqual(["1,000 repeats"]);
    const drugs = listAnswers("Which drugs?", [[candidate("2,4-D, N,N-dimethyltryptamine or HLA-A/B", 0.5)]], 0.42);
    expect(drugs).toEqual(["2,4-D", "N,N-dimethyltryptamine", "HLA-A/B"]);
  });

  it.each([
    ["List 3 genes of the disease", 3],
    ["Which four rare diseases are there?", 4],
    ["Which genes cause type 2 diabetes?", undefined],
    ["What does BRCA1 do?", undefined],
    ["Which one gene is it?", undefined],
  ])("hears how many are asked for in %j", (question, count) => {
    expect(askedCount(question)).toBe(count);
  });
});
