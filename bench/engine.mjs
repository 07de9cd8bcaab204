// Benchmark `engine`: `shapes`, `inference-shapes` and `pretraining-step` in turn, each with what it takes of the options.
// What this commit has results of is not measured again, so it may be stopped and started at will.
import { spawn } from "node:child_process";
import path from "node:path";
import { root } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { BenchmarkError, readOptions } from "./lib/options.mjs";
import { shapeOptions } from "./lib/training-shape.mjs";

const ABOUT = "All benchmarks of the engine at the shapes that count; about half an hour with 7 rounds.";
const NNCF = { value: "FILE", help: "Python with nncf and openvino ($BIOBERT_NNCF_PYTHON)" };
const TRAINING = [
  "shape",
  "again",
  "rounds",
  "threads",
  "out",
  "steps",
  "compile",
  "recompute-attention",
  "recompute-layers",
  "no-arena",
  "python",
];
const INFERENCE = ["shape", "again", "rounds", "threads", "out", "steps", "python", "nncf-python"];
const BENCHMARKS = [
  ["shapes", TRAINING],
  ["pretraining-step", TRAINING],
  ["inference-shapes", INFERENCE],
];

await runMain(async () => {
  const values = readOptions(ABOUT, { ...shapeOptions, "nncf-python": NNCF });
  if (values === undefined) return;
  const failed = [];
  for (const [name, taken] of BENCHMARKS) {
    const args = taken.flatMap((option) => wordsOf(option, values[option]));
    const code = await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [path.join(root, "bench", `${name}.mjs`), ...args], { stdio: "inherit" });
      child.on("error", reject);
      child.on("close", (exit) => resolve(exit ?? 1));
    });
    if (code === 130) throw new BenchmarkError("stopped; the same command goes on", 130);
    if (code !== 0) failed.push(name);
  }
  if (failed.length > 0) throw new BenchmarkError(`not complete: ${failed.join(", ")}`);
});

function wordsOf(option, value) {
  if (value === undefined || value === false) return [];
  if (value === true) return [`--${option}`];
  return [value].flat().flatMap((one) => [`--${option}`, one]);
}
