// Builds our sides into node_modules/.cache: what is measured is always the sources as they are.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BenchmarkError } from "./options.mjs";

export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

const folder = path.join(root, "node_modules", ".cache", "biobert", "bench");

/** Builds the sides; one second. */
export function buildSides() {
  const tsdown = path.join(root, "node_modules", "tsdown", "dist", "run.mjs");
  if (!existsSync(tsdown)) throw new BenchmarkError("the development dependencies are not installed: run npm ci");
  const args = [tsdown, "--config", path.join("bench", "tsdown.config.ts"), "--out-dir", folder];
  const built = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (built.status !== 0) throw new BenchmarkError(`the build failed\n${built.stdout}${built.stderr}`);
}

/** The built file of a side. */
export function sideFile(name) {
  return path.join(folder, `${name}.mjs`);
}
