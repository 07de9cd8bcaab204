// PubTator documents and the two ways to count characters.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Warning } from "../../src/core/index.ts";
import { OffsetMap, parsePubTator } from "../../src/formats/index.ts";

const sample = [
  "101|t|Gout 😀 in 𝛼-mannosidosis.",
  "101|a|Gout is painful.",
  "101\t0\t4\tGout\tDisease\tD006073",
  "101\t10\t24\t𝛼-mannosidosis\tDisease\tD008363\textra",
  "101\t26\t30\tGout\tModifier\t",
  "101\tCID\tD008750\tD006073",
  "",
  "102|t|No abstract",
  "102|a|",
  "",
].join("\n");

describe("parsePubTator", () => {
  it("reads title, abstract, entities with both kinds of offsets, and relations", () => {
    const [first, second, ...rest] = parsePubTator(sample);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      id: "101",
      title: "Gout 😀 in 𝛼-mannosidosis.",
      abstract: "Gout is painful.",
      line: 1,
    });
    expect(first!.text).toBe("Gout 😀 in 𝛼-mannosidosis. Gout is painful.");
    expect(first!.entities).toHaveLength(3);
    for (const { start, end, mention } of first!.entities) expect(first!.text.slice(start, end)).toBe(mention);
    expect(first!.entities[1]).toEqual({
      start: 11,
      end: 26,
      startCodePoint: 10,
      endCodePoint: 24,
      mention: "𝛼-mannosidosis",
      type: "Disease",
      id: "D008363",
      line: 4,
    });
    expect(first!.entities[2]!.id).toBe("");
    expect(first!.relations).toEqual([{ type: "CID", arguments: ["D008750", "D006073"], line: 6 }]);
    expect(second).toMatchObject({ id: "102", text: "No abstract ", entities: [], line: 8 });
  });

  it("takes CRLF, a byte-order mark, and documents that no blank line parts", () => {
    const documents = parsePubTator("\uFEFF1|t|a\r\n1|a|b|c\r\n2|t|d\r\n2|a|e\r\n2\t0\t1\td\tX\tY\r\n");
    expect(documents.map(({ id, text }) => [id, text])).toEqual([
      ["1", "a b|c"],
      ["2", "d e"],
    ]);
    expect(documents[1]!.entities).toHaveLength(1);
  });

  it("warns of a mention that is not at its offsets, and of a repeated document", () => {
    const warnings: Warning[] = [];
    const text = "1|t|Gout\n1|a|hurts\n1\t0\t4\tgout\tD\tx\n\n1|t|Gout\n1|a|hurts\n";
    const documents = parsePubTator(text, { file: "f", warn: (warning) => warnings.push(warning) });
    expect(documents).toHaveLength(2);
    expect(warnings).toMatchObject([
      { code: "pubtator-mention", message: 'the text at 0 to 4 is "Gout", not "gout"', place: { file: "f", line: 3 } },
      { code: "pubtator-repeated", place: { line: 5 } },
    ]);
  });

  it.each([
    ["just text", 1, "neither text nor annotation"],
    ["1|a|abstract first", 1, "without its title"],
    ["1|t|a\n2|a|b", 2, "without its title"],
    ["1|t|a\n1|a|b\n1\t0\t1\ta\tX\n1|a|c", 4, "comes after annotations"],
    ["1|t|a\n1|a|b\n\n1\t0\t1\ta\tX", 4, "outside that document"],
    ["1|t|a\n1|a|b\n2\t0\t1\ta\tX", 3, "outside that document"],
    ["1|t|a\n1|a|b\n1\t0\t9\ta\tX", 3, "do not lie in the text of 3 characters"],
    ["1|t|a\n1|a|b\n1\t1\t1\t\tX", 3, "do not lie"],
    ["1|t|a\n1|a|b\n1\t0\t1\ta", 3, "without a type"],
  ])("refuses %j with its line", (text, line, message) => {
    expect(() => parsePubTator(text, { file: "f" })).toThrow(
      expect.objectContaining({
        code: "input-format",
        message: expect.stringContaining(message),
        place: { file: "f", line },
      }),
    );
  });
});

describe("OffsetMap", () => {
  it("agrees with counting characters, both ways", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "é", "\u0301", "😀", "𝛼", "\ud83d", "\ude00")), (pieces) => {
        const text = pieces.join("");
        const map = new OffsetMap(text);
        const characters = Array.from(text);
        expect(map.codePoints).toBe(characters.length);
        const offsets = Array.from({ length: characters.length + 1 }, (_, i) => i);
        const units = offsets.map((i) => characters.slice(0, i).join("").length);
        expect(offsets.map((i) => map.toUnits(i))).toEqual(units);
        expect(units.map((unit) => map.toCodePoints(unit))).toEqual(offsets);
      }),
      { numRuns: 200 },
    );
  });

  it("maps the inside of a character to the character, and nothing beyond the text", () => {
    const map = new OffsetMap("a😀");
    expect(map.toCodePoints(2)).toBe(1);
    expect([map.toUnits(3), map.toUnits(-1), map.toUnits(0.5), map.toCodePoints(4)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const plain = new OffsetMap("ab");
    expect([plain.toUnits(2), plain.toUnits(3), plain.toCodePoints(3)]).toEqual([2, undefined, undefined]);
  });
});

it.each([
  ["a negative offset", "7|t|Gout.\n7|a|\n7\t-1\t4\tGout\tDisease\n", 3, /the offset "-1" is no whole number/],
  ["an offset with a point", "7|t|Gout.\n7|a|\n7\t0.0\t4\tGout\tDisease\n", 3, /"0\.0" is no whole number/],
  ["a second abstract", "7|t|Gout.\n7|a|One.\n7|a|Two.\n", 3, /a second abstract of 7/],
  ["an abstract behind relations", "7|t|Gout.\n7\tBind\tC1\tG1\n7|a|One.\n", 3, /comes after annotations/],
])("refuses %s", (_, text, line, message) => {
  expect(() => parsePubTator(text, { file: "x" })).toThrow(
    expect.objectContaining({
      code: "input-format",
      place: { file: "x", line },
      message: expect.stringMatching(message),
    }),
  );
});
