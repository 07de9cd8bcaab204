// The report of an evaluation of any task: its metrics, scores by label, the confusion table, the commonest errors and
// the examples they happen in.

import { furthestItems, type TaskScores } from "../tasks/index.ts";
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
import type { ResultRecordV2 } from "./record.ts";
import type { TaskEvaluation } from "./task.ts";

const FURTHEST_SHOWN = 20;

export interface TaskReportSummary {
  title: string;
  subtitle?: string;
  /** Names and values that say what ran: model, data, machine. */
  facts: Readonly<Record<string, string>>;
}

/** The page for an evaluation of which its record alone is known: metrics, scores by type, parts. */
export function recordReport(
  { metrics, units, metricsByType, metricsByGroup, protocol }: ResultRecordV2,
  summary: TaskReportSummary,
): string {
  const parts = [
    metricCards(metrics, units),
    ...labelTable({ byLabel: metricsByType }),
    ...groupTable({ ...(metricsByGroup === undefined ? {} : { groups: metricsByGroup }), units }),
    ...factsTable(protocol, summary),
  ];
  return htmlPage({ title: summary.title, subtitle: summary.subtitle, body: parts.join("\n") });
}

/** The page for one evaluation; of what was judged the first wrong ones are shown. */
export function taskReport(
  { scores, shown: { unit, items }, calibration }: TaskEvaluation,
  summary: TaskReportSummary,
): string {
  const judged = items.filter(({ right }) => right !== undefined);
  const wrong = judged.filter(({ right }) => !right);
  const parts = [
    metricCards(scores.metrics, scores.units),
    ...labelTable(scores),
    ...groupTable(scores),
    ...confusionTable(scores),
    ...errorTable(scores),
    ...calibrationSection(calibration),
    ...wrongExamples(wrong, { wrong: wrong.length, all: judged.length, unit }),
    ...furthestExamples(furthestItems(items, FURTHEST_SHOWN)),
    ...factsTable(scores.protocol, summary),
  ];
  return htmlPage({ title: summary.title, subtitle: summary.subtitle, body: parts.join("\n") });
}

function metricCards(metrics: TaskScores["metrics"], units: TaskScores["units"]): string {
  const cards = Object.entries(metrics).map(([id, value]) => ({
    label: metricName(id),
    value: metricText(value, unitOf(id, units)),
    note: unitOf(id, units) === "percent" ? "percent" : "",
  }));
  return cardsHtml(cards);
}

function factsTable(protocol: string, { facts }: TaskReportSummary): string[] {
  const rows = [["Protocol", protocol], ...Object.entries(facts)];
  return ["<h2>What ran</h2>", tableHtml({ columns: ["Fact", "Value"], rows })];
}
