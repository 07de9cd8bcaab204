// Lists that cut across kinds: search, a paper's page, tables with their best result, authors, conferences, what is new.

import type { CodeLink, Metric, Paper, Result, Value } from "../schema/index.ts";
import type { Connection } from "./database.ts";
import { getEntities, getEntity, idList, inOrder } from "./entities.ts";
import { storableText as storable } from "../text.ts";
import { Conditions, cappedCount, countBeside, countOfKind, listEntities, nameWords, pageOf } from "./lists.ts";
import type {
  Listed,
  Named,
  PageRequest,
  PaperPage,
  RepositoryFilters,
  ResultView,
  SearchHit,
  TableSummary,
  TableSummaryQuery,
} from "./types.ts";
import { allViews, byId, COMPARABLE, paperLines, viewsOf } from "./views.ts";

const SEARCHED: Record<SearchHit["kind"], { title: string; text: string; date: string; boost: number }> = {
  task: { title: "name", text: "document ->> 'description'", date: "null::text", boost: 4 },
  dataset: { title: "name", text: "document ->> 'description'", date: "document ->> 'introduced'", boost: 3 },
  model: { title: "name", text: "document ->> 'description'", date: "null::text", boost: 3 },
  method: { title: "name", text: "document ->> 'description'", date: "null::text", boost: 2 },
  paper: { title: "title", text: "document ->> 'abstract'", date: "date", boost: 1 },
};

/** Hits of one kind that are ranked; a word that stands everywhere is not worth more. */
const RANKED = 250;

/** Full-text search over tasks, datasets, models, methods and papers: words, "phrases", -not, or. The best first; at most 250 a kind count. */
export async function search(
  connection: Connection,
  text: string,
  options: { kinds?: SearchHit["kind"][] } & PageRequest = {},
): Promise<Listed<SearchHit>> {
  const { limit, offset } = pageOf(options);
  const query = storable(text).trim();
  const kinds = (options.kinds ?? (Object.keys(SEARCHED) as SearchHit["kind"][])).filter((kind) =>
    Object.hasOwn(SEARCHED, kind),
  );
  if (query === "" || kinds.length === 0) return { count: 0, items: [] };
  const parts = kinds.map((kind) => {
    const { title, date, boost } = SEARCHED[kind];
    return `(select '${kind}' as kind, id, ${title} as title, ${date} as date,
        ts_rank(search, q) * ${boost} + case when lower(${title}) = lower($1::text) then 10 else 0 end as score
      from (select * from ${kind}, query where search @@ q limit ${RANKED}) found)`;
  });
  const found = await connection.query<{ kind: SearchHit["kind"]; id: string; title: string; date: string | null }>(
    `with query as (select websearch_to_tsquery('english', $1::text) as q)
     select kind, id, title, date from (${parts.join(" union all ")}) hits order by score desc, title collate "C", id`,
    [query],
  );
  const page = found.slice(offset, offset + limit);
  const excerpts = new Map<string, string>();
  for (const kind of kinds) {
    const ids = page.filter((hit) => hit.kind === kind).map(({ id }) => id);
    if (ids.length === 0) continue;
    const rows = await connection.query<{ id: string; excerpt: string }>(
      `select id, ts_headline('english', left(coalesce(${SEARCHED[kind].text}, ''), 5000), websearch_to_tsquery('english', $1::text),
         'StartSel=\ue000, StopSel=\ue001, MaxWords=30, MinWords=12') as excerpt
       from ${kind} where id in (select jsonb_array_elements_text($2::text::jsonb))`,
      [query, idList(ids)],
    );
    for (const { id, excerpt } of rows) excerpts.set(`${kind}/${id}`, excerpt);
  }
  const isCapped = kinds.some((kind) => found.filter((hit) => hit.kind === kind).length >= RANKED);
  return {
    count: found.length,
    ...(isCapped ? { isCapped } : {}),
    items: page.map(({ kind, id, title, date }) => ({
      kind,
      id,
      title,
      excerpt: excerpts.get(`${kind}/${id}`) ?? "",
      ...(date === null ? {} : { date }),
    })),
  };
}

/** Everything a paper's page shows. */
export async function paperPage(connection: Connection, id: string): Promise<PaperPage | undefined> {
  const paper = await getEntity(connection, "paper", id);
  if (paper === undefined) return undefined;
  const tasks = await getEntities(connection, "task", paper.tasks);
  const methods = await getEntities(connection, "method", paper.methods);
  const codeLinks = (await listEntities(connection, "codeLink", { paper: id, limit: 1000 })).items;
  const results = await allViews(connection, { paper: id });
  const introduced = (await listEntities(connection, "dataset", { paper: id, limit: 100 })).items;
  const used = await getEntities(connection, "dataset", [...new Set(results.map(({ table }) => table.dataset))]);
  return {
    paper,
    tasks: tasks.map(named),
    methods: methods.map(named),
    codeLinks: codeLinks.sort((a, b) => Number(b.official) - Number(a.official)),
    datasets: [...byId([...introduced, ...used]).values()].map(named),
    results,
    related: await relatedPapers(connection, id, 10),
  };
}

function named({ id, name }: { id: string; name: string }): { id: string; name: string } {
  return { id, name };
}

/**
 * Papers like this one: those with results in the same tables first, then those with the most tasks and methods in common
 * (of each task the 200 newest are looked at).
 */
export async function relatedPapers(connection: Connection, id: string, limit = 10): Promise<PaperPage["related"]> {
  const rows = await connection.query<{ paper_id: string }>(
    `with mine as (select kind, target from paper_link where paper_id = $1::text),
     near as (
       select r.paper_id, 3.0 as weight from result r
         where r.table_id in (select table_id from result where paper_id = $1::text) and r.paper_id is not null
       union all
       select l.paper_id, case when mine.kind = 'method' then 0.5 else 1.0 end from mine cross join lateral (
         select paper_id from paper_link x where x.kind = mine.kind and x.target = mine.target order by date desc limit 200) l
     )
     select paper_id from near where paper_id <> $1::text group by paper_id order by sum(weight) desc, paper_id limit ${pageOf({ limit }).limit}`,
    [storable(id)],
  );
  const lines = await paperLines(
    connection,
    rows.map(({ paper_id }) => paper_id),
  );
  return rows.flatMap(({ paper_id }) => lines.get(paper_id) ?? []);
}

/** Tables with their number of results and their best one. */
export async function tableSummaries(
  connection: Connection,
  query: TableSummaryQuery & PageRequest = {},
): Promise<Listed<TableSummary>> {
  const { limit, offset } = pageOf(query);
  const conditions = new Conditions();
  if (query.task !== undefined) conditions.add("e.task_id = $?::text", query.task);
  if (query.dataset !== undefined) conditions.add("e.dataset_id = $?::text", query.dataset);
  if (query.area !== undefined)
    conditions.add("e.task_id in (select task_id from task_area where area_id = $?::text)", query.area);
  // Names are looked up for the page alone, but where they order it.
  const named = "join task t on t.id = e.task_id join dataset d on d.id = e.dataset_id";
  const order = {
    notable: "coalesce(s.results, 0) desc, e.id",
    newest: "s.newest desc nulls last, e.id",
    name: 't.name collate "C", d.name collate "C", e.id',
  }[query.order ?? "notable"];
  const rows = await connection.query<{ id: string; task_name: string; dataset_name: string; count: number }>(
    `select e.id, t.name as task_name, d.name as dataset_name, coalesce(s.results, 0) as count from (
       select e.id from evaluation_table e ${query.order === "name" ? named : ""}
       left join table_standing s on s.table_id = e.id ${conditions} order by ${order} limit ${limit} offset ${offset}) page
     join evaluation_table e on e.id = page.id ${named} left join table_standing s on s.table_id = e.id order by ${order}`,
    conditions.parameters,
  );
  const total = await countBeside(rows.length, { limit, offset }, () =>
    conditions.isEmpty
      ? countOfKind(connection, "table")
      : cappedCount(connection, `select 1 from evaluation_table e ${conditions}`, conditions.parameters),
  );
  const ids = rows.map(({ id }) => id);
  const tables = byId(await getEntities(connection, "table", ids));
  const bestRows = query.withoutBest === true ? [] : await bestOfTables(connection, ids);
  const best = new Map(bestRows.map((row) => [row.table_id, row]));
  const items = rows.map(({ id, task_name, dataset_name, count }): TableSummary => {
    const { task, dataset, name, metrics } = tables.get(id)!;
    const top = best.get(id);
    return {
      table: { id, task, dataset, name },
      taskName: task_name,
      datasetName: dataset_name,
      resultCount: count,
      metric: metrics[0] as Metric | undefined,
      ...(top === undefined ? {} : { best: bestLine(top.result, top.result.values[top.metric_id]!) }),
    };
  });
  return { ...total, items };
}

/** The best result of each table by its first metric: of equal ones the first there was. */
function bestOfTables(
  connection: Connection,
  tables: readonly string[],
): Promise<{ table_id: string; metric_id: string; result: Result }[]> {
  // One step into the index of values each, from the end that is the better one.
  const values = `select v.value from result_value v
    where v.table_id = m.table_id and v.metric_id = m.metric_id and v.value is not null and ${COMPARABLE}`;
  return connection.query(
    `with top as (
       select m.table_id, m.metric_id, best.value from metric m cross join lateral (
         (${values} and not m.is_loss order by v.value desc limit 1)
         union all
         (${values} and m.is_loss order by v.value limit 1)) best
       where m.position = 1 and m.table_id in (select jsonb_array_elements_text($1::text::jsonb)))
     select top.table_id, top.metric_id, first.document as result from top cross join lateral (
       select r.document from result_value v join result r on r.id = v.result_id
       where v.table_id = top.table_id and v.metric_id = top.metric_id and v.value = top.value and ${COMPARABLE}
       order by r.date nulls last, r.id limit 1) first`,
    [idList(tables)],
  );
}

function bestLine({ id, modelName, paper, date }: Result, shown: Value): NonNullable<TableSummary["best"]> {
  return { result: id, modelName, shown, paper, date };
}

/** Authors by id; found by the words of their names, each as far as it is given. */
export async function authors(
  connection: Connection,
  query: { nameContains?: string } & PageRequest = {},
): Promise<Listed<Named>> {
  const { limit, offset } = pageOf(query);
  const conditions = new Conditions();
  if (query.nameContains !== undefined) conditions.add("words @@ $?::tsquery", nameWords(query.nameContains));
  const items = await connection.query<Named>(
    `select id, min(name) as name from author ${conditions} group by id order by id limit ${limit} offset ${offset}`,
    conditions.parameters,
  );
  const count = () =>
    conditions.isEmpty
      ? countOfKind(connection, "author")
      : cappedCount(connection, `select 1 from author ${conditions} group by id`, conditions.parameters);
  return { ...(await countBeside(items.length, { limit, offset }, count)), items };
}

/** Repositories, each once whatever the number of its papers, as one of the links that lead to it. */
export async function repositories(
  connection: Connection,
  query: RepositoryFilters & PageRequest = {},
): Promise<Listed<CodeLink>> {
  const { limit, offset } = pageOf(query);
  const conditions = new Conditions();
  if (query.q !== undefined) conditions.add("g.words @@ $?::tsquery", nameWords(query.q));
  if (query.name !== undefined) conditions.add("g.words @@ $?::tsquery", nameWords(query.name));
  if (query.owner !== undefined) conditions.add("g.owner = lower($?::text)", query.owner);
  if (query.framework !== undefined) {
    conditions.add(
      "exists (select 1 from code_link f where f.repository = g.id and f.document ->> 'framework' = $?::text)",
      query.framework,
    );
  }
  const rows = await connection.query<{ document: CodeLink }>(
    `select l.document from (select g.id, g.link_id from repository g ${conditions} order by g.id limit ${limit} offset ${offset}) page
     join code_link l on l.id = page.link_id order by page.id`,
    conditions.parameters,
  );
  const items = rows.map(({ document }) => inOrder("codeLink", document));
  const count = () =>
    conditions.isEmpty
      ? countOfKind(connection, "repository")
      : cappedCount(connection, `select 1 from repository g ${conditions}`, conditions.parameters);
  return { ...(await countBeside(items.length, { limit, offset }, count)), items };
}

/** The links that lead to a repository, by its owner and name in any case; none where there is no such one. */
export async function repositoryLinks(connection: Connection, owner: string, name: string): Promise<CodeLink[]> {
  const rows = await connection.query<{ document: CodeLink }>(
    `select l.document from repository g join code_link l on l.repository = g.id
     where g.owner = lower($1::text) and g.name = lower($2::text) order by l.id limit 1000`,
    [storable(owner), storable(name)],
  );
  return rows.map(({ document }) => inOrder("codeLink", document));
}

/** The code of each of these papers: the official one where there are several. */
export async function codeOf(connection: Connection, papers: readonly string[]): Promise<Map<string, CodeLink>> {
  const rows = await connection.query<{ paper_id: string; document: CodeLink }>(
    `select distinct on (paper_id) paper_id, document from code_link
     where paper_id in (select jsonb_array_elements_text($1::text::jsonb))
     order by paper_id, (document ->> 'official')::boolean desc, id`,
    [idList(papers)],
  );
  return new Map(rows.map(({ paper_id, document }) => [paper_id, inOrder("codeLink", document)]));
}

/** An author by id; undefined where there is none. */
export async function author(connection: Connection, id: string): Promise<Named | undefined> {
  const [row] = await connection.query<Named>(
    "select id, min(name) as name from author where id = $1::text group by id",
    [storable(id)],
  );
  return row;
}

/** Conferences by id. */
export async function conferences(
  connection: Connection,
  query: { nameContains?: string } & PageRequest = {},
): Promise<Listed<Named>> {
  const { limit, offset } = pageOf(query);
  const conditions = new Conditions();
  if (query.nameContains !== undefined)
    conditions.add("position(lower($?::text) in lower(conference_name)) > 0", query.nameContains);
  const items = await connection.query<Named>(
    `select conference_id as id, min(conference_name) as name from proceeding ${conditions}
     group by conference_id order by conference_id limit ${limit} offset ${offset}`,
    conditions.parameters,
  );
  const count = () =>
    cappedCount(connection, `select 1 from proceeding ${conditions} group by conference_id`, conditions.parameters);
  return { ...(await countBeside(items.length, { limit, offset }, count)), items };
}

/** A conference by id; undefined where there is none. */
export async function conference(connection: Connection, id: string): Promise<Named | undefined> {
  const [row] = await connection.query<Named>(
    "select conference_id as id, min(conference_name) as name from proceeding where conference_id = $1::text group by conference_id",
    [storable(id)],
  );
  return row;
}

/** The proceedings of a conference. */
export async function proceedings(
  connection: Connection,
  conference: string,
  query: PageRequest = {},
): Promise<Listed<Named>> {
  const { limit, offset } = pageOf(query);
  const all = await connection.query<Named>(
    "select id, name from proceeding where conference_id = $1::text order by id",
    [storable(conference)],
  );
  return { count: all.length, items: all.slice(offset, offset + limit) };
}

/** Results by the moment at which they became part of the catalogue, newest first. */
export async function newestResults(
  connection: Connection,
  query: { table?: string; task?: string } & PageRequest = {},
): Promise<{ view: ResultView; addedAt: string }[]> {
  const { limit, offset } = pageOf(query);
  const conditions = new Conditions();
  if (query.table !== undefined) conditions.add("r.table_id = $?::text", query.table);
  if (query.task !== undefined)
    conditions.add("r.table_id in (select id from evaluation_table where task_id = $?::text)", query.task);
  const rows = conditions.isEmpty
    ? await newestOfAll(connection, limit + offset).then((found) => found.slice(offset))
    : // A table or a task has few results: each is looked up in the history.
      await connection.query<{ id: string; at: string }>(
        `select r.id, h.at from (select r.id from result r ${conditions} offset 0) r
         join changed_entity c on c.kind = 'result' and c.entity_id = r.id and c.before is null
         join change h on h.id = c.change_id
         order by c.change_id desc, c.entity_id desc limit ${limit} offset ${offset}`,
        conditions.parameters,
      );
  const results = await getEntities(
    connection,
    "result",
    rows.map(({ id }) => id),
  );
  const views = new Map((await viewsOf(connection, results)).map((view) => [view.result.id, view]));
  return rows.flatMap(({ id, at }) => {
    const view = views.get(id);
    return view === undefined ? [] : [{ view, addedAt: at }];
  });
}

/** The newest results: the history is walked back until so many of what it added are still there. */
async function newestOfAll(connection: Connection, wanted: number): Promise<{ id: string; at: string }[]> {
  for (let window = wanted + 50; ; window *= 4) {
    const rows = await connection.query<{ id: string | null; at: string }>(
      `with recent as materialized (
         select change_id, entity_id from changed_entity where kind = 'result' and before is null
         order by kind desc, change_id desc, entity_id desc limit ${window})
       select r.id, h.at from recent c
       join change h on h.id = c.change_id left join result r on r.id = c.entity_id
       order by c.change_id desc, c.entity_id desc`,
    );
    const there = rows.flatMap(({ id, at }) => (id === null ? [] : [{ id, at }]));
    if (there.length >= wanted || rows.length < window) return there.slice(0, wanted);
  }
}

/** Papers whose title is this one, whatever the case. */
export async function papersByTitle(connection: Connection, title: string): Promise<Paper[]> {
  const rows = await connection.query<{ document: Paper }>(
    "select document from paper where md5(lower(title)) = md5(lower($1::text)) order by id limit 10",
    [storable(title)],
  );
  return rows.map(({ document }) => document);
}
