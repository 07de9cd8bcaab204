// The optimiser's two kernels in WebAssembly SIMD: AdamW's update and the sum of squares. The flat buffers stay plain
// memory, which ONNX Runtime can use on every Node; chunks are copied in and out of the kernel's memory, in cache.

import { instantiate, op, type KernelSource, type ValueKind } from "./wasm.ts";

/** Elements a chunk: four arrays of it make 256 KiB. A multiple of 4. */
const CHUNK = 1 << 14;
const PAGES = (4 * 4 * CHUNK) / 65536;

/** Walks pointers `pointers` over `count` vectors' worth of bytes, `pointers[0]` against the end in local `end`. */
function overVectors(pointers: readonly number[], end: number, body: readonly number[]): number[] {
  const advance = pointers.flatMap((p) => [...op.get(p), ...op.constant(16), ...op.addI32, ...op.set(p)]);
  return op.loop([...body, ...advance, ...op.get(pointers[0]!), ...op.get(end), ...op.lessI32]);
}

function adamwSource(): KernelSource {
  const scalars = ["factor", "beta1", "oneMinusBeta1", "beta2", "oneMinusBeta2", "step", "epsilon", "keep"];
  // Parameters: p, g, m, v pointers, the end of p, then the scalars. Locals: the scalars spread, and g, m, v.
  const [p, g, m, v, end, firstScalar] = [0, 1, 2, 3, 4, 5];
  const firstSpread = firstScalar + scalars.length;
  const spread = (name: string): number[] => op.get(firstSpread + scalars.indexOf(name));
  const [gradient, first, second] = [0, 1, 2].map((i) => firstSpread + scalars.length + i) as [number, number, number];
  const prologue = scalars.flatMap((_, i) => [...op.get(firstScalar + i), ...op.splat, ...op.set(firstSpread + i)]);
  const load = (pointer: number): number[] => [...op.get(pointer), ...op.load];
  const body = [
    ...[...load(g), ...spread("factor"), ...op.multiply, ...op.set(gradient)],
    // m = beta1 m + (1 - beta1) g
    ...[...op.get(m), ...load(m), ...spread("beta1"), ...op.multiply],
    ...[...op.get(gradient), ...spread("oneMinusBeta1"), ...op.multiply, ...op.add, ...op.tee(first), ...op.store],
    // v = beta2 v + (1 - beta2) g g
    ...[...op.get(v), ...load(v), ...spread("beta2"), ...op.multiply],
    ...[...op.get(gradient), ...op.get(gradient), ...op.multiply, ...spread("oneMinusBeta2"), ...op.multiply],
    ...[...op.add, ...op.tee(second), ...op.store],
    // p = keep p - step m / (sqrt(v) + epsilon)
    ...[...op.get(p), ...load(p), ...spread("keep"), ...op.multiply],
    ...[...op.get(first), ...spread("step"), ...op.multiply],
    ...[...op.get(second), ...op.squareRoot, ...spread("epsilon"), ...op.add, ...op.divide],
    ...[...op.subtract, ...op.store],
  ];
  return {
    parameters: [...Array<ValueKind>(5).fill("i32"), ...scalars.map((): ValueKind => "f32")],
    locals: Array<ValueKind>(scalars.length + 3).fill("v128"),
    body: [...prologue, ...overVectors([p, g, m, v], end, body)],
  };
}

function sumSquaresSource(): KernelSource {
  const [x, end, vector, total, part] = [0, 1, 2, 3, 4];
  const addSquares = [
    ...[...op.promoteLow, ...op.tee(part), ...op.get(part), ...op.multiplyDouble],
    ...[...op.get(total), ...op.addDouble, ...op.set(total)],
  ];
  const body = [
    ...[...op.get(x), ...op.load, ...op.set(vector)],
    ...[...op.get(vector), ...addSquares],
    ...[...op.highToLow(vector), ...addSquares],
  ];
  return {
    parameters: ["i32", "i32"],
    result: "f64",
    locals: ["v128", "v128", "v128"],
    body: [
      ...overVectors([x], end, body),
      ...[...op.get(total), ...op.lane(0), ...op.get(total), ...op.lane(1), ...op.addF64],
    ],
  };
}

export interface AdamWFactors {
  /** Multiplies the gradient first: clipping. */
  gradientFactor: number;
  beta1: number;
  beta2: number;
  /** Learning rate with both bias corrections in it. */
  step: number;
  epsilon: number;
  /** Multiplies the parameter: 1 - learning rate * weight decay. */
  keep: number;
}

export class OptimizerKernels {
  private readonly kernels = instantiate({ adamw: adamwSource(), sumSquares: sumSquaresSource() }, PAGES);
  private readonly scratch = new Float32Array(this.kernels.memory.buffer);

  /** AdamW on elements [start, end) of the four buffers, in place. */
  adamw(
    parameters: Float32Array,
    gradients: Float32Array,
    first: Float32Array,
    second: Float32Array,
    start: number,
    end: number,
    factors: AdamWFactors,
  ): void {
    const { gradientFactor, beta1, beta2, step, epsilon, keep } = factors;
    const kernel = this.kernels.functions["adamw"]!;
    const buffers = [parameters, gradients, first, second];
    for (let at = start; at < end; at += CHUNK) {
      const to = Math.min(end, at + CHUNK);
      buffers.forEach((buffer, i) => this.scratch.set(buffer.subarray(at, to), i * CHUNK));
      const pointers = buffers.map((_, i) => i * CHUNK * 4);
      kernel(...pointers, roundUp(to - at) * 4, gradientFactor, beta1, 1 - beta1, beta2, 1 - beta2, step, epsilon, keep);
      for (const i of [0, 2, 3]) buffers[i]!.set(this.scratch.subarray(i * CHUNK, i * CHUNK + to - at), at);
    }
  }

  /** The sum of squares, in double precision and a fixed order. */
  sumSquares(values: Float32Array): number {
    const kernel = this.kernels.functions["sumSquares"]!;
    const size = 4 * CHUNK;
    let total = 0;
    for (let at = 0; at < values.length; at += size) {
      const part = values.subarray(at, Math.min(values.length, at + size));
      this.scratch.set(part);
      this.scratch.fill(0, part.length, roundUp(part.length));
      total += kernel(0, roundUp(part.length) * 4);
    }
    return total;
  }
}

/** To a whole number of four-element vectors. */
function roundUp(count: number): number {
  return (count + 3) & ~3;
}
