// Tag schemes: told apart, checked with line numbers, written.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Warning } from "../../src/core/index.ts";
import { type LabelScheme, checkLabels, tagsOf } from "../../src/formats/index.ts";
import { type TaggedEntity, entitiesOf } from "../../src/metrics/index.ts";

const sentences = (...rows: string[]) => {
  let line = 1;
  return rows.map((row) => {
    const sentence = { tags: row.split(" "), line, file: "f.tsv" };
    line += sentence.tags.length + 1;
    return sentence;
  });
};

function check(...rows: string[]) {
  const warnings: Warning[] = [];
  const summary = checkLabels(sentences(...rows), (warning) => warnings.push(warning));
  return { ...summary, warnings };
}

describe("checkLabels", () => {
  it.each<[LabelScheme, string[]]>([
    ["IO", ["I-D O I-D"]],
    ["IOB2", ["B-D I-D O B-C"]],
    ["IOB2", ["B I O", "B B"]],
    ["IOB1", ["I-D I-D O", "I-D B-D I-D"]],
    ["IOBES", ["S-D O B-D E-D"]],
    ["IOBES", ["O O E-D"]],
  ])("tells %s", (scheme, rows) => {
    expect(check(...rows).scheme).toBe(scheme);
  });

  it("lists O first, then all tags that the scheme allows for the types found, sorted", () => {
    expect(check("B-x O", "B-a I-a")).toMatchObject({
      labels: ["O", "B-a", "B-x", "I-a", "I-x"],
      types: ["a", "x"],
      warnings: [],
    });
    expect(check("S-x O").labels).toEqual(["O", "B-x", "E-x", "I-x", "S-x"]);
    expect(check("B O")).toMatchObject({ labels: ["O", "B", "I"], types: [""] });
  });

  it.each([
    ["X-D", "unknown tag prefix", ["O B-D", "O X-D"], 5],
    ["b-D", "unknown tag prefix", ["b-D"], 1],
    ["U-D", "unknown tag prefix", ["O U-D"], 2],
    ["B-", "empty", ["B-D", "O O B-"], 5],
    ["O-D", "O takes no type", ["O-D"], 1],
    ["B", "with and without a type", ["B-D I-D", "B"], 4],
    ["I-D", "with and without a type", ["B I-D"], 2],
  ])("refuses %s with its line: %s", (tag, problem, rows, line) => {
    expect(() => check(...rows)).toThrow(
      expect.objectContaining({
        code: "label-scheme",
        message: expect.stringMatching(new RegExp(`${problem}.*"${tag}"`)),
        place: { file: "f.tsv", line },
      }),
    );
  });

  it("warns once of each kind of broken sequence, with its first line and number", () => {
    expect(check("B-D O I-D", "O B-C I-D I-D", "I-C", "B-D O B-D").warnings).toMatchObject([
      {
        code: "inside-without-begin",
        place: { file: "f.tsv", line: 3 },
        message: expect.stringContaining("(3 places"),
      },
    ]);
    expect(check("B-D I-D O", "I-D E-D S-D", "O B-D").warnings).toMatchObject([
      { code: "entity-without-end", place: { line: 2 }, message: expect.stringContaining("(2 places") },
      { code: "inside-without-begin", place: { line: 5 }, message: expect.stringContaining("(1 place,") },
    ]);
    expect(check("I-D O I-D", "O B-D").warnings).toMatchObject([{ code: "begin-without-need", place: { line: 6 } }]);
  });

  it("warns of a corpus without entities", () => {
    expect(check("O O")).toMatchObject({ scheme: "IO", labels: ["O"], types: [], warnings: [{ code: "no-entities" }] });
  });
});

describe("tagsOf", () => {
  const layout = fc
    .array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: 1, max: 3 }), fc.constantFrom("D", "C")), { maxLength: 6 })
    .map((steps) => {
      const entities: TaggedEntity[] = [];
      let at = 0;
      for (const [gap, size, type] of steps) {
        entities.push({ type, start: at + gap, end: at + gap + size });
        at += gap + size;
      }
      return { entities, length: at };
    });

  it("is undone by entitiesOf, and breaks no rule of its scheme", () => {
    fc.assert(
      fc.property(layout, fc.constantFrom<LabelScheme>("IOB1", "IOB2", "IOBES"), ({ entities, length }, scheme) => {
        const tags = tagsOf(entities, length, scheme);
        expect(entitiesOf(tags)).toEqual(entities);
        const warnings: Warning[] = [];
        checkLabels([{ tags }], (warning) => warnings.push(warning));
        expect(warnings.map(({ code }) => code).filter((code) => code !== "no-entities")).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("writes IO, and tags without types", () => {
    expect(tagsOf([{ type: "", start: 1, end: 3 }], 4, "IO")).toEqual(["O", "I", "I", "O"]);
    expect(tagsOf([{ type: "", start: 0, end: 1 }], 1, "IOBES")).toEqual(["S"]);
  });
});
