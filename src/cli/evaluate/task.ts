// `biobert evaluate TASK` for every task but named entities, which have scores of their own beside: the metrics, the
// scores by label, the commonest errors, a result record and a report.

import type { Command } from "commander";
import type { EvaluatedOverlap, ResultRecordV2, TaskEvaluation } from "../../evaluation/index.ts";
import type { AnyTask } from "../../tasks/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { interruptedError } from "../common/input.ts";
import { warnOnce } from "../common/options.ts";
import { print } from "../common/output.ts";
import { resolveModelArgument } from "../pull.ts";
import { makeRecord } from "./record.ts";
import { itemsOption, recordFacts, withoutIdsOption, writeItems, writeRecord } from "../common/result-files.ts";
import { submitOption, submitterFor } from "./submit.ts";
import type { TasksRoom } from "../common/rooms.ts";
import { exampleEnding, runSettings, type RunFlags, withRunFlags, withTaskOptions } from "../common/task-options.ts";
import { formatCount, tableLines } from "../common/terminal.ts";

interface EvaluateTaskOptions extends RunFlags {
  out?: string;
  json: boolean;
  submit?: string;
  dataset?: string;
  split?: string;
  trainedOn: string[];
  items?: string;
  withoutIds: boolean;
}

/** Adds the task's command to `evaluate`; `finish` hears its exit code. */
export function registerEvaluateTask(
  evaluateCommand: Command,
  task: AnyTask,
  context: CommandContext,
  finish: (code: number) => void,
  room: TasksRoom,
): void {
  const test = `test${exampleEnding(task.name)}`;
  withTaskOptions(
    withRunFlags(evaluateCommand.command(task.name), `${task.unit} with gold labels`),
    task,
    "running",
    room,
  )
    .description(task.summary)
    .option(
      "--trained-on <FILE...>",
      "files that the model was trained on: what --data shares with them is counted, and scored without",
      [] as string[],
    )
    .option("--out <PATH>", "write the result record and a report to this folder or .json file")
    .option("--json", "print the result record instead of a summary", false)
    .addOption(submitOption())
    .option("--dataset <NAME>", "the data set's name in the record (default: the data's folder)")
    .option("--split <NAME>", "the split's name in the record (default: the data's file name)")
    .addOption(itemsOption())
    .addOption(withoutIdsOption())
    .addHelpText(
      "after",
      `\nData: ${task.files}.\n\nExamples:\n  biobert evaluate ${task.name} --model my-model --data ${test}\n  biobert evaluate ${task.name} --model my-model --data ${test} --out results\n\n--out DIR writes result.json and report.html there; --out FILE.json writes FILE.json and FILE.html.`,
    )
    .action(async (options: EvaluateTaskOptions) => {
      finish(await evaluate(task, options, context));
    });
}

async function evaluate(task: AnyTask, options: EvaluateTaskOptions, context: CommandContext): Promise<number> {
  const submit = submitterFor(options.submit, context);
  const modelDirectory = await resolveModelArgument(options.model, context);
  const startedAt = performance.now();
  const room = await context.rooms.evaluation();
  const warn = warnOnce(context);
  const found = await room.evaluateTask({
    ...runSettings(task, options),
    modelDirectory,
    trainedOn: options.trainedOn,
    warn,
    signal: context.signal,
  });
  if (context.signal.aborted) throw interruptedError();
  for (const warning of found.warnings) warn(warning);
  const { scores, model: ran, options: taskOptions } = found;
  const record = await makeRecord(
    {
      task: task.name,
      protocol: scores.protocol,
      metrics: scores.metrics,
      units: scores.units,
      metricsByType: scores.byLabel ?? {},
      ...(scores.groups === undefined ? {} : { metricsByGroup: scores.groups }),
      options: taskOptions,
      counts: scores.counts,
      ...(found.overlap === undefined ? {} : { overlap: found.overlap }),
      model: ran,
    },
    { ...options, files: options.data, durationSeconds: (performance.now() - startedAt) / 1000 },
    context,
  );
  if (options.out !== undefined) {
    const { taskReport } = await import("../../evaluation/index.ts");
    const { model, dataset } = record;
    const report = taskReport(found, {
      title: `${model.name} on ${dataset.id}, ${dataset.split}`,
      subtitle: `${task.name}, ${formatCount(found.shown.items.length)} ${found.shown.unit}`,
      facts: recordFacts(record),
    });
    await writeRecord(options.out, record, report);
  }
  await print(context.stdout, options.json ? `${JSON.stringify(record, null, 2)}\n` : await summaryText(record, found));
  if (options.items !== undefined) await writeItems(options.items, record, found.items, options.withoutIds);
  await submit?.(record);
  return EXIT.done;
}

/** How many of the commonest errors a summary shows. */
const ERRORS_SHOWN = 10;
const EXAMPLE_SHOWN = 60;

/** What the data share with the training data, and the scores without, as lines of a summary. */
export async function overlapLines(
  { documents, texts, sentences, examples, metrics = {} }: EvaluatedOverlap,
  unit: string,
  units?: ResultRecordV2["units"],
): Promise<string[]> {
  const { metricName, metricText, unitOf } = await import("../../evaluation/index.ts");
  const scores = Object.entries(metrics).map(
    ([id, value]) => `${metricName(id)} ${metricText(value, unitOf(id, units))}`,
  );
  return [
    `shared with the training data: ${formatCount(documents)} documents, ${formatCount(texts)} ${unit} with a sentence of 12 words or more, ${formatCount(sentences)} whole texts`,
    scores.length === 0
      ? `nothing is left without them`
      : `without these ${formatCount(examples ?? 0)}: ${scores.join(", ")}`,
  ];
}

async function summaryText(record: ResultRecordV2, { scores, unit, shown, overlap }: TaskEvaluation): Promise<string> {
  const { metricName, metricText } = await import("../../evaluation/index.ts");
  const right = (title: string) => ({ title, align: "right" as const });
  const cells = (texts: readonly string[]) => texts.map((text) => ({ text }));
  const { model, dataset } = record;
  const blocks = [
    [
      `${model.name} (${model.precision}) on ${dataset.id} ${dataset.split}: ${formatCount(shown.items.length)} ${shown.unit}; protocol ${record.protocol}`,
    ],
    tableLines(
      [{ title: "metric" }, right("value"), { title: "unit" }],
      Object.entries(scores.metrics).map(([id, value]) =>
        cells([metricName(id), metricText(value, record.units[id]), record.units[id]]),
      ),
    ),
  ];
  if (overlap !== undefined) blocks.push(await overlapLines(overlap, unit, record.units));
  const groups = Object.entries(scores.groups ?? {});
  if (groups.length > 0) {
    const ids = Object.keys(scores.metrics);
    blocks.push(
      tableLines(
        [{ title: "part" }, ...ids.map((id) => right(metricName(id)))],
        groups.map(([group, metrics]) => cells([group, ...ids.map((id) => metricText(metrics[id], record.units[id]))])),
      ),
    );
  }
  const labels = Object.entries(scores.byLabel ?? {});
  if (labels.length > 0) {
    const columns = [{ title: "label" }, ...["precision", "recall", "F1", "gold", "predicted", "correct"].map(right)];
    const rows = labels.map(([label, { precision, recall, f1, goldCount, predictedCount, correctCount }]) =>
      cells([
        label,
        ...[precision, recall, f1].map((value) => value.toFixed(2)),
        ...[goldCount, predictedCount, correctCount].map(formatCount),
      ]),
    );
    blocks.push(tableLines(columns, rows));
  }
  const errors = (scores.errors ?? []).slice(0, ERRORS_SHOWN);
  if (errors.length > 0) {
    const short = (text: string): string => (text.length > EXAMPLE_SHOWN ? `${text.slice(0, EXAMPLE_SHOWN)}…` : text);
    const columns = [right("times"), { title: "gold" }, { title: "predicted" }, { title: "for example" }];
    blocks.push(
      tableLines(
        columns,
        errors.map(({ count, gold, predicted, example = "" }) =>
          cells([String(count), gold, predicted, short(example)]),
        ),
      ),
    );
  }
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
