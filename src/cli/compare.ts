// `biobert compare A B`: is one system better than another on the same test items? The paired bootstrap over items and seeds, and
// approximate randomisation.

import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Command } from "commander";
import { ensureDirectory, readJson, writeFileAtomic } from "../data/index.ts";
import type { ItemsFile, SystemComparison, Verdict } from "../evaluation/index.ts";
import type { CommandContext } from "./common/context.ts";
import { EXIT } from "./common/errors.ts";
import { numberBetween, wholeNumber } from "./common/options.ts";
import { print } from "./common/output.ts";

interface CompareFlags {
  metric?: string;
  margin?: number;
  samples: number;
  seed: number;
  level: number;
  record?: string;
  json: boolean;
}

const EXAMPLES = `
Examples:
  biobert evaluate ner --model ours --data test.tsv --items ours.json
  biobert evaluate ner --model theirs --data test.tsv --items theirs.json
  biobert compare theirs.json ours.json
  biobert compare runs/ncbi-disease runs/ncbi-disease-5e-4      all seeds of two reproductions
  biobert compare pytorch.json ours.json --record results/comparisons/ncbi-disease.json
  biobert compare seed1.json,seed2.json,seed3.json other.json

A and B are files of items (biobert evaluate --items, or the items.json of a run), directories that hold an items.json, or
several of them with commas between: runs of one system with other seeds. Items are numbers and ids, never text.
Verdicts: B is better or worse where the interval of the difference does not hold 0; equal where it holds 0 and the difference is
within the margin; else undecided.`;

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerCompare(program: Command, context: CommandContext, finish: (code: number) => void): void {
  program
    .command("compare")
    .description("a test of significance between two systems, over test items and seeds")
    .argument("<A>", "the first system's items")
    .argument("<B>", "the second system's")
    .option("--metric <NAME>", "the metric (default: the first that the items have)")
    .option(
      "--margin <POINTS>",
      "the largest difference that passes for equal (default: 0.7; of correlations 0.007)",
      numberBetween(0, Infinity),
    )
    .option("--samples <N>", "resamples", wholeNumber(100), 10_000)
    .option("--seed <N>", "seed of the resampling", wholeNumber(0), 0)
    .option("--level <L>", "of the interval", numberBetween(0.5, 0.9999), 0.95)
    .option(
      "--record <FILE>",
      "also write the comparison there, without paths: what docs/results.md shows beside a record",
    )
    .option("--json", "print the comparison as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (first: string, second: string, flags: CompareFlags) => {
      finish(await compare(first, second, flags, context));
    });
}

async function compare(first: string, second: string, flags: CompareFlags, context: CommandContext): Promise<number> {
  const { compareSystems, comparisonRecord, metricName } = await import("../evaluation/index.ts");
  const [a, b] = [await itemsOf(first), await itemsOf(second)];
  const { metric, margin, samples, seed, level } = flags;
  const result = compareSystems(a, b, {
    ...(metric === undefined ? {} : { metric }),
    ...(margin === undefined ? {} : { margin }),
    samples,
    seed,
    level,
    names: [first, second],
  });
  if (flags.record !== undefined) {
    await ensureDirectory(dirname(flags.record));
    await writeFileAtomic(flags.record, `${JSON.stringify(comparisonRecord(a, b, result), null, 2)}\n`);
  }
  if (flags.json) {
    const about = {
      task: a.task,
      dataset: a.dataset,
      first: { path: first, system: a.system, seeds: a.seeds },
      second: { path: second, system: b.system, seeds: b.seeds },
    };
    await print(context.stdout, `${JSON.stringify({ ...about, ...result }, null, 2)}\n`);
  } else
    await print(
      context.stdout,
      `${comparisonText(a, b, [first, second], result, metricName(result.metric)).join("\n")}\n`,
    );
  return EXIT.done;
}

/** The items of an argument; several files are runs of one system. */
async function itemsOf(argument: string): Promise<ItemsFile> {
  const { joinRuns, readItemsFile } = await import("../evaluation/index.ts");
  const files: ItemsFile[] = [];
  const names: string[] = [];
  for (const path of argument.split(",").filter((one) => one !== "")) {
    const isDirectory = (await stat(path).catch(() => undefined))?.isDirectory() === true;
    const file = isDirectory ? `${path}/items.json` : path;
    const json = await readJson(file, { hint: "biobert evaluate TASK --items FILE writes items." });
    files.push(readItemsFile(json, file));
    names.push(file);
  }
  return joinRuns(files, names);
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  better: "B is better than A",
  worse: "B is worse than A",
  equal: "A and B are equal: the interval holds 0, and the difference is within the margin",
  undecided:
    "undecided: the interval holds 0, but the difference is larger than the margin; more seeds or items would tell",
};

function comparisonText(
  a: ItemsFile,
  b: ItemsFile,
  paths: readonly [string, string],
  result: SystemComparison,
  metric: string,
): string[] {
  const { bootstrap, randomisation, items, unit, runs, margin, verdict } = result;
  const digits = result.bootstrap.interval !== undefined && margin < 0.1 ? 4 : 2;
  const number = (value: number): string => value.toFixed(digits);
  const signed = (value: number): string => `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`;
  const side = (name: string, file: ItemsFile, path: string, value: number, count: number): string =>
    `${name}  ${number(value)}  ${file.system}, ${count === 1 ? "1 run" : `${count} runs`}  (${path})`;
  const { low, high, level } = bootstrap.interval!;
  const widest = Math.max(-low, high);
  const open =
    verdict === "equal" && widest > margin
      ? `; differences up to ${number(widest)} are not ruled out: more seeds or items would tell`
      : "";
  return [
    `${metric} on ${a.dataset.id} ${a.dataset.split}: ${items} ${unit}`,
    side("A", a, paths[0], bootstrap.first, runs[0]),
    side("B", b, paths[1], bootstrap.second, runs[1]),
    "",
    `B - A       ${signed(bootstrap.difference)}, ${(100 * level).toFixed(0)} % interval ${signed(low)} to ${signed(high)} (paired bootstrap over items and runs, ${bootstrap.samples} samples)`,
    `p           ${bootstrap.pValue.toFixed(4)} (bootstrap)${randomisation === undefined ? "" : `, ${randomisation.pValue.toFixed(4)} (approximate randomisation)`}`,
    `margin      ${margin}`,
    `verdict     ${VERDICTS[verdict]}${open}`,
  ];
}
