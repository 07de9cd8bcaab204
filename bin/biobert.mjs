#!/usr/bin/env node
// The `biobert` command. A package carries its build; a clone (which has its sources) brings the build up to date first.
import { existsSync } from "node:fs";
import module from "node:module";

const args = process.argv.slice(2);
if (existsSync(new URL("../src", import.meta.url)) && existsSync(new URL("../scripts/command.mjs", import.meta.url))) {
  const { runCommand } = await import("../scripts/command.mjs");
  await runCommand(args);
} else {
  // Until the command hears Ctrl-C itself, there is nothing to finish: the exit code alone must be right.
  const interrupted = () => process.exit(130);
  process.on("SIGINT", interrupted);
  module.enableCompileCache?.();
  const { main } = await import("../dist/cli.mjs");
  const running = main(args);
  process.off("SIGINT", interrupted);
  process.exitCode = await running;
}
