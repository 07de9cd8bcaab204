// Dropout's masks: as many dropped as asked, independent across rows, columns, places, steps and examples, the same for an
// example wherever it stands, and the same bits in the interpreter and in ONNX Runtime. Masks come from a counter, so
// these figures never vary; bounds are in standard deviations of what independent coins would give.

import { describe, expect, it } from "vitest";
import { EngineSession } from "../../src/engine/index.ts";
import { broadcastTo, cast, encodeOnnx, Graph, interpret, less, scalar, verify } from "../../src/graph/index.ts";
import { Dropout, dropoutInputs, dropoutKey } from "../../src/nn/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";

const HEADS = 3;
/** No statistic of a fair mask is expected beyond this, some thousand being looked at. */
const LIMIT = 4.5;

/** Two places on tokens and two on attention, all of them dropping ones. */
function maskGraph(rate: number, width: number): Graph {
  const graph = new Graph("masks");
  graph.input("rows", "float32", ["batch", "sequence"]);
  const dropout = new Dropout(dropoutInputs(graph, "batch", "sequence"), rate);
  const one = scalar(graph, 1);
  for (const place of [0, 1]) {
    graph.output(`tokens.${place}`, dropout.tokens(broadcastTo(one, ["batch*sequence", width])));
    const square = broadcastTo(one, ["batch", HEADS, "sequence", "sequence"]);
    const kept = less(scalar(graph, 0), dropout.attentionSoftmax(square));
    graph.output(`attention.${place}`, cast(kept, "float32"));
  }
  verify(graph);
  return graph;
}

interface Step {
  seed?: number;
  step?: number;
  examples: readonly number[];
  sequence: number;
}

function feedsOf({ seed = 1, step = 0, examples, sequence }: Step): Record<string, HostTensor> {
  const rows = [examples.length, sequence];
  return {
    rows: { dtype: "float32", dims: rows, data: new Float32Array(examples.length * sequence) },
    dropoutKey: { dtype: "uint32", dims: [], data: Uint32Array.of(dropoutKey(seed, step)) },
    exampleIds: { dtype: "uint32", dims: [examples.length], data: Uint32Array.from(examples) },
  };
}

type Masks = Record<string, Float32Array>;

/** A function that gives the masks of a step: 1 kept, 0 dropped. */
async function maskMaker(rate: number, width: number): Promise<(step: Step) => Promise<Masks>> {
  const session = await EngineSession.create(encodeOnnx(maskGraph(rate, width)), { threads: 1 });
  return async (step) => {
    const used = Object.entries(feedsOf(step)).filter(([name]) => session.inputNames.includes(name));
    const results = await session.run(Object.fromEntries(used));
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
  };
}

/** How many standard deviations `dropped` of `count` lies from `rate`. */
function deviation(dropped: number, count: number, rate: number): number {
  return (dropped - count * rate) / Math.sqrt(count * rate * (1 - rate));
}

/** The correlation of drops of a and b at n pairs of places, in standard deviations. */
function correlation(a: ArrayLike<number>, b: ArrayLike<number>, rate: number, offset = 0): number {
  let sum = 0;
  const count = Math.min(a.length, b.length) - offset;
  for (let i = 0; i < count; i++) sum += (1 - a[i]! - rate) * (1 - b[i + offset]! - rate);
  return sum / (rate * (1 - rate) * Math.sqrt(count));
}

const dropped = (mask: ArrayLike<number>): number => Array.from(mask).reduce((sum, value) => sum + 1 - value, 0);

for (const rate of [0.1, 0.5]) {
  describe(`masks of rate ${rate}`, async () => {
    const width = 192;
    const [batch, sequence] = [8, 32];
    const examples = Array.from({ length: batch }, (_, i) => i);
    const make = await maskMaker(rate, width);
    const masks = await make({ examples, sequence });
    const names = Object.keys(masks);
    const widthOf = (name: string): number => (name.startsWith("tokens") ? width : sequence);

    it("hold zeros and ones", () => {
      for (const name of names) expect(new Set(masks[name])).toEqual(new Set([0, 1]));
    });

    it("drop the share asked for, in all, by row and by column", () => {
      for (const name of names) {
        const mask = masks[name]!;
        const columns = widthOf(name);
        const rows = mask.length / columns;
        expect(Math.abs(deviation(dropped(mask), mask.length, rate)), `${name} in all`).toBeLessThan(LIMIT);
        const byRow = new Array<number>(rows).fill(0);
        const byColumn = new Array<number>(columns).fill(0);
        mask.forEach((value, i) => {
          byRow[Math.floor(i / columns)]! += 1 - value;
          byColumn[i % columns]! += 1 - value;
        });
        for (const [counts, size] of [
          [byRow, columns],
          [byColumn, rows],
        ] as const) {
          // Chi-square with one degree a line, near normal for this many.
          const chiSquare = counts.reduce((sum, count) => sum + deviation(count, size, rate) ** 2, 0);
          const z = (chiSquare - counts.length) / Math.sqrt(2 * counts.length);
          expect(Math.abs(z), `${name}, lines of ${size}`).toBeLessThan(LIMIT);
        }
      }
    });

    it("do not depend on their neighbours along rows and columns", () => {
      for (const name of names) {
        for (const lag of [1, 2, 3, 7, 16, widthOf(name), 2 * widthOf(name), sequence * widthOf(name)]) {
          const z = correlation(masks[name]!, masks[name]!, rate, lag);
          expect(Math.abs(z), `${name}, ${lag} elements apart`).toBeLessThan(LIMIT);
        }
      }
    });

    // An element's bits are the product of its row's and its column's word, so the corners of a rectangle are where a
    // dependence would show: three of their products give the fourth.
    it("do not depend on the other corners of a rectangle", () => {
      for (const name of names) {
        const mask = masks[name]!;
        const columns = widthOf(name);
        const rows = mask.length / columns;
        for (const [down, across] of [
          [1, 1],
          [rows / 2, columns / 2],
        ] as const) {
          const patterns = new Array<number>(16).fill(0);
          let parity = 0;
          for (let r = 0; r + down < rows; r++) {
            if (Math.floor(r / down) % 2 === 1) continue;
            for (let c = 0; c + across < columns; c++) {
              if (Math.floor(c / across) % 2 === 1) continue;
              const corners = [0, across, down * columns, down * columns + across];
              const drops = corners.map((corner) => 1 - mask[r * columns + c + corner]!);
              parity += drops.reduce((product, drop) => product * (drop - rate), 1);
              patterns[drops.reduce((code, drop) => 2 * code + drop, 0)]!++;
            }
          }
          const count = patterns.reduce((a, b) => a + b, 0);
          const z = parity / ((rate * (1 - rate)) ** 2 * Math.sqrt(count));
          expect(Math.abs(z), `${name}, rectangles of ${down} by ${across}`).toBeLessThan(LIMIT);
          const chiSquare = patterns.reduce((sum, seen, code) => {
            const ones = [1, 2, 4, 8].filter((bit) => (code & bit) !== 0).length;
            const wanted = count * rate ** ones * (1 - rate) ** (4 - ones);
            return sum + (seen - wanted) ** 2 / wanted;
          }, 0);
          // 15 degrees of freedom: beyond 45 once in ten thousand.
          expect(chiSquare, `${name}, patterns of rectangles of ${down} by ${across}`).toBeLessThan(45);
        }
      }
    });

    it("do not depend on those of another place, step, seed or example", async () => {
      for (const kind of ["tokens", "attention"]) {
        const mask = masks[`${kind}.0`]!;
        const others: Record<string, Float32Array> = {
          place: masks[`${kind}.1`]!,
          step: (await make({ examples, sequence, step: 1 }))[`${kind}.0`]!,
          "far step": (await make({ examples, sequence, step: 65536 }))[`${kind}.0`]!,
          seed: (await make({ examples, sequence, seed: 2 }))[`${kind}.0`]!,
          examples: (await make({ examples: examples.map((i) => i + batch), sequence }))[`${kind}.0`]!,
        };
        for (const [what, other] of Object.entries(others)) {
          expect(Math.abs(correlation(mask, other, rate)), `${kind}, another ${what}`).toBeLessThan(LIMIT);
        }
      }
      const heads = masks["attention.0"]!;
      const size = sequence * sequence;
      expect(Math.abs(correlation(heads, heads, rate, size)), "another head").toBeLessThan(LIMIT);
    });
  });
}

describe("an example's masks", async () => {
  const width = 24;
  const make = await maskMaker(0.3, width);

  /** The part of one example's masks that its first `length` tokens see. */
  function partOf(masks: Masks, row: number, sequence: number, length: number): Record<string, number[]> {
    return Object.fromEntries(
      Object.entries(masks).map(([name, mask]) => {
        const kept: number[] = [];
        if (name.startsWith("tokens"))
          kept.push(...mask.subarray(row * sequence * width, (row * sequence + length) * width));
        else {
          for (let head = 0; head < HEADS; head++) {
            for (let query = 0; query < length; query++) {
              const at = ((row * HEADS + head) * sequence + query) * sequence;
              kept.push(...mask.subarray(at, at + length));
            }
          }
        }
        return [name, kept];
      }),
    );
  }

  it("are the same alone, in any batch, at any place in it and under any padding", async () => {
    const alone = partOf(await make({ examples: [4000000007], sequence: 9 }), 0, 9, 9);
    for (const [examples, row, sequence] of [
      [[5, 4000000007, 6], 1, 9],
      [[0, 1, 2, 3, 4000000007], 4, 14],
      [[4000000007, 9], 0, 30],
    ] as const) {
      expect(partOf(await make({ examples, sequence }), row, sequence, 9)).toEqual(alone);
    }
    const { "tokens.0": other } = partOf(await make({ examples: [4000000008], sequence: 9 }), 0, 9, 9);
    expect(other).not.toEqual(alone["tokens.0"]);
  });

  it("are the interpreter's, bit for bit", async () => {
    for (const step of [0, 1, 77]) {
      const setting = { seed: 9, step, examples: [3, 4294967295, 12], sequence: 6 };
      const feeds = Object.fromEntries(
        Object.entries(feedsOf(setting)).map(([name, { dims, data }]) => [
          name,
          { dims, data: Float64Array.from(data as Uint32Array) },
        ]),
      );
      const expected = interpret(maskGraph(0.3, width), feeds);
      const masks = await make(setting);
      for (const [name, { data }] of Object.entries(expected)) expect([...masks[name]!]).toEqual([...data]);
    }
  });
});
