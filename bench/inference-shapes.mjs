// Benchmark `inference-shapes`: one forward pass at six shapes of two models with random weights. fp32 against PyTorch and
// OpenVINO; int8 against OpenVINO's bf16 and its int8 as NNCF makes it. OpenVINO reads the ONNX graph that we run.
import path from "node:path";
import { buildSides, sideFile } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { measure } from "./lib/measure.mjs";
import { BenchmarkError, count, pythonOption, readOptions } from "./lib/options.mjs";
import { pieceOptions, runPieces } from "./lib/pieces.mjs";
import { compare, summarise } from "./lib/result.mjs";
import { parseShape, PIECES, SHAPES, writeConfig } from "./lib/shapes.mjs";
import { ourSide, pythonSide, runOnce } from "./lib/side.mjs";
import { requireSameWork, writeInputs } from "./lib/training.mjs";

const ABOUT = "The forward pass of a token classifier at the shapes that count, beside PyTorch and OpenVINO.";
const TABLE = {
  ...pieceOptions,
  steps: { value: "N", help: "batches of a round; default: 1, for small shapes 4" },
  ...pythonOption,
  "nncf-python": {
    value: "FILE",
    default: process.env.BIOBERT_NNCF_PYTHON,
    help: "Python with nncf and openvino ($BIOBERT_NNCF_PYTHON); without it no row of NNCF",
  },
};
const INT8_SHAPES = new Set(["minilm-32x128", "bert-base-8x128", "tiny-2x16"]);
const BARS = { pytorch: 1.7, openvino: 1, int8: 1 };
/** Logits of a side of the same precision differ by no more than this from ours. */
const TOLERANCE = 1e-3;

await runMain(async () => {
  const options = readOptions(ABOUT, TABLE);
  if (options === undefined) return;
  const steps = options.steps === undefined ? undefined : count(options, "steps");
  const values = { ...options, steps, rounds: count(options, "rounds"), threads: count(options, "threads") };
  const shapes = (values.shape ?? SHAPES).map(parseShape);
  buildSides();
  await runPieces("inference-shapes", shapes, values, (shape, folder) => measureShape(shape, folder, values));
});

async function measureShape(shape, folder, values) {
  const { rounds, threads, python } = values;
  const steps = values.steps ?? (shape.rows * shape.columns <= 1024 && shape.model !== "bert-base" ? 4 : 1);
  const inputs = path.join(folder, "inputs.json");
  await writeInputs("random", inputs, shape.rows, shape.columns, steps, PIECES);
  const model = path.join(folder, "model");
  await runOnce(process.execPath, [sideFile("inference-model"), writeConfig(folder, shape), model]);
  const [fp32, int8] = ["model", "model_quantized"].map((name) => path.join(model, "onnx", `${name}.onnx`));
  const own = async (name, onnx, precision) => {
    const side = ourSide(name, "inference");
    return { side, precision, ...(await side.ask("setup", { onnx, inputs, threads })) };
  };
  const theirs = async (name, precision, settings) => {
    const side = pythonSide(name, python, "bench_inference.py", threads);
    return { side, precision, ...(await side.ask("setup", { inputs, threads, ...settings })) };
  };
  const sides = [
    await own("biobert", fp32, "fp32"),
    await theirs("PyTorch", "fp32", { kind: "pytorch", model }),
    await theirs("OpenVINO fp32", "fp32", { kind: "openvino", model: fp32, precision: "f32" }),
  ];
  const notMeasured = [];
  if (INT8_SHAPES.has(shape.id)) {
    sides.push(await own("biobert", int8, "int8"));
    const hinted = await theirs("OpenVINO, bf16 hint", "bf16", { kind: "openvino", model: fp32, precision: "bf16" });
    // What it computes in where the CPU has no bf16 is what it says itself.
    sides.push({ ...hinted, precision: precisionName(hinted.computesIn) });
    const made = await quantizeByNncf(fp32, inputs, path.join(folder, "nncf.xml"), values);
    if (made.unavailable === undefined) {
      const settings = { kind: "openvino", model: made.model, precision: "f32" };
      const side = await theirs("OpenVINO, NNCF int8", "int8", settings);
      sides.push({ ...side, versions: { ...side.versions, ...made.versions } });
    } else {
      notMeasured.push({ what: "OpenVINO, NNCF int8", reason: made.unavailable });
    }
  }
  const batches = Array.from({ length: steps }, (_, i) => i);
  const results = await measure(sides, { rounds, parts: [{ batches }], warmUp: { batches } });
  for (const result of results.slice(1)) requireSameWork(results[0], result, "tokens");
  const differences = sides.map((_, i) => largestDifference(results[0], results[i]));
  for (const i of [1, 2]) requireSameLogits(sides[i].side.name, differences[i]);
  const summaries = [];
  for (const [i, side] of sides.entries()) summaries.push(await ended(side, results[i], differences[i], steps));
  const line = (ours, peer, bar) => ({
    ...compare({ work: `forward pass, ${shape.name}`, unit: "s/batch", threads, ours, peer, bar }),
    shape: shape.id,
  });
  const [ours, pytorch, openvino, ours8, hinted, nncf] = summaries;
  const comparisons = [
    { ...line(ours, pytorch, BARS.pytorch), facts: { notMeasured } },
    line(ours, openvino, BARS.openvino),
  ];
  if (ours8 !== undefined) comparisons.push(line(ours8, hinted, BARS.int8));
  if (nncf !== undefined) comparisons.push(line(ours8, nncf));
  return { comparisons, inputs: { rows: shape.rows, columns: shape.columns, steps } };
}

function precisionName(computesIn) {
  return /bf16|bfloat16/.test(computesIn) ? "bf16" : "fp32";
}

/** NNCF's int8 model, in a process of its own; or why there is none. */
async function quantizeByNncf(model, inputs, out, values) {
  const python = values["nncf-python"];
  if (python === undefined) return { unavailable: "no Python with nncf was given" };
  const side = pythonSide("NNCF", python, "bench_inference.py", values.threads);
  try {
    const { versions } = await side.ask("setup", { kind: "nncf", model, inputs, out });
    await side.finish();
    return { model: out, versions };
  } catch (error) {
    if (!(error instanceof BenchmarkError)) throw error;
    return { unavailable: error.message.trim().split("\n").at(-1) };
  }
}

function largestDifference(a, b) {
  const theirs = b.replies[0].logits;
  return Math.max(...a.replies[0].logits.map((value, i) => Math.abs(value - theirs[i])));
}

function requireSameLogits(name, difference) {
  if (difference <= TOLERANCE) return;
  throw new BenchmarkError(`${name} does not run the same model: its logits differ by up to ${difference}`);
}

async function ended({ side, precision, versions, loadSeconds, computesIn }, { rounds, cpuRounds }, difference, steps) {
  const { peakMemoryBytes } = await side.finish();
  const details = {
    loadSeconds,
    largestLogitDifference: difference,
    ...(computesIn === undefined ? {} : { computesIn }),
  };
  return summarise({ name: side.name, precision, rounds, cpuRounds, peakMemoryBytes, versions, details }, 1 / steps);
}
