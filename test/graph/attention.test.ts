// Attention as one operator: recognised in BERT, equal to the steps it stands for, with padding and without.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenClassifierForInference } from "../../src/bert/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import {
  add,
  attention,
  batchMatMul,
  encodeOnnx,
  fuse,
  fuseAttention,
  Graph,
  interpret,
  negate,
  reshape,
  softmax,
  transpose,
  verify,
  type Value,
} from "../../src/graph/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { counterWeights } from "../support/counter-weights.ts";
import { LAYERS, smallConfig as config } from "../support/small-config.ts";

const operators = (graph: Graph): string[] => graph.nodes.map((node) => node.operator);

interface Parts {
  graph: Graph;
  query: Value;
  key: Value;
  value: Value;
  bias: Value;
}

function parts(hidden: number): Parts {
  const graph = new Graph("attention");
  const bias = graph.input("bias", "float32", ["batch", 1, 1, "sequence"]);
  const [query, key, value] = ["query", "key", "value"].map((name) =>
    graph.input(name, "float32", ["batch*sequence", hidden]),
  );
  return { graph, query: query!, key: key!, value: value!, bias };
}

/** As `nn/` builds it. */
function inSteps({ query, key, value, bias }: Parts, heads: number, alpha: number, order = [0, 2, 1, 3]): Value {
  const size = (query.shape[1] as number) / heads;
  const [q, k, v] = [query, key, value].map((part) =>
    transpose(reshape(part, ["batch", "sequence", heads, size]), order),
  ) as [Value, Value, Value];
  const masked = add(batchMatMul(q, k, { transposeB: true, alpha }), bias);
  return reshape(transpose(batchMatMul(softmax(masked), v), [0, 2, 1, 3]), query.shape);
}

function built(hidden: number, make: (given: Parts) => Value): Graph {
  const given = parts(hidden);
  given.graph.output("context", make(given));
  verify(given.graph);
  return given.graph;
}

describe("attention as one operator", () => {
  it("is found in each layer of a BERT, and nothing of the steps is left", () => {
    const source = tokenClassifierForInference(config, 3);
    const fused = fuseAttention(fuse(source.graph, counterWeights(source.parameters)));
    verify(fused.graph);
    expect(operators(fused.graph).filter((name) => name === "attention")).toHaveLength(LAYERS);
    for (const gone of ["softmax", "batchMatMul", "transpose"]) expect(operators(fused.graph)).not.toContain(gone);
    expect(fused.graph.parameters).toHaveLength(source.graph.parameters.length);
  });

  it("is what the steps are, in the interpreter and in both of ONNX Runtime's branches", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          batch: fc.integer({ min: 1, max: 3 }),
          sequence: fc.integer({ min: 1, max: 40 }),
          heads: fc.integer({ min: 1, max: 3 }),
          size: fc.integer({ min: 1, max: 9 }),
          padded: fc.boolean(),
          seed: fc.integer({ min: 1, max: 1e6 }),
        }),
        async ({ batch, sequence, heads, size, padded, seed }) => {
          const hidden = heads * size;
          let state = seed;
          const random = (): number => {
            state = (Math.imul(state, 1103515245) + 12345) >>> 0;
            return state / 2 ** 31 - 1;
          };
          const matrix = (): Float32Array => Float32Array.from({ length: batch * sequence * hidden }, random);
          const hides = (j: number): boolean => padded && j > 0 && random() < 0.4;
          const bias = Float32Array.from({ length: batch * sequence }, (_, i) => (hides(i % sequence) ? -1e9 : 0));
          const feeds: Record<string, HostTensor & { data: Float32Array }> = {
            bias: { dtype: "float32", dims: [batch, 1, 1, sequence], data: bias },
          };
          for (const name of ["query", "key", "value"])
            feeds[name] = { dtype: "float32", dims: [batch * sequence, hidden], data: matrix() };
          const alpha = 1 / Math.sqrt(size);
          const wanted = interpret(
            built(hidden, (given) => inSteps(given, heads, alpha)),
            feeds,
          )["context"]!.data;
          const graph = built(hidden, ({ query, key, value, bias: b }) =>
            attention(query, key, value, b, { heads, alpha }),
          );
          const meant = interpret(graph, feeds)["context"]!.data;
          const session = await EngineSession.create(encodeOnnx(graph), { threads: 1 });
          const got = (await session.run(feeds))["context"]!.data as Float32Array;
          await session.release();
          wanted.forEach((value, i) => {
            expect(Math.abs(meant[i]! - value)).toBeLessThan(1e-12);
            expect(Math.abs(got[i]! - value)).toBeLessThan(1e-5);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each<[string, Graph]>([
    ["scores that no bias is added to", built(4, ({ query, key, value }) => without(query, key, value))],
    ["heads in another order", built(4, (given) => negate(inOtherOrder(given)))],
  ])("leaves alone %s", (_what, graph) => {
    expect(operators(fuseAttention({ graph, weights: new Map() }).graph)).toEqual(operators(graph));
  });

  it("keeps a step that something else reads", () => {
    const given = parts(4);
    const context = inSteps(given, 2, 1);
    given.graph.output("context", context);
    given.graph.output("masked", given.graph.nodes.find(({ operator }) => operator === "add")!.outputs[0]!);
    const { graph } = fuseAttention({ graph: given.graph, weights: new Map() });
    verify(graph);
    expect(operators(graph)).toEqual(expect.arrayContaining(["attention", "add"]));
    expect(operators(graph)).not.toContain("softmax");
  });

  it("refuses what does not fit", () => {
    const { query, key, value, bias, graph } = parts(4);
    const other = graph.input("other", "float32", ["batch*sequence", 8]);
    const flat = graph.input("flat", "float32", ["batch", "sequence"]);
    const cases: [() => unknown, string][] = [
      [() => attention(query, other, value, bias, { heads: 2, alpha: 1 }), "matrices of one shape"],
      [() => attention(query, key, value, bias, { heads: 3, alpha: 1 }), "3 heads"],
      [() => attention(query, key, value, flat, { heads: 2, alpha: 1 }), "[batch, 1, 1, sequence]"],
    ];
    for (const [build, part] of cases) expect(build).toThrow(part);
  });
});

function without(query: Value, key: Value, value: Value): Value {
  const [q, k, v] = [query, key, value].map((part) =>
    transpose(reshape(part, ["batch", "sequence", 2, 2]), [0, 2, 1, 3]),
  ) as [Value, Value, Value];
  return reshape(
    transpose(batchMatMul(softmax(batchMatMul(q, k, { transposeB: true })), v), [0, 2, 1, 3]),
    query.shape,
  );
}

/** Keys and queries of tokens by head, in the place of heads by token: no attention. */
function inOtherOrder({ query, key, value, bias }: Parts): Value {
  const [q, k, v] = [query, key, value].map((part) => reshape(part, ["batch", 2, "sequence", 2])) as [
    Value,
    Value,
    Value,
  ];
  return reshape(
    transpose(batchMatMul(softmax(add(batchMatMul(q, k, { transposeB: true }), bias)), v), [0, 2, 1, 3]),
    query.shape,
  );
}
