// The arithmetic behind the speed table: medians, which way a ratio points, a fair share of batches, commands without the
// paths of one machine, and the table in a page.

import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

interface Side {
  name: string;
  precision: string;
  rounds: number[];
  versions: Record<string, string>;
  peakMemoryBytes?: number;
}
interface Comparison {
  ratio: number;
  precision: string;
  ours: { value: number };
}

/** Loads a script of bench/lib/, which has no types of its own. */
async function load<T>(name: string): Promise<T> {
  return (await import(new URL(`../../bench/lib/${name}.mjs`, import.meta.url).href)) as T;
}

const { median } = await load<{ median(values: number[]): number }>("measure");
const { shareOf } = await load<{ shareOf(sizes: number[], share: number): number[] }>("share");
const { summarise, compare, commandLine } = await load<{
  summarise(side: Side, scale?: number): Record<string, unknown>;
  compare(line: Record<string, unknown>): Comparison;
  commandLine(benchmark: string, args: string[]): string;
}>("result");
const { markdownTable, putTable } = await load<{
  markdownTable(comparisons: unknown[]): string;
  putTable(page: string, comparisons: unknown[]): string | undefined;
}>("table");

const ours = {
  name: "biobert",
  precision: "int8",
  rounds: [3, 1, 2],
  versions: { node: "v20.1.0" },
  peakMemoryBytes: 5e6,
};
const peer = { name: "peer", precision: "fp32", rounds: [6, 4, 9], versions: { torch: "2" } };

describe("a comparison", () => {
  it("takes the middle round", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("says how many times faster we are, and both precisions where they differ", () => {
    const line = compare({ work: "w", unit: "s", threads: 2, ours: summarise(ours, 10), peer: summarise(peer, 10) });
    expect(line).toMatchObject({ ratio: 3, precision: "int8 / fp32", ours: { value: 20, min: 10, max: 30 } });
  });
});

describe("a share of the batches", () => {
  it("is spread over their sizes and keeps their order", () => {
    expect(shareOf([10, 50, 30, 20, 40, 60], 0.5)).toEqual([3, 4, 5]);
  });

  it("has the size of the whole, as far as a share can", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 20, maxLength: 200 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0.1, max: 1, noNaN: true }), (list, share) => {
        const chosen = shareOf(list, share);
        const sum = (indices: number[]) => indices.reduce((total, i) => total + list[i]!, 0);
        const mean = sum(list.map((_, i) => i)) / list.length;
        expect(new Set(chosen).size).toBe(chosen.length);
        // One item a stretch: the mean is off by at most the spread of one stretch.
        expect(Math.abs(sum(chosen) / chosen.length - mean)).toBeLessThanOrEqual(1000 / chosen.length + 1e-9);
      }),
    );
  });
});

describe("the command that is kept", () => {
  it("names no folder outside the clone, and those inside from its root", () => {
    const inside = resolve(import.meta.dirname, "..", "..", "models", "m");
    const outside = resolve(import.meta.dirname, "..", "..", "..", "elsewhere", "start");
    expect(commandLine("step", ["--model", inside, `--python=${outside}`, "--rounds", "3"])).toBe(
      "npx biobert bench run step --model models/m --python=start --rounds 3",
    );
  });
});

describe("the table", () => {
  const made = {
    commit: "0123456789abcdef",
    createdAt: "2026-01-02T03:04:05Z",
    machine: { cpu: "C", cores: 2, memoryGigabytes: 8, features: [], os: "L" },
  };
  const line = (bar?: number) => ({
    ...compare({ work: "w", unit: "s", threads: 2, ours: summarise(ours), peer: summarise(peer), bar }),
    ...made,
  });

  it("tells whether a bar is met, and leaves what has none", () => {
    const rows = markdownTable([line(3), line(3.01), line()]).split("\n");
    expect(rows.slice(2, 5)).toEqual([
      "| w | int8 / fp32 | 2.00 s, 5 MB | peer | 6.00 s | **3.00x** | 3x | yes |",
      "| w | int8 / fp32 | 2.00 s, 5 MB | peer | 6.00 s | **3.00x** | 3.01x | no |",
      "| w | int8 / fp32 | 2.00 s, 5 MB | peer | 6.00 s | **3.00x** | reported |  |",
    ]);
  });

  it("goes between its marks, again and again, and nowhere else", () => {
    const begin = "<!-- speed: made by `npx biobert bench run table` -->";
    const page = `a\n${begin}\nold\n<!-- /speed -->\nb`;
    const once = putTable(page, [line(3)])!;
    expect(once).toBe(`a\n${begin}\n${markdownTable([line(3)])}\n<!-- /speed -->\nb`);
    expect(putTable(once, [line(3)])).toBe(once);
    expect(putTable("no marks", [line(3)])).toBeUndefined();
  });

  it("in short has one row for all shapes: the range of the ratios, and how many meet the bar", () => {
    const page = "<!-- speed, in short: made by `npx biobert bench run table` -->\n<!-- /speed -->";
    const at = (ratio: number, name: string) => ({
      ...line(1.5),
      ratio,
      family: "shapes",
      ofShapes: true,
      peer: { ...(line() as unknown as { peer: object }).peer, name },
    });
    const rows = putTable(page, [line(3), at(1.4, "PyTorch eager"), at(1.6, "PyTorch, torch.compile")])!.split("\n");
    expect(rows).toContain("| w | int8 / fp32 | 2.00 s, 5 MB | peer | 6.00 s | **3.00x** | 3x | yes |");
    expect(rows).toContain("| training step, 2 shapes | int8 / fp32 | PyTorch | **1.40x to 1.60x** | 1.5x | 1 of 2 |");
    expect(rows.filter((row) => row.includes("1.40x"))).toHaveLength(1);
  });
});
