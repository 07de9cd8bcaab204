// The second migration: what long lists are read from, so that no page counts or sorts what it does not show. How many results
// a table has, each repository once, authors and repositories by the words of their names. Triggers keep all of it.

/** `https://github.com/Owner/Name.git/tree/main` is the repository `github.com/owner/name`; elsewhere an address is one by itself. */
const PLAIN_URL = String.raw`regexp_replace(regexp_replace(lower(document ->> 'url'), '^https?://(www\.)?', ''), '[?#].*$', '')`;
const REPOSITORY = String.raw`regexp_replace(case when ${PLAIN_URL} ~ '^(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)/'
  then substring(${PLAIN_URL} from '^[^/]+(?:/[^/]+)?(?:/[^/]+)?') else ${PLAIN_URL} end, '(\.git)?/*$', '')`;

/** Words of a name, to be found by how they begin. */
const words = (column: string): string =>
  `words tsvector generated always as (to_tsvector('simple'::regconfig, translate(${column}, '/-_.', '    '))) stored`;

export const LISTS = `
create table table_standing (
  table_id text collate "C" primary key references evaluation_table (id) on delete cascade deferrable initially deferred,
  results int not null,
  newest text collate "C"
);
insert into table_standing (table_id, results, newest) select table_id, count(*), max(date) from result group by table_id;

create function table_standing_grows() returns trigger language plpgsql as $$
begin
  insert into table_standing as s (table_id, results, newest)
    select table_id, count(*), max(date) from fresh group by table_id
    on conflict (table_id) do update set results = s.results + excluded.results, newest = greatest(s.newest, excluded.newest);
  return null;
end $$;
create function table_standing_shrinks() returns trigger language plpgsql as $$
begin
  update table_standing s set results = s.results - gone.count, newest = (select max(date) from result r where r.table_id = s.table_id)
    from (select table_id, count(*) as count from stale group by table_id) gone where gone.table_id = s.table_id;
  return null;
end $$;
create function table_standing_moves() returns trigger language plpgsql as $$
begin
  update table_standing s set results = s.results - gone.count
    from (select table_id, count(*) as count from stale group by table_id) gone where gone.table_id = s.table_id;
  insert into table_standing as s (table_id, results, newest)
    select table_id, count(*), max(date) from fresh group by table_id
    on conflict (table_id) do update set results = s.results + excluded.results;
  update table_standing s set newest = (select max(date) from result r where r.table_id = s.table_id)
    where s.table_id in (select table_id from stale union select table_id from fresh);
  return null;
end $$;
create trigger c_standing_insert after insert on result referencing new table as fresh
  for each statement execute function table_standing_grows();
create trigger c_standing_delete after delete on result referencing old table as stale
  for each statement execute function table_standing_shrinks();
create trigger c_standing_update after update on result referencing old table as stale new table as fresh
  for each statement execute function table_standing_moves();

alter table code_link add column repository text collate "C" generated always as (${REPOSITORY}) stored;
create index code_link_by_repository on code_link (repository);
create table repository (
  id text collate "C" primary key,
  owner text collate "C" not null,
  name text collate "C" not null,
  link_id text collate "C" not null,
  ${words("id")}
);
create index repository_by_owner on repository (owner, name);
create index repository_by_words on repository using gin (words);
insert into repository (id, owner, name, link_id)
  select distinct on (repository) repository, split_part(repository, '/', 2), split_part(repository, '/', 3), id
  from code_link order by repository, id;

create function repositories_grow() returns trigger language plpgsql as $$
declare
  added bigint;
begin
  insert into repository (id, owner, name, link_id)
    select distinct on (repository) repository, split_part(repository, '/', 2), split_part(repository, '/', 3), id
    from fresh order by repository, id
    on conflict do nothing;
  get diagnostics added = row_count;
  update entity_count set count = count + added where kind = 'repository';
  return null;
end $$;
create function repositories_shrink() returns trigger language plpgsql as $$
declare
  removed bigint;
begin
  delete from repository g where g.id in (select repository from stale)
    and not exists (select 1 from code_link l where l.repository = g.id);
  get diagnostics removed = row_count;
  update entity_count set count = count - removed where kind = 'repository';
  update repository g set link_id = (select min(l.id) from code_link l where l.repository = g.id)
    where g.link_id in (select id from stale);
  return null;
end $$;
create trigger c_repository_insert after insert on code_link referencing new table as fresh
  for each statement execute function repositories_grow();
create trigger c_repository_update_fresh after update on code_link referencing new table as fresh
  for each statement execute function repositories_grow();
create trigger c_repository_update_stale after update on code_link referencing old table as stale
  for each statement execute function repositories_shrink();
create trigger c_repository_delete after delete on code_link referencing old table as stale
  for each statement execute function repositories_shrink();

alter table author add column ${words("name")};
create index author_by_words on author using gin (words);
create index dataset_by_alias on dataset using gin ((document -> 'aliases') jsonb_path_ops);
drop index author_by_id;
create index author_by_id on author (id, name);
insert into entity_count (kind, count)
  select 'repository', count(*) from repository union all select 'author', count(distinct id) from author;

-- Removes an entity where nothing refers to it; false where something does.
create function remove_unless_referred(kind text, entity text) returns boolean language plpgsql as $$
begin
  execute format('delete from %I where id = $1', kind) using entity;
  set constraints all immediate;
  set constraints all deferred;
  return true;
exception when foreign_key_violation then
  return false;
end $$;
`;
