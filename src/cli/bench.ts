// `biobert bench`: the kept speed figures as a table, and `bench run NAME` to measure one again (in a clone).

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import { readText } from "../data/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { interruptedError } from "./input.ts";
import { print } from "./output.ts";
import { tableLines } from "./terminal.ts";

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

type BenchResult = z.infer<typeof benchResultSchema>;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerBench(program: Command, context: CommandContext, finish: (code: number) => void): void {
  const bench = program
    .command("bench")
    .description("side-by-side speed figures: the table of kept results")
    .option("--json", "print the results as JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  biobert bench\n  biobert bench run train-step   measures again (needs a clone and the peers)",
    )
    .action(async (options: { json: boolean }) => {
      finish(await listResults(options.json, context));
    });
  bench
    .command("run")
    .description("run one benchmark of bench/")
    .argument("<NAME>", "name of the script in bench/, without its ending")
    .argument("[ARGUMENT...]", "passed on to it")
    .allowUnknownOption()
    .action(async (name: string, args: string[]) => {
      finish(await runBenchmark(name, args, context));
    });
}

async function listResults(json: boolean, context: CommandContext): Promise<number> {
  const folder = join(context.packageRoot, "bench", "results");
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .sort()
    : [];
  if (files.length === 0) {
    throw new BiobertError({
      code: "file-not-found",
      message: "there are no benchmark results",
      place: { file: folder },
      hint: "They come with a clone of the project; measure with: biobert bench run NAME",
    });
  }
  const results: BenchResult[] = [];
  for (const file of files) results.push(...(await readResults(join(folder, file))));
  if (json) await print(context.stdout, `${JSON.stringify(results, null, 2)}\n`);
  else await print(context.stdout, `${resultLines(results).join("\n")}\n`);
  return EXIT.done;
}

async function readResults(file: string): Promise<BenchResult[]> {
  const text = await readText(file);
  try {
    const value: unknown = JSON.parse(text);
    return z.array(benchResultSchema).parse(Array.isArray(value) ? value : [value]);
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

function resultLines(results: readonly BenchResult[]): string[] {
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

async function runBenchmark(name: string, args: string[], context: CommandContext): Promise<number> {
  const folder = join(context.packageRoot, "bench");
  const script = join(folder, `${name}.mjs`);
  if (!/^[\w-]+$/.test(name) || !existsSync(script)) {
    const names = existsSync(folder)
      ? readdirSync(folder)
          .filter((file) => file.endsWith(".mjs"))
          .map((file) => file.slice(0, -4))
      : [];
    throw new BiobertError({
      code: "usage",
      message: `there is no benchmark ${JSON.stringify(name)}`,
      hint:
        names.length === 0 ? "Benchmarks come with a clone of the project." : `There are: ${names.sort().join(", ")}`,
    });
  }
  // Ctrl-C reaches the child by itself; this process waits for its end.
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (exit) => resolve(exit ?? EXIT.failed));
  });
  if (context.signal.aborted) throw interruptedError();
  return code === 0 ? EXIT.done : EXIT.failed;
}
