#!/usr/bin/env node
// The `biobert` command. A package carries its build; a clone (which has its sources) brings the build up to date first.
import { existsSync } from "node:fs";
import module from "node:module";

const args = process.argv.slice(2);
if (existsSync(new URL("../src", import.meta.url)) && existsSync(new URL("../scripts/command.mjs", import.meta.url))) {
  const { runCommand } = await import("../scripts/command.mjs");
  await runCommand(args);
} else {
  module.enableCompileCache?.();
  const { main } = await import("../dist/cli.mjs");
  process.exitCode = await main(args);
}
