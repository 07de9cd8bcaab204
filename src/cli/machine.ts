// Facts for a result record: what ran, on what, from which files.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, release, type } from "node:os";
import { dirname, join } from "node:path";
import type { ResultRecord } from "../evaluation/index.ts";

/** This machine and its versions; `unknown` where a fact cannot be had. */
export function machineFacts(): ResultRecord["machine"] {
  return {
    cpu: cpus()[0]?.model.trim() || "unknown",
    cores: availableParallelism(),
    os: `${type()} ${release()}`,
    node: process.version,
    onnxruntime: packageVersionOf("onnxruntime-node"),
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

/** SHA-256 of the files' bytes, one after another, in hexadecimal. */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function packageVersionOf(name: string): string {
  try {
    // The package's own folder, found from its entry: its package.json need not be among its exports.
    let folder = dirname(createRequire(import.meta.url).resolve(name));
    while (!existsSync(join(folder, "package.json")) && folder !== dirname(folder)) folder = dirname(folder);
    return (
      (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version?: string }).version ?? "unknown"
    );
  } catch {
    return "unknown";
  }
}
