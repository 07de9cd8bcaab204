// `biobert reproduce ID`: one published result measured again, from data to record; the table of all recipes; the search of a recipe's
// grid; records out of finished runs; the page of results.

import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { BiobertError } from "../../core/index.ts";
import { readJson, writeFileAtomic } from "../../data/index.ts";
import type { ReproductionEvent, ResolvedRecipe } from "../../reproduction/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { interruptedError } from "../common/input.ts";
import {
  deviceOption,
  type EngineOptions,
  MODEL_HELP,
  type ModelPlaceOptions,
  modelPlaces,
  shellQuote,
  wholeNumber,
  withModelPlaces,
} from "../common/options.ts";
import { print } from "../common/output.ts";
import { resolveModelArgument } from "../pull.ts";
import { ReproductionDisplay } from "./display.ts";
import { collect, collectPeer, factsOf, type RecordFlags, writePage } from "./records.ts";
import { listText, recordText, searchText } from "./text.ts";
import { keepItems, withoutIdsOption } from "../common/result-files.ts";
import type { ReproductionRoom } from "../common/rooms.ts";

interface ReproduceFlags extends ModelPlaceOptions, EngineOptions, RecordFlags {
  list: boolean;
  seeds?: number[];
  start?: string;
  model?: string;
  data?: string;
  train: string[];
  dev: string[];
  test: string[];
  out?: string;
  set: Record<string, string>;
  smoke?: number | true;
  anyCounts: boolean;
  estimate: boolean;
  search: boolean;
  discardModels: boolean;
  writePage: boolean;
  json: boolean;
}

const EXAMPLES = `
Examples:
  biobert reproduce --list
  biobert reproduce ncbi-disease --smoke                 tries the whole path on a few examples first
  biobert reproduce ncbi-disease --seeds 1,2,3
  biobert reproduce ncbi-disease --start biobert         the same from BioBERT's own weights
  biobert reproduce chemprot --search                    the recipe's grid, judged on dev
  biobert reproduce chemprot --set learningRate=2e-4 --out runs/chemprot-2e-4
  biobert reproduce bc4chemd --train train.tsv devel.tsv --test test.tsv
  biobert reproduce ncbi-disease --collect seed1.eval.json seed2.eval.json --record results/ncbi-disease.json

A recipe is a file of configs/, every value in it commented. Ctrl-C leaves a checkpoint, and the same command goes on from there;
seeds that are finished are not made again. Corpora are looked for as "biobert datasets" says (--data, BIOBERT_DATA, the cache).
Below --out each seed has its model, report.html, evaluation.html, run.json and items.json; record.json has the result and
items.json what "biobert compare" needs.`;

const SMOKE_EXAMPLES = 48;

function seedList(text: string): number[] {
  const seeds = text.split(",").map(wholeNumber(0));
  if (new Set(seeds).size < seeds.length) throw new InvalidArgumentError("A seed is given twice.");
  return seeds;
}

function change(text: string, before: Record<string, string>): Record<string, string> {
  const [, key, value] = /^([A-Za-z]+)=(.+)$/.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError("Expected SETTING=VALUE, such as learningRate=5e-4.");
  return { ...before, [key]: value };
}

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerReproduce(program: Command, context: CommandContext, finish: (code: number) => void): void {
  withModelPlaces(program.command("reproduce"))
    .description("measure a published result again: data, training with several seeds, evaluation, one record")
    .argument("[ID]", "the recipe: a file of configs/ without its ending")
    .option("--list", "a table of all recipes", false)
    .option("--seeds <LIST>", "seeds, as 1,2,3 (default: the recipe's)", seedList)
    .option("--start <NAME>", "which of the recipe's starts (default: its own choice)")
    .option("--model <PATH>", `${MODEL_HELP}; in place of the start's weights`)
    .option("--data <DIR>", "the folder of corpora")
    .option("--train <FILE...>", "files of your own to train on, in place of the registry's", [] as string[])
    .option("--dev <FILE...>", "likewise, to choose the epoch by", [] as string[])
    .option("--test <FILE...>", "likewise, to score", [] as string[])
    .option("--out <DIR>", "where all of it goes (default: runs/ID)")
    .option("--set <SETTING=VALUE>", "change a setting of training; may be given several times", change, {})
    .option(
      "--smoke [N]",
      `try the whole path on N examples a split (default: ${SMOKE_EXAMPLES}) for one epoch; no result`,
      wholeNumber(4),
    )
    .option(
      "--any-counts",
      "take a copy of another version of the corpus: other counts than the registry's are a warning, and the record says so",
      false,
    )
    .option("--estimate", "train a few steps, say how long all of it takes, and stop; what was trained is kept", false)
    .option("--search", "try the recipe's grid, judged on dev, in place of reproducing", false)
    .option("--discard-models", "remove each model once it is scored", false)
    .option("--threads <N>", "threads (default: all cores); the result does not depend on it", wholeNumber(1))
    .addOption(deviceOption())
    .option("--record <FILE>", "also write the record there")
    .option(
      "--items <FILE>",
      "also write there what each test item adds to the scores, of all seeds: what compare reads; .gz compresses it",
    )
    .addOption(withoutIdsOption())
    .option(
      "--collect <PATH...>",
      "make the record out of finished runs: records of evaluate --json (FILE, or FILE=MODEL_DIR), records or directories of this command",
      [] as string[],
    )
    .option(
      "--pytorch <FILE...>",
      "make the record of a script of reference/ out of what it wrote, one file a seed; needs --script and --record",
      [] as string[],
    )
    .option("--script <FILE>", "that script")
    .option("--without-times", "leave training times out of the record: the machine did other work meanwhile", false)
    .option("--write-page", "write docs/results.md and its picture from results/ (in a clone)", false)
    .option("--check", "with --write-page: only say whether it is up to date", false)
    .option("--json", "events as JSON lines on standard output, also on a terminal", false)
    .addHelpText("after", EXAMPLES)
    .action(async (id: string | undefined, flags: ReproduceFlags) => {
      finish(await run(id, flags, context));
    });
}

async function run(id: string | undefined, flags: ReproduceFlags, context: CommandContext): Promise<number> {
  const room = await context.rooms.reproduction();
  const configs = join(context.packageRoot, "configs");
  if (flags.writePage) return writePage(room, configs, flags, context);
  if (flags.list) return list(room, configs, flags, context);
  if (id === undefined) {
    throw new BiobertError({
      code: "usage",
      message: "no recipe is named",
      hint: "See what there is with biobert reproduce --list.",
    });
  }
  const recipe = await room.recipeNamed(id, configs);
  const isSmoke = flags.smoke !== undefined;
  const resolved = room.resolveRecipe(recipe, {
    ...(flags.start === undefined ? {} : { start: flags.start }),
    changes: isSmoke && recipe.task !== "document-embedding" ? { ...flags.set, epochs: "1" } : flags.set,
  });
  if (flags.pytorch.length > 0) return collectPeer(room, resolved, flags, context);
  if (flags.collect.length > 0) return collect(room, resolved, flags, context);
  return reproduce(room, resolved, flags, context);
}

async function list(
  room: ReproductionRoom,
  configs: string,
  flags: ReproduceFlags,
  context: CommandContext,
): Promise<number> {
  const all = await room.measuredRecipes(configs, join(context.packageRoot, "results"));
  if (flags.json) {
    const lines = all.map(({ resolved: { recipe, published, start }, record }) =>
      JSON.stringify({
        id: recipe.id,
        title: recipe.title,
        task: recipe.task,
        dataset: recipe.data.dataset,
        metric: recipe.metric,
        start: start.name,
        hours: start.hours ?? null,
        published,
        measured: record?.spread?.[recipe.metric] ?? null,
      }),
    );
    await print(context.stdout, lines.map((line) => `${line}\n`).join(""));
  } else await print(context.stdout, `${listText(all, room).join("\n")}\n`);
  return EXIT.done;
}

async function reproduce(
  room: ReproductionRoom,
  found: ResolvedRecipe,
  flags: ReproduceFlags,
  context: CommandContext,
): Promise<number> {
  const limit = flags.smoke === undefined ? undefined : flags.smoke === true ? SMOKE_EXAMPLES : flags.smoke;
  const besides = [
    ...(limit === undefined ? [] : [`${room.SMOKE}=${limit}`]),
    ...(flags.anyCounts ? [room.ANY_COUNTS] : []),
  ];
  const resolved = besides.length === 0 ? found : { ...found, changed: [...found.changed, ...besides] };
  const { recipe } = resolved;
  const seeds = flags.seeds ?? (limit === undefined ? recipe.seeds : recipe.seeds.slice(0, 1));
  const out = flags.out ?? join("runs", limit === undefined ? recipe.id : `${recipe.id}-smoke`);
  const own = ownFiles(flags);
  // Data that cannot be had is said before a model is pulled.
  if (own === undefined) refuseWithoutData(resolved);
  const modelDirectory = await resolveModelArgument(flags.model ?? resolved.start.model, context);
  const folds = limit !== undefined && resolved.folds !== undefined ? { folds: resolved.folds.slice(0, 2) } : {};
  const facts = await factsOf(room, resolved, seeds, context);
  const shared = {
    modelDirectory,
    ...modelPlaces(flags),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    device: flags.device,
    signal: context.signal,
    discardModels: flags.discardModels,
    command: facts.command,
    ...(facts.commit === undefined ? {} : { commit: facts.commit }),
    out,
    seeds,
    data: {
      ...(flags.data === undefined ? {} : { data: flags.data }),
      environment: context.environment,
      ...(limit === undefined ? {} : { limit }),
      ...(own === undefined ? {} : { files: own }),
      ...(flags.anyCounts ? { anyCounts: true } : {}),
    },
  };
  const asJson = flags.json || context.stdout.isTTY !== true;
  const display = new ReproductionDisplay(context);
  const follow = async <T>(events: AsyncGenerator<ReproductionEvent, T>): Promise<T> => {
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value;
      display.show(next.value);
      if (asJson) await print(context.stdout, `${JSON.stringify(next.value)}\n`);
    }
  };
  try {
    if (flags.search) {
      if (!room.isTrained(resolved))
        throw new BiobertError({ code: "unsupported", message: `${recipe.id} trains nothing to search for` });
      const result = await follow(
        room.searchGrid(resolved, { ...shared, seeds: flags.seeds ?? recipe.seeds.slice(0, 1) }),
      );
      display.clear();
      if (!asJson) await print(context.stdout, `${(await searchText(recipe.id, result, out)).join("\n")}\n`);
      return EXIT.done;
    }
    const record = await follow(
      room.reproduce(
        { ...resolved, ...folds },
        {
          ...shared,
          facts,
          withoutTimes: flags.withoutTimes,
          estimateOnly: flags.estimate,
        },
      ),
    );
    display.clear();
    if (record === undefined) return EXIT.done;
    if (flags.record !== undefined) await writeFileAtomic(flags.record, room.recordJson(record));
    if (flags.items !== undefined) {
      const { readItemsFile } = await import("../../evaluation/index.ts");
      const file = join(out, "items.json");
      await keepItems(flags.items, readItemsFile(await readJson(file), file), flags.withoutIds);
    }
    if (!asJson)
      await print(context.stdout, `${recordText(resolved, record, room, join(out, "record.json")).join("\n")}\n`);
    return EXIT.done;
  } catch (error) {
    display.clear();
    if (!context.signal.aborted) throw error;
    throw interruptedError(`To go on: ${["biobert", ...context.argv.map(shellQuote)].join(" ")}`);
  }
}

function ownFiles({ train, dev, test, search }: ReproduceFlags) {
  if (train.length + dev.length + test.length === 0) return undefined;
  if (train.length > 0 && (search ? dev : test).length > 0) return { train, dev, test };
  if (search)
    throw new BiobertError({ code: "usage", message: "a search on files of your own needs --train and --dev" });
  throw new BiobertError({
    code: "usage",
    message: "files of your own are --train and --test together",
    hint: "--dev is needed where the recipe chooses the epoch by dev.",
  });
}

function refuseWithoutData({ dataset, recipe }: ResolvedRecipe): void {
  if (dataset.availability !== "no") return;
  throw new BiobertError({
    code: "unsupported",
    message: `the data of ${recipe.id} (${dataset.name}) cannot be fetched`,
    hint: dataset.why ?? "Give files of your own with --train and --test.",
  });
}
