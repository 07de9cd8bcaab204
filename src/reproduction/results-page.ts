// `docs/results.md`: every recipe's published numbers beside what was measured, made of the records in `results/`. The page is what this
// writes, word for word; a test holds it to that.

import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import { directoryFiles, exists, machineName, readJson } from "../data/index.ts";
import {
  type ComparisonRecord,
  metricName,
  metricText,
  readComparisonRecord,
  readResultRecord,
  type ResultRecordV2,
  unitOf,
} from "../evaluation/index.ts";
import { summarizeFolds } from "../metrics/index.ts";
import { type PublishedRow, resolveRecipe, type ResolvedRecipe } from "./check-recipe.ts";
import { type PeerRecord, peerRecordSchema } from "./peer-record.ts";
import { readRecipe, recipeIds } from "./read-recipe.ts";
import { commonValue } from "./record-of-runs.ts";
import { epochLosses } from "./results-losses.ts";

/** A recipe with what was measured of it. */
export interface MeasuredRecipe {
  resolved: ResolvedRecipe;
  record?: ResultRecordV2;
  /** Of the plain PyTorch script. */
  peer?: PeerRecord;
  /** Of ours, the second, with the peer's, the first, on the test items. */
  comparison?: ComparisonRecord;
}

/**
 * All recipes of a folder with the records of another: `ID.json` is ours, `pytorch/ID.json` the peer's, and
 * `comparisons/ID.json` the test between both.
 * @throws BiobertError `input-format` for a record that is damaged, of no recipe, of another recipe than its name says, or of a trial
 *   (`--smoke`), and for a comparison of other sides; and as `readRecipe`.
 */
export async function measuredRecipes(configs: string, results: string): Promise<MeasuredRecipe[]> {
  const ids = await recipeIds(configs);
  for (const folder of [results, `${results}/pytorch`, `${results}/comparisons`]) {
    const found = (await exists(folder))
      ? (await directoryFiles(folder)).names.filter((file) => file.endsWith(".json"))
      : [];
    const stray = found.find((file) => !ids.includes(file.slice(0, -".json".length)));
    if (stray !== undefined) {
      throw new BiobertError({
        code: "input-format",
        message: "this record is of no recipe",
        place: { file: `${folder}/${stray}` },
      });
    }
  }
  const all: MeasuredRecipe[] = [];
  for (const id of ids) {
    const one: MeasuredRecipe = { resolved: resolveRecipe(await readRecipe(`${configs}/${id}.yaml`)) };
    const file = `${results}/${id}.json`;
    if (await exists(file)) one.record = checked(readResultRecord(await readJson(file), file), id, file);
    const peerFile = `${results}/pytorch/${id}.json`;
    if (await exists(peerFile)) {
      const parsed = peerRecordSchema.safeParse(await readJson(peerFile));
      if (!parsed.success || parsed.data.recipe !== id) {
        const message = parsed.success ? `a record of ${parsed.data.recipe}` : z.prettifyError(parsed.error);
        throw new BiobertError({
          code: "input-format",
          message: `not a peer's record: ${message}`,
          place: { file: peerFile },
        });
      }
      one.peer = parsed.data;
    }
    const comparisonFile = `${results}/comparisons/${id}.json`;
    if (await exists(comparisonFile))
      one.comparison = fitting(
        readComparisonRecord(await readJson(comparisonFile), comparisonFile),
        one,
        comparisonFile,
      );
    all.push(one);
  }
  return all;
}

function checked(record: ResultRecordV2, id: string, file: string): ResultRecordV2 {
  const bad = (message: string): BiobertError => new BiobertError({ code: "input-format", message, place: { file } });
  if (record.recipe?.id !== id || record.runs === undefined) throw bad(`not a record of the recipe ${id}`);
  if (record.recipe.changed?.some((change) => change.startsWith(SMOKE))) throw bad("a trial (--smoke) is no result");
  return record;
}

/** A comparison must be of the recipe's metric and data, the peer first. */
function fitting(
  comparison: ComparisonRecord,
  { resolved: { recipe } }: MeasuredRecipe,
  file: string,
): ComparisonRecord {
  const { metric, dataset, first, second } = comparison;
  const bad = (message: string): BiobertError => new BiobertError({ code: "input-format", message, place: { file } });
  if (metric !== recipe.metric) throw bad(`a comparison by ${metric}; the recipe's metric is ${recipe.metric}`);
  if (dataset.id !== recipe.data.dataset || dataset.split !== recipe.data.test)
    throw bad(
      `a comparison on ${dataset.id} ${dataset.split}; the recipe's test is ${recipe.data.dataset} ${recipe.data.test}`,
    );
  if (!first.system.startsWith("PyTorch") || !second.system.startsWith("biobert"))
    throw bad(`a comparison of ${first.system} with ${second.system}, not of PyTorch with biobert`);
  return comparison;
}

/** A trial's record says so; it is never a result. */
export const SMOKE = "smoke";

/** How a record says that its corpus was of another version than the registry's. */
export const ANY_COUNTS = "any-counts";

const EMPTY = "";

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function versioned({ model, version }: PublishedRow): string {
  return version === undefined ? model : `${model} ${version}`;
}

/** What is published by the recipe's metric: of BERT, and of BioBERT and others. */
export function publishedBeside({ recipe, published }: ResolvedRecipe): Record<"ofBert" | "others", PublishedRow[]> {
  const beside = published.filter(({ metric }) => metric === recipe.metric);
  const isBert = ({ model }: PublishedRow): boolean => /^BERT\b/.test(model);
  return { ofBert: beside.filter(isBert), others: beside.filter((row) => !isBert(row)) };
}

/** Mean and deviation over seeds, or the one value; "" where there is none. */
export function measuredText(values: readonly number[], unit: Parameters<typeof metricText>[1]): string {
  if (values.length === 0) return EMPTY;
  const { mean, standardDeviation, count } = summarizeFolds(values);
  const middle = metricText(mean, unit);
  return count === 1 ? `${middle} (1 seed)` : `${middle} ± ${metricText(standardDeviation, unit)} (${count} seeds)`;
}

/** Seconds as people read them. */
export function timeText(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** A run that may have its time. */
interface TimedRun {
  trainingSeconds?: number | undefined;
  threads?: number | undefined;
  machine?: string | undefined;
}

/** What a run was timed with: seconds of other threads or of another machine are no measure of each other. */
interface TimedWith {
  threads?: number | undefined;
  machine?: string | undefined;
}

interface Timed extends TimedWith {
  seconds: number;
}

function timedRuns(runs: readonly TimedRun[] = [], machine?: string): Timed[] {
  return runs.flatMap((run) =>
    run.trainingSeconds === undefined
      ? []
      : [{ seconds: run.trainingSeconds, threads: run.threads, machine: run.machine ?? machine }],
  );
}

/** Training seconds a seed, ours and the peer's; of all folds together. */
export interface TrainingTimes {
  ours?: number;
  peer?: number;
  /** Where both sides were timed with the same: the seconds are then of those runs alone. */
  alike?: TimedWith;
}

/** The mean seconds of a seed's training. */
export function trainingTimes({ record, peer }: MeasuredRecipe): TrainingTimes {
  const own = record?.machine;
  const ours = timedRuns(record?.runs, own && machineName(own.cpu, own.cores));
  const theirs = timedRuns(peer?.runs, peer?.machine);
  const alike = ours.find((run) => theirs.some((other) => isAlike(run, other)));
  const seconds = (runs: readonly Timed[]): number[] =>
    runs.filter((run) => alike === undefined || isAlike(run, alike)).map((run) => run.seconds);
  const [mine, peers] = [seconds(ours), seconds(theirs)];
  return {
    ...(mine.length === 0 ? {} : { ours: summarizeFolds(mine).mean }),
    ...(peers.length === 0 ? {} : { peer: summarizeFolds(peers).mean }),
    ...(alike === undefined ? {} : { alike: { threads: alike.threads, machine: alike.machine } }),
  };
}

function isAlike(left: TimedWith, right: TimedWith): boolean {
  return left.threads === right.threads && left.machine === right.machine;
}

interface Row {
  resolved: ResolvedRecipe;
  cells: string[];
}

const COMPARED =
  '"Ours less PyTorch\'s" is the difference of the means on the same test items and its interval by the paired bootstrap over items and seeds (`npx biobert compare`). "equal": the interval holds 0 and the difference is at most 0.7 (of correlations 0.007); "better" and "worse": it does not hold 0; "undecided": it holds 0, but the difference is larger. A wide interval leaves larger differences possible, whatever the verdict.';

const HEADER = [
  "result",
  "metric",
  "BERT, published",
  "BioBERT, published",
  "measured",
  "best",
  "difference",
  "same in PyTorch",
  "ours less PyTorch's, 95 %",
  "training, a seed: ours / PyTorch",
  "record",
];

function rowOf(measured: MeasuredRecipe): Row {
  const { resolved, record, peer } = measured;
  const { recipe } = resolved;
  const unit = record === undefined ? "percent" : unitOf(recipe.metric, record.units);
  const { ofBert, others } = publishedBeside(resolved);
  const list = (rows: readonly PublishedRow[], named: boolean): string =>
    rows
      .map(
        (row) =>
          `${publishedText(row.value, unit)}${named ? ` (${versioned(row).replace(/^BioBERT,? ?/, "") || "BioBERT"})` : ""}`,
      )
      .join(", ");
  const values = record?.runs?.map(({ metrics }) => metrics[recipe.metric]!) ?? [];
  const against = others[0];
  const mean = record?.metrics[recipe.metric];
  const times = trainingTimes(measured);
  return {
    resolved,
    cells: [
      `[${recipe.title}](../configs/${recipe.id}.yaml)`,
      metricName(recipe.metric),
      list(ofBert, false),
      list(others, true),
      values.length === 0 ? EMPTY : `**${measuredText(values, unit)}**`,
      values.length === 0 ? EMPTY : metricText(Math.max(...values), unit),
      mean === undefined || against === undefined ? EMPTY : signed(mean - onScale(against.value, unit), unit),
      measuredText(peer?.runs.map(({ metrics }) => metrics[recipe.metric]!) ?? [], unit),
      comparisonText(measured.comparison, unit),
      [times.ours, times.peer].every((one) => one === undefined)
        ? EMPTY
        : `${times.ours === undefined ? "?" : timeText(times.ours)} / ${times.peer === undefined ? "not run" : timeText(times.peer)}`,
      record === undefined ? EMPTY : `[record](../results/${recipe.id}.json)`,
    ],
  };
}

/** Difference, interval and verdict, and of how many runs where that is not one each. */
function comparisonText(comparison: ComparisonRecord | undefined, unit: Parameters<typeof metricText>[1]): string {
  if (comparison === undefined) return EMPTY;
  const { bootstrap, verdict, runs } = comparison;
  const { low, high } = bootstrap.interval;
  const seeds = runs[0] === 1 && runs[1] === 1 ? "" : ` (seeds: ${runs[1]} and ${runs[0]})`;
  return `${signed(bootstrap.difference, unit)} (${signed(low, unit)} to ${signed(high, unit)}), ${verdict}${seeds}`;
}

/** As it is printed, but for correlations. */
function publishedText(value: number, unit: Parameters<typeof metricText>[1]): string {
  return unit === "correlation" ? metricText(onScale(value, unit), unit) : String(value);
}

/** Correlations are published as percentages. */
export function onScale(value: number, unit: string): number {
  return unit === "correlation" && Math.abs(value) > 1 ? value / 100 : value;
}

/** A difference with its sign. */
export function signed(value: number, unit: Parameters<typeof metricText>[1]): string {
  const text = metricText(Math.abs(value), unit);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[], right: readonly number[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const rule = `| ${header.map((_, i) => (right.includes(i) ? "---:" : "---")).join(" | ")} |`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

/** The page. Rows that are measured come first, each group in the order of the recipes' ids. */
export function resultsPage(all: readonly MeasuredRecipe[]): string {
  const measured = all.filter(({ record }) => record !== undefined);
  const waiting = all.filter(({ record }) => record === undefined);
  const blocks = [
    "# Results: published and measured",
    `Every row is a recipe of [configs/](../configs): \`npx biobert reproduce ID\` does data, training, evaluation and record, and prints what stands here ([guide](guide/reproduce.md)). Published numbers are of the weights they name; measured ones of the start that the recipe names, most of them all-MiniLM-L6-v2: 22.7 million parameters, a fifth of BioBERT's, pre-trained on general English and not on PubMed. "What differs" below says so row by row. Percent; mean ± standard deviation over seeds; "difference" is the measured mean less the first published BioBERT number.`,
    "This page is made by `npx biobert reproduce --write-page` out of the records in [results/](../results); a test holds it to them.",
    ...(measured.length === 0
      ? []
      : ["![Published and measured scores of every recipe that is measured, a line each](images/results.svg)"]),
    "## Measured",
    measured.length === 0
      ? "Nothing is measured yet."
      : table(
          HEADER,
          measured.map((one) => rowOf(one).cells),
          [2, 3, 4, 5, 6, 7, 8, 9],
        ),
    ...(measured.some(({ comparison }) => comparison !== undefined) ? [COMPARED] : []),
    ...timesOf(measured),
    ...lossesOf(measured),
    ...(measured.length === 0 ? [] : ["## What differs", differences(measured)]),
    ...(measured.some(({ record }) => record?.overlap !== undefined)
      ? ["## What test shares with training", overlaps(measured)]
      : []),
    "## Not measured yet",
    waiting.length === 0
      ? "Every recipe is measured."
      : table(
          [
            "recipe",
            "result",
            "metric",
            "BERT, published",
            "BioBERT, published",
            "how to get the data",
            "hours a seed",
          ],
          waiting.map(({ resolved }) => waitingRow(resolved)),
          [3, 4, 6],
        ),
    "## Sources of the published numbers",
    sources(all),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function timesOf(measured: readonly MeasuredRecipe[]): string[] {
  const both = measured.map(trainingTimes).filter(({ alike }) => alike !== undefined);
  if (both.length === 0) return [];
  const [ours, peer] = [both, both].map((rows, side) =>
    rows.reduce((sum, row) => sum + (side === 0 ? row.ours! : row.peer!), 0),
  );
  const threads = commonValue(both.map(({ alike }) => alike!.threads));
  const machine = commonValue(both.map(({ alike }) => alike!.machine));
  const where = machine === undefined ? "on a machine that did nothing else" : `on ${machine}, which did nothing else`;
  const asWell = threads === undefined ? "" : `, with ${threads === 1 ? "1 thread" : `${threads} threads`} each`;
  return [
    `Training one seed of each of the ${both.length === 1 ? "1 row" : `${both.length} rows`} that both ran and that were timed alike: ${timeText(ours!)} here, ${timeText(peer!)} in PyTorch (${(peer! / ours!).toFixed(2)}x), one after the other ${where}${asWell}.`,
  ];
}

function lossesOf(measured: readonly MeasuredRecipe[]): string[] {
  const text = (losses: readonly number[] = []): string => losses.map((loss) => loss.toPrecision(3)).join(", ");
  const rows = measured.flatMap(({ resolved: { recipe }, record, peer }) => {
    const losses = epochLosses(record, peer);
    return losses === undefined ? [] : [[recipe.title, text(losses.ours), text(losses.peer)]];
  });
  if (rows.length === 0) return [];
  return [
    "Training loss, the mean of each epoch over seeds (ours is of the curves in the records):",
    table(["result", "here", "in PyTorch"], rows, []),
  ];
}

function differences(measured: readonly MeasuredRecipe[]): string {
  return measured
    .map(({ resolved: { recipe, differs }, record }) => {
      const changed = record?.recipe?.changed ?? [];
      const said = [
        ...(record?.differs ?? differs),
        ...(changed.length === 0 ? [] : [`changed from the recipe: ${changed.join(", ")}`]),
      ];
      return `- **${recipe.title}**: ${said.join("; ") || "nothing"}.`;
    })
    .join("\n");
}

function overlaps(measured: readonly MeasuredRecipe[]): string {
  const rows = measured.flatMap(({ resolved: { recipe }, record }) => {
    const overlap = record?.overlap;
    if (record === undefined || overlap === undefined) return [];
    const without = overlap.metrics?.[recipe.metric];
    const unit = unitOf(recipe.metric, record.units);
    return [
      [
        recipe.title,
        String(overlap.documents),
        String(overlap.texts),
        String(overlap.sentences),
        metricText(record.metrics[recipe.metric], unit),
        without === undefined ? (overlap.examples === 0 ? "the same" : "not counted") : metricText(without, unit),
      ],
    ];
  });
  const header = [
    "result",
    "documents",
    "test examples with a sentence of 12 words",
    "test examples whose whole text training has",
    "score",
    "score without them",
  ];
  return `The published splits share some text between test and training; nothing beyond what the registry lists is taken.\n\n${table(header, rows, [1, 2, 3, 4, 5])}`;
}

function waitingRow(resolved: ResolvedRecipe): string[] {
  const { recipe, start, dataset } = resolved;
  const { ofBert, others } = publishedBeside(resolved);
  const values = (rows: readonly PublishedRow[]): string => rows.map(({ value }) => value).join(", ");
  const how = {
    pull: `\`npx biobert datasets pull ${dataset.id}\``,
    local: "by hand, see `npx biobert datasets show`",
    no: "cannot be had freely; files of your own",
  };
  return [
    `[${recipe.id}](../configs/${recipe.id}.yaml)`,
    recipe.title,
    metricName(recipe.metric),
    values(ofBert),
    values(others),
    how[dataset.availability],
    start.hours === undefined ? EMPTY : String(start.hours),
  ];
}

function sources(all: readonly MeasuredRecipe[]): string {
  const found = new Map<string, Set<string>>();
  for (const { resolved } of all) {
    for (const { source } of resolved.published)
      found.set(source, (found.get(source) ?? new Set()).add(resolved.recipe.id));
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([source, ids]) => `- ${source}: ${[...ids].join(", ")}`)
    .join("\n");
}
