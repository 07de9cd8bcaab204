// What is done with a graph: printing, pruning, feeding the interpreter, and encoding as ONNX.

import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type ModelProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/index.ts";
import { parseBertConfig, tokenClassifierForInference, tokenClassifierForTraining } from "../../src/bert/index.ts";
import { EngineSession } from "../../src/engine/index.ts";
import {
  add,
  encodeOnnx,
  Graph,
  hyperbolicTangent,
  interpret,
  layerNormalization,
  matMul,
  multiply,
  print,
  reduceSum,
  removeUnused,
  reshape,
  scalar,
  scale,
  select,
  verify,
} from "../../src/graph/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { floats } from "../support/norms.ts";

const config = parseBertConfig({
  vocab_size: 31,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 16,
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
});

describe("print", () => {
  it("lists the token classifier as before: to run", async () => {
    const { graph } = tokenClassifierForInference(config, 3);
    await expect(print(graph)).toMatchFileSnapshot("../golden/token-classification-graph.txt");
  });

  it("lists the token classifier as before: to train, with dropout", async () => {
    const { graph, loss } = tokenClassifierForTraining(config, 3);
    graph.output("loss", loss);
    await expect(print(graph)).toMatchFileSnapshot("../golden/token-classification-training-graph.txt");
  });

  it("is a line a value, in words", () => {
    const graph = new Graph("tiny");
    const x = graph.input("x", "float32", ["batch", 2]);
    const weight = graph.parameter("weight", "float32", [3, 2]);
    const many = graph.constant({ dtype: "int32", dims: [5], data: Int32Array.of(1, 2, 3, 4, 5) });
    graph.output("many", many);
    graph.output(
      "y",
      graph.scoped("head", () => scale(matMul(x, weight, { transposeB: true }), 0.5)),
    );
    expect(print(graph)).toBe(
      [
        "graph tiny",
        "  input x: float32[batch, 2]",
        "  parameter weight: float32[3, 2]",
        "  constant c0: int32[5] = 1, 2, 3, 4, ...",
        "  constant c1: float32[] = 0.5",
        "  # head",
        "  %0: float32[batch, 3] = matMul(x, weight) {transposeA=false, transposeB=true, alpha=1}",
        "  %1: float32[batch, 3] = multiply(%0, c1)",
        "  output many = c0",
        "  output y = %1",
        "",
      ].join("\n"),
    );
  });
});

describe("removeUnused", () => {
  it("drops the nodes and constants that no output needs, and changes no result", () => {
    const graph = new Graph("prune");
    const x = graph.input("x", "float32", [3]);
    const kept = multiply(hyperbolicTangent(x), scalar(graph, 2));
    add(kept, scalar(graph, 5));
    hyperbolicTangent(add(x, scalar(graph, 7)));
    graph.output("y", kept);
    const feeds = { x: { dims: [3], data: [0.1, -2, 3] } };
    const before = interpret(graph, feeds);
    expect(removeUnused(graph)).toBe(3);
    expect(graph.nodes.map(({ operator }) => operator)).toEqual(["hyperbolicTangent", "multiply"]);
    expect(graph.constants.map(({ tensor }) => tensor!.data[0])).toEqual([2]);
    expect(interpret(graph, feeds)).toEqual(before);
    expect(removeUnused(graph)).toBe(0);
  });

  it("keeps a node of which one result is needed", () => {
    const graph = new Graph("several");
    const x = graph.input("x", "float32", [2, 3]);
    const [weight, bias] = [graph.input("weight", "float32", [3]), graph.input("bias", "float32", [3])];
    graph.output("mean", layerNormalization(x, weight, bias, 1e-12).mean);
    expect(removeUnused(graph)).toBe(0);
    verify(graph);
  });

  it("leaves of a gradient graph only what the asked-for gradients need", () => {
    const graph = new Graph("gradient");
    const x = graph.input("x", "float32", [3]);
    const y = graph.input("y", "float32", [3]);
    const found = gradients(reduceSum(multiply(hyperbolicTangent(x), y), [0]), [x, y]);
    graph.output("dy", found.get(y)!);
    removeUnused(graph);
    verify(graph);
    const { dy } = interpret(graph, { x: { dims: [3], data: [0, 1, 2] }, y: { dims: [3], data: [1, 1, 1] } });
    expect([...dy!.data]).toEqual([0, Math.tanh(1), Math.tanh(2)]);
    // d loss / dy is tanh(x) times one: nothing of tanh's own gradient is left.
    expect(graph.nodes.every(({ operator }) => operator !== "subtract")).toBe(true);
  });
});

describe("interpret", () => {
  it("selects by the condition alone, a NaN that is chosen included", () => {
    const graph = new Graph("select");
    const [x, y] = [graph.input("x", "float32", ["n"]), graph.input("y", "float32", ["n"])];
    const condition = graph.input("condition", "bool", ["n"]);
    graph.output("z", select(condition, x, y));
    const feed = (data: number[]) => ({ dims: [4], data });
    const { z } = interpret(graph, {
      condition: feed([1, 0, 1, 0]),
      x: feed([Number.NaN, Number.NaN, 1, 2]),
      y: feed([5, 6, Number.NaN, Number.NaN]),
    });
    expect([...z!.data]).toEqual([Number.NaN, 6, 1, Number.NaN]);
  });

  const graph = new Graph("feeds");
  const a = graph.input("a", "float32", ["batch", 2]);
  const b = graph.input("b", "float32", ["batch*sequence"]);
  graph.input("c", "float32", ["sequence"]);
  graph.output("a", scale(a, 2));
  graph.output("b", scale(b, 3));
  const zeros = (...dims: number[]) => ({ dims, data: new Float64Array(dims.reduce((x, y) => x * y, 1)) });
  const feeds = { a: zeros(2, 2), b: zeros(6), c: zeros(3) };

  it("runs when everything fits", () => {
    expect(Object.keys(interpret(graph, feeds))).toEqual(["a", "b"]);
  });

  it.each<[string, Record<string, ReturnType<typeof zeros>>, string]>([
    ["a missing feed", { a: feeds.a, c: feeds.c }, "nothing is fed to b"],
    ["another rank", { ...feeds, a: zeros(4) }, "a is [batch, 2], fed [4]"],
    ["another fixed size", { ...feeds, a: zeros(2, 3) }, "a is [batch, 2] = [2, 2] here, fed [2, 3]"],
    ["a product that does not come out", { ...feeds, b: zeros(7) }, "b is [batch*sequence] = [6] here, fed [7]"],
  ])("refuses %s", (_, wrong, message) => {
    expect(() => interpret(graph, wrong)).toThrowError(expect.objectContaining({ code: "graph-invalid", message }));
  });

  it("refuses a size that two inputs give differently", () => {
    const two = new Graph("two");
    two.output("y", add(two.input("x", "float32", ["n"]), two.input("y", "float32", ["n"])));
    expect(() => interpret(two, { x: zeros(2), y: zeros(3) })).toThrowError(/y is \[n\] = \[2\] here, fed \[3\]/);
  });
});

describe("encodeOnnx", () => {
  const decode = (bytes: Uint8Array): ModelProto => fromBinary(ModelProtoSchema, bytes);

  it("writes equal small constants once, and large ones and other dtypes apart", () => {
    const graph = new Graph("constants");
    let y = graph.input("x", "float32", ["n"]);
    for (let i = 0; i < 5; i++) y = add(scale(y, 0.25), scalar(graph, 0.25));
    graph.output("y", y);
    graph.output(
      "z",
      add(
        graph.input("k", "int32", ["n"]),
        graph.constant({ dtype: "int32", dims: [], data: Int32Array.of(0x3e800000) }),
      ),
    );
    const { initializer } = decode(encodeOnnx(graph)).graph!;
    // 0x3e800000 is how 0.25 looks as an integer: the same bytes under another dtype.
    expect(initializer.length).toBe(2);
    expect(graph.constants.length).toBe(11);
  });

  it("asks an input for each size once, however many shapes need it", () => {
    const model = tokenClassifierForTraining(config, 3);
    const found = gradients(model.loss, model.parameterValues);
    for (const value of model.parameterValues) model.graph.output(`gradient.${value.name}`, found.get(value)!);
    const { node } = decode(encodeOnnx(model.graph)).graph!;
    expect(node.filter(({ opType }) => opType === "Shape").length).toBeLessThanOrEqual(2);
    expect(new Set(node.map(({ name }) => name)).size).toBe(node.length);
    expect(new Set(node.flatMap(({ output }) => output)).size).toBe(node.flatMap(({ output }) => output).length);
  });

  const graph = new Graph("weights");
  const x = graph.input("x", "float32", ["batch", 2]);
  const weight = graph.parameter("weight", "float32", [2, 2]);
  graph.output("y", reshape(matMul(x, weight), ["2*batch"]));
  const tensor = (dims: number[], ...data: number[]): HostTensor => ({
    dtype: "float32",
    dims,
    data: Float32Array.from(data),
  });

  it("stores weights it is given and asks for those it is not", async () => {
    const value = tensor([2, 2], 1, 2, 3, 4);
    for (const weights of [new Map([["weight", value]]), new Map<string, HostTensor>()]) {
      const session = await EngineSession.create(encodeOnnx(graph, { weights }), { threads: 1 });
      expect([...session.inputNames]).toEqual(weights.size === 0 ? ["x", "weight"] : ["x"]);
      const { y } = await session.run({ x: tensor([1, 2], 10, 1), ...(weights.size === 0 ? { weight: value } : {}) });
      await session.release();
      expect(Array.from(floats(y))).toEqual([13, 24]);
    }
  });

  it("names a weight of another shape", () => {
    expect(() => encodeOnnx(graph, { weights: new Map([["weight", tensor([4], 1, 2, 3, 4)]]) })).toThrowError(
      expect.objectContaining({
        code: "model-tensor",
        message: "weight is float32[4], the graph wants float32[2, 2]",
        place: { name: "weight" },
      }),
    );
  });

  it("carries metadata, and gives the same bytes each time", () => {
    const encode = (): Uint8Array => encodeOnnx(graph, { metadata: { task: "ner" } });
    expect(decode(encode()).metadataProps.map(({ key, value }) => [key, value])).toEqual([["task", "ner"]]);
    expect(Buffer.compare(encode(), encode())).toBe(0);
  });
});
