// AdamW against torch.optim.AdamW (reference/parity_optim.py), and its kernels bit for bit against a plain loop.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AdamW, FlatLayout } from "../../src/optim/index.ts";
import { uniform } from "../support/counter-weights.ts";
import { firstDifference } from "../support/norms.ts";

interface Run {
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
  adamw: Run[];
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

describe("AdamW against PyTorch", () => {
  const parts = Object.entries(golden.sizes);

  it("is given the gradients that Python made", () => {
    for (const [name, size] of parts) {
      const [ours, theirs] = [Array.from(gradient(1, name, size)), golden.gradients[name]!];
      ours.forEach((value, i) => expect(Math.abs(value - theirs[i]!)).toBeLessThanOrEqual(1e-7 * Math.abs(value)));
    }
  });

  it.each(golden.adamw)("moves parameters alike, rate $learningRate, decay $weightDecay, beta2 $beta2", (run) => {
    const layout = layoutOf(golden.sizes.decayed, golden.sizes.plain);
    const [parameters, gradients] = [new Float32Array(layout.length), new Float32Array(layout.length)];
    const [views, gradientViews] = [layout.views(parameters), layout.views(gradients)];
    for (const [name, size] of parts) (views.get(name)!.data as Float32Array).set(uniform(`optimizer.${name}`, size));
    const start = Float32Array.from(parameters);
    const optimizer = new AdamW(layout, parameters, gradients, run);
    for (let step = 1; step <= 20; step++) {
      for (const [name, size] of parts) (gradientViews.get(name)!.data as Float32Array).set(gradient(step, name, size));
      optimizer.step(step, run.learningRate, 1);
      for (const [name, theirs] of Object.entries(run.after[step] ?? {})) {
        const ours = views.get(name)!.data as Float32Array;
        // A few roundings of the parameter itself, and of the distance it moved.
        ours.forEach((value, i) =>
          expect(Math.abs(value - theirs[i]!), `${name}[${i}] after step ${step}`).toBeLessThan(
            2e-7 * Math.sqrt(step) + 1e-5 * step * run.learningRate,
          ),
        );
      }
    }
    expect(parameters.filter((value, i) => value !== start[i]).length).toBeGreaterThan(0.9 * layout.decayLength);
  });

  it("clips through the gradient's factor", () => {
    const layout = layoutOf(5, 3);
    const after = [0.25, 1].map((factor) => {
      const parameters = new Float32Array(layout.length).fill(1);
      const gradients = Float32Array.from(uniform("clipped", layout.length), (value) => value * (0.25 / factor));
      new AdamW(layout, parameters, gradients, { weightDecay: 0 }).step(1, 0.1, factor);
      return parameters;
    });
    expect(firstDifference(after[0]!, after[1]!)).toBe(-1);
  });
});

const f = Math.fround;
const CHUNK = 16384;

/** The update as one loop of single-precision operations. */
function plainStep(
  buffers: { parameters: Float32Array; gradients: Float32Array; first: Float32Array; second: Float32Array },
  decayLength: number,
  step: number,
  rate: number,
  factor: number,
  weightDecay: number,
): void {
  const { parameters, gradients, first, second } = buffers;
  const correction = Math.sqrt(1 - 0.999 ** step);
  const size = f((rate / (1 - 0.9 ** step)) * correction);
  const epsilon = f(1e-8 * correction);
  for (let i = 0; i < parameters.length; i++) {
    const keep = i < decayLength ? f(1 - rate * weightDecay) : 1;
    const g = f(gradients[i]! * f(factor));
    first[i] = f(f(first[i]! * f(0.9)) + f(g * f(1 - 0.9)));
    second[i] = f(f(second[i]! * f(0.999)) + f(f(g * g) * f(1 - 0.999)));
    const move = f(f(first[i]! * size) / f(f(Math.sqrt(second[i]!)) + epsilon));
    parameters[i] = f(f(parameters[i]! * keep) - move);
  }
}

describe("the kernels, bit for bit against a plain loop", () => {
  const shapes: [number, number][] = [
    [1, 1],
    [2, 3],
    [5, 0],
    [0, 7],
    [CHUNK - 1, 1],
    [CHUNK, 3],
    [CHUNK + 1, CHUNK + 2],
    [2 * CHUNK + 3, 4 * CHUNK + 1],
  ];

  it.each(shapes)("update: %i elements that decay, %i that do not", (decayed, plain) => {
    const layout = layoutOf(decayed, plain);
    const { length } = layout;
    const parameters = Float32Array.from(uniform("kernel.parameters", length));
    const gradients = new Float32Array(length);
    const expected = {
      parameters: Float32Array.from(parameters),
      gradients,
      first: new Float32Array(length),
      second: new Float32Array(length),
    };
    const optimizer = new AdamW(layout, parameters, gradients, { weightDecay: 0.01 });
    for (let step = 1; step <= 3; step++) {
      // From numbers whose squares underflow to large ones.
      gradients.set(uniform(`kernel.gradients.${step}`, length).map((value, i) => value * 10 ** (8 - (i % 33))));
      optimizer.step(step, 3e-3 / step, 0.7);
      plainStep(expected, layout.decayLength, step, 3e-3 / step, 0.7, 0.01);
    }
    expect(layout.decayLength).toBe(decayed);
    expect(firstDifference(parameters, expected.parameters)).toBe(-1);
    expect(firstDifference(optimizer.first, expected.first)).toBe(-1);
    expect(firstDifference(optimizer.second, expected.second)).toBe(-1);
  });

  it.each([1, 2, 3, 4, 5, CHUNK + 1, 4 * CHUNK, 4 * CHUNK + 7, 9 * CHUNK + 2])("norm of %i elements", (length) => {
    const layout = layoutOf(length, 0);
    const gradients = Float32Array.from(uniform("kernel.norm", length), (value) => 1e3 * value);
    const optimizer = new AdamW(layout, new Float32Array(length), gradients, { weightDecay: 0 });
    // Two lanes of double precision a chunk of four times 16,384 elements: even elements and odd ones.
    let total = 0;
    for (let start = 0; start < length; start += 4 * CHUNK) {
      const lanes = [0, 0];
      for (let i = start; i < Math.min(length, start + 4 * CHUNK); i++) lanes[i % 2]! += gradients[i]! * gradients[i]!;
      total += lanes[0]! + lanes[1]!;
    }
    expect(optimizer.gradientNorm()).toBe(Math.sqrt(total));
    // What an earlier, longer run left in the kernel's memory is not counted.
    gradients.fill(0);
    expect(optimizer.gradientNorm()).toBe(0);
  });
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
