// What `biobert results list` and `show` print: tables for people, JSON for programs. Names come from anywhere: control characters
// are shown, not sent.

import { BiobertError } from "../../core/index.ts";
import type { CatalogueStore, Kind, Leaderboard, Metric, PaperPage, ResultView } from "../../catalogue/index.ts";
import { tableLines, withoutControls } from "../common/terminal.ts";

export interface ListTextOptions {
  task?: string;
  model?: string;
  paper?: string;
  dataset?: string;
  table?: string;
  origin?: string;
  search?: string;
  limit: number;
  json: boolean;
}

/** The text of `results list`. */
export async function listText(store: CatalogueStore, options: ListTextOptions): Promise<string> {
  const { task, model, paper, dataset, table, origin, search, json } = options;
  const limit = Math.min(options.limit, 1000);
  if (search !== undefined) {
    const { items } = await store.search(search, { limit });
    if (json) return jsonLines(items);
    return tableText(
      ["kind", "id", "title"],
      items.map(({ kind, id, title }) => [kind, id, title]),
    );
  }
  if ([model, paper, dataset, table, origin].some((filter) => filter !== undefined)) {
    if (task !== undefined)
      throw new BiobertError({ code: "usage", message: "--task lists tables: leave out the other filters, or --task" });
    const { items, count } = await store.resultViews({ model, paper, dataset, table, origin, limit, order: "-date" });
    if (json) return jsonLines(items);
    return `${tableText(
      ["result", "model", "task", "dataset", "values", "origin", ""],
      items.map((view) => [
        view.result.id,
        view.result.modelName,
        view.taskName,
        view.datasetName,
        valuesText(view),
        view.result.origin,
        marksText(view),
      ]),
    )}${moreText(items.length, count)}`;
  }
  const { items, count } = await store.tableSummaries({ ...(task === undefined ? {} : { task }), limit });
  if (json) return jsonLines(items);
  return `${tableText(
    ["table", "task", "dataset", "results", "metric", "best", "model"],
    items.map(({ table: { id }, taskName, datasetName, resultCount, metric, best }) => [
      id,
      taskName,
      datasetName,
      String(resultCount),
      metric?.name ?? "",
      best === undefined ? "" : numberText(best.shown.value, metric),
      best?.modelName ?? "",
    ]),
    [3, 5],
  )}${moreText(items.length, count)}`;
}

const SHOWN: readonly Kind[] = [
  "table",
  "paper",
  "model",
  "dataset",
  "task",
  "method",
  "result",
  "run",
  "flag",
  "submission",
];

/** The text of `results show`. Errors: `catalogue-not-found`, with what there is instead. */
export async function showText(
  store: CatalogueStore,
  name: string,
  options: { metric?: string; hideExtraData: boolean; json: boolean },
): Promise<string> {
  const [kindName, ...rest] = name.split("/");
  const isKind = rest.length > 0 && SHOWN.includes(kindName as Kind);
  const id = isKind ? rest.join("/") : name;
  for (const kind of isKind ? [kindName as Kind] : SHOWN) {
    const entity = await store.get(kind, id);
    if (entity === undefined) continue;
    if (kind === "table") {
      const query = {
        ...(options.metric === undefined ? {} : { metric: options.metric }),
        hideExtraData: options.hideExtraData,
      };
      const board = (await store.leaderboard(id, query))!;
      return options.json ? `${JSON.stringify(board, null, 2)}\n` : leaderboardText(board);
    }
    if (kind === "paper") {
      const page = (await store.paperPage(id))!;
      return options.json ? `${JSON.stringify(page, null, 2)}\n` : paperText(page);
    }
    if (kind === "model") {
      const { items } = await store.resultViews({ model: id, limit: 1000 });
      if (options.json) return `${JSON.stringify({ model: entity, results: items }, null, 2)}\n`;
      return `${heading(entity as { name: string }, id)}${resultsText(items)}`;
    }
    if (kind === "dataset" || kind === "task") {
      const { items } = await store.tableSummaries(kind === "task" ? { task: id } : { dataset: id });
      if (options.json) return `${JSON.stringify({ [kind]: entity, tables: items }, null, 2)}\n`;
      return `${heading(entity as { name: string }, id)}${tableText(
        ["table", "results"],
        items.map(({ table, resultCount }) => [table.id, String(resultCount)]),
        [1],
      )}`;
    }
    return `${JSON.stringify(entity, null, 2)}\n`;
  }
  const { items } = await store.search(name.replaceAll(/[-_./]+/g, " "), { limit: 5 });
  throw new BiobertError({
    code: "catalogue-not-found",
    message: `the catalogue has no ${JSON.stringify(name)}`,
    hint: items.length === 0 ? "See biobert results list." : `Did you mean ${items.map((hit) => hit.id).join(", ")}?`,
  });
}

function leaderboardText(board: Leaderboard): string {
  const { task, dataset, table, metric, rows } = board;
  const others = table.metrics.filter(({ id }) => id !== metric?.id).slice(0, 3);
  const title = `${task.name} on ${dataset.name}${metric === undefined ? "" : `, by ${metric.name} (${metric.isLoss ? "lower" : "higher"} is better)`}`;
  const body = tableText(
    ["rank", "model", metric?.name ?? "", ...others.map(({ name }) => name), "date", "origin", "result", ""],
    rows.map((row) => [
      row.rank === undefined ? "" : String(row.rank),
      row.variant?.name ?? row.result.modelName,
      row.shown === undefined ? "" : numberText(row.shown.value, metric, row.shown.published),
      ...others.map((other) =>
        numberText(row.result.values[other.id]?.value, other, row.result.values[other.id]?.published),
      ),
      row.result.date ?? "",
      row.result.origin,
      row.result.id,
      marksText(row),
    ]),
    [0, 2, ...others.map((_, index) => 3 + index)],
  );
  const definition = metric === undefined || metric.definition === "" ? "" : `${metric.definition}\n`;
  return withoutControls(`${title}\n${definition}\n`) + body + flagsText(rows);
}

function paperText({ paper, tasks, codeLinks, results, related }: PaperPage): string {
  const lines = [
    paper.title,
    paper.authors.join(", "),
    [paper.date, paper.proceeding, paper.arxivId === undefined ? undefined : `arXiv ${paper.arxivId}`, paper.doi]
      .filter((part) => part !== undefined)
      .join("; "),
    ...(tasks.length === 0 ? [] : [`Tasks: ${tasks.map(({ name }) => name).join(", ")}`]),
    ...(paper.claims ?? []).map((claim) => `- ${claim}`),
    ...codeLinks.map(
      ({ url, official, holds }) =>
        `Code: ${url}${official ? " (official)" : ""}${holds === undefined ? "" : `, ${holds}`}`,
    ),
    ...related.map(({ id, title }) => `Related: ${title} (${id})`),
  ];
  return withoutControls(`${lines.filter((line) => line !== "").join("\n")}\n\n`) + resultsText(results);
}

function resultsText(views: readonly ResultView[]): string {
  const body = tableText(
    ["task", "dataset", "values", "model", "rank", "origin", "result", ""],
    views.map((view) => [
      view.taskName,
      view.datasetName,
      valuesText(view),
      view.result.modelName,
      view.rank === undefined ? "" : String(view.rank),
      view.result.origin,
      view.result.id,
      marksText(view),
    ]),
    [4],
  );
  return body + flagsText(views);
}

function heading({ name }: { name: string }, id: string): string {
  return withoutControls(`${name} (${id})\n\n`);
}

function valuesText(view: ResultView): string {
  return Object.entries(view.result.values)
    .map(([id, value]) => `${view.table.metrics.find((metric) => metric.id === id)?.name ?? id} ${value.published}`)
    .join(", ");
}

function marksText(view: ResultView): string {
  return [...(view.isVerified ? ["verified"] : []), ...new Set(view.flags.map(({ kind }) => kind))].join(", ");
}

/** Each flag once, below the table. */
function flagsText(views: readonly ResultView[]): string {
  const flags = new Map(views.flatMap(({ flags: each }) => each.map((flag) => [flag.id, flag])));
  const lines = [...flags.values()].map(
    ({ kind, note, mend }) => `${kind}: ${note}${mend === undefined ? "" : ` ${mend}`}`,
  );
  return lines.length === 0 ? "" : withoutControls(`\n${lines.join("\n")}\n`);
}

function numberText(value: number | undefined, metric: Metric | undefined, published = ""): string {
  if (value === undefined) return published;
  return metric?.unit === "percent" ? value.toFixed(2) : String(value);
}

function moreText(shown: number, count: number): string {
  return count > shown ? `\n${count - shown} more: --limit shows them\n` : "";
}

function jsonLines(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join("");
}

function tableText(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: readonly number[] = [],
): string {
  if (rows.length === 0) return "none\n";
  const columns = titles.map((title, index) => ({
    title,
    align: rightAligned.includes(index) ? ("right" as const) : ("left" as const),
  }));
  const cells = rows.map((row) => row.map((text) => ({ text: withoutControls(text.replaceAll(/[\n\t]/g, " ")) })));
  return `${tableLines(columns, cells).join("\n")}\n`;
}
