// Leaderboards of foreign files in one intermediate form, and that form to entities. Metric names get ids, directions and
// units by what is known of them; values keep their text; what looks to be on another scale than its column is moved to the
// column's and flagged. Nothing in an entry is trusted.

import { type Cleaner, compact } from "./cleaning.ts";
import type { EntityOf, Flag, Metric, Result, Unit, Value } from "../schema/index.ts";
import { freeSlug, slug } from "../slug.ts";
import { parsePublished, valueOf } from "../values.ts";
import { plainName } from "../checks.ts";

/** One row of a foreign leaderboard. */
export interface ForeignRow {
  modelName: string;
  paperTitle?: string;
  paperUrl?: string;
  date?: string;
  values: Record<string, string>;
  extraData?: boolean;
  codeLinks?: Result["codeLinks"];
  extra?: Result["extra"];
}

export interface ForeignTable {
  task: string;
  dataset: string;
  metrics: string[];
  rows: ForeignRow[];
  description?: string;
  extra?: EntityOf["table"]["extra"];
}

export interface TableEntities {
  table: EntityOf["table"];
  results: Result[];
  flags: Flag[];
}

/** Smaller is better where a metric's name has one of these words. */
const LOSS =
  /\b(?:error|errors|loss|perplexity|ppl|wer|cer|per|eer|mae|mse|rmse|msle|rmsle|fid|kid|lpips|latency|time|params|parameters|flops|gflops|macs|epe|nll|bpc|bpb|bits per|distance|hausdorff|chamfer|mpjpe|aee|absrel|der|fpr\d*|ece|brier|size|memory|regret|deviation)\b/i;
/** Names that stand for a share, hence for percents or fractions. */
const SHARE =
  /\b(?:accuracy|acc|f1|f-?measure|f-?score|precision|recall|auc|auroc|auprc|map|ap\d*|miou|iou|dice|exact match|em|top.?\d|hits?@\d+|mrr|r@\d+|recall@\d+|bleu\d*|rouge.*|avg|average|mcc|kappa|ndcg.*|sensitivity|specificity|success|jaccard|psnr)\b/i;
const NOT_SHARE = /\b(?:psnr|bleu)\b/i;

/** The entities of one leaderboard. `paperOf` finds the paper of a row among those that are stored. */
export function entitiesOfTable(
  foreign: ForeignTable,
  tableId: string,
  ids: { task: string; dataset: string },
  cleaner: Cleaner,
  paperOf: (row: ForeignRow) => string | undefined,
  existing?: EntityOf["table"],
): TableEntities {
  const names = [...new Set([...foreign.metrics, ...foreign.rows.flatMap(({ values }) => Object.keys(values))])];
  // A table that is there keeps its metrics as they are defined; names it does not have are added.
  const metrics = [...(existing?.metrics ?? [])];
  const byName = new Map<string, Metric>();
  for (const name of names) {
    const known = metrics.find(
      (metric) => plainName(metric.name) === plainName(name) && ![...byName.values()].includes(metric),
    );
    const column = foreign.rows.flatMap(({ values }) => values[name] ?? []);
    const metric =
      known ??
      metricOf(
        name,
        freeSlug(name, (id) => metrics.some((each) => each.id === id)),
        column,
        cleaner,
      );
    if (known === undefined) metrics.push(metric);
    byName.set(name, metric);
  }
  const results: Result[] = [];
  const flags: Flag[] = [];
  const seen = new Map<string, string>();
  const ranked: number[] = [];
  for (const row of foreign.rows) {
    const values: Record<string, Value> = {};
    const moved: string[] = [];
    for (const [name, published] of Object.entries(row.values)) {
      const metric = byName.get(name)!;
      const value = valueIn(
        published,
        metric,
        foreign.rows.flatMap(({ values: all }) => all[name] ?? []),
      );
      if (value.value === undefined)
        cleaner.note("value-not-a-number", `${row.modelName}: ${name}: ${published.slice(0, 60)}`);
      if (value.scale !== undefined && !published.includes("%")) {
        moved.push(name);
        cleaner.note(
          "scale-changed",
          `${row.modelName}: ${name}: ${published} taken as a ${value.scale}, ${value.value} on the table's scale`,
        );
      }
      values[metric.id] = value;
    }
    if (Object.keys(values).length === 0) {
      cleaner.note("metric-empty", `${row.modelName}: no value at all`);
    }
    const paper = paperOf(row);
    if (paper === undefined && row.paperTitle === undefined && row.paperUrl === undefined)
      cleaner.note("paper-missing", `${row.modelName}: no paper is named`);
    const base = slug(`${tableId}-${row.modelName}`).slice(0, 150);
    const id = freeSlug(base, (each) => results.some((result) => result.id === each));
    const result: Result = compact({
      id,
      table: tableId,
      modelName: row.modelName,
      paper,
      paperTitle: row.paperTitle,
      paperUrl: row.paperUrl,
      values,
      extraData: row.extraData ?? false,
      date: row.date,
      origin: "imported" as const,
      source: compact({ paper, note: "as in the imported file" }),
      codeLinks: row.codeLinks ?? [],
      runs: [],
      extra: row.extra,
    });
    const where = paper ?? row.paperUrl ?? row.paperTitle ?? "";
    const numbers = Object.entries(values)
      .map(([metric, { value }]) => `${metric}=${value}`)
      .join(" ");
    const exact = `${plainName(row.modelName)}|${where}|${numbers}`;
    const alike = `${where}|${numbers}`;
    if (seen.has(exact)) {
      cleaner.note("skipped-duplicate", `${row.modelName}: the same model, paper and values as ${seen.get(exact)}`);
      continue;
    }
    const twin = where === "" ? undefined : seen.get(alike);
    if (twin !== undefined)
      flags.push({
        id: slug(`twin-${id}`).slice(0, 180),
        kind: "duplicate",
        results: [twin, id],
        note: "The same paper and values under two names.",
      });
    seen.set(exact, id);
    seen.set(alike, seen.get(alike) ?? id);
    if (moved.length > 0) {
      flags.push({
        id: slug(`scale-${id}`).slice(0, 180),
        kind: "mixed-scale",
        results: [id],
        note: `${moved.join(", ")} stood on another scale than the table's other values.`,
        mend: "Moved to the table's scale; the text as published is kept.",
      });
    }
    const first = values[metrics[0]?.id ?? ""]?.value;
    if (first !== undefined) ranked.push(first);
    results.push(result);
  }
  if (!isBestFirst(ranked, metrics[0]?.isLoss ?? false))
    cleaner.note(
      "order-not-descending",
      `the rows of ${foreign.task} on ${foreign.dataset} are not sorted best first; they are ranked by value`,
    );
  if (existing !== undefined) return { table: { ...existing, metrics }, results, flags };
  const table = compact({
    id: tableId,
    ...ids,
    description: foreign.description ?? "",
    metrics,
    links: [],
    extra: foreign.extra,
  }) as EntityOf["table"];
  return { table: { ...table, description: foreign.description ?? "" }, results, flags };
}

function isBestFirst(values: readonly number[], isLoss: boolean): boolean {
  return values.every(
    (value, index) => index === 0 || (isLoss ? value >= values[index - 1]! : value <= values[index - 1]!),
  );
}

/** What a metric's name and its column say about it. */
export function metricOf(
  name: string,
  id: string,
  published: readonly string[],
  cleaner?: Pick<Cleaner, "note">,
): Metric {
  const isLoss = LOSS.test(name) && !SHARE.test(name.replace(LOSS, ""));
  return { id, name, definition: "", unit: unitOf(name, published, cleaner), isLoss };
}

/** Percents where a share's numbers are mostly above 1; fractions where all are within 0 and 1; otherwise a number. */
function unitOf(name: string, published: readonly string[], cleaner?: Pick<Cleaner, "note">): Unit {
  const parsed = published.flatMap((text) => parsePublished(text) ?? []);
  if (parsed.some(({ hasPercentSign }) => hasPercentSign)) return "percent";
  if (!SHARE.test(name) || NOT_SHARE.test(name) || parsed.length === 0) return "number";
  const numbers = parsed.map(({ number }) => number);
  if (numbers.some((number) => number < 0 || number > 100)) return "number";
  const above = numbers.filter((number) => number > 1).length;
  if (above === 0) return "fraction";
  if (above < numbers.length)
    cleaner?.note("scale-mixed", `${name}: ${above} values above 1, ${numbers.length - above} within 0 and 1`);
  return above * 2 >= numbers.length ? "percent" : "fraction";
}

function valueIn(published: string, metric: Metric, column: readonly string[]): Value {
  const parsed = parsePublished(published);
  if (parsed === undefined || parsed.hasPercentSign || metric.unit === "number") return valueOf(published, metric);
  if (metric.unit === "fraction") return valueOf(published, metric, parsed.number > 1 ? "percent" : "fraction");
  const others = column.flatMap((text) => parsePublished(text)?.number ?? []).filter((number) => number > 1);
  // 0.8 among values around 80 is a fraction; among values from 0.5 to 3 percent it is meant.
  const isFraction =
    parsed.number > 0 && parsed.number <= 1 && others.length > 0 && Math.min(...others) > 5 * parsed.number;
  return valueOf(published, metric, isFraction ? "fraction" : "percent");
}
