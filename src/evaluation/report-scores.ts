// Sections that the reports of trainings and of evaluations share: scores by label, what was taken for what, the commonest errors
// with their texts, how far confidence can be believed (Guo et al. 2017), and wrong examples.

import { mostConfused, type CalibrationReport } from "../metrics/index.ts";
import type { Shown, TaskScores } from "../tasks/index.ts";
import { metricName, metricText, unitOf } from "./metric-names.ts";
import { svgLineChart } from "./report-chart.ts";
import { escapeHtml, tableHtml } from "./report-page.ts";

const EXAMPLES_SHOWN = 80;
const ERRORS_SHOWN = 30;
/** A confusion table of more labels is no table to look at: it has those that are confused most. */
const LABELS_SHOWN = 40;
const TEXT_SHOWN = 600;

const number = (title: string): { title: string; number: true } => ({ title, number: true });

/** Precision, recall and F1 of each label; nothing where there are none. */
export function labelTable({ byLabel = {} }: Pick<TaskScores, "byLabel">): string[] {
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

/** The metrics part by part, such as by BioASQ's batches; nothing where there are none. */
export function groupTable({ groups, units }: Pick<TaskScores, "groups" | "units">): string[] {
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

/** The confusion table, its cells shaded by their share of the row, of many labels those that are confused most; nothing where there is none. */
export function confusionTable({ confusion }: Pick<TaskScores, "confusion">): string[] {
  if (confusion === undefined) return [];
  const { labels, counts, labelCount, about = "" } = mostConfused(confusion, LABELS_SHOWN);
  const cut =
    labelCount === undefined
      ? ""
      : ` Of ${countText(labelCount)} labels those that are confused most; the last row and column are all others together.`;
  const head = labels.map((label) => `<th scope="col" class="number">${escapeHtml(label)}</th>`).join("");
  const rows = labels.map((label, i) => {
    const all = counts[i]!.reduce((sum, count) => sum + count, 0);
    const cells = counts[i]!.map((count, j) => {
      const share = all === 0 ? 0 : Math.round((60 * count) / all);
      const shade =
        share === 0
          ? ""
          : ` style="background:color-mix(in srgb, var(${i === j ? "--good" : "--bad"}) ${share}%, transparent)"`;
      return `<td class="number"${shade}>${countText(count)}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(label)}</th>${cells.join("")}</tr>`;
  });
  return [
    "<h2>What was taken for what</h2>",
    `<p class="quiet">${about === "" ? "" : `${escapeHtml(about)} `}A row for each label in the data, a column for each predicted one; shaded by the share of the row.${cut}</p>`,
    `<div class="scroll"><table class="confusion"><thead><tr><th scope="col">In the data</th>${head}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>`,
  ];
}

/** Confidence beside the share that was right, in ten bins, with the expected calibration error; nothing where it was not measured. */
export function calibrationSection(
  calibration: CalibrationReport | undefined,
  {
    title = "Calibration",
    id = "calibration",
    unit = "decisions",
  }: { title?: string; id?: string; unit?: string } = {},
): string[] {
  if (calibration === undefined || calibration.count === 0) return [];
  const { bins, expectedCalibrationError, maximumCalibrationError, brierScore, count } = calibration;
  const filled = bins.filter((bin) => bin.count > 0);
  const chart = svgLineChart(
    [
      {
        name: "as it should be",
        look: 1,
        points: [
          [0, 0],
          [100, 100],
        ],
      },
      {
        name: "measured",
        look: 0,
        markers: true,
        points: filled.map(({ confidence, accuracy }) => [100 * confidence, 100 * accuracy] as const),
      },
    ],
    {
      id,
      title: "How often the model is right, by how sure it is",
      xLabel: "mean confidence, percent",
      yLabel: "right, percent",
      yFrom: 0,
      height: 320,
    },
  );
  const percent = (value: number): string => (100 * value).toFixed(1);
  return [
    `<h2>${escapeHtml(title)}</h2>`,
    `<p>Expected calibration error ${expectedCalibrationError.toFixed(2)} %, largest gap of a bin ${maximumCalibrationError.toFixed(2)} %, Brier score ${brierScore.toFixed(4)}, over ${countText(count)} ${unit}. Points below the line are overconfident.</p>`,
    `<figure>${chart}</figure>`,
    tableHtml({
      columns: [
        "Confidence, percent",
        number(unit[0]!.toUpperCase() + unit.slice(1)),
        number("Mean confidence"),
        number("Right, percent"),
      ],
      rows: filled.map(({ from, to, count: own, confidence, accuracy }) => [
        `${Math.round(100 * from)} to ${Math.round(100 * to)}`,
        countText(own),
        percent(confidence),
        percent(accuracy),
      ]),
    }),
  ];
}

/** The commonest errors with an example each; nothing where there are none. */
export function errorTable({ errors = [] }: Pick<TaskScores, "errors">): string[] {
  if (errors.length === 0) return [];
  const hasExamples = errors.some(({ example = "" }) => example !== "");
  return [
    "<h2>The commonest errors</h2>",
    tableHtml({
      columns: ["In the data", "Predicted", number("Times"), ...(hasExamples ? ["For example"] : [])],
      rows: errors
        .slice(0, ERRORS_SHOWN)
        .map(({ gold, predicted, count, example = "" }) => [
          gold === "" ? "(nothing)" : gold,
          predicted === "" ? "(nothing)" : predicted,
          countText(count),
          ...(hasExamples ? [shortened(example)] : []),
        ]),
    }),
  ];
}

/** The first wrong examples; nothing where all are right. */
export function wrongExamples(
  examples: readonly (Shown & { id: string })[],
  counts: { wrong: number; all: number; unit: string },
): string[] {
  if (counts.wrong === 0) return [];
  const shown = examples.slice(0, EXAMPLES_SHOWN);
  const some =
    counts.wrong > shown.length ? `The first ${shown.length} of ${countText(counts.wrong)}` : countText(counts.wrong);
  return [
    "<h2>Where it is wrong</h2>",
    `<p>${some} of ${countText(counts.all)} ${counts.unit}.</p>`,
    tableHtml({
      columns: ["Id", "Text", "In the data", "Predicted"],
      rows: shown.map(({ id, text, gold, predicted }) => [shortId(id), shortened(text), gold, predicted]),
    }),
  ];
}

/** The predicted numbers that lie furthest from the gold ones, in the order given; nothing where there are none. */
export function furthestExamples(examples: readonly (Shown & { id: string })[] = []): string[] {
  if (examples.length === 0) return [];
  return [
    "<h2>Where it is furthest off</h2>",
    tableHtml({
      columns: ["Id", "Text", number("In the data"), number("Predicted"), number("Difference")],
      rows: examples.map(({ id, text, gold, predicted, difference }) => [
        shortId(id),
        shortened(text),
        gold,
        predicted,
        `${difference! > 0 ? "+" : ""}${difference!.toFixed(3)}`,
      ]),
    }),
  ];
}

/** Of an id that is a place, the file's name is enough. */
function shortId(id: string): string {
  return id.split(/[\\/]/).at(-1)!;
}

function shortened(text: string): string {
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text;
}

function countText(value: number): string {
  return value.toLocaleString("en-US");
}
