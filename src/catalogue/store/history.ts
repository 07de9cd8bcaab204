// Changes: one transaction, one entry of the history, and the way back. The triggers write down what each entity was before; this
// file opens and closes entries, and undoes them.

import { BiobertError } from "../../core/index.ts";
import type { Change, ChangedEntity, EntityOf, Kind, Submission } from "../schema/index.ts";
import { KINDS } from "../schema/index.ts";
import type { Connection, Database } from "./database.ts";
import { checkedEntity, getEntities, getEntity, inOrder, putEntities, removeEntity } from "./entities.ts";
import { storableText as storable } from "../text.ts";
import { Conditions, listEntities, pageOf } from "./lists.ts";
import { WRITE_LOCK } from "./migrate.ts";
import { TABLE_OF } from "./migrations.ts";
import type { Actor, CatalogueWriter, Listed, PageRequest } from "./types.ts";

/** How long a writer waits for another one. */
const LOCK_SECONDS = 30;
const ALL_KINDS = JSON.stringify(KINDS);

export interface ChangeEntry {
  actor: Actor;
  action: Change["action"];
  reason?: string;
  undoes?: number;
}

/** Runs `work` in one transaction under one entry of the history. A change that changes nothing leaves no entry, and has number 0. */
export async function runChange<T>(
  database: Database,
  now: () => Date,
  entry: ChangeEntry,
  work: (writer: CatalogueWriter & { connection: Connection }) => Promise<T>,
): Promise<{ change: number; value: T }> {
  return database.transaction(async (connection) => {
    await connection.query(`set local lock_timeout = '${LOCK_SECONDS}s'`);
    await connection.query(`select pg_advisory_xact_lock(${WRITE_LOCK})`);
    const [{ id }] = (await connection.query<{ id: number }>("select nextval('change_id')::int as id")) as [
      { id: number },
    ];
    await connection.query("select set_config('catalogue.change', $1::text, true)", [String(id)]);
    const value = await work({ ...writerOn(connection), connection });
    const counted = await connection.query<{ kind: string; count: number }>(
      `select kind, count(*)::int as count from changed_entity
       where kind in (select jsonb_array_elements_text($1::text::jsonb)) and change_id = $2::int group by kind order by kind`,
      [ALL_KINDS, id],
    );
    if (counted.length === 0 && entry.action !== "token") return { change: 0, value };
    const counts = Object.fromEntries(counted.map(({ kind, count }) => [kind, count]));
    await connection.query(
      `insert into change (id, at, actor, action, reason, undoes, counts)
       values ($1::int, $2::text, $3::text, $4::text, $5::text, $6::int, $7::text::jsonb)`,
      [
        id,
        now().toISOString(),
        storable(entry.actor.name),
        entry.action,
        entry.reason === undefined ? null : storable(entry.reason),
        entry.undoes ?? null,
        JSON.stringify(counts),
      ],
    );
    return { change: id, value };
  });
}

/** Writes on one connection, inside a change. */
export function writerOn(connection: Connection): CatalogueWriter {
  return {
    put: (kind, entities) => putEntities(connection, kind, entities),
    remove: (kind, id) => removeEntity(connection, kind, id),
    get: (kind, id) => getEntity(connection, kind, id),
    getMany: (kind, ids) => getEntities(connection, kind, ids),
    list: (kind, query) => listEntities(connection, kind, query),
  };
}

interface ChangeRow {
  id: number;
  at: string;
  actor: string;
  action: Change["action"];
  reason: string | null;
  undoes: number | null;
  counts: Record<string, number>;
}

const CHANGE_COLUMNS = "h.id::int as id, h.at, h.actor, h.action, h.reason, h.undoes::int as undoes, h.counts";

/** Changes, newest first. */
export async function history(
  connection: Connection,
  query: { kind?: Kind; id?: string; actor?: string } & PageRequest = {},
): Promise<Listed<Change>> {
  const { limit, offset } = pageOf(query);
  const conditions = new Conditions();
  if (query.actor !== undefined) conditions.add("h.actor = $?::text", query.actor);
  if (query.kind !== undefined && query.id === undefined) {
    conditions.add("h.counts -> $?::text is not null", query.kind);
  } else if (query.id !== undefined) {
    const kinds = conditions.bind(JSON.stringify(query.kind === undefined ? KINDS : [query.kind]));
    const id = conditions.bind(query.id);
    conditions.add(
      `h.id in (select c.change_id from changed_entity c
       where c.kind in (select jsonb_array_elements_text($${kinds}::text::jsonb)) and c.entity_id = $${id}::text)`,
    );
  }
  const rows = await connection.query<ChangeRow & { total: number }>(
    `select ${CHANGE_COLUMNS}, count(*) over ()::int as total from change h ${conditions} order by h.id desc limit ${limit} offset ${offset}`,
    conditions.parameters,
  );
  return { count: rows[0]?.total ?? 0, items: rows.map(changeOf) };
}

/** The number of the newest change; 0 where there is none. */
export async function latestChange(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ id: number | null }>("select max(id)::int as id from change");
  return row?.id ?? 0;
}

function changeOf({ id, at, actor, action, reason, undoes, counts }: ChangeRow): Change {
  return {
    id,
    at,
    actor,
    action,
    ...(reason === null ? {} : { reason }),
    ...(undoes === null ? {} : { undoes }),
    counts,
  };
}

/** What a change touched, and what each was before. */
export async function changedEntities(
  connection: Connection,
  change: number,
  query: PageRequest = {},
): Promise<Listed<ChangedEntity>> {
  const { limit, offset } = pageOf(query);
  const id = safeChange(change);
  const [entry] = await connection.query<{ counts: Record<string, number> }>(
    "select counts from change where id = $1::int",
    [id],
  );
  const counts = entry?.counts ?? {};
  const items: ChangedEntity[] = [];
  // Kind by kind, so that a page of an import of a million entries is read by the index and nothing is counted.
  let before = 0;
  for (const kind of [...KINDS].sort()) {
    const count = counts[kind] ?? 0;
    const from = Math.max(0, offset - before);
    before += count;
    if (from >= count || items.length >= limit) continue;
    const rows = await connection.query<{ entity_id: string; before: EntityOf[Kind] | null }>(
      `select entity_id, before from changed_entity where kind = $1::text and change_id = $2::int
       order by entity_id limit ${limit - items.length} offset ${from}`,
      [kind, id],
    );
    for (const row of rows)
      items.push({
        change,
        kind,
        id: row.entity_id,
        before: row.before === null ? null : (inOrder(kind, row.before) as ChangedEntity["before"]),
      });
  }
  return { count: Object.values(counts).reduce((sum, count) => sum + count, 0), items };
}

function safeChange(change: number): number {
  if (Number.isInteger(change) && change > 0 && change < 2 ** 31) return change;
  throw new BiobertError({ code: "catalogue-not-found", message: `there is no change ${change}` });
}

/** Brings back what `change` replaced, as a change of its own, whose number comes back. */
export async function undoChange(
  database: Database,
  now: () => Date,
  change: number,
  actor: Actor,
  reason?: string,
): Promise<number> {
  safeChange(change);
  const entry: ChangeEntry = { actor, action: "undo", undoes: change, ...(reason === undefined ? {} : { reason }) };
  const done = await runChange(database, now, entry, async ({ connection }) => {
    await refuseUndo(connection, change);
    // Deleted in the order opposite to what refers to what, restored in it; references are checked at the end.
    for (const kind of [...KINDS].reverse()) {
      await connection.query(
        `delete from ${TABLE_OF[kind]} where id in
           (select entity_id from changed_entity where kind = $1::text and change_id = $2::int and before is null)`,
        [kind, change],
      );
    }
    for (const kind of KINDS) await restore(connection, kind, change);
  });
  if (done.change === 0) throw conflict(`change ${change} has nothing left to undo`);
  return done.change;
}

async function restore(connection: Connection, kind: Kind, change: number): Promise<void> {
  for (let after = ""; ;) {
    const rows = await connection.query<{ entity_id: string; before: EntityOf[Kind] }>(
      `select entity_id, before from changed_entity
       where kind = $1::text and change_id = $2::int and before is not null and entity_id > $3::text order by entity_id limit 500`,
      [kind, change, after],
    );
    if (rows.length === 0) return;
    const entities = rows.map(({ before }) => checkedEntity(kind, inOrder(kind, before)));
    await putEntities(
      connection,
      kind,
      kind === "submission" ? await withNewVersions(connection, entities as Submission[]) : entities,
    );
    after = rows.at(-1)!.entity_id;
  }
}

/** A submission that comes back is a new version of itself: who saw an older one must look again. */
async function withNewVersions(connection: Connection, submissions: readonly Submission[]): Promise<Submission[]> {
  const present = new Map(
    (
      await getEntities(
        connection,
        "submission",
        submissions.map(({ id }) => id),
      )
    ).map((one) => [one.id, one]),
  );
  return submissions.map((one) => ({ ...one, version: (present.get(one.id)?.version ?? one.version) + 1 }));
}

/** Refuses where the change is not there, is undone already, or one of its entities was changed since by a change that stands. */
async function refuseUndo(connection: Connection, change: number): Promise<void> {
  const later = await connection.query<{ id: number; undoes: number | null; action: string }>(
    "select id::int as id, undoes::int as undoes, action from change where id >= $1::int order by id desc",
    [change],
  );
  const target = later.at(-1);
  if (target?.id !== change)
    throw new BiobertError({ code: "catalogue-not-found", message: `there is no change ${change}` });
  if (target.action === "token") throw conflict("tokens are revoked, not undone");
  const undone = new Set<number>();
  // Newest first: an undo that was itself undone does not count.
  for (const { id, undoes } of later) if (undoes !== null && !undone.has(id)) undone.add(undoes);
  if (undone.has(change)) throw conflict(`change ${change} is undone already`);
  const standing = later
    .filter(({ id, undoes }) => id !== change && !undone.has(id) && !(undoes !== null && undoes > change))
    .map(({ id }) => id);
  const [since] = await connection.query<{ kind: string; id: string; change: number }>(
    `select l.kind, l.entity_id as id, l.change_id::int as change
     from changed_entity c join changed_entity l on l.kind = c.kind and l.entity_id = c.entity_id and l.change_id > c.change_id
     where c.kind in (select jsonb_array_elements_text($1::text::jsonb)) and c.change_id = $2::int
       and l.change_id in (select e::int from jsonb_array_elements_text($3::text::jsonb) e)
     order by l.change_id desc limit 1`,
    [ALL_KINDS, change, JSON.stringify(standing)],
  );
  if (since !== undefined)
    throw conflict(
      `${since.kind} ${since.id} was changed since, by change ${since.change}`,
      `Undo change ${since.change} first.`,
    );
}

function conflict(message: string, hint?: string): BiobertError {
  return new BiobertError({ code: "catalogue-conflict", message, ...(hint === undefined ? {} : { hint }) });
}
