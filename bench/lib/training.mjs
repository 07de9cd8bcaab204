// What `step` and `epoch` share: inputs written once, our side and PyTorch's set up on them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { sideFile } from "./build.mjs";
import { BenchmarkError } from "./options.mjs";
import { ourSide, pythonSide, runOnce } from "./side.mjs";

/** A folder for this work; removed at its end. */
export async function inTemporaryFolder(work) {
  const folder = mkdtempSync(path.join(tmpdir(), "biobert-bench-"));
  // At the exit, which comes after Ctrl-C too.
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    return await work(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** Writes the batches; see bench/sides/training-inputs.ts for the arguments. */
export async function writeInputs(kind, out, ...args) {
  await runOnce(process.execPath, [sideFile("training-inputs"), kind, out, ...args.map(String)]);
}

/** Our side, ready. `recipe` is {model, inputs, threads, dropout, maxGradientNorm, ...}: see bench/sides/training.ts. */
export async function ourTraining(recipe, name = "biobert") {
  const side = ourSide(name, "training");
  return { side, precision: "fp32", ...(await side.ask("setup", recipe)) };
}

/** PyTorch's side, ready; undefined where it is to compute in bf16 and the CPU cannot. */
export async function pytorchTraining(name, recipe, python, variant = {}) {
  const side = pythonSide(name, python, "bench_training.py", recipe.threads);
  const { bfloat16, ...reply } = await side.ask("setup", { ...recipe, ...variant });
  if (variant.autocast && !bfloat16) {
    await side.finish();
    return undefined;
  }
  return { side, precision: variant.autocast ? "bf16" : "fp32", ...reply };
}

/** Refuses a comparison of sides that did not read the same: the batches are the same, so the counts must be. */
export function requireSameWork(ours, theirs, what) {
  const sum = (replies) => replies.reduce((total, reply) => total + reply[what], 0);
  const [own, other] = [sum(ours.replies), sum(theirs.replies)];
  if (own !== other) throw new BenchmarkError(`the sides did not do the same work: ${own} and ${other} ${what}`);
}
