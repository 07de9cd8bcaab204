// Check `devices`: the same graphs on a GPU and on the processor, and how far apart their results are. It measures no speed:
// on a software adapter there is none to speak of.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { buildSides, root, sideFile } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { BenchmarkError, readOptions } from "./lib/options.mjs";
import { beforeStart, commandLine } from "./lib/result.mjs";

const ABOUT = "Whether a device computes what the processor does: inference, loss and every gradient, each head.";
const TABLE = {
  model: { value: "DIR", required: true, help: "a BERT: config.json, model.safetensors, vocab.txt" },
  device: { value: "NAME", default: "webgpu", help: "webgpu or cuda" },
  adapter: { value: "TEXT", help: "what the device is, to be kept with the figures" },
  out: { value: "FILE", help: "the figures; default: reference/results/devices.json" },
};
/** A share of the largest result, or of a gradient's norm. */
const BOUNDS = { fp32: 1e-4, fp16: 2e-2, training: 1e-4 };

await runMain(async () => {
  const values = readOptions(ABOUT, TABLE);
  if (values === undefined) return;
  const { commit } = beforeStart();
  buildSides();
  const scratch = mkdtempSync(path.join(os.tmpdir(), "biobert-devices-"));
  try {
    const [first, ...checks] = await run([values.device, path.resolve(values.model), scratch]);
    const judged = checks.map((check) => ({ ...check, ...judge(check) }));
    const file = values.out ?? path.join(root, "reference", "results", "devices.json");
    mkdirSync(path.dirname(file), { recursive: true });
    const made = {
      formatVersion: 1,
      device: values.device,
      adapter: values.adapter ?? "not said",
      createdAt: new Date().toISOString(),
      command: commandLine("devices", process.argv.slice(2)),
      commit,
      machine: { cpu: os.cpus()[0]?.model.trim() ?? "unknown", os: `${os.type()} ${os.release()}` },
      ...first,
      checks: judged,
    };
    writeFileSync(file, `${JSON.stringify(made, undefined, 1)}\n`);
    const failed = judged.filter(({ agrees }) => !agrees).length;
    if (failed > 0) throw new BenchmarkError(`${failed} of ${judged.length} checks differ by more than they may`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

/** The lines that the side prints; each is said as it comes. */
async function run(args) {
  const child = spawn(process.execPath, [sideFile("devices"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = new Promise((resolve) => {
    child.on("close", (code, signal) => {
      resolve(code ?? signal);
    });
  });
  const lines = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const value = JSON.parse(line);
    lines.push(value);
    if (value.work !== undefined) process.stdout.write(`${describe(value)}\n`);
  }
  const code = await closed;
  if (code !== 0) throw new BenchmarkError(`the side ended with ${code} after ${lines.length} lines`);
  return lines;
}

function judge(check) {
  const training = "worstTensorDifference" in check;
  const relative = training ? check.worstTensorDifference : check.largestDifference / check.largest;
  return { agrees: relative <= (training ? BOUNDS.training : BOUNDS[check.precision]) };
}

function describe(check) {
  const mark = judge(check).agrees ? "ok  " : "FAIL";
  const figures =
    "worstTensorDifference" in check
      ? `loss ${check.loss.toFixed(4)} apart ${check.lossDifference.toExponential(1)}, gradient ${check.gradientDifference.toExponential(1)}, worst tensor ${check.worstTensorDifference.toExponential(1)}`
      : `apart ${check.largestDifference.toExponential(1)} of ${check.largest.toFixed(2)}`;
  return `${mark} ${check.work} (${check.precision}): ${figures}; ${check.onDevice} nodes on the device, on the processor ${JSON.stringify(check.onProcessor)}`;
}
