// PyTorch in its two ways, eager and torch.compile: the faster on a trial is the peer, and the trial of the other is kept.
import { measure } from "./measure.mjs";
import { pythonSide } from "./side.mjs";

/** Other work on the machine only ever adds time, so each side's best of four rounds is compared; of two, it chose wrongly once. */
const TRIAL_ROUNDS = 4;

/** The reason why PyTorch does not compute in bf16 where the CPU cannot. */
export const NO_BF16 = "this CPU has no bf16, and PyTorch does not use it there";

/**
 * Starts both, lets them run `batches`, and gives {peer, other, unavailable}: `other` with what it came to, ended;
 * `unavailable` why there is no torch.compile.
 * @param compileLimit seconds that compiling may take, 0 for not at all
 */
export async function fasterPyTorch(recipe, { python, compileLimit, batches }) {
  const eager = await startPyTorch("PyTorch eager", recipe, python, {});
  const compiled = await startCompiled(recipe, { python, compileLimit, batches });
  if (compiled.unavailable !== undefined) return { peer: eager, unavailable: compiled.unavailable };
  await eager.side.ask("round", { batches: batches.slice(0, 1) });
  const results = await measure([eager, compiled], { rounds: TRIAL_ROUNDS, parts: [{ batches }] });
  const best = results.map(({ rounds }) => Math.min(...rounds));
  const [peer, slower] = best[1] < best[0] ? [compiled, eager] : [eager, compiled];
  const { peakMemoryBytes } = await slower.side.finish();
  return { peer, other: { ...slower, ...results[slower === eager ? 0 : 1], peakMemoryBytes } };
}

async function startPyTorch(name, recipe, python, variant) {
  const side = pythonSide(name, python, "bench_training.py", recipe.threads);
  return { side, precision: "fp32", ...(await side.ask("setup", { ...recipe, ...variant })) };
}

async function startCompiled(recipe, { python, compileLimit, batches }) {
  if (compileLimit === 0) return { unavailable: "not asked for" };
  const side = pythonSide("PyTorch, torch.compile", python, "bench_training.py", recipe.threads);
  const started = performance.now();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    side.stop();
  }, compileLimit * 1000);
  try {
    const reply = await side.ask("setup", { ...recipe, compiled: true });
    if (reply.unavailable !== undefined) {
      await side.finish();
      return { unavailable: reply.unavailable };
    }
    await side.ask("round", { batches: batches.slice(0, 1) });
    const compileSeconds = (performance.now() - started) / 1000;
    return { side, precision: "fp32", ...reply, compileSeconds };
  } catch (error) {
    return {
      unavailable: late
        ? `it had not compiled after ${compileLimit} s`
        : error.message.split("\n").slice(0, 2).join(" "),
    };
  } finally {
    clearTimeout(timer);
  }
}
