// The form in which bench/results keeps speed figures, and the table of them.

import { z } from "zod";
import { BiobertError } from "../../core/index.ts";
import { readText } from "../../data/index.ts";
import { tableLines } from "../common/terminal.ts";

const measured = z.object({
  name: z.string(),
  value: z.number().positive(),
  peakMemoryMegabytes: z.number().positive().optional(),
});

/** One line of the table: the same work done by us and by a peer, in the same run. */
const benchResultSchema = z.object({
  formatVersion: z.literal(1),
  work: z.string(),
  /** What the values are, for example `s/step` (less is better) or `documents/s` (more is better). */
  unit: z.string(),
  precision: z.string(),
  threads: z.number().int().positive(),
  ours: measured,
  peer: measured,
  /** How many times faster than the peer. */
  ratio: z.number().positive(),
  /** The least ratio that the project promises; none where it is only reported. */
  bar: z.number().positive().optional(),
});

export type BenchResult = z.infer<typeof benchResultSchema>;

const latency = z.object({ requests: z.number(), median: z.number(), p95: z.number(), max: z.number() });

/** How long requests to a service take, route by route: there is no peer that does the same. */
const latenciesSchema = z.object({
  formatVersion: z.literal(1),
  kind: z.literal("latencies"),
  benchmark: z.string(),
  /** The most that the median of a route may take, in `unit`. */
  bar: z.number().positive(),
  unit: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  databases: z.record(
    z.string(),
    z.object({
      import: z.object({ seconds: z.number() }),
      all: latency,
      slowestMedian: z.number(),
      routes: z.record(z.string(), latency),
    }),
  ),
});

export type Latencies = z.infer<typeof latenciesSchema>;

/** The results in one file, which holds one or an array. Errors: `input-format`, and those of reading a file. */
export async function readResults(file: string): Promise<(BenchResult | Latencies)[]> {
  const text = await readText(file);
  try {
    const value: unknown = JSON.parse(text);
    return z.array(z.union([latenciesSchema, benchResultSchema])).parse(Array.isArray(value) ? value : [value]);
  } catch (cause) {
    throw new BiobertError({
      code: "input-format",
      message: "not a benchmark result",
      place: { file },
      hint: "Measure again with: biobert bench run NAME",
      cause,
    });
  }
}

/** Whether a result is of latencies, not a comparison with a peer. */
export function isLatencies(result: BenchResult | Latencies): result is Latencies {
  return "kind" in result;
}

/** What latencies came to, a line for each database. */
export function latencyLines({ benchmark, bar, unit, inputs, databases }: Latencies): string[] {
  const size = Object.entries(inputs)
    .filter(([, value]) => typeof value === "number" && value >= 1000)
    .map(([name, value]) => `${(value as number).toLocaleString("en-US")} ${name}`);
  return Object.entries(databases).map(([name, { import: imported, all, slowestMedian, routes }]) => {
    const slowest = Object.entries(routes).find(([, { median }]) => median === slowestMedian)?.[0] ?? "";
    return `${benchmark} (${size.join(", ")}; ${name}): imported in ${imported.seconds} s; ${all.requests} requests, median ${all.median} ${unit}, 95 % within ${all.p95} ${unit}; slowest route ${slowest}: median ${slowestMedian} ${unit}, at most ${bar}`;
  });
}

/** The table of results, ready to print. */
export function resultLines(results: readonly BenchResult[]): string[] {
  const right = (title: string) => ({ title, align: "right" as const });
  const memory = ({ peakMemoryMegabytes: value }: z.infer<typeof measured>): string =>
    value === undefined ? "" : `${Math.round(value)} MB`;
  const columns = [
    { title: "work" },
    { title: "precision" },
    right("threads"),
    right("biobert"),
    { title: "peer" },
    right("peer's"),
    { title: "unit" },
    right("ratio"),
    right("at least"),
    right("memory"),
    right("peer's memory"),
  ];
  const rows = results.map((result) =>
    [
      result.work,
      result.precision,
      String(result.threads),
      String(Number(result.ours.value.toPrecision(3))),
      result.peer.name,
      String(Number(result.peer.value.toPrecision(3))),
      result.unit,
      `${result.ratio.toFixed(2)}x`,
      result.bar === undefined ? "" : `${result.bar}x`,
      memory(result.ours),
      memory(result.peer),
    ].map((text) => ({ text })),
  );
  return tableLines(columns, rows);
}
