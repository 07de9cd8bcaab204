// A reproduction's results as text: the record beside the published numbers, the table of recipes, a search's points.

import type { ResultRecordV2 } from "../../evaluation/index.ts";
import type { MeasuredRecipe, ResolvedRecipe } from "../../reproduction/index.ts";
import type { SearchResult } from "../../training/index.ts";
import type { ReproductionRoom } from "../common/rooms.ts";
import { AVAILABILITY, tableLines } from "../common/terminal.ts";

const left = (title: string) => ({ title });
const right = (title: string) => ({ title, align: "right" as const });
const cells = (texts: readonly string[]) => texts.map((text) => ({ text }));

/** The record of a recipe: measured beside published, the difference, and what differs. */
export function recordText(
  resolved: ResolvedRecipe,
  record: ResultRecordV2,
  room: ReproductionRoom,
  path: string,
): string[] {
  const { recipe, start, published } = resolved;
  const metrics = [...new Set([recipe.metric, ...published.map(({ metric }) => metric)])].filter(
    (id) => id in record.metrics,
  );
  const rows = metrics.flatMap((metric) => {
    const unit = record.units[metric]!;
    const values = (record.runs ?? []).map((run) => run.metrics[metric]!);
    const measured = [room.measuredText(values, unit), room.valueText(Math.max(...values), unit)];
    const beside = published.filter((row) => row.metric === metric);
    if (beside.length === 0) return [[room.nameOf(metric), ...measured, "", "", ""]];
    return beside.map(({ model, version, value, source }, i) => [
      i === 0 ? room.nameOf(metric) : "",
      ...(i === 0 ? measured : ["", ""]),
      room.valueText(room.onScale(value, unit), unit),
      room.signed(record.metrics[metric]! - room.onScale(value, unit), unit),
      `${model}${version === undefined ? "" : ` ${version}`} (${source})`,
    ]);
  });
  const columns = [
    left("metric"),
    right("measured"),
    right("best"),
    right("published"),
    right("difference"),
    left("of"),
  ];
  const without = record.overlap?.metrics?.[recipe.metric];
  const unit = record.units[recipe.metric]!;
  const trained = (record.runs ?? []).flatMap(({ trainingSeconds }) =>
    trainingSeconds === undefined ? [] : [trainingSeconds],
  );
  const isTrial = record.recipe?.changed?.some((change) => change.startsWith(room.SMOKE)) === true;
  return [
    `${recipe.title} from ${start.name}; protocol ${record.protocol}`,
    ...(isTrial ? ["A trial on a few examples: the numbers mean nothing."] : []),
    "",
    ...tableLines(columns, rows.map(cells)),
    "",
    ...(record.overlap === undefined
      ? []
      : [
          `Shared with training: ${record.overlap.documents} documents, ${record.overlap.texts} test examples by a sentence of 12 words, ${record.overlap.sentences} by their whole text${without === undefined ? "" : `; ${room.nameOf(recipe.metric)} without them ${room.valueText(without, unit)}`}`,
        ]),
    ...resolved.differs.map((text, i) => `${i === 0 ? "Differs" : "       "}  ${text}`),
    ...(resolved.changed.length === 0 ? [] : [`Changed  ${resolved.changed.join(", ")}`]),
    ...(trained.length === 0
      ? []
      : [`Trained  ${room.timeText(trained.reduce((sum, value) => sum + value, 0) / trained.length)} a seed`]),
    `Record   ${path}`,
  ];
}

/** As it is printed, but for correlations, which are published as percentages. */
function publishedText(
  value: number,
  unit: ResultRecordV2["units"][string] | undefined,
  room: ReproductionRoom,
): string {
  return unit === "correlation" ? room.valueText(room.onScale(value, unit), unit) : String(value);
}

/** All recipes in a table. */
export function listText(all: readonly MeasuredRecipe[], room: ReproductionRoom): string[] {
  const columns = [
    left("id"),
    left("task"),
    left("metric"),
    right("published"),
    right("measured"),
    right("hours a seed"),
    left("data"),
    left("result"),
  ];
  const rows = all.map(({ resolved: { recipe, published, start, dataset }, record }) => {
    const against = published.find(({ metric, model }) => metric === recipe.metric && !/^BERT\b/.test(model));
    const values = (record?.runs ?? []).map((run) => run.metrics[recipe.metric]!);
    return cells([
      recipe.id,
      recipe.task,
      room.nameOf(recipe.metric),
      against === undefined ? "" : publishedText(against.value, record?.units[recipe.metric], room),
      record === undefined ? "" : room.measuredText(values, record.units[recipe.metric]!),
      start.hours === undefined ? "" : String(start.hours),
      AVAILABILITY[dataset.availability],
      recipe.title,
    ]);
  });
  return tableLines(columns, rows);
}

/** The points of a search, the best first, and how to go on. */
export async function searchText(id: string, { rows, best }: SearchResult, out: string): Promise<string[]> {
  const { metricName, metricText, unitOf } = await import("../../evaluation/index.ts");
  const { selectedBy = "", units } = best.trials[0] ?? {};
  const settings = ["learningRate", "batchSize", "epochs"] as const;
  const columns = [
    ...settings.map((name) => right(name)),
    right(`dev ${metricName(selectedBy)}`),
    right("best epoch"),
    right("seconds"),
  ];
  const lines = rows.map((row) =>
    cells([
      ...settings.map((name) => String(row[name])),
      Number.isFinite(row.selection) ? metricText(row.selection, unitOf(selectedBy, units)) : "diverged",
      row.trials.map(({ bestEpoch }) => bestEpoch).join(", "),
      row.trials.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0),
    ]),
  );
  return [
    ...tableLines(columns, lines),
    "",
    `Kept    ${out}/search/search.json`,
    `Next    biobert reproduce ${id} ${settings.map((name) => `--set ${name}=${best[name]}`).join(" ")}`,
  ];
}
