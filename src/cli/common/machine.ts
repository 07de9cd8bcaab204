// Facts for a result record: what ran, and on what.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism, release, type } from "node:os";
import { join } from "node:path";
import { cpuModel } from "../../data/index.ts";
import type { ResultRecord } from "../../evaluation/index.ts";

/** This machine and its versions. */
export async function machineFacts(): Promise<ResultRecord["machine"]> {
  const { engineVersion } = await import("../../engine/index.ts");
  return {
    cpu: cpuModel(),
    cores: availableParallelism(),
    os: `${type()} ${release()}`,
    node: process.version,
    onnxruntime: engineVersion(),
  };
}

/** The commit of the clone that runs, or undefined for an installed package. */
export function commitOf(root: string): string | undefined {
  if (!existsSync(join(root, ".git"))) return undefined;
  try {
    const output = execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
    const commit = output.toString().trim();
    return /^[0-9a-f]{40}$/.test(commit) ? commit : undefined;
  } catch {
    return undefined;
  }
}
