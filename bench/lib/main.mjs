// Runs a benchmark's main function: errors in one line, no side left behind, exit code 130 after Ctrl-C.
import { BenchmarkError } from "./options.mjs";
import { stopSides } from "./side.mjs";

/** Runs `work` to its end; sets the exit code. */
export async function runMain(work) {
  process.once("SIGINT", () => {
    stopSides();
    process.exit(130);
  });
  try {
    await work();
  } catch (error) {
    stopSides();
    if (!(error instanceof BenchmarkError)) throw error;
    process.stderr.write(`error: ${error.message.trimEnd()}\n`);
    process.exitCode = error.exitCode;
  }
}
