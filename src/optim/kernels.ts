// The optimisers' inner loops in WebAssembly SIMD, each one pass over memory: Adam's update, LAMB's two, decay alone, a
// sum of squares, an addition. See vectors.ts for how they are run over buffers.

import { assemble, op, type KernelSource, type ValueKind } from "./wasm.ts";

/** Where running sums lie in the kernels' memory: 16 lanes of double precision for each of two sums. */
export const LANES = 16;
export const SUM_BYTES = 2 * LANES * 8;

/** What a kernel works on. Its function takes a pointer for each buffer, the end of the first, then the scalars. */
interface Pass {
  buffers: readonly string[];
  scalars?: readonly string[];
  /** Vectors that the body keeps between its instructions. */
  temporaries?: readonly string[];
  /** Sums of squares it adds to. */
  sums?: number;
  /** Elements one turn of the loop takes: 4 or 16. */
  elements: 4 | 16;
  body(pass: PassLocals): number[];
}

/** The instructions of a body, by the names its pass gives. */
interface PassLocals {
  get(name: string): number[];
  /** Stores what was computed last in a temporary and leaves it there to go on with. */
  tee(name: string): number[];
  load(buffer: string, vector?: number): number[];
  store(buffer: string, value: readonly number[]): number[];
  /** Adds the squares of a vector of four to the lanes of a sum, in double precision: to those of elements `4 * vector`. */
  addSquares(sum: number, vector: number, value: readonly number[]): number[];
}

function kernelOf({ buffers, scalars = [], temporaries = [], sums = 0, elements, body }: Pass): KernelSource {
  const end = buffers.length;
  const firstScalar = end + 1;
  const firstVector = firstScalar + scalars.length;
  // Locals: the scalars spread over vectors, the temporaries, two for sums to work in, the lanes of the sums.
  const vectors = [...scalars, ...temporaries, "squared", "part"];
  const local = (name: string): number => firstVector + vectors.indexOf(name);
  const lanesPerSum = elements / 2;
  const laneLocal = (lane: number): number => firstVector + vectors.length + lane;
  const laneOffset = (lane: number): number => (lane >= lanesPerSum ? LANES * 8 : 0) + (lane % lanesPerSum) * 16;
  const lanes = Array.from({ length: sums * lanesPerSum }, (_, lane) => lane);
  const locals: PassLocals = {
    get: (name) => op.get(local(name)),
    tee: (name) => op.tee(local(name)),
    load: (buffer, vector = 0) => [...op.get(buffers.indexOf(buffer)), ...op.load(16 * vector)],
    store: (buffer, value) => [...op.get(buffers.indexOf(buffer)), ...value, ...op.store()],
    addSquares(sum, vector, value) {
      const half = (lane: number): number[] => [
        ...[...op.promoteLow, ...op.tee(local("part")), ...op.get(local("part")), ...op.multiplyDouble],
        ...[...op.get(laneLocal(lane)), ...op.addDouble, ...op.set(laneLocal(lane))],
      ];
      const lane = sum * lanesPerSum + 2 * vector;
      return [
        ...[...value, ...op.tee(local("squared")), ...half(lane)],
        ...[...op.highToLow(local("squared")), ...half(lane + 1)],
      ];
    },
  };
  const advance = buffers.flatMap((_, i) => [...op.get(i), ...op.constant(4 * elements), ...op.addI32, ...op.set(i)]);
  return {
    parameters: [...Array<ValueKind>(buffers.length + 1).fill("i32"), ...scalars.map((): ValueKind => "f32")],
    locals: Array<ValueKind>(vectors.length + lanes.length).fill("v128"),
    body: [
      ...scalars.flatMap((name, i) => [...op.get(firstScalar + i), ...op.splat, ...op.set(local(name))]),
      ...lanes.flatMap((lane) => [...op.constant(0), ...op.load(laneOffset(lane)), ...op.set(laneLocal(lane))]),
      ...op.loop([...body(locals), ...advance, ...op.get(0), ...op.get(end), ...op.lessI32]),
      ...lanes.flatMap((lane) => [...op.constant(0), ...op.get(laneLocal(lane)), ...op.store(laneOffset(lane))]),
    ],
  };
}

const MOMENT_SCALARS = ["factor", "beta1", "oneMinusBeta1", "beta2", "oneMinusBeta2"];
const MOMENT_TEMPORARIES = ["g", "m", "v"];

/** m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g g; with g the gradient times its factor. */
function moments(pass: PassLocals): number[] {
  const { get, tee, load, store } = pass;
  const decayed = (buffer: string, beta: string): number[] => [...load(buffer), ...get(beta), ...op.multiply];
  return [
    ...store("m", [
      ...decayed("m", "beta1"),
      ...[...load("g"), ...get("factor"), ...op.multiply, ...tee("g")],
      ...[...get("oneMinusBeta1"), ...op.multiply, ...op.add, ...tee("m")],
    ]),
    ...store("v", [
      ...decayed("v", "beta2"),
      ...[...get("g"), ...get("g"), ...op.multiply, ...get("oneMinusBeta2"), ...op.multiply, ...op.add, ...tee("v")],
    ]),
  ];
}

/** m size / (sqrt(v) + epsilon), of the moments that these instructions leave. */
function move(pass: PassLocals, m: readonly number[], v: readonly number[]): number[] {
  const { get } = pass;
  const divisor = [...v, ...op.squareRoot, ...get("epsilon"), ...op.add];
  return [...m, ...get("size"), ...op.multiply, ...divisor, ...op.divide];
}

/** LAMB's update before it is scaled: Adam's move and decay p. */
function lambUpdate(pass: PassLocals, m: readonly number[], v: readonly number[]): number[] {
  const { get, load } = pass;
  return [...move(pass, m, v), ...load("p"), ...get("decay"), ...op.multiply, ...op.add];
}

const sources = {
  /** p = keep p - size m / (sqrt(v) + epsilon), after the moments. */
  adam: kernelOf({
    buffers: ["p", "g", "m", "v"],
    scalars: [...MOMENT_SCALARS, "size", "epsilon", "keep"],
    temporaries: MOMENT_TEMPORARIES,
    elements: 4,
    body: (pass) => [
      ...moments(pass),
      ...pass.store("p", [
        ...[...pass.load("p"), ...pass.get("keep"), ...op.multiply],
        ...[...move(pass, pass.get("m"), pass.get("v")), ...op.subtract],
      ]),
    ],
  }),
  /** The moments; and the squares of p to sum 0, those of LAMB's update to sum 1. */
  lambMoments: kernelOf({
    buffers: ["p", "g", "m", "v"],
    scalars: [...MOMENT_SCALARS, "size", "epsilon", "decay"],
    temporaries: MOMENT_TEMPORARIES,
    sums: 2,
    elements: 4,
    body: (pass) => [
      ...moments(pass),
      ...pass.addSquares(0, 0, pass.load("p")),
      ...pass.addSquares(1, 0, lambUpdate(pass, pass.get("m"), pass.get("v"))),
    ],
  }),
  /** p = p - rate update, after `lambMoments`. */
  lambUpdate: kernelOf({
    buffers: ["p", "m", "v"],
    scalars: ["size", "epsilon", "decay", "rate"],
    elements: 4,
    body: (pass) => [
      ...pass.store("p", [
        ...pass.load("p"),
        ...[...lambUpdate(pass, pass.load("m"), pass.load("v")), ...pass.get("rate"), ...op.multiply, ...op.subtract],
      ]),
    ],
  }),
  /** p = keep p */
  scale: kernelOf({
    buffers: ["p"],
    scalars: ["keep"],
    elements: 4,
    body: ({ store, load, get }) => [...store("p", [...load("p"), ...get("keep"), ...op.multiply])],
  }),
  /** x = x + y */
  add: kernelOf({
    buffers: ["x", "y"],
    elements: 4,
    body: ({ store, load }) => [...store("x", [...load("x"), ...load("y"), ...op.add])],
  }),
  /** The squares of x to the 16 lanes of sum 0: element i to lane i mod 16, when each call starts at such an i. */
  sumSquares: kernelOf({
    buffers: ["x"],
    sums: 1,
    elements: 16,
    body: ({ addSquares, load }) => [0, 1, 2, 3].flatMap((vector) => addSquares(0, vector, load("x", vector))),
  }),
} satisfies Record<string, KernelSource>;

export type KernelName = keyof typeof sources;

let module: WebAssembly.Module | undefined;

/** The kernels' module, assembled once. */
export function kernelModule(): WebAssembly.Module {
  return (module ??= assemble(sources));
}
