// The report of an evaluation of any task: its metrics, scores by label, the confusion table, the commonest errors and
// the examples they happen in.

import { furthestItems } from "../tasks/index.ts";
import { metricName, metricText, unitOf } from "./metric-names.ts";
import { cardsHtml, htmlPage, tableHtml } from "./report-page.ts";
import {
  calibrationSection,
  confusionTable,
  errorTable,
  furthestExamples,
  groupTable,
  labelTable,
  wrongExamples,
} from "./report-scores.ts";
import type { TaskEvaluation } from "./task.ts";

const FURTHEST_SHOWN = 20;

export interface TaskReportSummary {
  title: string;
  subtitle?: string;
  /** Names and values that say what ran: model, data, machine. */
  facts: Readonly<Record<string, string>>;
}

/** The page for one evaluation; of what was judged the first wrong ones are shown. */
export function taskReport(
  { scores, shown: { unit, items }, calibration }: TaskEvaluation,
  summary: TaskReportSummary,
): string {
  const cards = Object.entries(scores.metrics).map(([id, value]) => ({
    label: metricName(id),
    value: metricText(value, unitOf(id, scores.units)),
    note: unitOf(id, scores.units) === "percent" ? "percent" : "",
  }));
  const judged = items.filter(({ right }) => right !== undefined);
  const wrong = judged.filter(({ right }) => !right);
  const parts = [
    cardsHtml(cards),
    ...labelTable(scores),
    ...groupTable(scores),
    ...confusionTable(scores),
    ...errorTable(scores),
    ...calibrationSection(calibration),
    ...wrongExamples(wrong, { wrong: wrong.length, all: judged.length, unit }),
    ...furthestExamples(furthestItems(items, FURTHEST_SHOWN)),
    "<h2>What ran</h2>",
    tableHtml({ columns: ["Fact", "Value"], rows: [["Protocol", scores.protocol], ...Object.entries(summary.facts)] }),
  ];
  return htmlPage({ title: summary.title, subtitle: summary.subtitle, body: parts.join("\n") });
}
