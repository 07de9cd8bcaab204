// What the machine says of itself, for records and for checkpoints.

import { cpus } from "node:os";

/** The processor's name as the system gives it; `unknown` where it gives none. */
export function cpuModel(): string {
  return cpus()[0]?.model.trim() || "unknown";
}

/** The most memory that this process has held at a time, in bytes. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}
