// The machine's own limit: the best rate of single-precision matrix products that ONNX Runtime or PyTorch reaches in the run.
import { ourSide, pythonSide } from "./side.mjs";

/** Rows, columns and inner size of the products that are tried: large, and those of a linear layer. */
const SIZES = [
  [1024, 1024, 1024],
  [2048, 2048, 2048],
  [1024, 3072, 768],
  [1024, 768, 3072],
  [4096, 1536, 384],
];
const TRIES = 3;

/** The two sides that multiply; they take part in the rounds of `measure`, as any other side. */
export async function matrixSides(threads, python) {
  const sides = [ourSide("matrix products, ONNX Runtime", "matrix")];
  sides.push(pythonSide("matrix products, PyTorch", python, "bench_matrix.py", threads));
  const setUp = async (side) => {
    await side.ask("setup", { threads });
    await side.ask("round", { sizes: SIZES });
    const tries = [];
    for (let i = 0; i < TRIES; i++) tries.push((await side.ask("round", { sizes: SIZES })).rates);
    const best = SIZES.map((_, size) => Math.max(...tries.map((rates) => rates[size])));
    const size = SIZES[best.indexOf(Math.max(...best))];
    return { side, size, before: Math.max(...best), ask: { sizes: [size, size] }, isRate: true };
  };
  const ready = [];
  for (const side of sides) ready.push(await setUp(side));
  return ready;
}

/** Ends the sides and gives the best rate seen, {operationsPerSecond, size, by}; `rates` are those of the rounds. */
export async function bestRate(sides, rates) {
  const found = [];
  for (const [i, { side, size, before }] of sides.entries()) {
    await side.finish();
    found.push({ operationsPerSecond: Math.max(before, ...rates[i]), size, by: side.name });
  }
  return found.reduce((a, b) => (b.operationsPerSecond > a.operationsPerSecond ? b : a));
}
