// Comparing systems by their items: what is equal, better, undecided; and files that cannot be compared.

import { describe, expect, it } from "vitest";
import { compareSystems, itemsFile, joinRuns, readItemsFile, type ItemsFile } from "../../src/evaluation/index.ts";
import { Random } from "../../src/core/index.ts";

/** A system that finds each of 400 sentences' two entities with this chance. */
function system(chance: number, seed: number, count = 400): ItemsFile {
  const random = new Random(seed);
  const values = Array.from({ length: count }, () => {
    const right = [0, 1].filter(() => random.nextInteger(1000) < chance * 1000).length;
    return [2, 2, right];
  });
  return itemsFile({ task: "ner", dataset: { id: "d", split: "test" }, system: `s${chance}`, seeds: [seed] }, [
    { unit: "sentences", ids: values.map((_, i) => `line ${i}`), metrics: { f1: { statistic: "micro-f1", values } } },
  ]);
}

const settings = { samples: 1000, seed: 3 };

describe("compareSystems", () => {
  it("calls a system that is clearly better so, and the other way round worse", () => {
    const [a, b] = [
      joinRuns([1, 2, 3].map((seed) => system(0.7, seed))),
      joinRuns([4, 5, 6].map((seed) => system(0.85, seed))),
    ];
    const better = compareSystems(a, b, settings);
    expect(better.verdict).toBe("better");
    expect(better.bootstrap.interval!.low).toBeGreaterThan(0);
    expect(better.bootstrap.pValue).toBeLessThan(0.05);
    expect(better.randomisation!.pValue).toBeLessThan(0.05);
    expect(compareSystems(b, a, settings).verdict).toBe("worse");
  });

  it("calls small differences equal within the margin, else undecided", () => {
    const [a, b] = [system(0.8, 1), system(0.8, 2)];
    const { bootstrap } = compareSystems(a, b, settings);
    const distance = Math.abs(bootstrap.difference);
    expect(distance).toBeGreaterThan(0);
    expect(compareSystems(a, b, { ...settings, margin: distance + 0.01 }).verdict).toBe("equal");
    expect(compareSystems(a, b, { ...settings, margin: distance / 2 }).verdict).toBe("undecided");
  });

  it("compares one run with several, then without randomisation", () => {
    const result = compareSystems(system(0.8, 1), joinRuns([system(0.8, 2), system(0.8, 3)]), settings);
    expect(result.runs).toEqual([1, 2]);
    expect(result.randomisation).toBeUndefined();
  });

  it("gives the same answer every time", () => {
    const [a, b] = [system(0.8, 1), system(0.82, 2)];
    expect(compareSystems(a, b, settings)).toEqual(compareSystems(a, b, settings));
  });

  it.each([
    [
      "another number of items",
      (file: ItemsFile) => ({ ...system(0.8, 2, 300), system: file.system }),
      /400 and 300 sentences/,
    ],
    ["another task", (file: ItemsFile) => ({ ...file, task: "relation" }), /ner and relation/],
    ["another data set", (file: ItemsFile) => ({ ...file, dataset: { id: "e", split: "test" } }), /d and e/],
    [
      "other items",
      (file: ItemsFile) => ({
        ...file,
        groups: [{ ...file.groups[0]!, ids: file.groups[0]!.ids.map((id) => `${id}!`) }],
      }),
      /item 1 is "line 0" here and "line 0!" there/,
    ],
  ])("refuses %s", (_what, change, message) => {
    const a = system(0.8, 1);
    expect(() => compareSystems(a, change(a), settings)).toThrow(message);
  });

  it("refuses a metric that there is not, naming those there are", () => {
    const a = system(0.8, 1);
    expect(() => compareSystems(a, a, { ...settings, metric: "accuracy" })).toThrow(/no metric accuracy/);
  });
});

describe("readItemsFile", () => {
  it("takes what itemsFile makes, through JSON", () => {
    const file = system(0.8, 1);
    expect(readItemsFile(JSON.parse(JSON.stringify(file)))).toEqual(file);
  });

  it.each([
    [
      "fewer items than ids",
      (file: ItemsFile) => file.groups[0]!.metrics["f1"]!.runs[0]!.pop(),
      /399 sentences, not 400/,
    ],
    [
      "a number too few",
      (file: ItemsFile) => file.groups[0]!.metrics["f1"]!.runs[0]![3]!.pop(),
      /item 4 of f1 has 2 numbers/,
    ],
    [
      "an unknown statistic",
      (file: ItemsFile) => ((file.groups[0]!.metrics["f1"] as { statistic: string }).statistic = "median"),
      /statistic/,
    ],
  ])("refuses %s", (_what, damage, message) => {
    const file = system(0.8, 1);
    damage(file);
    expect(() => readItemsFile(file, "items.json")).toThrow(message);
  });
});
