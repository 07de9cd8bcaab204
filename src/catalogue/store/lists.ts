// Lists of entities: filters, order, a page, and how many there are. Conditions are fixed texts; what a caller gave is always a
// parameter.

import { BiobertError } from "../../core/index.ts";
import type { EntityOf, Kind, Paper } from "../schema/index.ts";
import { slug } from "../slug.ts";
import type { Connection, Parameter } from "./database.ts";
import { inOrder } from "./entities.ts";
import { storableText as storable } from "../text.ts";
import { TABLE_OF } from "./migrations.ts";
import type { Listed, ListQuery, Order, PageRequest } from "./types.ts";

export const LARGEST_PAGE = 1000;
/** A filtered list is counted up to here; beyond it the count is a lower bound. */
const COUNT_CAP = 3000;

/** Conditions joined by "and"; `$?` in one stands for its value. */
export class Conditions {
  readonly parameters: Parameter[] = [];
  private readonly parts: string[] = [];

  add(condition: string, value?: Parameter): void {
    this.parts.push(value === undefined ? condition : condition.replaceAll("$?", `$${this.bind(value)}`));
  }

  /** Adds a parameter and gives its number. */
  bind(value: Parameter): number {
    return this.parameters.push(typeof value === "string" ? storable(value) : value);
  }

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  toString(): string {
    return this.parts.length === 0 ? "" : `where ${this.parts.join(" and ")}`;
  }

  /** The same in a form that no index answers, where walking another index is known to be shorter. */
  withoutIndexes(): string {
    return this.parts.length === 0 ? "" : `where ${this.parts.map((part) => `(${part}) is true`).join(" and ")}`;
  }
}

/** How a filter of a kind's list becomes a condition on its table `e`. */
type FilterTable = Record<string, (conditions: Conditions, value: never) => void>;

const equals = (column: string) => (conditions: Conditions, value: string) =>
  conditions.add(`e.${column} = $?::text`, value);
const contains = (column: string) => (conditions: Conditions, value: string) =>
  conditions.add(`position(lower($?::text) in lower(e.${column})) > 0`, value);
const text = (conditions: Conditions, value: string) =>
  conditions.add("e.search @@ websearch_to_tsquery('english', $?::text)", value);
const holds = (name: string) => (conditions: Conditions, value: string) =>
  conditions.add(`e.document -> '${name}' @> $?::text::jsonb`, JSON.stringify([storable(value)]));
const linked = (kind: string) => (conditions: Conditions, value: string) =>
  conditions.add(
    `e.id in (select l.paper_id from paper_link l where l.kind = '${kind}' and l.target = $?::text)`,
    value,
  );
/** All words stand in a vector, each as far as it is given; of a weight alone (B of `search`: the abstract) where one is said. */
const words = (vector: string, weight: "" | "B") => (conditions: Conditions, value: string) =>
  conditions.add(
    `${vector} @@ coalesce(nullif(regexp_replace(plainto_tsquery('english', $?::text)::text, '''((?:[^'']|'''')+)''', '''\\1'':*${weight}', 'g'), ''), '''\ufffd''')::tsquery`,
    value,
  );
/** Words of a name, each as far as it is given, as text search asks for them; what has no word in it finds nothing. */
export function nameWords(text: string): string {
  const found = storable(text)
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? ["\ufffd"];
  return found.map((word) => `'${word}':*`).join(" & ");
}

const ids = (conditions: Conditions, value: string[]) =>
  conditions.add("e.id in (select jsonb_array_elements_text($?::text::jsonb))", JSON.stringify(value.map(storable)));

const FILTERS: Record<Kind, FilterTable> = {
  area: { q: contains("name"), nameContains: contains("name") },
  task: {
    q: text,
    nameContains: contains("name"),
    area: (c, value: string) => c.add("e.id in (select task_id from task_area where area_id = $?::text)", value),
    parent: (c, value: string) => c.add("e.id in (select task_id from task_parent where parent_id = $?::text)", value),
    root: (c, value: boolean) =>
      c.add(`${value ? "not " : ""}exists (select 1 from task_parent p where p.task_id = e.id)`),
    withTables: (c, value: boolean) =>
      c.add(`${value ? "" : "not "}exists (select 1 from evaluation_table t where t.task_id = e.id)`),
    ids,
  },
  method: {
    q: text,
    nameContains: contains("name"),
    collection: (c, value: string) =>
      c.add("e.document -> 'collections' @> $?::text::jsonb", JSON.stringify([{ name: storable(value) }])),
    area: (c, value: string) =>
      c.add("e.document -> 'collections' @> $?::text::jsonb", JSON.stringify([{ areaId: storable(value) }])),
    ids,
  },
  paper: {
    q: text,
    // An index of its own: one that does not know weights would have every paper with the word in its abstract looked at.
    titleContains: words("to_tsvector('english'::regconfig, e.title)", ""),
    abstractContains: words("e.search", "B"),
    arxivId: equals("arxiv_id"),
    doi: equals("doi"),
    author: (c, value: string) =>
      c.add("e.document -> 'authors' ?| array(select a.name from author a where a.id = $?::text)", slug(value)),
    task: linked("task"),
    method: linked("method"),
    conference: (c, value: string) => {
      const at = c.bind(slug(value));
      c.add(
        `(e.conference in (select conference_name from proceeding where conference_id = $${at}::text) or (e.conference is null and e.proceeding in (select name from proceeding where conference_id = $${at}::text)))`,
      );
    },
    proceeding: (c, value: string) =>
      c.add("e.proceeding = (select name from proceeding where id = $?::text)", slug(value)),
    from: (c, value: string) => c.add("e.date >= $?::text", value),
    to: (c, value: string) => c.add("e.date <= $?::text", value),
    withResults: (c, value: boolean) =>
      c.add(`${value ? "" : "not "}exists (select 1 from result r where r.paper_id = e.id)`),
  },
  dataset: {
    q: text,
    nameContains: contains("name"),
    task: holds("tasks"),
    modality: holds("modalities"),
    language: holds("languages"),
    parent: equals("parent_id"),
    paper: equals("paper_id"),
  },
  model: { q: text, nameContains: contains("name"), paper: equals("paper_id") },
  codeLink: {
    q: contains("url"),
    paper: equals("paper_id"),
    official: (c, value: boolean) =>
      c.add("coalesce((e.document ->> 'official')::boolean, false) = $?::boolean", value),
    framework: (c, value: string) => c.add("e.document ->> 'framework' = $?::text", value),
    url: equals("url"),
  },
  table: {
    task: equals("task_id"),
    dataset: equals("dataset_id"),
    withResults: (c, value: boolean) =>
      c.add(`${value ? "" : "not "}exists (select 1 from result r where r.table_id = e.id)`),
  },
  run: {
    result: (c, value: string) => c.add("e.id in (select run_id from result_run where result_id = $?::text)", value),
  },
  result: {
    table: equals("table_id"),
    paper: equals("paper_id"),
    model: equals("model_id"),
    variant: equals("variant_id"),
    origin: equals("origin"),
    measures: equals("measures_id"),
    submittedBy: equals("submitted_by"),
    dataset: (c, value: string) =>
      c.add("e.table_id in (select id from evaluation_table where dataset_id = $?::text)", value),
  },
  flag: {
    result: (c, value: string) => c.add("e.id in (select flag_id from flag_result where result_id = $?::text)", value),
    kind: equals("kind"),
  },
  verification: { result: equals("result_id") },
  submission: { state: equals("state"), submittedBy: equals("submitted_by") },
};

const NAME_COLUMN: Partial<Record<Kind, string>> = { paper: "title", result: "model_name" };
const DATE_COLUMN: Partial<Record<Kind, string>> = { paper: "date", result: "date", submission: "submitted_at" };
const DEFAULT_ORDER: Partial<Record<Kind, Order>> = { paper: "-date", result: "-date", submission: "date" };
const NAMED: ReadonlySet<Kind> = new Set(["area", "task", "method", "paper", "dataset", "model", "result"]);

/** One page of a kind's list. Errors: `usage` for an unknown filter or a page out of bounds. */
export async function listEntities<K extends Kind>(
  connection: Connection,
  kind: K,
  query: ListQuery<K> | undefined,
): Promise<Listed<EntityOf[K]>> {
  const {
    limit: _limit,
    offset: _offset,
    order,
    ...filters
  } = (query ?? {}) as PageRequest & { order?: Order } & Record<string, unknown>;
  const { limit, offset } = pageOf(query ?? {});
  const conditions = new Conditions();
  for (const [name, value] of Object.entries(filters)) {
    if (value === undefined) continue;
    const filter = Object.hasOwn(FILTERS[kind], name) ? FILTERS[kind][name] : undefined;
    if (filter === undefined)
      throw new BiobertError({ code: "usage", message: `${kind} lists have no filter ${JSON.stringify(name)}` });
    filter(conditions, value as never);
  }
  if (kind === "paper" && (order === undefined || order === "-date") && !conditions.isEmpty)
    return (await newestPapers(connection, filters, conditions, { limit, offset })) as Listed<EntityOf[K]>;
  const by = orderOf(kind, order);
  const table = TABLE_OF[kind];
  // Far into a list the rows before the page are passed by in the index alone.
  const rows = await connection.query<{ document: EntityOf[K] }>(
    offset === 0
      ? `select e.document from ${table} e ${conditions} order by ${by} limit ${limit}`
      : `select e.document from (select e.id from ${table} e ${conditions} order by ${by} limit ${limit} offset ${offset}) page
         join ${table} e on e.id = page.id order by ${by}`,
    conditions.parameters,
  );
  const items = rows.map((row) => inOrder(kind, row.document));
  return {
    ...(await countBeside(items.length, { limit, offset }, () => countOf(connection, kind, conditions))),
    items,
  };
}

/** A page that is not full says by itself how many entries there are; else they are counted. */
export async function countBeside(
  found: number,
  { limit, offset }: Required<PageRequest>,
  count: () => Promise<{ count: number; isCapped?: boolean }>,
): Promise<{ count: number; isCapped?: boolean }> {
  return found < limit && (found > 0 || offset === 0) ? { count: offset + found } : count();
}

/**
 * Papers that fit, newest first. How many fit decides the way, because the database cannot tell a rare word from a common one
 * before it sees it: few are collected by their index and sorted; of very many the dates are walked until the page is full.
 */
async function newestPapers(
  connection: Connection,
  filters: Record<string, unknown>,
  conditions: Conditions,
  { limit, offset }: Required<PageRequest>,
): Promise<Listed<Paper>> {
  const names = Object.keys(filters).filter((name) => filters[name] !== undefined);
  const link = names.length === 1 && (names[0] === "task" || names[0] === "method") ? names[0] : undefined;
  if (link !== undefined) return linkedPapers(connection, link, String(filters[link]), { limit, offset });
  const found = await connection.query<{ document: Paper; total: number }>(
    `with fitting as materialized (select e.id, e.date from paper e ${conditions} limit ${COUNT_CAP + 1}),
     page as (select id, date from fitting order by date desc nulls last, id limit ${limit} offset ${offset})
     select p.document, (select count(*) from fitting)::int as total from page join paper p on p.id = page.id
     order by page.date desc nulls last, page.id`,
    conditions.parameters,
  );
  const total = found[0]?.total ?? 0;
  if (total <= COUNT_CAP) {
    const items = found.map(({ document }) => inOrder("paper", document));
    return {
      ...(await countBeside(items.length, { limit, offset }, () => countOf(connection, "paper", conditions))),
      items,
    };
  }
  const walked = await connection.query<{ document: Paper }>(
    `select e.document from paper e ${conditions.withoutIndexes()} order by ${orderOf("paper", undefined)} limit ${limit} offset ${offset}`,
    conditions.parameters,
  );
  return { count: COUNT_CAP, isCapped: true, items: walked.map(({ document }) => inOrder("paper", document)) };
}

/** Papers of a task or a method, newest first: the table of links has them in that order. */
async function linkedPapers(
  connection: Connection,
  kind: "task" | "method",
  target: string,
  { limit, offset }: Required<PageRequest>,
): Promise<Listed<Paper>> {
  const rows = await connection.query<{ document: Paper }>(
    `select p.document from (
       select paper_id, date from paper_link where kind = $1::text and target = $2::text
       order by date desc, paper_id desc limit ${limit} offset ${offset}) page
     join paper p on p.id = page.paper_id order by page.date desc, page.paper_id desc`,
    [kind, storable(target)],
  );
  const items = rows.map(({ document }) => inOrder("paper", document));
  const count = () =>
    cappedCount(connection, "select 1 from paper_link where kind = $1::text and target = $2::text", [
      kind,
      storable(target),
    ]);
  return { ...(await countBeside(items.length, { limit, offset }, count)), items };
}

/** `limit` and `offset` within their bounds. Errors: `usage`. */
export function pageOf({ limit = 50, offset = 0 }: PageRequest): { limit: number; offset: number } {
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE)
    throw new BiobertError({ code: "usage", message: `a page holds 1 to ${LARGEST_PAGE} entries, not ${limit}` });
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new BiobertError({ code: "usage", message: `a page starts at 0 or later, not at ${offset}` });
  return { limit, offset };
}

async function countOf(
  connection: Connection,
  kind: Kind,
  conditions: Conditions,
): Promise<{ count: number; isCapped?: boolean }> {
  if (conditions.isEmpty) return countOfKind(connection, kind);
  return cappedCount(connection, `select 1 from ${TABLE_OF[kind]} e ${conditions}`, conditions.parameters);
}

/** How many there are in all, as triggers keep it. */
export async function countOfKind(
  connection: Connection,
  kind: Kind | "author" | "repository",
): Promise<{ count: number }> {
  const rows = await connection.query<{ count: number }>(
    "select count::int as count from entity_count where kind = $1::text",
    [kind],
  );
  return { count: rows[0]?.count ?? 0 };
}

/** How many rows a statement has, up to the cap. */
export async function cappedCount(
  connection: Connection,
  rows: string,
  parameters: readonly Parameter[],
): Promise<{ count: number; isCapped?: boolean }> {
  const [{ count }] = (await connection.query<{ count: number }>(
    `select count(*)::int as count from (${rows} limit ${COUNT_CAP + 1}) counted`,
    parameters,
  )) as [{ count: number }];
  return count > COUNT_CAP ? { count: COUNT_CAP, isCapped: true } : { count };
}

function orderOf(kind: Kind, order: Order | undefined): string {
  const wanted = order ?? DEFAULT_ORDER[kind] ?? (NAMED.has(kind) ? "name" : "id");
  const direction = wanted.startsWith("-") ? "desc" : "asc";
  const by = wanted.replace(/^-/, "");
  if (by === "name" && NAMED.has(kind)) {
    const column = NAME_COLUMN[kind] ?? "name";
    return `lower(e.${column}) collate "C" ${direction}, e.id`;
  }
  const date = DATE_COLUMN[kind];
  if (by === "date" && date !== undefined) return `e.${date} ${direction} nulls last, e.id`;
  if (by === "results" && (kind === "task" || kind === "dataset" || kind === "table" || kind === "model")) {
    const standing = "select coalesce(sum(s.results), 0) from table_standing s";
    const among = {
      task: `${standing} join evaluation_table t on t.id = s.table_id where t.task_id = e.id`,
      dataset: `${standing} join evaluation_table t on t.id = s.table_id where t.dataset_id = e.id`,
      table: `${standing} where s.table_id = e.id`,
      model: "select count(*) from result r where r.model_id = e.id",
    }[kind];
    return `(${among}) ${direction}, e.id`;
  }
  return `e.id ${by === "id" ? direction : "asc"}`;
}
