// `biobert evaluate ner`: entity-level scores as the paper gives them, the commonest errors, a result record and a report.

import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { BiobertError, VERSION } from "../core/index.ts";
import { sha256OfFiles } from "../data/index.ts";
import type { EvaluationOptions, NerEvaluation, OffsetEvaluation, ResultRecord } from "../evaluation/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { interruptedError } from "./input.ts";
import {
  deviceOption,
  type EngineOptions,
  MODEL_HELP,
  type ModelPlaceOptions,
  modelPlaces,
  precisionOption,
  shellQuote,
  warnOnce,
  wholeNumber,
  withModelPlaces,
} from "./options.ts";
import { print } from "./output.ts";
import { overlapLines, registerEvaluateTask } from "./evaluate-task.ts";
import { commitOf, machineFacts } from "./machine.ts";
import { resolveModelArgument } from "./pull.ts";
import { recordFacts, splitName, writeRecord } from "./result-files.ts";
import { submitOption, submitterFor } from "./result-submit.ts";
import type { Precision, TasksRoom } from "./rooms.ts";
import { formatCount, tableLines } from "./terminal.ts";

interface EvaluateOptions extends ModelPlaceOptions, EngineOptions {
  model: string;
  data: string[];
  pubtator: string[];
  trainedOn: string[];
  head?: string;
  out?: string;
  json: boolean;
  submit?: string;
  dataset?: string;
  split?: string;
  precision: Precision;
}

const EXAMPLES = `
Examples:
  biobert evaluate ner --model my-model --data test.tsv
  biobert evaluate ner --model my-model --data test.tsv --json
  biobert evaluate ner --model my-model --data test.tsv --pubtator test.pubtator --out results

--out DIR writes result.json and report.html there; --out FILE.json writes FILE.json and FILE.html.`;

/** Adds the command to `program`, with a command for each task; `finish` hears its exit code. */
export function registerEvaluate(program: Command, context: CommandContext, finish: (code: number) => void, tasks: TasksRoom | undefined): void {
  const evaluateCommand = program.command("evaluate").description("score a model on data with gold annotations");
  withModelPlaces(evaluateCommand.command("ner"))
    .description("named entity recognition: precision, recall and F1 of entities, exact match, in percent")
    .option("--model <PATH>", MODEL_HELP, join(context.packageRoot, "models", "ncbi-disease"))
    .option("--data <FILE...>", "tagged sentences", [] as string[])
    .option("--pubtator <FILE...>", "raw abstracts with gold offsets (PubTator): strict offset scores", [] as string[])
    .option("--head <NAME>", "the head to run, where the model has several for named entities")
    .option("--trained-on <FILE...>", "files that the model was trained on: what --data shares with them is counted, and scored without", [] as string[])
    .option("--out <PATH>", "write the result record and a report to this folder or .json file")
    .option("--json", "print the result record instead of a summary", false)
    .addOption(submitOption())
    .option("--dataset <NAME>", "the data set's name in the record (default: the data's folder)")
    .option("--split <NAME>", "the split's name in the record (default: the data's file name)")
    .option("--threads <N>", "threads (default: all cores)", wholeNumber(1))
    .addOption(deviceOption())
    .addOption(precisionOption())
    .addHelpText("after", EXAMPLES)
    .action(async (options: EvaluateOptions) => {
      finish(await evaluate(options, context));
    });
  for (const task of tasks?.taskList ?? []) {
    if (task.name !== "ner") registerEvaluateTask(evaluateCommand, task, context, finish, tasks!);
  }
}

async function evaluate(options: EvaluateOptions, context: CommandContext): Promise<number> {
  if (options.data.length === 0 && options.pubtator.length === 0) {
    throw new BiobertError({
      code: "usage",
      message: "nothing to evaluate on",
      hint: "Give --data FILE (tagged sentences) or --pubtator FILE (raw abstracts with offsets).",
    });
  }
  const submit = submitterFor(options.submit, context);
  const modelDirectory = await resolveModelArgument(options.model, context);
  const startedAt = performance.now();
  const room = await context.rooms.evaluation();
  const warn = warnOnce(context);
  const shared = {
    modelDirectory,
    threads: options.threads,
    device: options.device,
    precision: options.precision,
    ...modelPlaces(options),
    ...(options.head === undefined ? {} : { head: options.head }),
    warn,
    signal: context.signal,
    trainedOn: options.trainedOn,
  };
  const run = async <T>(files: string[], work: (options: EvaluationOptions) => Promise<T>): Promise<T | undefined> => {
    if (files.length === 0) return undefined;
    const result = await work({ ...shared, files });
    if (context.signal.aborted) throw interruptedError();
    return result;
  };
  const tokens = await run(options.data, (each) => room.evaluateNer(each));
  for (const warning of tokens?.warnings ?? []) warn(warning);
  const offsets = await run(options.pubtator, (each) => room.evaluateOffsets(each));
  const seconds = (performance.now() - startedAt) / 1000;
  const record = await makeRecord(options, tokens, offsets, seconds, context);
  if (options.out !== undefined) await writeResults(options.out, record, tokens, offsets);
  if (options.json) await print(context.stdout, `${JSON.stringify(record, null, 2)}\n`);
  else await print(context.stdout, await summaryText(record, tokens, offsets));
  await submit?.(record);
  return EXIT.done;
}

async function makeRecord(
  options: EvaluateOptions,
  tokens: NerEvaluation | undefined,
  offsets: OffsetEvaluation | undefined,
  durationSeconds: number,
  context: CommandContext,
): Promise<ResultRecord> {
  const { resultRecordV2Schema } = await import("../evaluation/index.ts");
  const main = tokens?.report ?? offsets;
  const model = tokens?.model ?? offsets?.model;
  if (main === undefined || model === undefined)
    throw new BiobertError({ code: "internal", message: "nothing was evaluated" });
  const { precision, recall, f1 } = main.overall;
  const metrics: Record<string, number> = { precision, recall, f1 };
  const counts: Record<string, number> = { entities: main.overall.goldCount };
  if (tokens !== undefined) {
    metrics.tokenAccuracy = tokens.report.tokenAccuracy;
    counts.sentences = tokens.sentences.length;
    counts.tokens = tokens.report.tokenCount;
  }
  if (offsets !== undefined) {
    if (tokens !== undefined) {
      metrics.offsetPrecision = offsets.overall.precision;
      metrics.offsetRecall = offsets.overall.recall;
      metrics.offsetF1 = offsets.overall.f1;
    }
    counts.documents = offsets.documents;
  }
  const files = [...options.data, ...options.pubtator];
  const first = resolve(files[0]);
  return resultRecordV2Schema.parse({
    formatVersion: 2,
    biobertVersion: VERSION,
    task: "ner",
    protocol: tokens === undefined ? "ner-exact-offset" : "ner-exact-entity",
    metrics,
    units: Object.fromEntries(Object.keys(metrics).map((name) => [name, "percent" as const])),
    metricsByType: main.byType,
    ...(tokens?.overlap === undefined ? {} : { overlap: tokens.overlap }),
    dataset: {
      id: options.dataset ?? (basename(dirname(first)) || "unknown"),
      split: options.split ?? splitName(first),
      sha256: await sha256OfFiles(files),
      counts,
    },
    model: {
      name: basename(resolve(options.model)),
      variant: model.weightsFile,
      sha256: await sha256OfFiles(model.weightsPaths),
      precision: model.precision,
      parameters: model.parameters,
    },
    seeds: model.seeds,
    commit: commitOf(context.packageRoot),
    command: ["biobert", ...context.argv.map(shellQuote)].join(" "),
    machine: await machineFacts(),
    createdAt: new Date().toISOString(),
    durationSeconds,
  } satisfies ResultRecord & { formatVersion: 2 });
}

async function writeResults(
  out: string,
  record: ResultRecord,
  tokens: NerEvaluation | undefined,
  offsets: OffsetEvaluation | undefined,
): Promise<void> {
  if (tokens === undefined) return writeRecord(out, record, undefined);
  const { evaluationReport } = await import("../evaluation/index.ts");
  const { model, dataset } = record;
  const html = evaluationReport(tokens.report, tokens.sentences, {
    title: `${model.name} on ${dataset.id}, ${dataset.split}`,
    subtitle: `Named entities, ${formatCount(dataset.counts.sentences)} sentences, ${formatCount(dataset.counts.entities)} entities`,
    offsets: offsets?.overall,
    facts: recordFacts(record),
  });
  await writeRecord(out, record, html);
}

async function summaryText(
  record: ResultRecord,
  tokens: NerEvaluation | undefined,
  offsets: OffsetEvaluation | undefined,
): Promise<string> {
  const { errorKindName } = await import("../evaluation/index.ts");
  const right = (title: string) => ({ title, align: "right" as const });
  const percentages = ["precision", "recall", "F1"].map(right);
  const rowOf = (name: string, scores: ResultRecord["metricsByType"][string]) =>
    [
      name === "" ? "(no type)" : name,
      scores.precision.toFixed(2),
      scores.recall.toFixed(2),
      scores.f1.toFixed(2),
      formatCount(scores.goldCount),
      formatCount(scores.predictedCount),
      formatCount(scores.correctCount),
    ].map((text) => ({ text }));
  const columns = [{ title: "entities" }, ...percentages, right("gold"), right("predicted"), right("correct")];
  const blocks: string[][] = [];
  if (tokens !== undefined) {
    const { report } = tokens;
    const rows = Object.entries(report.byType).map(([type, scores]) => rowOf(type, scores));
    blocks.push(tableLines(columns, [rowOf("all, exact match", report.overall), ...rows]));
    if (tokens.overlap !== undefined) blocks.push(await overlapLines(tokens.overlap, "sentences"));
    blocks.push([`token accuracy ${report.tokenAccuracy.toFixed(2)} (of all tokens; not comparable with F1)`]);
    const { examples } = report.errors;
    const commonest = [...examples].sort((a, b) => b.count - a.count).slice(0, 10);
    if (commonest.length > 0) {
      const errorRows = commonest.map(({ kind, count, gold, predicted }) =>
        [String(count), errorKindName(kind), gold ?? "", predicted ?? ""].map((text) => ({ text })),
      );
      const errorColumns = [right("times"), { title: "commonest errors" }, { title: "gold" }, { title: "predicted" }];
      blocks.push(tableLines(errorColumns, errorRows));
    }
  }
  if (offsets !== undefined) {
    blocks.push(tableLines(columns, [rowOf("all, exact offsets", offsets.overall)]));
  }
  const { model, dataset } = record;
  const title = `${model.name} (${model.precision}) on ${dataset.id} ${dataset.split}; percent`;
  return `${[[title], ...blocks].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
