// Runs the `biobert` command of this clone, installing and building first where that is needed.
import module from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { SetUpError, ensureReady, root } from "./ensure.mjs";

/** Runs one command line in this process; sets `process.exitCode`, never exits while work may be in flight. */
export async function runCommand(args) {
  try {
    await ensureReady();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
    return;
  }
  // Until the command hears Ctrl-C itself, there is nothing to finish: the exit code alone must be right.
  const interrupted = () => process.exit(130);
  process.on("SIGINT", interrupted);
  module.enableCompileCache?.();
  const { main } = await import(pathToFileURL(path.join(root, "dist", "cli.mjs")).href);
  const running = main(args);
  process.off("SIGINT", interrupted);
  process.exitCode = await running;
}
