// Reports of several trainings: the folds of a cross-validation, the trials of a search.

import { summarizeFolds } from "../metrics/index.ts";
import type { MetricUnit } from "../tasks/index.ts";
import type { CrossValidation, MetricUnits, SearchResult, SearchRow } from "../training/index.ts";
import { drawnMetric, headMetrics, metricName, metricText, unitOf } from "./metric-names.ts";
import { type ChartSeries, svgLineChart } from "./report-chart.ts";
import { cardsHtml, escapeHtml, htmlPage, tableHtml } from "./report-page.ts";

const number = (title: string): { title: string; number: true } => ({ title, number: true });

/** A report of a part, such as a fold; its path is from the folder of the page that names it. */
export interface ReportLink {
  name: string;
  path: string;
}

/** Links to the reports of the parts; nothing where there are none. */
function linkSection(links: readonly ReportLink[] = []): string[] {
  if (links.length === 0) return [];
  const items = links.map(({ name, path }) => {
    const address = path.split("/").map(encodeURIComponent).join("/");
    return `<li><a href="${escapeHtml(address)}">${escapeHtml(name)}</a></li>`;
  });
  return [
    "<h2>Each by itself</h2>",
    "<p>Curves, scores by label, errors and calibration of each:</p>",
    `<ul>\n${items.join("\n")}\n</ul>`,
  ];
}

/** The page for a cross-validation: mean and standard deviation of each metric, and the folds they are of. */
export function crossValidationReport(
  { folds, summary, units, meanOf }: CrossValidation,
  { title, reports }: { title: string; reports?: readonly ReportLink[] },
): string {
  const names = Object.keys(summary);
  const text = (value: number, id: string): string => metricText(value, unitOf(id, units));
  const cards = names.map((id) => {
    const { mean, standardDeviation, minimum, maximum } = summary[id]!;
    return {
      label: metricName(id),
      value: text(mean, id),
      note: `± ${text(standardDeviation, id)}; ${text(minimum, id)} to ${text(maximum, id)}`,
    };
  });
  const rows = [
    ...folds.map(({ name, metrics }) => [name, ...names.map((id) => text(metrics[id]!, id))]),
    ["mean", ...names.map((id) => text(summary[id]!.mean, id))],
    ["standard deviation", ...names.map((id) => text(summary[id]!.standardDeviation, id))],
  ];
  const alike = names.filter((id) => unitOf(id, units) === unitOf(names[0]!, units)).slice(0, 3);
  const lines = meanOf === undefined ? alike.map(drawnMetric) : headMetrics(meanOf, units);
  const chart = svgLineChart(
    lines.map(({ name, valueIn }, index) => ({
      name,
      look: (index % 4) as ChartSeries["look"],
      markers: true,
      points: folds.map(({ metrics }, i) => [i + 1, valueIn(metrics)] as const),
    })),
    { id: "folds", title: "Scores by fold", xLabel: "fold", yLabel: "score" },
  );
  const body = [
    cardsHtml(cards),
    "<p>Each fold's model is scored after its last epoch on what it was not trained on; nothing was chosen by these scores. The deviation is that of a sample (n − 1).</p>",
    `<figure>${chart}</figure>`,
    "<h2>By fold</h2>",
    tableHtml({ columns: ["Fold", ...names.map((id) => number(metricName(id)))], rows }),
    ...linkSection(reports),
  ];
  return htmlPage({ title, subtitle: `${folds.length} folds`, body: body.join("\n") });
}

/** What a combination of a search came to: the mean over its seeds and, of several, the standard deviation of a sample. */
export function selectionText({ selection, trials }: SearchRow, unit: MetricUnit): string {
  if (!Number.isFinite(selection)) return "diverged";
  const mean = metricText(selection, unit);
  if (trials.length === 1) return mean;
  const { standardDeviation } = summarizeFolds(trials.map((trial) => trial.selection));
  return `${mean} ± ${metricText(standardDeviation, unit)}`;
}

/** The page for a search: every combination, the best first. */
export function searchReport(
  { rows, best, modelDirectory }: SearchResult,
  { title, reports }: { title: string; reports?: readonly ReportLink[] },
): string {
  const [{ selectedBy, units }] = best.trials as [SearchResult["best"]["trials"][number]];
  const unit = unitOf(selectedBy, units);
  const cards = [
    {
      label: `Best ${metricName(selectedBy)} on dev`,
      value: metricText(best.selection, unit),
      note:
        best.trials.length === 1 ? "of 1 seed" : `mean of ${best.trials.length} seeds: ${selectionText(best, unit)}`,
    },
    { label: "Learning rate", value: String(best.learningRate) },
    { label: "Batch size", value: String(best.batchSize) },
    { label: "Epochs", value: String(best.epochs) },
  ];
  const columns = [
    number("Learning rate"),
    number("Batch size"),
    number("Epochs"),
    number(`Dev ${metricName(selectedBy)}`),
    "Seeds: score (best epoch)",
    number("Seconds"),
  ];
  const seedText = ({ seed, diverged, selection, bestEpoch }: SearchRow["trials"][number]): string =>
    `${seed}: ${diverged ? "diverged" : `${metricText(selection, unit)} (${bestEpoch})`}`;
  const cells = rows.map((row) => [
    String(row.learningRate),
    String(row.batchSize),
    String(row.epochs),
    selectionText(row, unit),
    row.trials.map(seedText).join(", "),
    row.trials.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1),
  ]);
  const body = [
    cardsHtml(cards),
    "<p>Chosen on the held-out data alone; the test data were not read for it. Deviations are those of a sample (n − 1), over seeds. A score on dev that was chosen as the best of many is too high: report the test score of the model that was chosen.</p>",
    "<h2>All combinations</h2>",
    tableHtml({ columns, rows: cells }),
    ...linkSection(reports),
  ];
  return htmlPage({ title, subtitle: `The best model is in ${modelDirectory}`, body: body.join("\n") });
}

/** What a part scored of a run that did not come to its end; a training that diverged has no metrics. */
export interface PartScores {
  name: string;
  metrics: Readonly<Record<string, number>>;
}

/** The page for a run of several trainings that did not come to its end: what its finished parts scored, and why it ended. */
export function unfinishedReport(
  parts: readonly PartScores[],
  {
    title,
    failure,
    of,
    units,
    reports,
  }: {
    title: string;
    /** Absent where it was stopped. */ failure?: string;
    of: number;
    units?: MetricUnits;
    reports?: readonly ReportLink[];
  },
): string {
  const names = [...new Set(parts.flatMap(({ metrics }) => Object.keys(metrics)))];
  const rows = parts.map(({ name, metrics }) => [
    name,
    ...names.map((id) => (metrics[id] === undefined ? "" : metricText(metrics[id], unitOf(id, units)))),
  ]);
  const why =
    failure === undefined ? "This run was stopped before its end." : `This run failed before its end: ${failure}`;
  const body = [
    `<p><strong>${escapeHtml(why)}</strong> ${parts.length} of ${of} trainings are finished; there is no mean of a part of them, nor a choice among it.</p>`,
    ...(parts.length === 0
      ? []
      : [
          "<h2>Finished</h2>",
          tableHtml({ columns: ["Training", ...names.map((id) => number(metricName(id)))], rows }),
        ]),
    ...linkSection(reports),
  ];
  return htmlPage({ title, subtitle: `${parts.length} of ${of} trainings`, body: body.join("\n") });
}
