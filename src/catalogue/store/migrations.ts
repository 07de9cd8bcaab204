// The database's schema, as migrations that are only ever added to. Each kind of entity is a table of documents (the whole
// entity as checked JSON); columns to filter, join and sort by are generated from the document by the database, so that the two
// cannot disagree. Triggers keep what is derived (values, metrics, links, counts) and write the history: no statement that
// changes an entity, from whatever program, gets round it.

import type { Kind } from "../schema/index.ts";
import { LISTS } from "./migration-lists.ts";

/** The table of each kind. */
export const TABLE_OF: Readonly<Record<Kind, string>> = {
  area: "area",
  task: "task",
  method: "method",
  paper: "paper",
  dataset: "dataset",
  model: "model",
  codeLink: "code_link",
  table: "evaluation_table",
  run: "run",
  result: "result",
  flag: "flag",
  verification: "verification",
  submission: "submission",
};

interface Migration {
  id: number;
  name: string;
  sql: string;
}

/** References are checked when a change is committed, so that the order within it does not matter. */
const DEFERRED = "deferrable initially deferred";

/** A text column generated from a top field of the document. */
const field = (column: string, name: string, rest = ""): string =>
  `${column} text collate "C" generated always as (document ->> '${name}') stored ${rest}`.trimEnd();

const reference = (column: string, name: string, table: string): string =>
  field(column, name, `references ${table} (id) ${DEFERRED}`);

// A list of names is indexed as its JSON text: the parser drops brackets and quotes.
const weighted = (name: string, weight: "A" | "B" | "C"): string =>
  `setweight(to_tsvector('english'::regconfig, coalesce(document ->> '${name}', '')), '${weight}')`;

const search = (...parts: string[]): string => `search tsvector generated always as (${parts.join(" || ")}) stored`;

const entityTable = (kind: Kind, ...columns: string[]): string => `
create table ${TABLE_OF[kind]} (
  id text collate "C" primary key,
  document jsonb not null check (document ->> 'id' = id),
  ${columns.join(",\n  ")}
);`;

const trackedBy = (kind: Kind): string => {
  const table = TABLE_OF[kind];
  return `
create trigger a_history_insert after insert on ${table} referencing new table as fresh
  for each statement execute function track_insert('${kind}');
create trigger a_history_update after update on ${table} referencing old table as stale new table as fresh
  for each statement execute function track_update('${kind}');
create trigger a_history_delete after delete on ${table} referencing old table as stale
  for each statement execute function track_delete('${kind}');
create trigger a_no_truncate before truncate on ${table} for each statement execute function refuse_change();`;
};

/** A derived table's rows are made anew for the rows a statement wrote. */
const derivedBy = (table: string, name: string): string => `
create trigger b_${name}_insert after insert on ${table} referencing new table as fresh
  for each statement execute function ${name}();
create trigger b_${name}_update after update on ${table} referencing new table as fresh
  for each statement execute function ${name}();`;

const HISTORY = `
create sequence change_id;
create table change (
  id bigint primary key,
  at text not null,
  actor text not null,
  action text not null,
  reason text,
  undoes bigint references change (id),
  counts jsonb not null
);
create table changed_entity (
  change_id bigint not null,
  kind text not null,
  entity_id text collate "C" not null,
  before jsonb,
  primary key (kind, change_id, entity_id)
);
create index changed_entity_by_entity on changed_entity (kind, entity_id, change_id desc);
create table entity_count (kind text primary key, count bigint not null);
create table setting (name text primary key, value jsonb not null);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the history of the catalogue can only be added to' using errcode = 'BB001';
end $$;
create trigger append_only before update or delete on change for each row execute function refuse_change();
create trigger append_only before update or delete on changed_entity for each row execute function refuse_change();
create trigger append_only_truncate before truncate on change for each statement execute function refuse_change();
create trigger append_only_truncate before truncate on changed_entity for each statement execute function refuse_change();

create function current_change() returns bigint language plpgsql as $$
declare
  present bigint := nullif(current_setting('catalogue.change', true), '')::bigint;
begin
  if present is null then
    raise exception 'entities are written inside of a change only' using errcode = 'BB002';
  end if;
  return present;
end $$;

create function track_insert() returns trigger language plpgsql as $$
declare
  present bigint := current_change();
begin
  insert into changed_entity (change_id, kind, entity_id, before)
    select present, tg_argv[0], id, null from fresh on conflict do nothing;
  update entity_count set count = count + (select count(*) from fresh) where kind = tg_argv[0];
  return null;
end $$;
create function track_update() returns trigger language plpgsql as $$
declare
  present bigint := current_change();
begin
  insert into changed_entity (change_id, kind, entity_id, before)
    select present, tg_argv[0], id, document from stale on conflict do nothing;
  return null;
end $$;
create function track_delete() returns trigger language plpgsql as $$
declare
  present bigint := current_change();
begin
  insert into changed_entity (change_id, kind, entity_id, before)
    select present, tg_argv[0], id, document from stale on conflict do nothing;
  update entity_count set count = count - (select count(*) from stale) where kind = tg_argv[0];
  return null;
end $$;`;

const ENTITIES = [
  entityTable("area", field("name", "name", "not null")),
  entityTable(
    "task",
    field("name", "name", "not null"),
    search(weighted("name", "A"), weighted("aliases", "A"), weighted("description", "C")),
  ),
  entityTable(
    "paper",
    field("title", "title", "not null"),
    field("date", "date"),
    field("arxiv_id", "arxivId"),
    field("doi", "doi"),
    field("conference", "conference"),
    field("proceeding", "proceeding"),
    field("source_url", "sourceUrl"),
    search(weighted("title", "A"), weighted("abstract", "B")),
  ),
  entityTable(
    "method",
    field("name", "name", "not null"),
    reference("paper_id", "paper", "paper"),
    search(weighted("name", "A"), weighted("fullName", "A"), weighted("description", "C")),
  ),
  entityTable(
    "dataset",
    field("name", "name", "not null"),
    reference("paper_id", "paper", "paper"),
    reference("parent_id", "parent", "dataset"),
    search(weighted("name", "A"), weighted("fullName", "A"), weighted("aliases", "A"), weighted("description", "C")),
  ),
  entityTable(
    "model",
    field("name", "name", "not null"),
    reference("paper_id", "paper", "paper"),
    search(weighted("name", "A"), weighted("aliases", "A"), weighted("variants", "B"), weighted("description", "C")),
  ),
  entityTable("codeLink", reference("paper_id", "paper", "paper"), field("url", "url", "not null")),
  entityTable("table", reference("task_id", "task", "task"), reference("dataset_id", "dataset", "dataset")),
  entityTable("run", field("sha256", "sha256", "not null unique")),
  entityTable(
    "result",
    field("table_id", "table", `not null references evaluation_table (id) ${DEFERRED}`),
    field("model_name", "modelName", "not null"),
    reference("model_id", "model", "model"),
    field("variant_id", "variant"),
    reference("paper_id", "paper", "paper"),
    field("date", "date"),
    field("origin", "origin", "not null"),
    reference("measures_id", "measures", "result"),
    field("submitted_by", "submittedBy"),
  ),
  entityTable("flag", field("kind", "kind", "not null")),
  entityTable(
    "verification",
    field("result_id", "result", `not null references result (id) ${DEFERRED}`),
    reference("claimed_id", "claimed", "run"),
    reference("reproduced_id", "reproduced", "run"),
  ),
  entityTable(
    "submission",
    field("state", "state", "not null"),
    field("submitted_at", "submittedAt", "not null"),
    field("submitted_by", "submittedBy", "not null"),
    reference("result_id", "result", "result"),
  ),
].join("\n");

const DERIVED = `
create table metric (
  table_id text collate "C" not null references evaluation_table (id) on delete cascade,
  metric_id text collate "C" not null,
  position int not null,
  is_loss boolean not null,
  primary key (table_id, metric_id)
);
create table result_value (
  result_id text collate "C" not null references result (id) on delete cascade,
  table_id text collate "C" not null,
  metric_id text collate "C" not null,
  value double precision,
  primary key (result_id, metric_id),
  foreign key (table_id, metric_id) references metric (table_id, metric_id) ${DEFERRED}
);
create index result_value_by_metric on result_value (table_id, metric_id, value);
create table flag_result (
  flag_id text collate "C" not null references flag (id) on delete cascade,
  result_id text collate "C" not null references result (id) ${DEFERRED},
  primary key (flag_id, result_id)
);
create index flag_result_by_result on flag_result (result_id);
create table result_run (
  result_id text collate "C" not null references result (id) on delete cascade,
  run_id text collate "C" not null references run (id) ${DEFERRED},
  primary key (result_id, run_id)
);
create index result_run_by_run on result_run (run_id);
create table paper_link (
  kind text collate "C" not null,
  target text collate "C" not null,
  date text collate "C" not null,
  paper_id text collate "C" not null references paper (id) on delete cascade,
  primary key (kind, target, date, paper_id)
);
create index paper_link_by_paper on paper_link (paper_id);
create table task_parent (
  task_id text collate "C" not null references task (id) on delete cascade,
  parent_id text collate "C" not null,
  primary key (task_id, parent_id)
);
create index task_parent_by_parent on task_parent (parent_id);
create table task_area (
  task_id text collate "C" not null references task (id) on delete cascade,
  area_id text collate "C" not null,
  primary key (task_id, area_id)
);
create index task_area_by_area on task_area (area_id);
create table author (name text collate "C" primary key, id text collate "C" not null);
create index author_by_id on author (id);
create table proceeding (
  id text collate "C" primary key,
  name text not null,
  conference_id text collate "C" not null,
  conference_name text not null
);
create index proceeding_by_conference on proceeding (conference_id);

create function derive_metrics() returns trigger language plpgsql as $$
begin
  delete from metric m using fresh f where m.table_id = f.id
    and not exists (select 1 from jsonb_array_elements(f.document -> 'metrics') e where e ->> 'id' = m.metric_id);
  insert into metric (table_id, metric_id, position, is_loss)
    select f.id, e.value ->> 'id', e.ordinality, coalesce((e.value ->> 'isLoss')::boolean, false)
    from fresh f, jsonb_array_elements(f.document -> 'metrics') with ordinality e
    on conflict (table_id, metric_id) do update set position = excluded.position, is_loss = excluded.is_loss;
  return null;
end $$;
create function derive_values() returns trigger language plpgsql as $$
begin
  delete from result_value v using fresh f where v.result_id = f.id;
  insert into result_value (result_id, table_id, metric_id, value)
    select f.id, f.table_id, e.key, (e.value ->> 'value')::double precision
    from fresh f, jsonb_each(f.document -> 'values') e;
  delete from result_run r using fresh f where r.result_id = f.id;
  insert into result_run (result_id, run_id)
    select f.id, e from fresh f, jsonb_array_elements_text(f.document -> 'runs') e on conflict do nothing;
  return null;
end $$;
create function derive_flag_results() returns trigger language plpgsql as $$
begin
  delete from flag_result r using fresh f where r.flag_id = f.id;
  insert into flag_result (flag_id, result_id)
    select f.id, e from fresh f, jsonb_array_elements_text(f.document -> 'results') e on conflict do nothing;
  return null;
end $$;
create function derive_paper_links() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    delete from paper_link l using fresh f where l.paper_id = f.id;
  end if;
  insert into paper_link (kind, target, date, paper_id)
    select 'task', e, coalesce(f.date, ''), f.id from fresh f, jsonb_array_elements_text(f.document -> 'tasks') e
    union all
    select 'method', e, coalesce(f.date, ''), f.id from fresh f, jsonb_array_elements_text(f.document -> 'methods') e
    on conflict do nothing;
  return null;
end $$;
create function derive_task_links() returns trigger language plpgsql as $$
begin
  delete from task_parent p using fresh f where p.task_id = f.id;
  insert into task_parent (task_id, parent_id)
    select f.id, e from fresh f, jsonb_array_elements_text(f.document -> 'parents') e on conflict do nothing;
  delete from task_area a using fresh f where a.task_id = f.id;
  insert into task_area (task_id, area_id)
    select f.id, e from fresh f, jsonb_array_elements_text(f.document -> 'areas') e on conflict do nothing;
  return null;
end $$;
${derivedBy("evaluation_table", "derive_metrics")}
${derivedBy("result", "derive_values")}
${derivedBy("flag", "derive_flag_results")}
${derivedBy("paper", "derive_paper_links")}
${derivedBy("task", "derive_task_links")}`;

const INDEXES = `
create index task_by_name on task (lower(name) collate "C");
create index task_by_text on task using gin (search);
create index paper_by_date on paper (date desc nulls last, id);
create index paper_by_arxiv on paper (arxiv_id) where arxiv_id is not null;
create index paper_by_doi on paper (doi) where doi is not null;
create index paper_by_title on paper (md5(lower(title)));
create index paper_by_source on paper (source_url) where source_url is not null;
create index paper_by_conference on paper (conference, date desc) where conference is not null;
create index paper_by_proceeding on paper (proceeding, date desc) where proceeding is not null;
create index paper_by_author on paper using gin ((document -> 'authors'));
create index paper_by_text on paper using gin (search);
create index method_by_name on method (lower(name) collate "C");
create index method_by_text on method using gin (search);
create index method_by_paper on method (paper_id);
create index dataset_by_name on dataset (lower(name) collate "C");
create index dataset_by_text on dataset using gin (search);
create index dataset_by_paper on dataset (paper_id);
create index dataset_by_parent on dataset (parent_id);
create index dataset_by_task on dataset using gin ((document -> 'tasks') jsonb_path_ops);
create index model_by_name on model (lower(name) collate "C");
create index model_by_text on model using gin (search);
create index model_by_paper on model (paper_id);
create index code_link_by_paper on code_link (paper_id);
create index code_link_by_url on code_link (url);
create index table_by_task on evaluation_table (task_id);
create index table_by_dataset on evaluation_table (dataset_id);
create index result_by_table on result (table_id);
create index result_by_paper on result (paper_id);
create index result_by_model on result (model_id, variant_id);
create index result_by_date on result (date desc nulls last, id);
create index result_by_measures on result (measures_id);
create index result_by_origin on result (origin);
create index verification_by_result on verification (result_id);
create index verification_by_runs on verification (claimed_id, reproduced_id);
create index verification_by_reproduced on verification (reproduced_id);
create index submission_by_state on submission (state, submitted_at);
create index submission_by_result on submission (result_id);`;

const ACCESS = `
create table token (
  id text collate "C" primary key,
  name text not null,
  role text not null check (role in ('reader', 'submitter', 'reviewer', 'admin')),
  secret_hash text not null unique,
  created_at text not null,
  expires_at text,
  revoked_at text
);
create table rate_limit (
  key text collate "C" not null,
  starts_at bigint not null,
  used int not null,
  primary key (key, starts_at)
);`;

/** In the order in which they are applied. A migration that was released is never edited. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: "entities, derived tables, history, access",
    sql: [
      HISTORY,
      ENTITIES,
      ...(Object.keys(TABLE_OF) as Kind[]).map(trackedBy),
      DERIVED,
      INDEXES,
      ACCESS,
      `insert into entity_count (kind, count) values ${Object.keys(TABLE_OF)
        .map((kind) => `('${kind}', 0)`)
        .join(", ")};`,
    ].join("\n"),
  },
  { id: 2, name: "what long lists are read from", sql: LISTS },
  {
    id: 3,
    name: "papers by the words of their titles",
    sql: "create index paper_by_title_words on paper using gin (to_tsvector('english'::regconfig, title));",
  },
];
