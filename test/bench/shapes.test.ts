// The engine's benchmarks: what a shape is, how products are counted, how a profile is summed up, and the tables made of results.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readProfile } from "../../bench/sides/profile.ts";
import { Graph, matMul, productOperations, reduceSum } from "../../src/graph/index.ts";
import { gradients } from "../../src/autodiff/index.ts";

interface Shape {
  id: string;
  model: string;
  rows: number;
  columns: number;
  name: string;
}

/** Loads a script of bench/lib/, which has no types of its own. */
async function load<T>(name: string): Promise<T> {
  return (await import(new URL(`../../bench/lib/${name}.mjs`, import.meta.url).href)) as T;
}

const { parseShape } = await load<{ parseShape(id: string): Shape }>("shapes");
const { putFeatures } = await load<{ putFeatures(page: string, folder: string): string | undefined }>("features");
const { readComparisons } = await load<{ readComparisons(folder: string): { work: string }[] }>("table");

const folder = mkdtempSync(join(tmpdir(), "biobert-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a shape", () => {
  it("is a model and a batch", () => {
    expect(parseShape("bert-base-8x128")).toMatchObject({
      model: "bert-base",
      rows: 8,
      columns: 128,
      name: "BERT-base 8x128",
    });
  });

  it.each(["bert-base", "bert-base-8", "gpt-8x128", "minilm-x128"])("is not %s", (id) => {
    expect(() => parseShape(id)).toThrow(/is no shape/);
  });
});

describe("counting products", () => {
  it("counts two operations a multiplication, thrice as many with the backward pass", () => {
    const graph = new Graph("one-layer");
    const x = graph.input("x", "float32", ["batch*sequence", 5]);
    graph.input("ids", "float32", ["batch", "sequence"]);
    const hidden = matMul(x, graph.parameter("first", "float32", [7, 5]), { transposeB: true });
    const last = matMul(hidden, graph.parameter("second", "float32", [7, 2]));
    const sizes = new Map([
      ["batch", 2],
      ["sequence", 3],
    ]);
    const forward = 2 * 6 * (5 * 7 + 7 * 2);
    expect(productOperations(graph, sizes)).toBe(forward);
    gradients(reduceSum(last, [0, 1]), graph.parameters);
    // All but the gradient of the input, which nobody asks for.
    expect(productOperations(graph, sizes)).toBe(3 * forward - 2 * 6 * 5 * 7);
  });
});

describe("a profile", () => {
  it("is that of the last run, in shares of the time in operators", () => {
    const run = (ts: number) => ({ cat: "Session", name: "model_run", ts, dur: 100 });
    const node = (name: string, op: string, ts: number, dur: number) => ({
      cat: "Node",
      name: `${name}_kernel_time`,
      ts,
      dur,
      args: { op_name: op, output_type_shape: [{ float: [2, 3] }] },
    });
    const events = [
      run(0),
      node("layer.0/Gemm.1", "Gemm", 10, 50),
      run(200),
      node("layer.0/Gemm.1", "Gemm", 210, 30),
      node("gradient.layer.0/Gemm.2", "Gemm", 245, 30),
      node("layer.0/Add.3", "Add", 280, 20),
      { cat: "Node", name: "layer.0/Add.3_fence_before", ts: 281, dur: 5, args: { op_name: "Add" } },
    ];
    const file = join(folder, "profile.json");
    writeFileSync(file, JSON.stringify(events));
    const profile = readProfile(file);
    expect(profile.seconds).toBeCloseTo(80e-6);
    expect(profile.operators.map(({ operator, calls, share }) => [operator, calls, share])).toEqual([
      ["Gemm", 2, 0.75],
      ["Add", 1, 0.25],
    ]);
    expect(profile.kinds.map(({ operator }) => operator)).toEqual([
      "forward Gemm [2, 3]",
      "backward Gemm [2, 3]",
      "forward Add [2, 3]",
    ]);
  });
});

describe("the tables of a page", () => {
  const page =
    "# Page\n<!-- features: training -->\nold\n<!-- /features -->\nkept\n<!-- features: unknown -->\nleft\n<!-- /features -->\n";
  const side = (name: string, value: number, megabytes: number) => ({
    name,
    value,
    rounds: [value],
    precision: "fp32",
    peakMemoryMegabytes: megabytes,
    versions: { node: "v20.1.0" },
  });
  const result = {
    work: "training step, MiniLM 16x64",
    precision: "fp32",
    threads: 2,
    ours: side("biobert", 1, 100),
    peer: side("PyTorch eager", 2, 90),
    ratio: 2,
    bar: 1.5,
    facts: { notMeasured: [{ what: "PyTorch, bf16 autocast", reason: "no bf16" }] },
    machine: { cpu: "CPU", cores: 2, features: ["avx2"], memoryGigabytes: 24 },
    createdAt: "2026-01-01T00:00:00Z",
    commit: "0123456789abcdef",
  };
  writeFileSync(
    join(folder, "shapes-minilm-16x64.json"),
    JSON.stringify([result, { ...result, work: "the slower", trial: true }]),
  );
  writeFileSync(join(folder, "step.json"), JSON.stringify([{ ...result, work: "first" }]));

  it("say what was measured, and of what was not that it was not", () => {
    const made = putFeatures(page, folder)!;
    expect(made).toContain(
      "| MiniLM 16x64 | 1.00 s | 2.00 s (eager) | **2.00x** | 1.5x | yes | 100 MB | 90 MB | no | no bf16 here |",
    );
    expect(made).toContain("| MiniLM 32x128 | not measured yet |");
    expect(made).toContain("Not measured: PyTorch, bf16 autocast: no bf16.");
    expect(made).not.toContain("old");
    expect(made).toContain("\nkept\n");
    expect(made).toContain("\nleft\n");
    expect(putFeatures(made, folder)).toBe(made);
  });

  it("are none where a page asks for none", () => {
    expect(putFeatures("# Page\n", folder)).toBeUndefined();
  });

  it("of all results keep the order of the benchmarks and leave trials out", () => {
    rmSync(join(folder, "profile.json"), { force: true });
    expect(readComparisons(folder).map(({ work }) => work)).toEqual(["first", "training step, MiniLM 16x64"]);
  });
});
