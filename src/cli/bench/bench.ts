// `biobert bench`: the kept speed figures as a table, and `bench run NAME` to measure one again (in a clone).

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { BiobertError } from "../../core/index.ts";
import type { BenchResult, Latencies } from "./results.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { interruptedError } from "../common/input.ts";
import { print } from "../common/output.ts";

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerBench(program: Command, context: CommandContext, finish: (code: number) => void): void {
  const bench = program
    .command("bench")
    .description("side-by-side speed figures: the table of kept results")
    .option("--json", "print the results as JSON", false)
    .addHelpText(
      "after",
      "\nExamples:\n  biobert bench\n  biobert bench run step   measures again (needs a clone and the peers)",
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
  const { isLatencies, latencyLines, readResults, resultLines } = await import("./results.ts");
  const results: (BenchResult | Latencies)[] = [];
  for (const file of files) results.push(...(await readResults(join(folder, file))));
  if (json) await print(context.stdout, `${JSON.stringify(results, null, 2)}\n`);
  else {
    const comparisons = results.filter((result): result is BenchResult => !isLatencies(result));
    const lines = [
      ...(comparisons.length === 0 ? [] : resultLines(comparisons)),
      ...results.filter(isLatencies).flatMap(latencyLines),
    ];
    await print(context.stdout, `${lines.join("\n")}\n`);
  }
  return EXIT.done;
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
