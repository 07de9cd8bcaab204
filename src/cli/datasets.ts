// `biobert datasets`: the corpora the project knows by name: a table, all about one, fetching one, checking a local copy.

import { stat } from "node:fs/promises";
import { type Command, Option } from "commander";
import { BiobertError, describeWarning } from "../core/index.ts";
import {
  type AnyDataset,
  type CorpusFormat,
  type ExampleTask,
  type QuestionFormat,
  type QuestionKind,
  readText,
  type Split,
} from "../data/index.ts";
import type { PullEvent } from "../hub/index.ts";
import { bratPlace, writeBrat } from "./common/brat.ts";
import type { CommandContext } from "./common/context.ts";
import { EXIT } from "./common/errors.ts";
import { shellQuote, warnOnce, wholeNumber } from "./common/options.ts";
import { deliver, print } from "./common/output.ts";
import {
  AVAILABILITY,
  ProgressLine,
  formatBytes,
  formatCount,
  formatDuration,
  tableLines,
  withoutControls,
} from "./common/terminal.ts";

const EXAMPLES = `
Examples:
  biobert datasets --task relation
  biobert datasets show chemprot
  biobert datasets pull ncbi-disease
  BIOBERT_DATA=/my/corpora biobert datasets check
  biobert datasets export chemprot --split train --output chemprot-train.jsonl
  biobert datasets convert my-brat-folder --to conll --output train.tsv
  biobert datasets convert corpus.pubtator --to brat --output corpus-brat
  biobert datasets convert 6B1_golden.json --to squad --questions factoid --answered-only --output train.json

Corpora are looked for in --data DIR, else in the folder that BIOBERT_DATA names and then in the cache that "pull" fills
($XDG_CACHE_HOME/biobert/data, by default ~/.cache/biobert/data). BIOBERT_DATA_ENDPOINT names a mirror of GitHub's raw
files. Licences bind: sets marked "measure only" are never in weights that ship.`;

const TASKS: readonly ExampleTask[] = [
  "ner",
  "relation",
  "qa",
  "yes-no",
  "multiple-choice",
  "classification",
  "similarity",
  "document-embedding",
];

/** Adds the command to `program`; `finish` hears its exit code. */
export function registerDatasets(program: Command, context: CommandContext, finish: (code: number) => void): void {
  const command = program
    .command("datasets")
    .description("corpora by name: list, show, pull, check, export; and convert for documents of your own")
    .addHelpText("after", EXAMPLES);
  command
    .command("list", { isDefault: true })
    .description("a table of all data sets")
    .addOption(new Option("--task <TASK>", "those for one task").choices(TASKS as string[]))
    .option("--json", "one JSON object a line", false)
    .action(async (options: { task?: ExampleTask; json: boolean }) => finish(await list(options, context)));
  command
    .command("show")
    .description("all about one data set")
    .argument("<ID>", "its id or another name of it")
    .option("--json", "as JSON", false)
    .action(async (id: string, options: { json: boolean }) => finish(await show(id, options, context)));
  command
    .command("pull")
    .description("fetch a data set's files, checked by SHA-256; what an earlier run left is gone on with")
    .argument("<ID>", "its id or another name of it")
    .option("--data <DIR>", "the folder to fill (default: the cache)")
    .option("--json", "events as JSON lines", false)
    .action(async (id: string, options: { data?: string; json: boolean }) => finish(await pull(id, options, context)));
  command
    .command("check")
    .description(
      "read data sets and compare their counts with the registry's (default: all that are there); what is named and not there is an error",
    )
    .argument("[ID...]", "which")
    .option("--data <DIR>", "the folder to look in")
    .option("--overlap", "also compare test with train and dev, and with what is known to be shared", false)
    .option("--json", "one JSON object a line", false)
    .action(async (ids: string[], options: { data?: string; overlap: boolean; json: boolean }) =>
      finish(await check(ids, options, context)),
    );
  command
    .command("export")
    .description("a split as the file that its task reads: tagged words for ner, JSON lines for all others")
    .argument("<ID>", "its id or another name of it")
    .addOption(new Option("--split <SPLIT>", "which part").choices(["train", "dev", "test"]).default("train"))
    .option("--fold <N>", "which fold, of a set with folds", wholeNumber(1), 1)
    .option("--data <DIR>", "the folder to look in")
    .option("--output <FILE>", "where it goes (default: standard output)")
    .action(async (id: string, options: ExportOptions) => finish(await exportSplit(id, options, context)));
  command
    .command("convert")
    .description(
      "documents with entities into another form or into training files; BioASQ's questions with their contexts",
    )
    .argument(
      "<IN>",
      "a PubTator or BioC file, a folder or tar archive of BRAT's .txt and .ann files, or BioASQ's JSON",
    )
    .addOption(
      new Option(
        "--to <FORMAT>",
        "conll: tagged sentences for ner; relations: one pair a row; brat: a folder; of BioASQ squad, or qa and yes-no: JSON lines",
      )
        .choices([...DOCUMENT_FORMATS, ...QUESTION_FORMATS])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--questions <KIND>", "squad, qa: which of BioASQ's questions (default: both)").choices([
        "factoid",
        "list",
        "both",
      ]),
    )
    .option("--answered-only", "squad, qa: leave out contexts in which no answer stands, for training", false)
    .option("--output <FILE>", "where it goes (default: standard output); of brat a new folder")
    .action(async (input: string, options: ConvertOptions) => finish(await convert(input, options, context)));
}

const DOCUMENT_FORMATS = [
  "conll",
  "relations",
  "pubtator",
  "bioc-xml",
  "bioc-json",
  "brat",
] as const satisfies readonly CorpusFormat[];

const QUESTION_FORMATS = ["squad", "qa", "yes-no"] as const satisfies readonly QuestionFormat[];

interface ConvertOptions {
  to: CorpusFormat | QuestionFormat;
  questions?: QuestionKind;
  answeredOnly: boolean;
  output?: string;
}

interface ExportOptions {
  split: Split;
  fold: number;
  data?: string;
  output?: string;
}

async function exportSplit(id: string, options: ExportOptions, context: CommandContext): Promise<number> {
  const { readExamples, taskFile } = await context.rooms.datasets();
  const warn = warnOnce(context);
  const set = await readExamples(id, options.split, {
    fold: options.fold,
    environment: context.environment,
    ...(options.data === undefined ? {} : { data: options.data }),
  });
  for (const warning of set.warnings) warn(warning);
  const { task, flags, ending, lines } = taskFile(set);
  if (options.output !== undefined && !options.output.replace(/\.gz$/, "").endsWith(ending)) {
    throw new BiobertError({
      code: "usage",
      message: `${options.output} would be read by another form than it has`,
      hint: `Give a name that ends with ${ending}.`,
    });
  }
  const all = async function* () {
    yield* lines();
  };
  await deliver(all(), options.output, context);
  const next = ["biobert fine-tune", task, ...flags, "--train", options.output ?? `FILE${ending}`].join(" ");
  context.stderr.write(`${formatCount(set.examples.length)} examples of ${set.dataset} ${set.split}, for: ${next}\n`);
  const missed = Object.entries(set.unreachable ?? {}).filter(([, count]) => count > 0);
  if (missed.length > 0) {
    const total = missed.reduce((sum, [, count]) => sum + count, 0);
    const said = missed.map(([label, count]) => shellQuote(`${label}=${count}`)).join(" ");
    context.stderr.write(
      `no example stands for ${formatCount(total)} gold relations: evaluate relation --missed-gold ${said}\n`,
    );
  }
  return EXIT.done;
}

async function convert(input: string, options: ConvertOptions, context: CommandContext): Promise<number> {
  const { encodeCorpus, encodeQuestions, readCorpus } = await context.rooms.datasets();
  const warn = warnOnce(context);
  const { to, output, questions, answeredOnly } = options;
  if ((questions !== undefined || answeredOnly) && to !== "squad" && to !== "qa") {
    throw new BiobertError({
      code: "usage",
      message: `${questions === undefined ? "--answered-only" : "--questions"} is for --to squad and --to qa alone`,
    });
  }
  if (to === "brat") {
    const place = await bratPlace(output, "--output");
    await writeBrat(await readCorpus(input, warn), place, context);
    return EXIT.done;
  }
  const text = isQuestionFormat(to)
    ? encodeQuestions(await readText(input, { stripBom: true, requireContent: true }), to, {
        file: input,
        answeredOnly,
        warn,
        ...(questions === undefined ? {} : { questions }),
      })
    : encodeCorpus(await readCorpus(input, warn), to, warn);
  const once = async function* () {
    yield text;
  };
  await deliver(once(), output, context);
  return EXIT.done;
}

function isQuestionFormat(format: ConvertOptions["to"]): format is QuestionFormat {
  return (QUESTION_FORMATS as readonly string[]).includes(format);
}

/** An entry without its reader: what `--json` prints. */
function plain({ read: _read, ...dataset }: AnyDataset) {
  return dataset;
}

async function list(options: { task?: ExampleTask; json: boolean }, context: CommandContext): Promise<number> {
  const { DATASETS } = await context.rooms.datasets();
  const chosen = DATASETS.filter(({ task }) => options.task === undefined || task === options.task);
  if (options.json) {
    await print(context.stdout, chosen.map((dataset) => `${JSON.stringify(plain(dataset))}\n`).join(""));
    return EXIT.done;
  }
  const columns = ["id", "task", "train", "dev", "test", "get it", "licence", "use", "what it is"].map((title, i) => ({
    title,
    align: i >= 2 && i <= 4 ? ("right" as const) : ("left" as const),
  }));
  const rows = chosen.map((dataset) =>
    [
      dataset.id,
      dataset.task,
      ...(["train", "dev", "test"] as const).map((name) => sizeOf(dataset, name)),
      AVAILABILITY[dataset.availability],
      dataset.licence.name,
      dataset.licence.shippable ? "train, ship" : "measure only",
      dataset.description,
    ].map((text) => ({ text })),
  );
  const note =
    "train, dev and test are counted in what the task reads: sentences, pairs, questions or contexts, texts; biobert datasets show ID has more.";
  await print(context.stdout, `${tableLines(columns, rows).join("\n")}\n\n${note}\n`);
  return EXIT.done;
}

function sizeOf({ splits, folds }: AnyDataset, name: "train" | "dev" | "test"): string {
  const part = splits[name];
  if (part === undefined) return "";
  const { counts } = part;
  const size = counts["examples"] ?? counts["sentences"] ?? counts["questions"] ?? counts["documents"];
  return size === undefined ? (folds === undefined ? "yes" : `${folds} folds`) : formatCount(size);
}

/** How many examples the folds of a split have. */
function foldSizes(folds: readonly Readonly<Record<string, number>>[] = []): string {
  const sizes = folds.map((counts) => counts["examples"]!);
  if (sizes.length === 0) return "";
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  return ` of ${least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`} examples`;
}

async function show(id: string, options: { json: boolean }, context: CommandContext): Promise<number> {
  const { datasetOf, knownOverlap, knownFile } = await context.rooms.datasets();
  const dataset = datasetOf(id);
  const overlap = knownOverlap(dataset.id);
  const files = [...new Set(Object.values(dataset.splits).flatMap((part) => part.files))].map(
    (path) => knownFile(path) ?? { path },
  );
  if (options.json) {
    await print(context.stdout, `${JSON.stringify({ ...plain(dataset), overlap, files }, undefined, 2)}\n`);
    return EXIT.done;
  }
  const lines = [
    `${dataset.name} (${[dataset.id, ...(dataset.aliases ?? [])].join(", ")})`,
    `Task        ${dataset.task}${dataset.labels.length > 0 ? `: ${dataset.labels.join(", ")}` : ""}`,
    `What        ${dataset.description}`,
    `Licence     ${dataset.licence.name}; ${dataset.licence.shippable ? "weights trained on it may ship" : "to measure with, never in weights that ship"}${dataset.licence.binds === undefined ? "" : ` (${dataset.licence.binds})`}`,
    ...(dataset.licence.note === undefined ? [] : [`            ${dataset.licence.note}`]),
    `Get it      ${dataset.availability === "pull" ? `biobert datasets pull ${dataset.id}` : AVAILABILITY[dataset.availability]}`,
    ...(dataset.why === undefined ? [] : [`            ${dataset.why}`]),
    ...(["train", "dev", "test"] as const).flatMap((name) => {
      const part = dataset.splits[name];
      if (part === undefined) return [];
      const counts = Object.entries(part.counts).map(([what, count]) => `${formatCount(count)} ${what}`);
      if (dataset.folds !== undefined) counts.unshift(`${dataset.folds} folds${foldSizes(part.foldCounts)}`);
      return [`${name.padEnd(11)} ${counts.join(", ") || "not counted before"}`];
    }),
    ...(overlap.documents + overlap.texts + overlap.sentences === 0
      ? []
      : [
          `Overlap     test shares with train and dev: ${overlap.documents} documents; ${overlap.texts} examples share a sentence of 12 words or more, ${overlap.sentences} their whole text`,
        ]),
    ...(dataset.differs === undefined ? [] : [`Differs     ${dataset.differs}`]),
    `Protocol    ${dataset.protocol}`,
    ...dataset.published.map(
      ({ model, metric, value, source }, i) =>
        `${i === 0 ? "Published  " : "           "} ${value} ${metric}, ${model} (${source})`,
    ),
    `Cite        ${dataset.citation}`,
    `Home        ${dataset.homepage}`,
    ...files.flatMap((file, i) => [
      `${i === 0 ? "Files      " : "           "} ${file.path}${"sha256" in file ? `  ${formatBytes(file.bytes)}  sha256 ${file.sha256.slice(0, 12)}…${file.source === undefined ? "" : `  ${file.source}`}` : ""}`,
    ]),
  ];
  await print(context.stdout, `${lines.join("\n")}\n`);
  return EXIT.done;
}

async function pull(id: string, options: { data?: string; json: boolean }, context: CommandContext): Promise<number> {
  const { pullDataset } = await context.rooms.hub();
  const line = new ProgressLine(context.stderr);
  const asJson = options.json || context.stdout.isTTY !== true;
  let written: Promise<void> = Promise.resolve();
  const tell = (event: PullEvent): void => {
    if (event.type === "progress")
      line.show(
        () =>
          `${event.file}  ${formatBytes(event.bytes)} of ${formatBytes(event.totalBytes)}  ${formatBytes(event.bytesPerSecond)}/s`,
      );
    else if (event.type === "retry" || event.type === "damaged") {
      line.clear();
      context.stderr.write(
        `${withoutControls(event.type === "retry" ? `${event.what}: ${event.reason}; trying again in ${formatDuration(event.waitSeconds)}` : `${event.file}: ${event.reason}; fetching it again`)}\n`,
      );
    }
    if (!asJson || event.type === "progress") return;
    written = written.then(() => print(context.stdout, `${JSON.stringify(event)}\n`));
    written.catch(() => undefined);
  };
  try {
    const pulled = await pullDataset(id, {
      environment: context.environment,
      signal: context.signal,
      onEvent: tell,
      ...(options.data === undefined ? {} : { directory: options.data }),
    });
    await written;
    line.clear();
    if (pulled.missing.length > 0)
      context.stderr.write(
        `warning[dataset-incomplete]: to be put there by hand: ${pulled.missing.join(", ")}; see biobert datasets show ${pulled.dataset}\n`,
      );
    if (!asJson)
      await print(
        context.stdout,
        `${pulled.dataset}: ${pulled.files.length} files in ${pulled.directory}, ${formatBytes(pulled.downloadedBytes)} fetched, all checked\n`,
      );
  } finally {
    line.clear();
  }
  return EXIT.done;
}

async function check(
  ids: readonly string[],
  options: { data?: string; overlap: boolean; json: boolean },
  context: CommandContext,
): Promise<number> {
  const { checkDatasets, DATASETS, datasetOf } = await context.rooms.datasets();
  if (options.data !== undefined && !((await stat(options.data).catch(() => undefined))?.isDirectory() ?? false)) {
    throw new BiobertError({
      code: "file-not-found",
      message: "there is no such folder",
      place: { file: options.data },
      hint: "--data is the folder that holds the corpora in the registry's layout.",
    });
  }
  const named = ids.map(datasetOf);
  const without = named.find(({ splits }) => Object.keys(splits).length === 0);
  if (without !== undefined) {
    throw new BiobertError({
      code: "unsupported",
      message: `${without.id} is not one that the registry knows the files of`,
      hint: without.why,
    });
  }
  let good = 0;
  const absent: string[] = [];
  const bad: string[] = [];
  for await (const result of checkDatasets(ids, {
    overlap: options.overlap,
    environment: context.environment,
    ...(options.data === undefined ? {} : { data: options.data }),
  })) {
    if (context.signal.aborted) throw new BiobertError({ code: "interrupted", message: "the check was stopped" });
    if (result.state === "good") good++;
    else if (result.state === "absent") absent.push(`${result.dataset} ${result.split}`);
    else bad.push(`${result.dataset} ${result.split}`);
    // Of all the sets that there are, what somebody does not have is no news.
    if (result.state === "absent" && ids.length === 0) continue;
    if (options.json) {
      await print(context.stdout, `${JSON.stringify(result)}\n`);
      continue;
    }
    const counts = Object.entries(result.counts ?? {}).filter(([, count]) => count > 0);
    const shown = counts.slice(0, 8).map(([what, count]) => `${formatCount(count)} ${what}`);
    const folds = result.folds === undefined ? [] : [`in the first of ${result.folds} folds, all as they should be`];
    const detail = result.state === "good" ? [...shown, ...folds].join(", ") : (result.error ?? "");
    await print(
      context.stdout,
      `${{ good: "ok    ", absent: "absent", bad: "WRONG " }[result.state]}  ${result.dataset} ${result.split}  ${detail}\n`,
    );
    if (result.overlap !== undefined)
      await print(
        context.stdout,
        `        shared with training: ${result.overlap.documents} documents, ${result.overlap.texts} long sentences, ${result.overlap.sentences} whole texts\n`,
      );
    for (const warning of result.warnings ?? [])
      await print(context.stdout, `        ${warning.code}: ${describeWarning(warning)}\n`);
  }
  if (!options.json) {
    const sets = new Set(absent.map((name) => name.split(" ")[0]));
    const ofSets = ids.length === 0 ? ` (in ${sets.size} of ${DATASETS.length} data sets)` : "";
    await print(
      context.stdout,
      `${good} splits as the registry says, ${absent.length} not there${ofSets}, ${bad.length} wrong\n`,
    );
  }
  if (bad.length > 0) {
    throw new BiobertError({
      code: "input-format",
      message: `${bad.length} splits are not as the registry says: ${bad.join(", ")}`,
      hint: "The copy is damaged or another version: fetch it again with biobert datasets pull ID.",
    });
  }
  if (ids.length === 0 || absent.length === 0) return EXIT.done;
  throw new BiobertError({
    code: "file-not-found",
    message: `${absent.length} splits are not there: ${absent.join(", ")}`,
    hint: `biobert datasets show ${named[0]!.id} says how to get it.`,
  });
}
