// What the machine says of itself, for records and for checkpoints.

import { availableParallelism, cpus } from "node:os";

/** The processor's name as the system gives it; `unknown` where it gives none. */
export function cpuModel(): string {
  return cpus()[0]?.model.trim() || "unknown";
}

/** The processor and how many of its cores there are, as records of runs have it. */
export function machineName(cpu = cpuModel(), cores = availableParallelism()): string {
  return `${cpu}, ${cores} ${cores === 1 ? "core" : "cores"}`;
}

/** The most memory that this process has held at a time, in bytes. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}
