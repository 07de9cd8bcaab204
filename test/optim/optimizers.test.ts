// The optimisers against their references (reference/parity_optim.py), and their kernels bit for bit against plain loops.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createOptimizer, FlatBuffers, FlatLayout, type OptimizerName } from "../../src/optim/index.ts";
import { uniform } from "../support/counter-weights.ts";
import { firstDifference } from "../support/norms.ts";

interface Run {
  optimizer: OptimizerName;
  learningRate: number;
  weightDecay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  after: Record<string, Record<string, number[]>>;
}

const golden = JSON.parse(readFileSync(new URL("../golden/optimizer.json", import.meta.url), "utf8")) as {
  sizes: Record<"decayed" | "plain", number>;
  gradients: Record<string, number[]>;
  runs: Run[];
};

/** A layout of `decayed` elements that decay and `plain` that do not; the latter are declared first. */
function layoutOf(decayed: number, plain: number): FlatLayout {
  return new FlatLayout([
    { name: "plain", dims: [plain], decay: false },
    { name: "decayed", dims: [decayed], decay: true },
  ]);
}

/** reference/parity_optim.py's gradient. */
function gradient(step: number, part: string, size: number): Float32Array {
  return Float32Array.from(uniform(`optimizer.gradient.${step}.${part}`, size), (value, i) =>
    i % 7 === 6 ? 0 : value * 10 ** (3 - (i % 16)),
  );
}

/** Parameters, gradients and moments, to compare and to fill. */
function arraysOf({ parameters, gradients, first, second }: FlatBuffers): Record<string, Float32Array> {
  return { parameters, gradients, first, second };
}

describe("against the references", () => {
  const parts = Object.entries(golden.sizes);

  it("is given the gradients that Python made", () => {
    for (const [name, size] of parts) {
      const [ours, theirs] = [Array.from(gradient(1, name, size)), golden.gradients[name]!];
      ours.forEach((value, i) => expect(Math.abs(value - theirs[i]!)).toBeLessThanOrEqual(1e-7 * Math.abs(value)));
    }
  });

  it("has every optimiser in the golden file, with more than one setting", () => {
    const names = golden.runs.map(({ optimizer }) => optimizer);
    expect([...names].sort()).toEqual(["adamw", "adamw", "bert-adam", "bert-adam", "lamb", "lamb"]);
  });

  it.each(golden.runs)(
    "$optimizer moves parameters alike, rate $learningRate, decay $weightDecay, beta2 $beta2",
    (run) => {
      const layout = layoutOf(golden.sizes.decayed, golden.sizes.plain);
      const buffers = new FlatBuffers(layout);
      const [views, gradientViews] = [layout.views(buffers.parameters), layout.views(buffers.gradients)];
      for (const [name, size] of parts) (views.get(name)!.data as Float32Array).set(uniform(`optimizer.${name}`, size));
      const start = Float32Array.from(buffers.parameters);
      const { weightDecay, beta1, beta2, epsilon } = run;
      const optimizer = createOptimizer(run.optimizer, buffers, { weightDecay, beta1, beta2, epsilon });
      let checked = 0;
      for (let step = 1; step <= 20; step++) {
        for (const [name, size] of parts)
          (gradientViews.get(name)!.data as Float32Array).set(gradient(step, name, size));
        optimizer.step(step, run.learningRate, 1);
        for (const [name, theirs] of Object.entries(run.after[step] ?? {})) {
          const ours = views.get(name)!.data as Float32Array;
          // A few roundings of the parameter itself, and of the distance it moved.
          ours.forEach((value, i) =>
            expect(Math.abs(value - theirs[i]!), `${name}[${i}] after step ${step}`).toBeLessThan(
              2e-7 * Math.sqrt(step) + 1e-5 * step * run.learningRate,
            ),
          );
          checked++;
        }
      }
      expect(checked).toBe(8);
      expect(buffers.parameters.filter((value, i) => value !== start[i]).length).toBeGreaterThan(
        0.9 * layout.decayLength,
      );
    },
  );

  it("has the epsilons that the optimisers are known by", () => {
    for (const [name, epsilon] of [
      ["adamw", 1e-8],
      ["bert-adam", 1e-6],
      ["lamb", 1e-6],
    ] as const) {
      const after = [undefined, epsilon, 2 * epsilon].map((value) => {
        const buffers = new FlatBuffers(layoutOf(8, 8));
        buffers.parameters.fill(1);
        buffers.gradients.fill(1e-6);
        buffers.gradients[0] = 1e-5;
        const given = value === undefined ? {} : { epsilon: value };
        createOptimizer(name, buffers, { weightDecay: 0.01, ...given }).step(1, 0.1, 1);
        return buffers.parameters;
      });
      expect(firstDifference(after[0]!, after[1]!), `with ${name}`).toBe(-1);
      expect(firstDifference(after[0]!, after[2]!), `with ${name}`).not.toBe(-1);
    }
  });

  it.each(["adamw", "bert-adam", "lamb"] as const)("%s clips through the gradient's factor", (name) => {
    const after = [0.25, 1].map((factor) => {
      const buffers = new FlatBuffers(layoutOf(5, 3));
      buffers.parameters.fill(1);
      buffers.gradients.set(uniform("clipped", 8).map((value) => value * (0.25 / factor)));
      createOptimizer(name, buffers, { weightDecay: 0 }).step(1, 0.1, factor);
      return buffers.parameters;
    });
    expect(after[0]!.some((value) => value !== 1)).toBe(true);
    expect(firstDifference(after[0]!, after[1]!)).toBe(-1);
  });
});

const f = Math.fround;
const PIECE = 16384;

interface Plain {
  parameters: Float32Array;
  gradients: Float32Array;
  first: Float32Array;
  second: Float32Array;
}

/** Adam's moments and its move, as single-precision operations on element i. */
function plainMove(buffers: Plain, i: number, factor: number, size: number, epsilon: number): number {
  const { gradients, first, second } = buffers;
  const g = f(gradients[i]! * f(factor));
  first[i] = f(f(first[i]! * f(0.9)) + f(g * f(1 - 0.9)));
  second[i] = f(f(second[i]! * f(0.999)) + f(f(g * g) * f(1 - 0.999)));
  return f(f(first[i]! * f(size)) / f(f(Math.sqrt(second[i]!)) + f(epsilon)));
}

/** An update as one loop. */
function plainStep(
  name: OptimizerName,
  buffers: Plain,
  decayLength: number,
  step: number,
  rate: number,
  factor: number,
  weightDecay: number,
): void {
  const { parameters } = buffers;
  const correction = name === "bert-adam" ? 1 : Math.sqrt(1 - 0.999 ** step);
  const sizeAt = (scale: number): number => (name === "bert-adam" ? scale : (scale / (1 - 0.9 ** step)) * correction);
  const epsilon = (name === "adamw" ? 1e-8 : 1e-6) * correction;
  const updates = new Float32Array(parameters.length);
  const lanes = Array.from({ length: 2 }, () => [0, 0, 0, 0]);
  for (let i = 0; i < parameters.length; i++) {
    const decays = i < decayLength;
    if (name === "lamb" && decays) {
      const move = plainMove(buffers, i, factor, sizeAt(1), epsilon);
      updates[i] = f(move + f(parameters[i]! * f(weightDecay)));
      lanes[0]![i % 4]! += parameters[i]! * parameters[i]!;
      lanes[1]![i % 4]! += updates[i]! * updates[i]!;
    } else {
      const keep = decays ? f(1 - rate * weightDecay) : 1;
      const move = plainMove(buffers, i, factor, sizeAt(rate), epsilon);
      parameters[i] = f(f(parameters[i]! * keep) - move);
    }
  }
  if (name !== "lamb") return;
  const [weights, update] = lanes.map(([a, b, c, d]) => Math.sqrt(a! + b! + c! + d!)) as [number, number];
  const trust = f(rate * (weights > 0 && update > 0 ? weights / update : 1));
  for (let i = 0; i < decayLength; i++) parameters[i] = f(parameters[i]! - f(updates[i]! * trust));
}

const shapes: [number, number][] = [
  [1, 1],
  [2, 3],
  [5, 0],
  [0, 7],
  [PIECE - 1, 1],
  [PIECE, 3],
  [PIECE + 1, PIECE + 2],
  [2 * PIECE + 3, 4 * PIECE + 1],
];
const paths: [string, boolean][] = [
  ["in place", true],
  ["by copies", false],
];

describe.each(paths)("the kernels %s, bit for bit against a plain loop", (_path, inPlace) => {
  it.each(shapes)("update: %i elements that decay, %i that do not", (decayed, plain) => {
    const layout = layoutOf(decayed, plain);
    const { length } = layout;
    expect(layout.decayLength).toBe(decayed);
    for (const name of ["adamw", "bert-adam", "lamb"] as const) {
      const buffers = new FlatBuffers(layout, inPlace);
      buffers.parameters.set(uniform("kernel.parameters", length));
      const expected = {
        parameters: Float32Array.from(buffers.parameters),
        gradients: buffers.gradients,
        first: new Float32Array(length),
        second: new Float32Array(length),
      };
      const optimizer = createOptimizer(name, buffers, { weightDecay: 0.01 });
      for (let step = 1; step <= 3; step++) {
        // From numbers whose squares underflow to large ones.
        buffers.gradients.set(
          uniform(`kernel.gradients.${step}`, length).map((value, i) => value * 10 ** (8 - (i % 33))),
        );
        optimizer.step(step, 3e-3 / step, 0.7);
        plainStep(name, expected, layout.decayLength, step, 3e-3 / step, 0.7, 0.01);
      }
      for (const [key, values] of Object.entries(arraysOf(buffers))) {
        expect(firstDifference(values, expected[key as keyof Plain]), `${name}: ${key}`).toBe(-1);
      }
    }
  });

  it.each([1, 2, 3, 15, 16, 17, PIECE + 1, 4 * PIECE, 4 * PIECE + 7, 9 * PIECE + 2])(
    "norm of %i elements",
    (length) => {
      const buffers = new FlatBuffers(layoutOf(length, 0), inPlace);
      buffers.gradients.set(uniform("kernel.norm", length).map((value) => 1e3 * value));
      const optimizer = createOptimizer("adamw", buffers, { weightDecay: 0 });
      // Sixteen lanes of double precision, added up in their order.
      const lanes = Array<number>(16).fill(0);
      buffers.gradients.forEach((value, i) => (lanes[i % 16]! += value * value));
      expect(optimizer.gradientNorm()).toBe(Math.sqrt(lanes.reduce((sum, lane) => sum + lane, 0)));
      // What an earlier, longer run left in the kernel's memory is not counted.
      buffers.gradients.fill(0);
      expect(optimizer.gradientNorm()).toBe(0);
    },
  );

  it("adds a part's gradient", () => {
    const length = PIECE + 21;
    const { gradients, part, vectors } = new FlatBuffers(layoutOf(length, 3), inPlace);
    gradients.set(uniform("a", length + 3));
    part.set(uniform("b", length + 3));
    const expected = gradients.map((value, i) => (i >= 2 && i < length ? value + part[i]! : value));
    vectors.run("add", [gradients, part], [0], 2, length);
    expect(firstDifference(gradients, expected)).toBe(-1);
  });
});

describe("tables of which few rows have a gradient", () => {
  /** So many that stretches without moments are long enough to be passed over, at a width of 16 too. */
  const ROWS = 1400;
  const specs = (width: number) => [
    { name: "table", dims: [ROWS, width], decay: true },
    { name: "matrix", dims: [7, 5], decay: true },
    { name: "small", dims: [3, width], decay: true },
    { name: "bias", dims: [5], decay: false },
  ];
  /** Rows by step: none, neighbours, both ends, one of before, and new ones again. */
  const touchedAt = [[], [4, 5, 6, 200], [0, ROWS - 1], [5], [6, 7, 100], [ROWS - 1]];

  /** Some steps, with the sets that the optimiser may look at; the moments before the last come from a checkpoint. */
  function train(
    name: OptimizerName,
    width: number,
    known: boolean,
    inPlace = true,
  ): { buffers: FlatBuffers; norms: number[] } {
    const layout = new FlatLayout(specs(width));
    let buffers = new FlatBuffers(layout, inPlace);
    buffers.parameters.set(uniform("sparse.parameters", layout.length));
    const touched = new Map([
      ["table", new Set<number>()],
      ["small", new Set<number>()],
    ]);
    const options = { weightDecay: 0.1, ...(known ? { touched } : {}) };
    let optimizer = createOptimizer(name, buffers, options);
    const norms = touchedAt.map((rows, step) => {
      if (step === touchedAt.length - 1) {
        const before = buffers;
        buffers = new FlatBuffers(layout, inPlace);
        for (const [key, values] of Object.entries(arraysOf(buffers))) values.set(arraysOf(before)[key]!);
        optimizer = createOptimizer(name, buffers, options);
      }
      buffers.gradients.set(uniform(`sparse.gradients.${step}`, layout.length));
      const views = layout.views(buffers.gradients);
      for (const [table, count] of [
        ["table", ROWS],
        ["small", 3],
      ] as const) {
        const set = touched.get(table)!;
        set.clear();
        for (const row of [...rows].reverse()) if (row < count) set.add(row);
        const values = views.get(table)!.data as Float32Array;
        for (let row = 0; row < count; row++) if (!set.has(row)) values.fill(0, row * width, (row + 1) * width);
      }
      const norm = optimizer.gradientNorm();
      optimizer.step(step + 1, 1e-2, 0.5);
      return norm;
    });
    return { buffers, norms };
  }

  it.each([
    [16, "adamw"],
    [48, "bert-adam"],
    [32, "lamb"],
    [10, "adamw"],
  ] as const)("are updated to the same bits whether rows are known or not: width %i, %s", (width, name) => {
    const [plain, ...others] = [
      train(name, width, false, false),
      train(name, width, true),
      train(name, width, true, false),
      train(name, width, false),
    ];
    expect(new Set(plain!.norms).size).toBe(touchedAt.length);
    for (const other of others) {
      expect(other.norms).toEqual(plain!.norms);
      for (const [key, values] of Object.entries(arraysOf(other.buffers))) {
        expect(firstDifference(values, arraysOf(plain!.buffers)[key]!), `of ${key}`).toBe(-1);
      }
    }
  });

  it("leaves alone what it is told has no gradient, but for decay", () => {
    const layout = new FlatLayout(specs(16));
    const buffers = new FlatBuffers(layout);
    buffers.parameters.fill(1);
    buffers.gradients.fill(1);
    const touched = new Map([["table", new Set([2])]]);
    const optimizer = createOptimizer("adamw", buffers, { weightDecay: 0.1, touched });
    // Rows said to have no gradient are not looked at, or this would say otherwise.
    expect(optimizer.gradientNorm()).toBe(Math.sqrt(layout.length - (ROWS - 1) * 16));
    optimizer.step(1, 0.5, 1);
    const table = layout.views(buffers.parameters).get("table")!.data as Float32Array;
    const moments = layout.views(buffers.first).get("table")!.data as Float32Array;
    expect([table[1000 * 16], moments[1000 * 16]]).toEqual([f(1 - 0.5 * 0.1), 0]);
    expect(table[2 * 16]).toBeLessThan(0.5);
    expect(moments[2 * 16]).toBeGreaterThan(0);
  });
});

describe("rates by parameter, and frozen parameters", () => {
  const specs = [
    { name: "low", dims: [19], decay: true, rateFactor: 0.25 },
    { name: "still", dims: [6], decay: true, frozen: true },
    { name: "high", dims: [33], decay: true },
    { name: "bias", dims: [3], decay: false, rateFactor: 0.25 },
  ];

  it.each(["adamw", "bert-adam", "lamb"] as const)(
    "%s: a factor is a rate of its own, and what is frozen stays",
    (name) => {
      const layout = new FlatLayout(specs);
      expect(layout.slots.map(({ spec }) => spec.name)).toEqual(["low", "high", "bias", "still"]);
      expect([layout.trainedLength, layout.length]).toEqual([55, 61]);
      const buffers = new FlatBuffers(layout);
      expect([buffers.gradients, buffers.first, buffers.second].map(({ length }) => length)).toEqual([55, 55, 55]);
      expect([...layout.views(buffers.gradients).keys()]).toEqual(["low", "high", "bias"]);
      buffers.parameters.set(uniform("rates", layout.length));
      const start = layout.views(Float32Array.from(buffers.parameters));
      buffers.gradients.set(uniform("rates.gradients", 55));
      createOptimizer(name, buffers, { weightDecay: 0.1 }).step(1, 0.02, 1);
      const after = layout.views(buffers.parameters);
      expect(after.get("still")!.data).toEqual(start.get("still")!.data);
      for (const { name: part, dims, decay, rateFactor = 1, frozen } of specs) {
        if (frozen === true) continue;
        const alone = new FlatBuffers(new FlatLayout([{ name: part, dims, decay }]));
        alone.parameters.set(start.get(part)!.data as Float32Array);
        alone.gradients.set(layout.views(buffers.gradients).get(part)!.data as Float32Array);
        createOptimizer(name, alone, { weightDecay: 0.1 }).step(1, 0.02 * rateFactor, 1);
        expect(firstDifference(after.get(part)!.data as Float32Array, alone.parameters), `of ${part}`).toBe(-1);
      }
    },
  );
});

describe("FlatLayout", () => {
  it("puts what decays first, each tensor a view of one buffer", () => {
    const layout = new FlatLayout([
      { name: "a.weight", dims: [2, 3], decay: true },
      { name: "a.bias", dims: [2], decay: false },
      { name: "b.weight", dims: [4], decay: true },
    ]);
    expect(layout.slots.map(({ spec, offset, length }) => [spec.name, offset, length])).toEqual([
      ["a.weight", 0, 6],
      ["b.weight", 6, 4],
      ["a.bias", 10, 2],
    ]);
    expect([layout.length, layout.decayLength]).toEqual([12, 10]);
    const buffer = Float32Array.from({ length: 12 }, (_, i) => i);
    const views = layout.views(buffer);
    (views.get("b.weight")!.data as Float32Array)[0] = -1;
    expect(buffer[6]).toBe(-1);
    expect(views.get("a.weight")!.dims).toEqual([2, 3]);
  });
});
