// CoNLL column files, well formed and not.

import { describe, expect, it } from "vitest";
import { encodeConll, parseConll } from "../../src/formats/index.ts";
import type { Warning } from "../../src/core/index.ts";

/** Runs `action` and returns what it threw, as the fields that users see. */
function failure(action: () => unknown) {
  try {
    action();
  } catch (error) {
    const { code, message, place } = error as { code: string; message: string; place: object };
    return { code, message, place };
  }
  throw new Error("nothing was thrown");
}

describe("parseConll", () => {
  it("reads tabs or spaces, first column token and last column tag, with line numbers", () => {
    const text = "-DOCSTART- -X- O O\n\nGout NN B-NP B-Disease\nflares VBZ B-VP O\n\n\nNo DT B-NP O\n";
    expect(parseConll(text).sentences).toEqual([
      { tokens: ["Gout", "flares"], tags: ["B-Disease", "O"], line: 3, document: 1 },
      { tokens: ["No"], tags: ["O"], line: 7, document: 1 },
    ]);
  });

  it("takes CRLF, a byte-order mark, runs of spaces and a file without a last line end", () => {
    const text = "\uFEFFβ-catenin\tO\r\n\r\ngout   B\r\n  mild \t I";
    expect(parseConll(text).sentences).toEqual([
      { tokens: ["β-catenin"], tags: ["O"], line: 1 },
      { tokens: ["gout", "  mild "], tags: ["B", "I"], line: 3 },
    ]);
  });

  it("keeps spaces of every kind inside a token when the line has a tab", () => {
    const [sentence] = parseConll("10\u00A0mg\tO\nNew York\tB-X\n\u00A0\tO\n").sentences;
    expect(sentence!.tokens).toEqual(["10\u00A0mg", "New York", "\u00A0"]);
  });

  it("does not take a no-break space or a line separator for a column or line end", () => {
    expect(parseConll("a\u00A0b O\nx\u2028y O\n").sentences[0]!.tokens).toEqual(["a\u00A0b", "x\u2028y"]);
  });

  it("ends a sentence at -DOCSTART- even without blank lines, so line numbers stay exact", () => {
    const { sentences } = parseConll("a O\n-DOCSTART- (123)\nb O\nc O\n");
    expect(sentences.map(({ tokens, line, document }) => [tokens, line, document])).toEqual([
      [["a"], 1, undefined],
      [["b", "c"], 3, 1],
    ]);
  });

  it("takes tokens alone where that is said, and no file in which some have tags", () => {
    const alone = parseConll("Gout\nflares\n\nNo\n", { untagged: true }).sentences;
    expect(alone).toEqual([
      { tokens: ["Gout", "flares"], tags: [], line: 1 },
      { tokens: ["No"], tags: [], line: 4 },
    ]);
    expect(parseConll("Gout\tB\n", { untagged: true }).sentences[0]!.tags).toEqual(["B"]);
    for (const text of ["a\nb O\n", "a O\nb\n"])
      expect(failure(() => parseConll(text, { untagged: true }))).toMatchObject({ place: { line: 2 } });
  });

  it.each([
    ["a O\nb\n", 2, /only one column: "b"/],
    ["a\tO\n\tO\n", 2, /token \(first column\) is empty/],
    ["a\tO\n\nb\t\n", 3, /tag \(last column\) is empty/],
    ["a O\n\u00A0\n", 2, /only one column/],
  ])("says which line of %j is wrong", (text, line, message) => {
    const error = failure(() => parseConll(text, { file: "train.tsv" }));
    expect(error).toMatchObject({ code: "input-format", place: { file: "train.tsv", line } });
    expect(error.message).toMatch(message);
  });

  it("takes spaces around a tag off: they are no part of its type", () => {
    expect(parseConll("a\tB-Disease \nb\t I-Disease\n").sentences[0]!.tags).toEqual(["B-Disease", "I-Disease"]);
    expect(failure(() => parseConll("a\t \n"))).toMatchObject({ place: { line: 1 } });
  });

  it("shortens a long line in its message", () => {
    expect(failure(() => parseConll("x".repeat(100_000))).message.length).toBeLessThan(120);
  });

  it("warns once when the number of columns changes", () => {
    const warnings: Warning[] = [];
    parseConll("a X O\nb O\nc O\n", { file: "f", warn: (warning) => warnings.push(warning) });
    expect(warnings).toMatchObject([{ code: "conll-columns", place: { file: "f", line: 2 } }]);
  });

  it("reads back what it writes", () => {
    const sentences = [
      { tokens: ["a b", "é"], tags: ["B-X", "I-X"], line: 1 },
      { tokens: ["."], tags: ["O"], line: 4 },
    ];
    expect(parseConll(encodeConll(sentences)).sentences).toEqual(sentences);
  });

  it("gives no sentence for an empty text", () => {
    expect(parseConll("").sentences).toEqual([]);
    expect(parseConll("\n \n").sentences).toEqual([]);
  });
});
