// Where a text stops being JSON, told by the grammar alone, so that every version of JavaScript gives the same place.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readJson } from "../../src/data/index.ts";
import { jsonFaultPlace, parseJson, parsePubMedQa } from "../../src/formats/index.ts";
import { temporaryFolder } from "../support/tiny-model.ts";

describe("the place of a fault", () => {
  it.each([
    ['{"a": 1,\n "b": }', 2, 7],
    ['{"questions": [\n}', 2, 1],
    ["[1, 2\n3]", 2, 1],
    ['{"a": "x\ny"}', 1, 9],
    ['{"a": "\\q"}', 1, 8],
    ["{a: 1}", 1, 2],
    ['{"a" 1}', 1, 6],
    ['{"a": 1,}', 1, 9],
    ["[1,]", 1, 4],
    ["[01]", 1, 3],
    ["[1] [2]", 1, 5],
    ['{"a": [1, 2', 1, 12],
    ["\ufeff{", 1, 2],
    ["", 1, 1],
    ["nul", 1, 1],
    ['{"a": "', 1, 8],
  ])("of %j is line %i, column %i", (text, line, column) => {
    expect(() => JSON.parse(text.replace("\ufeff", ""))).toThrow(SyntaxError);
    expect(jsonFaultPlace(text)).toEqual({ line, column });
  });

  it("is none in JSON, of whatever depth and size", () => {
    const values = [
      null,
      [],
      {},
      [[], [{}], -1.5e-7, 0, '\u2028 \\ " \n \u0001 \ud800'],
      { a: { b: [true, false, null] }, "": "" },
      "x".repeat(1_000_000),
      Array.from({ length: 1000 }, () => '\\"'.repeat(1000)),
    ];
    for (const value of values) {
      for (const text of [JSON.stringify(value), JSON.stringify(value, undefined, 2)])
        expect(jsonFaultPlace(text)).toBeUndefined();
    }
    expect(jsonFaultPlace(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)).toBeUndefined();
  });

  it("is where the parser fails, wherever a text is cut or a character is changed", () => {
    const text = JSON.stringify({ id: "q\n1", list: [1, -2.5, { deep: [null, true] }], text: 'a "b"' }, undefined, 1);
    const isJson = (candidate: string): boolean => {
      try {
        JSON.parse(candidate);
        return true;
      } catch {
        return false;
      }
    };
    for (let at = 0; at < text.length; at++) {
      for (const changed of [text.slice(0, at), ...'"{}[],:x0\\ '].map((each, i) =>
        i === 0 ? each : `${text.slice(0, at)}${each}${text.slice(at + 1)}`,
      ))
        expect([changed, jsonFaultPlace(changed) === undefined]).toEqual([changed, isJson(changed)]);
    }
  });
});

it("is what readers of JSON files name", async () => {
  const broken = '{"1": {\n  "QUESTION": "So?"\n  "CONTEXTS": []}}';
  const error = expect.objectContaining({
    code: "input-format",
    message: expect.stringContaining("not JSON"),
    place: { file: "f.json", line: 3, column: 3 },
  });
  expect(() => parsePubMedQa(broken, { file: "f.json" })).toThrow(error);
  expect(() => parseJson(broken, "f.json")).toThrow(error);
  const folder = temporaryFolder("json-place");
  const file = join(folder, "f.json");
  writeFileSync(file, `\ufeff${broken}`);
  await expect(readJson(file)).rejects.toMatchObject({ code: "input-format", place: { file, line: 3, column: 3 } });
  rmSync(folder, { recursive: true, force: true });
});
