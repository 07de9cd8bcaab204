// Every operator: its gradient rule against numeric differences (1e-6), ONNX Runtime against the interpreter (1e-5),
// over random shapes. A new operator without a row here fails the last test.

import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/index.ts";
import * as g from "../../src/graph/index.ts";
import { checkEngine, checkGradients, type Case, type LeafSpec } from "./support.ts";

const ROUNDS = 4;

const positive = (random: Random): number => Math.fround(0.5 + random.nextFloat() * 2);
const bounded = (random: Random): number => Math.fround(random.nextFloat() * 4 - 2);
const wide = (random: Random): number => Math.fround(random.nextFloat() * 24 - 12);
const word = (random: Random): number => random.nextUint32();

/** Leaves x and y with shapes that broadcast, sizes drawn anew each round. */
function pair(random: Random, draw: (random: Random) => number = bounded): LeafSpec[] {
  const [rows, columns] = [1 + random.nextInteger(4), 1 + random.nextInteger(5)];
  const shapes: [(number | string)[], number[]][] = [
    [
      ["rows", columns],
      [rows, columns],
    ],
    [[columns], [columns]],
    [
      ["rows", 1],
      [rows, 1],
    ],
  ];
  const second = shapes[random.nextInteger(3)]!;
  return [
    { name: "x", shape: ["rows", columns], dims: [rows, columns], draw },
    { name: "y", shape: second[0], dims: second[1], draw },
  ];
}

function single(random: Random, draw: (random: Random) => number = bounded): LeafSpec[] {
  const dims = [1 + random.nextInteger(4), 2 + random.nextInteger(5)];
  return [{ name: "x", shape: ["rows", dims[1]!], dims, draw }];
}

/** `[count, classes]` numbers. */
function scores(random: Random, classes: number): LeafSpec {
  return { name: "x", shape: ["count", classes], dims: [1 + random.nextInteger(4), classes], draw: bounded };
}

/** A label for each of the `count` rows: a class, -100, or one more than there are classes. */
function labels(classes: number): LeafSpec {
  const draw = (random: Random): number => [-100, classes][random.nextInteger(6)] ?? random.nextInteger(classes);
  return { name: "labels", dtype: "int32", shape: ["count"], dims: [0], draw };
}

function words(leaves: LeafSpec[]): LeafSpec[] {
  return leaves.map((leaf) => ({ ...leaf, dtype: "uint32" as const, draw: word }));
}

type Maker = (random: Random) => Omit<Case, "name">;

const unary =
  (build: (x: g.Value) => g.Value, draw?: (random: Random) => number): Maker =>
  (random) => ({
    leaves: single(random, draw),
    build: (x) => build(x!),
  });

const binary =
  (build: (x: g.Value, y: g.Value) => g.Value, draw?: (random: Random) => number): Maker =>
  (random) => ({
    leaves: pair(random, draw),
    build: (x, y) => build(x!, y!),
  });

const CASES: Record<string, Maker> = {
  add: binary(g.add),
  subtract: binary(g.subtract),
  multiply: binary(g.multiply),
  divide: binary(g.divide, positive),
  negate: unary(g.negate),
  exponential: unary(g.exponential),
  logarithm: unary(g.logarithm, positive),
  squareRoot: unary(g.squareRoot, positive),
  reciprocal: unary(g.reciprocal, positive),
  hyperbolicTangent: unary(g.hyperbolicTangent),
  erf: unary(g.erf),
  sigmoid: unary(g.sigmoid, wide),
  softplus: unary(g.softplus, wide),
  gelu: unary(g.gelu),
  softmax: unary(g.softmax),
  softmaxDropout: (random) => ({
    leaves: single(random),
    build: (x) => g.softmaxDropout(x!, g.less(x!, g.scalar(x!.graph, 0.7))).dropped,
  }),
  logSoftmax: unary(g.logSoftmax),
  softmaxCrossEntropy: (random) => {
    const classes = 2 + random.nextInteger(4);
    return {
      leaves: [scores(random, classes), labels(classes)],
      build: (x, y) => Object.values(g.softmaxCrossEntropy(x!, y!)),
    };
  },
  "softmaxCrossEntropy over a symbolic number of classes": (random) => {
    const [rows, classes] = [1 + random.nextInteger(4), 1 + random.nextInteger(5)];
    const x = { name: "x", shape: ["count", "columns"], dims: [rows, classes] };
    return { leaves: [x, labels(classes)], build: (value, y) => g.softmaxCrossEntropy(value!, y!).losses };
  },
  bitwiseXor: (random) => ({ leaves: words(pair(random)), build: (x, y) => g.bitwiseXor(x!, y!) }),
  shiftRight: (random) => ({
    leaves: words(single(random)),
    build: (x) => g.shiftRight(x!, g.scalar(x!.graph, 13, "uint32")),
  }),
  "multiply of words": (random) => ({ leaves: words(pair(random)), build: (x, y) => g.multiply(x!, y!) }),
  less: (random) => ({ leaves: words(pair(random)), build: (x, y) => g.less(x!, y!) }),
  equal: (random) => ({
    leaves: pair(random).map((leaf) => ({ ...leaf, dtype: "int32" as const, draw: (r: Random) => r.nextInteger(3) })),
    build: (x, y) => g.equal(x!, y!),
  }),
  cast: (random) => ({
    leaves: [
      { name: "n", dtype: "int32", shape: ["rows"], dims: [1 + random.nextInteger(6)] },
      ...single(random).map((l) => ({ ...l, shape: ["other", l.dims[1]!] })),
    ],
    build: (n, x) => [g.cast(n!, "float32"), g.cast(x!, "float32")],
  }),
  select: (random) => ({
    leaves: pair(random),
    build: (x, y) => g.select(g.less(x!, y!), x!, g.scale(y!, 3)),
  }),
  matMul: (random) => {
    const [m, k, n] = [1 + random.nextInteger(4), 1 + random.nextInteger(4), 1 + random.nextInteger(4)];
    const [ta, tb] = [random.nextInteger(2) === 1, random.nextInteger(2) === 1];
    return {
      leaves: [
        { name: "a", shape: ta ? [k, "rows"] : ["rows", k], dims: ta ? [k, m] : [m, k] },
        { name: "b", shape: tb ? [n, k] : [k, n], dims: tb ? [n, k] : [k, n] },
      ],
      build: (a, b) => g.matMul(a!, b!, { transposeA: ta, transposeB: tb, alpha: 0.5 }),
    };
  },
  batchMatMul: (random) => {
    const [m, k, n, s] = [1, 2, 3, 4].map(() => 1 + random.nextInteger(3)) as [number, number, number, number];
    const [ta, tb] = [random.nextInteger(2) === 1, random.nextInteger(2) === 1];
    return {
      leaves: [
        { name: "a", shape: ["batch", 2, ...(ta ? [k, m] : [m, k])], dims: [s, 2, ...(ta ? [k, m] : [m, k])] },
        { name: "b", shape: ["batch", 2, ...(tb ? [n, k] : [k, n])], dims: [s, 2, ...(tb ? [n, k] : [k, n])] },
      ],
      build: (a, b) => g.batchMatMul(a!, b!, { transposeA: ta, transposeB: tb, alpha: 2 }),
    };
  },
  ...Object.fromEntries(
    (["reduceSum", "reduceMean", "reduceMax", "reduceSumSquare"] as const).map((name): [string, Maker] => [
      name,
      (random) => {
        const dims = [1 + random.nextInteger(3), 2 + random.nextInteger(3), 1 + random.nextInteger(3)];
        const axes = [[0], [1], [-1], [0, 2], [0, 1, 2]][random.nextInteger(5)]!;
        const keepDims = random.nextInteger(2) === 1;
        return {
          leaves: [{ name: "x", shape: ["batch", dims[1]!, dims[2]!], dims }],
          build: (x) => g[name](x!, axes, { keepDims }),
        };
      },
    ]),
  ),
  layerNormalization: (random) => {
    const [rows, width] = [1 + random.nextInteger(4), 3 + random.nextInteger(5)];
    return {
      leaves: [
        { name: "x", shape: ["rows", width], dims: [rows, width] },
        { name: "weight", shape: [width], dims: [width] },
        { name: "bias", shape: [width], dims: [width] },
      ],
      build: (x, weight, bias) => g.layerNormalization(x!, weight!, bias!, 1e-3).output,
    };
  },
  reshape: (random) => {
    const dims = [1 + random.nextInteger(3), 1 + random.nextInteger(3), 4];
    return {
      leaves: [{ name: "x", shape: ["batch", "sequence", 4], dims }],
      build: (x) => g.reshape(g.reshape(g.scale(x!, 2), ["batch*sequence", 4]), ["batch", "sequence", 2, 2]),
    };
  },
  after: (random) => ({
    leaves: single(random),
    build: (x) => g.after(g.scale(x!, 2), g.exponential(x!)),
  }),
  transpose: (random) => ({
    leaves: [{ name: "x", shape: ["batch", 2, 3, 4], dims: [1 + random.nextInteger(3), 2, 3, 4] }],
    build: (x) => g.transpose(x!, random.shuffle([0, 1, 2, 3])),
  }),
  broadcastTo: (random) => ({
    leaves: [
      { name: "x", shape: ["rows", 1], dims: [1 + random.nextInteger(3), 1] },
      { name: "size", shape: ["stack"], dims: [1 + random.nextInteger(3)], differentiate: false },
    ],
    build: (x) => g.broadcastTo(x!, ["stack", "rows", 5]),
  }),
  slice: (random) => ({
    leaves: [{ name: "x", shape: ["rows", 6], dims: [1 + random.nextInteger(3), 6] }],
    build: (x) => g.slice(x!, -1, random.nextInteger(3), 4 + random.nextInteger(3)),
  }),
  pad: (random) => ({
    leaves: [{ name: "x", shape: ["rows", 3], dims: [1 + random.nextInteger(3), 3] }],
    build: (x) => g.pad(x!, 1, random.nextInteger(3), random.nextInteger(3)),
  }),
  concatenate: (random) => {
    const rows = 1 + random.nextInteger(3);
    return {
      leaves: [
        { name: "x", shape: ["rows", 2], dims: [rows, 2] },
        { name: "y", shape: ["rows", 3], dims: [rows, 3] },
      ],
      build: (x, y) => g.concatenate([x!, y!, x!], 1),
    };
  },
  gatherRows: (random) => ({
    leaves: [
      { name: "table", shape: [4, 3], dims: [4, 3] },
      {
        name: "rows",
        dtype: "int32",
        shape: ["batch", 2],
        dims: [1 + random.nextInteger(3), 2],
        draw: (r) => r.nextInteger(4),
      },
    ],
    build: (table, rows) => g.gatherRows(table!, rows!),
  }),
  "gatherRows of activations": (random) => ({
    leaves: [
      { name: "table", shape: ["rows", "columns", 2], dims: [5, 1 + random.nextInteger(3), 2] },
      {
        name: "places",
        dtype: "int32",
        shape: ["batch"],
        dims: [1 + random.nextInteger(7)],
        draw: (r) => r.nextInteger(5),
      },
    ],
    build: (table, places) => g.gatherRows(g.scale(table!, 2), places!),
  }),
  scatterAddRows: (random) => ({
    leaves: [
      {
        name: "places",
        dtype: "int32",
        shape: ["batch", 2],
        dims: [1 + random.nextInteger(5), 2],
        draw: (r) => r.nextInteger(4),
      },
      { name: "updates", shape: ["batch", 2, 3], dims: [0, 2, 3] },
      { name: "table", shape: ["rows"], dims: [4], differentiate: false },
    ],
    build: (places, updates) => g.scatterAddRows(places!, updates!, random.nextInteger(2) === 0 ? 4 : "rows"),
  }),
  iota: (random) => ({
    leaves: [{ name: "x", shape: ["rows", "columns"], dims: [1 + random.nextInteger(4), 1 + random.nextInteger(4)] }],
    build: (x) => g.multiply(x!, g.cast(g.iota(x!.graph, "columns"), "float32")),
  }),
};

/** Operators without a derivative of their own. */
const FORWARD_ONLY: Record<string, Maker> = {
  "scatterAddRows with padding": (random) => ({
    leaves: [
      {
        name: "places",
        dtype: "int32",
        shape: ["batch", 2],
        dims: [1 + random.nextInteger(5), 2],
        draw: (r) => r.nextInteger(4),
      },
      { name: "updates", shape: ["batch", 2, 3], dims: [0, 2, 3], differentiate: false },
    ],
    build: (places, updates) => g.scatterAddRows(places!, updates!, 4, { paddingIndex: 2 }),
  }),
  softmaxCrossEntropyGradient: (random) => {
    const classes = 2 + random.nextInteger(4);
    const leaves = [scores(random, classes), labels(classes), { name: "dy", shape: ["count"], dims: [0] }];
    return {
      leaves: leaves.map((leaf) => ({ ...leaf, differentiate: false })),
      build: (x, y, dy) => g.softmaxCrossEntropyGradient(g.logSoftmax(x!), y!, dy!),
    };
  },
  // Values reach past both ends of 0..255.
  quantizeLinear: (random) => ({
    leaves: single(random).map((leaf) => ({ ...leaf, differentiate: false })),
    build: (x) => g.quantizeLinear(x!, 0.004 + 0.02 * random.nextFloat(), random.nextInteger(256)).values,
  }),
  affine: (random) => {
    const [rows, inner, columns] = [1 + random.nextInteger(4), 1 + random.nextInteger(5), 1 + random.nextInteger(4)];
    return {
      leaves: [
        { name: "x", shape: ["rows", inner], dims: [rows, inner], differentiate: false },
        { name: "weight", shape: [columns, inner], dims: [columns, inner], differentiate: false },
        { name: "bias", shape: [columns], dims: [columns], differentiate: false },
      ],
      build: (x, weight, bias) => g.affine(x!, weight!, bias!),
    };
  },
  attention: (random) => {
    const [batch, sequence, size, heads] = [
      1 + random.nextInteger(3),
      1 + random.nextInteger(6),
      1 + random.nextInteger(4),
      1 + random.nextInteger(3),
    ];
    const matrix = {
      shape: ["sequence*texts", heads * size],
      dims: [batch * sequence, heads * size],
      differentiate: false,
    };
    // ONNX Runtime has one way for a batch without padding and another for one with it.
    const padded = random.nextInteger(2) === 1;
    const hidden = (): number => (padded && random.nextInteger(3) === 0 ? -1e9 : 0);
    return {
      leaves: [
        {
          name: "bias",
          shape: ["texts", 1, 1, "sequence"],
          dims: [batch, 1, 1, sequence],
          draw: hidden,
          differentiate: false,
        },
        ...["query", "key", "value"].map((name) => ({ name, ...matrix })),
      ],
      build: (bias, query, key, value) =>
        g.attention(query!, key!, value!, bias!, { heads, alpha: 1 / Math.sqrt(size) }),
    };
  },
  integerMatMul: (random) => {
    const [rows, inner, columns] = [1 + random.nextInteger(4), 4 + random.nextInteger(5), 1 + random.nextInteger(4)];
    return {
      leaves: [
        { name: "x", shape: ["rows", inner], dims: [rows, inner], differentiate: false },
        { name: "scale", shape: [columns], dims: [columns], draw: positive, differentiate: false },
        { name: "bias", shape: [columns], dims: [columns], differentiate: false },
      ],
      build: (x, scale, bias) => {
        const weight = Int8Array.from({ length: inner * columns }, () => random.nextInteger(128) - 64);
        const constant = x!.graph.constant({ dtype: "int8", dims: [inner, columns], data: weight });
        return g.integerMatMul(g.quantizeLinear(x!, 0.02, 120), constant, scale!, bias!);
      },
    };
  },
};

function made(name: string, maker: Maker, random: Random): Case {
  const test = { name, ...maker(random) };
  // Leaves drawn apart agree in their rows.
  for (const name of ["count", "batch"]) {
    const leaves = test.leaves.filter((leaf) => leaf.shape[0] === name);
    for (const leaf of leaves) leaf.dims[0] = leaves[0]!.dims[0]!;
  }
  return test;
}

describe("gradient rules against numeric differences", () => {
  for (const [name, maker] of Object.entries(CASES)) {
    it(name, () => {
      const random = new Random(17);
      for (let round = 0; round < ROUNDS; round++) {
        const test = made(name, maker, random);
        if (test.leaves.some((leaf) => (leaf.dtype ?? "float32") === "float32")) checkGradients(test, random);
      }
    });
  }
});

describe("ONNX Runtime against the interpreter", () => {
  for (const [name, maker] of Object.entries({ ...CASES, ...FORWARD_ONLY })) {
    it(name, async () => {
      const random = new Random(23);
      for (let round = 0; round < ROUNDS; round++) await checkEngine(made(name, maker, random), random);
    });
  }
});

it("every operator of the table is tested here", () => {
  const tested = new Set([...Object.keys(CASES), ...Object.keys(FORWARD_ONLY)]);
  expect(g.operatorNames().filter((name) => !tested.has(name))).toEqual([]);
});
