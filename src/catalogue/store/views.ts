// What pages show: results with everything that stands beside them, leaderboards, comparisons.

import { bestFirst, compareValues, isComparable, paretoFront, staircase } from "../ranking.ts";
import type { Dataset, EvaluationTable, Flag, Metric, Model, Result, Run, Task } from "../schema/index.ts";
import type { Connection } from "./database.ts";
import { getEntities, getEntity, idList } from "./entities.ts";
import { LARGEST_PAGE, listEntities } from "./lists.ts";
import type {
  Comparison,
  Leaderboard,
  LeaderboardQuery,
  LeaderboardRow,
  Listed,
  ListFilters,
  ModelComparison,
  Order,
  PageRequest,
  ResultView,
} from "./types.ts";

/** Results with their table, model, paper, rank, flags and mark. */
export async function resultViews(
  connection: Connection,
  query: ListFilters["result"] & PageRequest & { order?: Order; ids?: string[] },
): Promise<Listed<ResultView>> {
  const { ids, ...rest } = query;
  if (ids !== undefined) {
    const results = await getEntities(connection, "result", ids);
    return { count: results.length, items: await viewsOf(connection, results) };
  }
  const { items, ...count } = await listEntities(connection, "result", rest);
  return { ...count, items: await viewsOf(connection, items) };
}

/** The views of these results, in their order. `ranks: false` leaves out ranks, for who ranks them otherwise. */
export async function viewsOf(
  connection: Connection,
  results: readonly Result[],
  { ranks: wantsRanks = true }: { ranks?: boolean } = {},
): Promise<ResultView[]> {
  if (results.length === 0) return [];
  const distinct = (values: (string | undefined)[]) => [...new Set(values.filter((value) => value !== undefined))];
  const tables = byId(await getEntities(connection, "table", distinct(results.map(({ table }) => table))));
  const tableList = [...tables.values()];
  const tasks = byId(await getEntities(connection, "task", distinct(tableList.map(({ task }) => task))));
  const datasets = byId(await getEntities(connection, "dataset", distinct(tableList.map(({ dataset }) => dataset))));
  const models = byId(await getEntities(connection, "model", distinct(results.map(({ model }) => model))));
  const papers = await paperLines(connection, distinct(results.map(({ paper }) => paper)));
  const resultIds = idList(results.map(({ id }) => id));
  const flagRows = await connection.query<{ result_id: string; document: Flag }>(
    `select r.result_id, f.document from flag_result r join flag f on f.id = r.flag_id
     where r.result_id in (select jsonb_array_elements_text($1::text::jsonb)) order by r.result_id, f.id`,
    [resultIds],
  );
  const flags = flagsByResult(flagRows);
  const marked = await connection.query<{ result_id: string }>(
    "select distinct result_id from verification where result_id in (select jsonb_array_elements_text($1::text::jsonb))",
    [resultIds],
  );
  const verified = new Set(marked.map(({ result_id }) => result_id));
  const ranks = wantsRanks
    ? await ranksOf(connection, [...tables.keys()], resultIds, results.length)
    : new Map<string, RankRow[]>();
  return results.map((result) => {
    const table = tables.get(result.table)!;
    const model = result.model === undefined ? undefined : models.get(result.model);
    const variant = model?.variants.find(({ id }) => id === result.variant);
    const paper = result.paper === undefined ? undefined : papers.get(result.paper);
    const mine = ranks.get(result.id) ?? [];
    const first = mine.find(({ position }) => position === 1);
    const best = mine.reduce<RankRow | undefined>((a, b) => (a === undefined || b.rank < a.rank ? b : a), undefined);
    return {
      result,
      table: { id: table.id, task: table.task, dataset: table.dataset, name: table.name, metrics: table.metrics },
      taskName: tasks.get(table.task)?.name ?? table.task,
      datasetName: datasets.get(table.dataset)?.name ?? table.dataset,
      model: model === undefined ? undefined : { id: model.id, name: model.name },
      variant,
      paper,
      rank: first?.rank,
      bestRank: best?.rank,
      bestMetric: best?.metric_id,
      flags: flags.get(result.id) ?? [],
      isVerified: verified.has(result.id),
    };
  });
}

/** The results that another protocol counted. */
const OTHERWISE_COUNTED =
  "select c.result_id from flag_result c join flag f on f.id = c.flag_id where f.kind = 'other-protocol'";

/** As a condition on `result_value v`. */
export const COMPARABLE = `v.result_id not in (${OTHERWISE_COUNTED})`;

interface RankRow {
  result_id: string;
  metric_id: string;
  position: number;
  rank: number;
}

/** Up to so many results their better ones are counted, each along an index; of more, whole tables are ranked at once. */
const FEW_RESULTS = 200;

/** How many comparable values of its table and metric stand before a value of `mine`: all of them less those counted otherwise. */
const before = (isBetter: "<" | ">"): string => {
  const count = (source: string): string =>
    `(select count(*) from ${source} o
      where o.table_id = mine.table_id and o.metric_id = mine.metric_id and o.value ${isBetter} mine.value)`;
  return `${count("result_value")} - ${count("apart")}`;
};

const RANKS_OF_FEW = `
  with mine as (
    select v.result_id, v.table_id, v.metric_id, v.value, m.position, m.is_loss
    from result_value v join metric m on m.table_id = v.table_id and m.metric_id = v.metric_id
    where v.result_id = any(array(select jsonb_array_elements_text($1::text::jsonb))) and v.value is not null and ${COMPARABLE}
  ), apart as materialized (
    select table_id, metric_id, value from result_value where result_id in (${OTHERWISE_COUNTED})
  )
  select result_id, metric_id, position, (1 + case when is_loss then ${before("<")} else ${before(">")} end)::int as rank
  from mine order by result_id, position`;

const RANKS_OF_TABLES = `
  select result_id, metric_id, position, rank::int from (
    select v.result_id, v.metric_id, m.position,
      rank() over (partition by v.table_id, v.metric_id order by case when m.is_loss then v.value else -v.value end) as rank
    from result_value v join metric m on m.table_id = v.table_id and m.metric_id = v.metric_id
    where v.table_id in (select jsonb_array_elements_text($1::text::jsonb)) and v.value is not null and ${COMPARABLE}
  ) ranked where result_id in (select jsonb_array_elements_text($2::text::jsonb)) order by result_id, position`;

/** Among the comparable values of its table and metric, the rank of each value of some results. */
async function ranksOf(
  connection: Connection,
  tables: readonly string[],
  resultIds: string,
  count: number,
): Promise<Map<string, RankRow[]>> {
  const rows =
    count <= FEW_RESULTS
      ? await connection.query<RankRow>(RANKS_OF_FEW, [resultIds])
      : await connection.query<RankRow>(RANKS_OF_TABLES, [idList(tables), resultIds]);
  const grouped = new Map<string, RankRow[]>();
  for (const row of rows) grouped.set(row.result_id, [...(grouped.get(row.result_id) ?? []), row]);
  return grouped;
}

function flagsByResult(rows: readonly { result_id: string; document: Flag }[]): Map<string, Flag[]> {
  const grouped = new Map<string, Flag[]>();
  for (const { result_id, document } of rows) grouped.set(result_id, [...(grouped.get(result_id) ?? []), document]);
  return grouped;
}

type PaperLine = NonNullable<ResultView["paper"]>;

/** What lists show of papers: without the abstracts, which are most of them. */
export async function paperLines(connection: Connection, ids: readonly string[]): Promise<Map<string, PaperLine>> {
  if (ids.length === 0) return new Map();
  const rows = await connection.query<{
    id: string;
    title: string;
    date: string | null;
    arxiv_id: string | null;
    url: string | null;
    authors: string[];
  }>(
    `select id, title, date, arxiv_id, document ->> 'urlAbstract' as url, document -> 'authors' as authors from paper
     where id in (select jsonb_array_elements_text($1::text::jsonb))`,
    [idList(ids)],
  );
  return new Map(
    rows.map(({ id, title, date, arxiv_id, url, authors }): [string, PaperLine] => [
      id,
      {
        id,
        title,
        date: date ?? undefined,
        arxivId: arxiv_id ?? undefined,
        urlAbstract: url ?? undefined,
        authors,
      },
    ]),
  );
}

/** A table's results ranked by one metric, with the staircase and the Pareto front against size. */
export async function leaderboard(
  connection: Connection,
  tableId: string,
  query: LeaderboardQuery = {},
): Promise<Leaderboard | undefined> {
  const table = await getEntity(connection, "table", tableId);
  if (table === undefined) return undefined;
  const task = (await getEntity(connection, "task", table.task)) as Task;
  const dataset = (await getEntity(connection, "dataset", table.dataset)) as Dataset;
  const metric = table.metrics.find(({ id }) => id === query.metric) ?? table.metrics[0];
  const views = await allViews(connection, { table: tableId }, { ranks: false });
  const codeCounts = await codeCountsOf(connection, views);
  const rows = views
    .map((view) => rowOf(view, metric, codeCounts.get(view.result.paper ?? "") ?? 0))
    .filter((row) => isWanted(row, query));
  const isLoss = metric?.isLoss ?? false;
  const ranked = bestFirst(rows, isLoss).map((index) => rows[index]!);
  // What another protocol counted stands in its place, but takes part in no comparison.
  const comparable = ranked.map((row) => (isComparable(row) ? row.value : undefined));
  const steps = staircase(
    ranked.map(({ result }, index) => ({ date: result.date, value: comparable[index] })),
    isLoss,
  );
  for (const index of steps) ranked[index]!.wasStateOfTheArt = true;
  const front = paretoFront(
    ranked.map(({ variant }, index) => ({ cost: variant?.parametersMillions, value: comparable[index] })),
    isLoss,
  );
  for (const [index, isOn] of front.entries()) if (isOn !== undefined) ranked[index]!.isOnParetoFront = isOn;
  return {
    table,
    task,
    dataset,
    metric,
    rows: withRanks(ranked, isLoss),
    staircase: steps.map((index) => {
      const { result, value } = ranked[index]!;
      return { date: result.date!, value: value!, result: result.id, modelName: result.modelName };
    }),
    count: views.length,
  };
}

/** Ranks among the rows that are shown and can be compared. */
function withRanks(rows: LeaderboardRow[], isLoss: boolean): LeaderboardRow[] {
  let [rank, place] = [0, 0];
  let previous: number | undefined;
  return rows.map((row) => {
    if (row.value === undefined || !isComparable(row)) return { ...row, rank: undefined };
    place++;
    if (previous === undefined || compareValues(row.value, previous, isLoss) !== 0) rank = place;
    previous = row.value;
    return { ...row, rank };
  });
}

function rowOf(view: ResultView, metric: Metric | undefined, codeCount: number): LeaderboardRow {
  const shown = metric === undefined ? undefined : view.result.values[metric.id];
  return {
    ...view,
    shown,
    value: shown?.value,
    codeCount: codeCount + view.result.codeLinks.length,
    wasStateOfTheArt: false,
  };
}

function isWanted(row: LeaderboardRow, query: LeaderboardQuery): boolean {
  if (query.hideExtraData === true && row.result.extraData) return false;
  if (query.onlyVerified === true && !row.isVerified) return false;
  if (query.onlyWithCode === true && row.codeCount === 0) return false;
  if (query.origins !== undefined && !query.origins.includes(row.result.origin)) return false;
  const wanted = query.model?.toLowerCase();
  return wanted === undefined || `${row.result.modelName}\n${row.model?.name ?? ""}`.toLowerCase().includes(wanted);
}

async function codeCountsOf(connection: Connection, views: readonly ResultView[]): Promise<Map<string, number>> {
  const papers = views.flatMap(({ result }) => result.paper ?? []);
  const rows = await connection.query<{ paper_id: string; count: number }>(
    `select paper_id, count(*)::int as count from code_link
     where paper_id in (select jsonb_array_elements_text($1::text::jsonb)) group by paper_id`,
    [idList(papers)],
  );
  return new Map(rows.map(({ paper_id, count }) => [paper_id, count]));
}

/** Views of all results that a filter finds; `options` as of `viewsOf`. */
export async function allViews(
  connection: Connection,
  filter: ListFilters["result"],
  options: { ranks?: boolean } = {},
): Promise<ResultView[]> {
  const results: Result[] = [];
  for (;;) {
    const page = await listEntities(connection, "result", {
      ...filter,
      order: "id",
      limit: LARGEST_PAGE,
      offset: results.length,
    });
    results.push(...page.items);
    if (page.items.length < LARGEST_PAGE) return viewsOf(connection, results, options);
  }
}

/** Models side by side, in every table in which at least two of them have a number. */
export async function compareModels(
  connection: Connection,
  wanted: readonly { model: string; variant?: string }[],
): Promise<ModelComparison> {
  const models = byId(
    await getEntities(
      connection,
      "model",
      wanted.map(({ model }) => model),
    ),
  );
  const columns = await Promise.all(wanted.map((each) => allViews(connection, each)));
  const tables = new Map<string, ResultView["table"]>();
  for (const view of columns.flat()) tables.set(view.table.id, view.table);
  const rows: ModelComparison["rows"] = [];
  for (const table of [...tables.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const metric = table.metrics[0];
    if (metric === undefined) continue;
    const values = columns.map((views) =>
      bestOf(
        views.filter((view) => view.table.id === table.id),
        metric,
      ),
    );
    if (values.filter((value) => value !== undefined).length < 2) continue;
    rows.push({ table: { id: table.id, task: table.task, dataset: table.dataset, name: table.name }, metric, values });
  }
  return {
    models: wanted.map(({ model, variant }) => ({
      id: model,
      name: nameOf(models.get(model), model, variant),
      ...(variant === undefined ? {} : { variant }),
    })),
    rows,
  };
}

function bestOf(views: readonly ResultView[], metric: Metric): ResultView | undefined {
  const valued = views
    .map((view) => ({ result: view.result, view, value: view.result.values[metric.id]?.value }))
    .filter(({ value }) => value !== undefined);
  const comparable = valued.filter(({ view }) => isComparable(view));
  const among = comparable.length === 0 ? valued : comparable;
  const [first] = bestFirst(among, metric.isLoss);
  return first === undefined ? undefined : among[first]!.view;
}

function nameOf(model: Model | undefined, id: string, variant: string | undefined): string {
  return model?.variants.find((each) => each.id === variant)?.name ?? model?.name ?? id;
}

/** Every published result that something of this project measures again, with the differences. */
export async function publishedAgainstMeasured(connection: Connection): Promise<Comparison[]> {
  const rows = await connection.query<{ id: string; measures: string }>(
    "select id, measures_id as measures from result where measures_id is not null order by measures_id, id",
  );
  const published = byResult(
    await viewsOf(
      connection,
      await getEntities(
        connection,
        "result",
        rows.map(({ measures }) => measures),
      ),
    ),
  );
  const measured = byResult(
    await viewsOf(
      connection,
      await getEntities(
        connection,
        "result",
        rows.map(({ id }) => id),
      ),
    ),
  );
  const tables = byId(
    await getEntities(
      connection,
      "table",
      [...published.values()].map(({ table }) => table.id),
    ),
  );
  const runs = byId<Run>(
    await getEntities(
      connection,
      "run",
      [...measured.values()].flatMap(({ result }) => result.runs),
    ),
  );
  const comparisons: Comparison[] = [];
  for (const [id, view] of published) {
    const table = tables.get(view.table.id) as EvaluationTable;
    comparisons.push({
      published: view,
      measured: rows
        .filter(({ measures }) => measures === id)
        .flatMap((row) => measured.get(row.id) ?? [])
        .map((one) => ({
          ...one,
          runsInFull: one.result.runs.flatMap((run) => runs.get(run) ?? []),
          differences: differencesOf(view, one),
        })),
      reproduce: table.reproduce,
    });
  }
  return comparisons;
}

function differencesOf(published: ResultView, measured: ResultView): Record<string, number> {
  const differences: Record<string, number> = {};
  for (const [metric, { value }] of Object.entries(measured.result.values)) {
    const there = published.result.values[metric]?.value;
    if (value !== undefined && there !== undefined) differences[metric] = Number((value - there).toFixed(10));
  }
  return differences;
}

/** Entities by their id. */
export function byId<T extends { id: string }>(entities: readonly T[]): Map<string, T> {
  return new Map(entities.map((entity) => [entity.id, entity]));
}

function byResult(views: readonly ResultView[]): Map<string, ResultView> {
  return new Map(views.map((view) => [view.result.id, view]));
}
