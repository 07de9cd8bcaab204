// JSON lines of documents, and lines in general.

import { describe, expect, it } from "vitest";
import { linesOf, parseJsonLines } from "../../src/formats/index.ts";

describe("parseJsonLines", () => {
  it("gives documents with their line numbers and passes over blank lines", () => {
    const text = '\uFEFF{"id":"a","text":"x\\ny","more":1}\r\n\r\n  \n{"text":"","id":7}';
    expect([...parseJsonLines(text)]).toEqual([
      { line: 1, document: { id: "a", text: "x\ny" } },
      { line: 4, document: { id: "7", text: "" } },
    ]);
  });

  it.each([
    ["{oops", "not JSON"],
    ['["a"]', "not a JSON object"],
    ["null", "not a JSON object"],
    ['{"text":"x"}', '"id" is missing'],
    ['{"id":"","text":"x"}', '"id" is neither'],
    ['{"id":true,"text":"x"}', '"id" is neither'],
    ['{"id":"1"}', '"text" is missing'],
    ['{"id":"1","text":null}', '"text" is not a string'],
  ])("gives an error value for %s and goes on", (bad, message) => {
    const items = [...parseJsonLines(`{"id":1,"text":"a"}\n${bad}\n{"id":2,"text":"b"}\n`, { file: "f" })];
    expect(items).toMatchObject([
      { line: 1, document: { id: "1" } },
      {
        line: 2,
        error: { code: "input-format", message: expect.stringContaining(message), place: { file: "f", line: 2 } },
      },
      { line: 3, document: { id: "2" } },
    ]);
  });

  it("keeps the message for a long bad line short", () => {
    const [item] = parseJsonLines(`{"id":1,${"x".repeat(100_000)}`);
    expect(item).toMatchObject({ error: { message: expect.stringMatching(/^.{1,200}$/) } });
  });
});

it("linesOf ends lines at \\n and \\r\\n only, and gives no line after the last end", () => {
  expect([...linesOf("a\r\n\nb\u2028c\rd\n")]).toEqual([
    { text: "a", line: 1 },
    { text: "", line: 2 },
    { text: "b\u2028c\rd", line: 3 },
  ]);
  expect([...linesOf("a\r")]).toEqual([{ text: "a", line: 1 }]);
  expect([...linesOf("\uFEFF")]).toEqual([]);
});
