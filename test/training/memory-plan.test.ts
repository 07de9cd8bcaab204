// The plan of memory as properties, and the estimate behind it against peaks measured in fresh processes (bench/memory.mjs).

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBertConfig, tokenClassifierForTraining } from "../../src/bert/index.ts";
import { BiobertError } from "../../src/core/index.ts";
import {
  estimateMemory,
  graphDemand,
  microBatchPieces,
  passesOf,
  planMemory,
  type MemoryDemand,
  type Recomputation,
} from "../../src/training/index.ts";

interface Figure {
  model: "minilm" | "bert-base";
  rows: number;
  columns: number;
  parts: number;
  recompute: Recomputation;
  memoryArena: boolean;
  peakMegabytes: number;
}

const { figures } = JSON.parse(readFileSync(new URL("../golden/training-memory.json", import.meta.url), "utf8")) as {
  figures: Figure[];
};
const { MODELS } = (await import(new URL("../../bench/lib/shapes.mjs", import.meta.url).href)) as {
  MODELS: Record<Figure["model"], { config: Record<string, unknown> }>;
};

describe("the estimate", () => {
  it.each(
    figures.map(
      (figure) =>
        [
          `${figure.model} ${figure.rows}x${figure.columns}, ${JSON.stringify(figure.recompute)}, arena ${figure.memoryArena}`,
          figure,
        ] as const,
    ),
  )(
    "of %s is not below what was measured by more than 2 %%, nor above by more than a third; with the arena, by a half",
    (_name, { model, rows, columns, parts, recompute, memoryArena, peakMegabytes }) => {
      const training = tokenClassifierForTraining(parseBertConfig(MODELS[model].config), 3);
      const parameters = training.parameters.reduce(
        (sum, { dims }) => sum + dims.reduce((product, size) => product * size, 1),
        0,
      );
      const graph = graphDemand(training, recompute, { batchSize: rows, longest: columns });
      const demand = { parameters, trained: parameters, dataPieces: 0 };
      const ratio = estimateMemory(demand, graph, { rows: rows / parts, parts, memoryArena }) / (peakMegabytes * 1e6);
      expect(ratio).toBeGreaterThan(0.98);
      expect(ratio).toBeLessThan(memoryArena ? 1.5 : 1.34);
    },
  );
});

/** A model whose activations grow with the examples, and of which recomputation leaves less and less. */
const demands = fc
  .record({
    parameters: fc.integer({ min: 1e5, max: 2e8 }),
    frozen: fc.double({ min: 0, max: 1, noNaN: true }),
    batchSize: fc.integer({ min: 1, max: 64 }),
    longest: fc.integer({ min: 3, max: 512 }),
    parts: fc.integer({ min: 1, max: 4 }),
    dataPieces: fc.integer({ min: 0, max: 1e6 }),
    row: fc.integer({ min: 1e4, max: 4e8 }),
    kept: fc.array(fc.double({ min: 0.05, max: 0.95, noNaN: true }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ frozen, row, kept, ...shape }): MemoryDemand => ({
    ...shape,
    trained: Math.round(shape.parameters * (1 - frozen)),
    graphs: [1, ...kept.toSorted((a, b) => b - a)].map((share, i) => ({
      recompute: { attention: i > 0, layers: Math.max(0, i - 1) },
      nodes: 1000 + 500 * i,
      activationBytes: (rows) => row * share * rows,
      operations: 1e9 * (1 + i / 10),
    })),
  }));

function attempt(demand: MemoryDemand, bound: number) {
  try {
    return planMemory(demand, bound);
  } catch (error) {
    if (error instanceof BiobertError && error.code === "memory-bound") return undefined;
    throw error;
  }
}

describe("the plan", () => {
  const bounds = fc.double({ min: 1e7, max: 3e10, noNaN: true });

  it("fits its bound, and costs no less where the bound is lower", () => {
    fc.assert(
      fc.property(demands, bounds, bounds, (demand, a, b) => {
        const [low, high] = [attempt(demand, Math.min(a, b)), attempt(demand, Math.max(a, b))];
        for (const plan of [low, high])
          if (plan !== undefined)
            expect(plan.bytes).toBeLessThanOrEqual(plan === low ? Math.min(a, b) : Math.max(a, b));
        if (low === undefined) return;
        expect(high).toBeDefined();
        expect(high!.extraWork).toBeLessThanOrEqual(low.extraWork);
      }),
    );
  });

  it("leaves batches whole and recomputes nothing where that fits", () => {
    fc.assert(
      fc.property(demands, (demand) => {
        const rows = Math.ceil(demand.batchSize / Math.min(demand.parts, demand.batchSize));
        const parts = Math.ceil(demand.batchSize / rows);
        const needed = estimateMemory(demand, demand.graphs[0]!, { rows, parts, memoryArena: true });
        expect(planMemory(demand, needed)).toMatchObject({
          microBatchRows: rows,
          recompute: { attention: false, layers: 0 },
          memoryArena: true,
          extraWork: 0,
        });
      }),
    );
  });

  it("names the least that would do, which does", () => {
    fc.assert(
      fc.property(demands, (demand) => {
        let failure: unknown;
        try {
          planMemory(demand, 1e6);
        } catch (error) {
          failure = error;
        }
        expect(failure).toMatchObject({ code: "memory-bound" });
        const [, number, unit] = /the least is ([\d.]+) (GB|MB)/.exec((failure as BiobertError).message)!;
        const least = Number(number) * (unit === "GB" ? 1e9 : 1e6);
        expect(planMemory(demand, least).bytes).toBeLessThanOrEqual(least);
      }),
    );
  });
});

it("takes parts that a processor's cache holds, fewer pieces where memory is bounded, and whole batches on a GPU", () => {
  const [mini, base, tiny] = [1536, 3072, 64].map((intermediateSize) => ({ intermediateSize }));
  expect(microBatchPieces(mini!, {})).toBe(1024);
  expect(microBatchPieces(base!, { device: "cpu" })).toBe(512);
  expect(microBatchPieces({ intermediateSize: 1e6 }, {})).toBe(128);
  expect(microBatchPieces(mini!, {}, { microBatchPieces: 600 })).toBe(600);
  expect(microBatchPieces(mini!, {}, { microBatchPieces: 4096 })).toBe(1024);
  expect(microBatchPieces(tiny!, { device: "cuda" })).toBeUndefined();
  expect(microBatchPieces(mini!, { device: "webgpu" }, { microBatchPieces: 4096 })).toBe(4096);
});

it("runs an update in passes of at most a batch's examples and at most so many pieces", () => {
  const lengths = [512, 512, 512, 512, 64, 64, 64, 64];
  expect(passesOf([0, 1, 2, 3], lengths, { batchSize: 4 })).toBe(1);
  expect(passesOf([0, 1, 2, 3], lengths, { batchSize: 4, microBatchPieces: 1024 })).toBe(2);
  expect(passesOf([4, 5, 6, 7], lengths, { batchSize: 4, microBatchPieces: 1024 })).toBe(1);
  expect(passesOf([4, 5, 6, 7], lengths, { batchSize: 2, microBatchPieces: 1024 })).toBe(2);
  expect(passesOf([4, 5, 6], lengths, { batchSize: 1 })).toBe(3);
  expect(passesOf([0, 1], lengths, { batchSize: 8, microBatchPieces: 10 })).toBe(2);
});
