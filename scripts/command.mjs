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
  module.enableCompileCache?.();
  const { main } = await import(pathToFileURL(path.join(root, "dist", "cli.mjs")).href);
  process.exitCode = await main(args);
}
