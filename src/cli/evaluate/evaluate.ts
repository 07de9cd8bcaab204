// `biobert evaluate ner`: entity-level scores as the paper gives them, the commonest errors, a result record and a report.

import { join } from "node:path";
import type { Command } from "commander";
import { BiobertError } from "../../core/index.ts";
import type {
  Bc2gmEvaluation,
  NerEvaluation,
  OffsetEvaluation,
  ResultRecord,
  ResultRecordV2,
} from "../../evaluation/index.ts";
import type { ItemGroup } from "../../metrics/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { interruptedError } from "../common/input.ts";
import {
  deviceOption,
  type EngineOptions,
  MODEL_HELP,
  type ModelPlaceOptions,
  modelPlaces,
  precisionOption,
  warnOnce,
  wholeNumber,
  withModelPlaces,
} from "../common/options.ts";
import { print } from "../common/output.ts";
import { registerEvaluateEmbedding } from "./embedding.ts";
import { overlapLines, registerEvaluateTask } from "./task.ts";
import { resolveModelArgument } from "../pull.ts";
import { makeRecord, type RecordedScores } from "./record.ts";
import { itemsOption, recordFacts, withoutIdsOption, writeItems, writeRecord } from "../common/result-files.ts";
import { submitOption, submitterFor } from "./submit.ts";
import type { Precision, TasksRoom } from "../common/rooms.ts";
import { formatCount, tableLines } from "../common/terminal.ts";

interface EvaluateOptions extends ModelPlaceOptions, EngineOptions {
  model: string;
  data: string[];
  pubtator: string[];
  trainedOn: string[];
  head?: string;
  bc2gmSentences?: string;
  bc2gmGold?: string;
  bc2gmAlternatives?: string;
  out?: string;
  json: boolean;
  submit?: string;
  dataset?: string;
  split?: string;
  items?: string;
  withoutIds: boolean;
  precision: Precision;
}

const EXAMPLES = `
Examples:
  biobert evaluate ner --model my-model --data test.tsv
  biobert evaluate ner --model my-model --data test.tsv --json
  biobert evaluate ner --model my-model --data test.tsv --pubtator test.pubtator --out results
  biobert evaluate ner --model my-model --data test.tsv --trained-on train.tsv devel.tsv
  biobert evaluate ner --model genes --bc2gm-sentences test.in --bc2gm-gold GENE.eval --bc2gm-alternatives ALTGENE.eval

--out DIR writes result.json and report.html there; --out FILE.json writes FILE.json and FILE.html.`;

/** Adds the command to `program`, with a command for each task; `finish` hears its exit code. */
export function registerEvaluate(
  program: Command,
  context: CommandContext,
  finish: (code: number) => void,
  tasks: TasksRoom | undefined,
): void {
  const evaluateCommand = program.command("evaluate").description("score a model on data with gold annotations");
  withModelPlaces(evaluateCommand.command("ner"))
    .description("named entity recognition: precision, recall and F1 of entities, exact match, in percent")
    .option("--model <PATH>", MODEL_HELP, join(context.packageRoot, "models", "ncbi-disease"))
    .option("--data <FILE...>", "tagged sentences", [] as string[])
    .option("--pubtator <FILE...>", "raw abstracts with gold offsets (PubTator): strict offset scores", [] as string[])
    .option("--head <NAME>", "the head to run, where the model has several for named entities")
    .option(
      "--trained-on <FILE...>",
      "files that the model was trained on: what --data shares with them is counted and scored without, mentions that stand there and others by themselves",
      [] as string[],
    )
    .option("--bc2gm-sentences <FILE>", "BC2GM's sentences (ID and text): scored by BioCreative II's own rules")
    .option("--bc2gm-gold <FILE>", "their genes (GENE.eval)")
    .option("--bc2gm-alternatives <FILE>", "other spans that count as right (ALTGENE.eval)")
    .option("--out <PATH>", "write the result record and a report to this folder or .json file")
    .option("--json", "print the result record instead of a summary", false)
    .addOption(submitOption())
    .option("--dataset <NAME>", "the data set's name in the record (default: the data's folder)")
    .option("--split <NAME>", "the split's name in the record (default: the data's file name)")
    .addOption(itemsOption())
    .addOption(withoutIdsOption())
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
  registerEvaluateEmbedding(evaluateCommand, context, finish);
}

/** What was evaluated on which kind of data; at least one of them. */
interface Evaluated {
  tokens?: NerEvaluation;
  offsets?: OffsetEvaluation;
  genes?: Bc2gmEvaluation;
}

async function evaluate(options: EvaluateOptions, context: CommandContext): Promise<number> {
  const genesFiles = bc2gmFiles(options);
  if (options.data.length === 0 && options.pubtator.length === 0 && genesFiles === undefined) {
    throw new BiobertError({
      code: "usage",
      message: "nothing to evaluate on",
      hint: "Give --data FILE (tagged sentences) or --pubtator FILE (raw abstracts with offsets).",
    });
  }
  if (options.trainedOn.length > 0 && options.data.length === 0)
    throw new BiobertError({ code: "usage", message: "--trained-on goes with --data" });
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
  };
  const run = async <T>(wanted: boolean, work: () => Promise<T>): Promise<T | undefined> => {
    if (!wanted) return undefined;
    const result = await work();
    if (context.signal.aborted) throw interruptedError();
    return result;
  };
  const { data, pubtator, trainedOn } = options;
  const tokens = await run(data.length > 0, () => room.evaluateNer({ ...shared, files: data, trainedOn }));
  for (const warning of tokens?.warnings ?? []) warn(warning);
  const offsets = await run(pubtator.length > 0, () => room.evaluateOffsets({ ...shared, files: pubtator }));
  const genes = await run(genesFiles !== undefined, () => room.evaluateBc2gm(shared, genesFiles!));
  const found: Evaluated = {
    ...(tokens === undefined ? {} : { tokens }),
    ...(offsets === undefined ? {} : { offsets }),
    ...(genes === undefined ? {} : { genes }),
  };
  const files = [...data, ...pubtator, ...Object.values(genesFiles ?? {})];
  const durationSeconds = (performance.now() - startedAt) / 1000;
  const record = await makeRecord(recordedScores(found), { ...options, files, durationSeconds }, context);
  if (options.out !== undefined) await writeResults(options.out, record, found);
  if (options.items !== undefined)
    await writeItems(options.items, record, await sentenceItems(tokens), options.withoutIds);
  if (options.json) await print(context.stdout, `${JSON.stringify(record, null, 2)}\n`);
  else await print(context.stdout, await summaryText(record, found));
  await submit?.(record);
  return EXIT.done;
}

function bc2gmFiles({ bc2gmSentences, bc2gmGold, bc2gmAlternatives }: EvaluateOptions) {
  if (bc2gmSentences === undefined && bc2gmGold === undefined && bc2gmAlternatives === undefined) return undefined;
  if (bc2gmSentences === undefined || bc2gmGold === undefined) {
    throw new BiobertError({
      code: "usage",
      message: "BC2GM's scorer needs --bc2gm-sentences and --bc2gm-gold, and may have --bc2gm-alternatives",
    });
  }
  return {
    sentences: bc2gmSentences,
    gold: bc2gmGold,
    ...(bc2gmAlternatives === undefined ? {} : { alternatives: bc2gmAlternatives }),
  };
}

/** What each sentence adds to the scores. */
async function sentenceItems(tokens: NerEvaluation | undefined): Promise<ItemGroup[]> {
  if (tokens === undefined) {
    throw new BiobertError({ code: "usage", message: "--items is of tagged sentences: it needs --data" });
  }
  const { entityItems } = await import("../../metrics/index.ts");
  const { sentences } = tokens;
  const metrics = entityItems(
    sentences.map(({ gold }) => gold),
    sentences.map(({ predicted }) => predicted),
  );
  const ids = sentences.map(({ line }, i) => (line === undefined ? String(i + 1) : `line ${line}`));
  return [{ unit: "sentences", ids, metrics }];
}

/** Precision, recall and F1 as metrics, their names with a prefix where they are not the main ones. */
function triple({ precision, recall, f1 }: ResultRecord["metricsByType"][string], prefix = ""): Record<string, number> {
  if (prefix === "") return { precision, recall, f1 };
  return { [`${prefix}Precision`]: precision, [`${prefix}Recall`]: recall, [`${prefix}F1`]: f1 };
}

function recordedScores({ tokens, offsets, genes }: Evaluated): RecordedScores {
  const { report, matches, bySeen } = tokens ?? {};
  const main = report?.overall ?? offsets?.overall ?? genes?.report;
  const model = (tokens ?? offsets ?? genes)?.model;
  if (main === undefined || model === undefined)
    throw new BiobertError({ code: "internal", message: "nothing was evaluated" });
  const metrics = {
    ...triple(main),
    ...(report === undefined ? {} : { tokenAccuracy: report.tokenAccuracy }),
    ...(matches === undefined
      ? {}
      : {
          ...triple(matches.overlap.overall, "overlap"),
          leftBoundaryF1: matches.left.overall.f1,
          rightBoundaryF1: matches.right.overall.f1,
        }),
    ...(bySeen === undefined
      ? {}
      : { ...triple(bySeen.seen.overall, "seen"), ...triple(bySeen.unseen.overall, "unseen") }),
    ...(offsets === undefined || tokens === undefined ? {} : triple(offsets.overall, "offset")),
    ...(genes === undefined ? {} : { ...triple(genes.report, "bc2gm"), bc2gmWithoutAlternativesF1: genes.strict.f1 }),
  };
  const sentences = tokens?.sentences.length ?? genes?.sentences;
  return {
    task: "ner",
    protocol:
      tokens !== undefined ? "ner-exact-entity" : offsets !== undefined ? "ner-exact-offset" : "ner-bc2gm-alternatives",
    metrics,
    metricsByType: report?.byType ?? offsets?.byType ?? {},
    counts: {
      entities: main.goldCount,
      ...(sentences === undefined ? {} : { sentences }),
      ...(report === undefined ? {} : { tokens: report.tokenCount }),
      ...(bySeen === undefined ? {} : { unseenEntities: bySeen.unseen.overall.goldCount }),
      ...(offsets === undefined ? {} : { documents: offsets.documents }),
    },
    ...(tokens?.overlap === undefined ? {} : { overlap: tokens.overlap }),
    model,
  };
}

async function writeResults(out: string, record: ResultRecordV2, { tokens, offsets }: Evaluated): Promise<void> {
  const { evaluationReport, recordReport } = await import("../../evaluation/index.ts");
  const { model, dataset } = record;
  const title = `${model.name} on ${dataset.id}, ${dataset.split}`;
  if (tokens === undefined) {
    const counts = Object.entries(dataset.counts).map(([name, count]) => `${formatCount(count)} ${name}`);
    const subtitle = `Named entities, ${counts.join(", ")}`;
    return writeRecord(out, record, recordReport(record, { title, subtitle, facts: recordFacts(record) }));
  }
  const html = evaluationReport(tokens.report, tokens.sentences, {
    title,
    subtitle: `Named entities, ${formatCount(dataset.counts.sentences)} sentences, ${formatCount(dataset.counts.entities)} entities`,
    offsets: offsets?.overall,
    ...(tokens.calibration === undefined ? {} : { calibration: tokens.calibration }),
    facts: recordFacts(record),
  });
  await writeRecord(out, record, html);
}

async function summaryText(record: ResultRecord, { tokens, offsets, genes }: Evaluated): Promise<string> {
  const { errorKindName } = await import("../../evaluation/index.ts");
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
    const { report, matches, bySeen } = tokens;
    const rows = Object.entries(report.byType).map(([type, scores]) => rowOf(type, scores));
    blocks.push(tableLines(columns, [rowOf("all, exact match", report.overall), ...rows]));
    if (tokens.overlap !== undefined) blocks.push(await overlapLines(tokens.overlap, "sentences"));
    const looser = [
      rowOf("all, overlap", matches.overlap.overall),
      rowOf("all, same start", matches.left.overall),
      rowOf("all, same end", matches.right.overall),
    ];
    const parted =
      bySeen === undefined
        ? []
        : [
            rowOf("mentions of the training data, exact", bySeen.seen.overall),
            rowOf("mentions unseen in training, exact", bySeen.unseen.overall),
          ];
    blocks.push(tableLines([{ title: "beside" }, ...columns.slice(1)], [...looser, ...parted]));
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
  if (genes !== undefined) {
    blocks.push(
      tableLines(columns, [
        rowOf("genes, alternatives count as right (BioCreative II)", genes.report),
        rowOf("genes, without alternatives", genes.strict),
      ]),
    );
  }
  const { model, dataset } = record;
  const title = `${model.name} (${model.precision}) on ${dataset.id} ${dataset.split}; percent`;
  return `${[[title], ...blocks].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
