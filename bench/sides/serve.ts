// The process of a side: reads requests, a JSON line each, and answers each with {"reply": ...} on standard output.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export interface Request {
  run: string;
  [setting: string]: unknown;
}

/** The most memory this process has held, in bytes. */
export function peakMemoryBytes(): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"));
    if (found !== null) return Number(found[1]) * 1024;
  } catch {
    // Not Linux: the operating system counts the same elsewhere.
  }
  return process.resourceUsage().maxRSS * 1024;
}

/** Starts to measure; what it gives tells the seconds since, and those that processors worked for this process. */
export function stopwatch(): () => { seconds: number; cpuSeconds: number } {
  const started = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Answers requests by `handlers` until `finish`, which tells the peak of memory. */
export async function serve(handlers: Record<string, (request: Request) => Promise<unknown>>): Promise<void> {
  process.on("SIGINT", () => {}); // The benchmark that started this process ends it.
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    const finished = request.run === "finish";
    const reply = finished ? { peakMemoryBytes: peakMemoryBytes() } : await handlers[request.run]!(request);
    process.stdout.write(`${JSON.stringify({ reply })}\n`);
    if (finished) break;
  }
}
