// The report of an evaluation of any task: its metrics, scores by label, the confusion table, the commonest errors and
// the examples they happen in.

import type { TaskScores } from "../tasks/index.ts";
import { metricName, metricText, unitOf } from "./metric-names.ts";
import { cardsHtml, htmlPage, tableHtml } from "./report-page.ts";
import type { EvaluatedExample, TaskEvaluation } from "./task.ts";

export interface TaskReportSummary {
  title: string;
  subtitle?: string;
  /** Names and values that say what ran: model, data, machine. */
  facts: Readonly<Record<string, string>>;
}

const EXAMPLES_SHOWN = 80;
const ERRORS_SHOWN = 30;
/** A confusion table of more labels is no table to look at. */
const LABELS_SHOWN = 40;
const TEXT_SHOWN = 600;

const number = (title: string): { title: string; number: true } => ({ title, number: true });

/** The page for one evaluation; of the examples the first wrong ones are shown. */
export function taskReport({ scores, examples, unit }: TaskEvaluation, summary: TaskReportSummary): string {
  const cards = Object.entries(scores.metrics).map(([id, value]) => ({
    label: metricName(id),
    value: metricText(value, unitOf(id, scores.units)),
    note: unitOf(id, scores.units) === "percent" ? "percent" : "",
  }));
  const parts = [
    cardsHtml(cards),
    ...labelTable(scores),
    ...groupTable(scores),
    ...confusionTable(scores),
    ...errorTable(scores),
    ...wrongExamples(examples, unit),
    "<h2>What ran</h2>",
    tableHtml({ columns: ["Fact", "Value"], rows: [["Protocol", scores.protocol], ...Object.entries(summary.facts)] }),
  ];
  return htmlPage({ title: summary.title, subtitle: summary.subtitle, body: parts.join("\n") });
}

function labelTable({ byLabel = {} }: TaskScores): string[] {
  const rows = Object.entries(byLabel).map(
    ([label, { precision, recall, f1, goldCount, predictedCount, correctCount }]) => [
      label === "" ? "(none)" : label,
      ...[precision, recall, f1].map((value) => value.toFixed(2)),
      ...[goldCount, predictedCount, correctCount].map(countText),
    ],
  );
  if (rows.length === 0) return [];
  const titles = ["Precision", "Recall", "F1", "In the data", "Predicted", "Right"];
  return ["<h2>By label</h2>", tableHtml({ caption: "Percent", columns: ["Label", ...titles.map(number)], rows })];
}

function groupTable({ groups, units }: TaskScores): string[] {
  if (groups === undefined) return [];
  const ids = [...new Set(Object.values(groups).flatMap((metrics) => Object.keys(metrics)))];
  return [
    "<h2>Part by part</h2>",
    tableHtml({
      columns: ["Part", ...ids.map((id) => number(metricName(id)))],
      rows: Object.entries(groups).map(([group, metrics]) => [
        group,
        ...ids.map((id) => metricText(metrics[id], unitOf(id, units))),
      ]),
    }),
  ];
}

function confusionTable({ confusion }: TaskScores): string[] {
  if (confusion === undefined || confusion.labels.length > LABELS_SHOWN) return [];
  const { labels, counts } = confusion;
  return [
    "<h2>What was taken for what</h2>",
    tableHtml({
      caption: "A row for each label in the data, a column for each predicted one",
      columns: ["In the data", ...labels.map(number)],
      rows: labels.map((label, i) => [label, ...counts[i]!.map(countText)]),
    }),
  ];
}

function errorTable({ errors = [] }: TaskScores): string[] {
  if (errors.length === 0) return [];
  return [
    "<h2>The commonest errors</h2>",
    tableHtml({
      columns: ["In the data", "Predicted", number("Times"), "For example"],
      rows: errors
        .slice(0, ERRORS_SHOWN)
        .map(({ gold, predicted, count, example = "" }) => [gold, predicted, countText(count), shortened(example)]),
    }),
  ];
}

function wrongExamples(examples: readonly EvaluatedExample[], unit: string): string[] {
  const wrong = examples.filter(({ right }) => !right);
  if (wrong.length === 0) return [];
  const shown = wrong.slice(0, EXAMPLES_SHOWN);
  const some =
    wrong.length > shown.length ? `The first ${shown.length} of ${countText(wrong.length)}` : countText(wrong.length);
  return [
    "<h2>Where it is wrong</h2>",
    `<p>${some} of ${countText(examples.length)} ${unit}.</p>`,
    tableHtml({
      columns: ["Id", "Text", "In the data", "Predicted"],
      rows: shown.map(({ id, text, gold, predicted }) => [id, shortened(text), gold, predicted]),
    }),
  ];
}

function shortened(text: string): string {
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text;
}

function countText(value: number): string {
  return value.toLocaleString("en-US");
}
