// The best rate at which ONNX Runtime multiplies matrices on this machine: the yardstick of every other figure.

import { EngineSession, engineVersion } from "../../src/engine/index.ts";
import { encodeOnnx, Graph, matMul } from "../../src/graph/index.ts";
import type { HostTensor } from "../../src/tensor/index.ts";
import { serve, stopwatch, type Request } from "./serve.ts";

type Size = [rows: number, columns: number, inner: number];

let session: EngineSession;
const operands = new Map<string, Record<"a" | "b" | "c", HostTensor>>();

async function setup({ threads }: Request): Promise<unknown> {
  const graph = new Graph("product");
  const [a, b] = [graph.input("a", "float32", ["rows", "inner"]), graph.input("b", "float32", ["inner", "columns"])];
  graph.output("c", matMul(a, b));
  session = await EngineSession.create(encodeOnnx(graph), { threads: threads as number });
  return { versions: { node: process.version, onnxruntime: engineVersion() } };
}

function matrices([rows, columns, inner]: Size): Record<"a" | "b" | "c", HostTensor> {
  const matrix = (height: number, width: number): HostTensor => ({
    dtype: "float32",
    dims: [height, width],
    data: Float32Array.from({ length: height * width }, (_, i) => ((i * 40_503) % 1021) / 1021 - 0.5),
  });
  const key = [rows, columns, inner].join("x");
  const known = operands.get(key) ?? { a: matrix(rows, inner), b: matrix(inner, columns), c: matrix(rows, columns) };
  operands.set(key, known);
  return known;
}

/** Multiplies once at each size and gives the floating-point operations a second of each. */
async function round(request: Request): Promise<unknown> {
  const elapsed = stopwatch();
  const rates: number[] = [];
  for (const size of request.sizes as Size[]) {
    const { a, b, c } = matrices(size);
    const started = performance.now();
    await session.run({ a, b }, { c });
    rates.push((2 * size[0] * size[1] * size[2]) / ((performance.now() - started) / 1000));
  }
  return { ...elapsed(), rates };
}

await serve({ setup, round });
