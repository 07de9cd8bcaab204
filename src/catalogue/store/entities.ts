// Entities in and out of their tables: checked on the way in, one statement for a batch; whole and in their schema's form on
// the way out.

import { z } from "zod";
import { BiobertError } from "../../core/index.ts";
import { type EntityOf, entitySchemas, type Kind, type Paper } from "../schema/index.ts";
import { slug } from "../slug.ts";
import { storableText as storable } from "../text.ts";
import type { Connection } from "./database.ts";
import { TABLE_OF } from "./migrations.ts";

/** Entities a statement writes at most, and about how much text. */
const BATCH = 1000;
const BATCH_CHARACTERS = 4_000_000;

/** One entity, or undefined. */
export async function getEntity<K extends Kind>(
  connection: Connection,
  kind: K,
  id: string,
): Promise<EntityOf[K] | undefined> {
  const rows = await connection.query<{ document: EntityOf[K] }>(
    `select document from ${TABLE_OF[kind]} where id = $1::text`,
    [storable(id)],
  );
  return rows[0] === undefined ? undefined : inOrder(kind, rows[0].document);
}

/** Entities in the order of `ids`, without those that are not there. */
export async function getEntities<K extends Kind>(
  connection: Connection,
  kind: K,
  ids: readonly string[],
): Promise<EntityOf[K][]> {
  if (ids.length === 0) return [];
  const rows = await connection.query<{ id: string; document: EntityOf[K] }>(
    `select id, document from ${TABLE_OF[kind]} where id in (select jsonb_array_elements_text($1::text::jsonb))`,
    [idList(ids)],
  );
  const found = new Map(rows.map((row) => [row.id, inOrder(kind, row.document)]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** Ids as the JSON text that statements take; what cannot be an id matches nothing. */
export function idList(ids: readonly string[]): string {
  return JSON.stringify([...new Set(ids)].map(storable));
}

/** The database orders the fields of a document by its own rule; readers, exports and reviews want the schema's. */
export function inOrder<K extends Kind>(kind: K, document: EntityOf[K]): EntityOf[K] {
  return ordered(entitySchemas[kind], document) as EntityOf[K];
}

function ordered(schema: z.ZodType, value: unknown): unknown {
  let inner = unwrapped(schema);
  if (inner instanceof z.ZodDiscriminatedUnion)
    inner = (inner.options as z.ZodType[]).find((option) => option.safeParse(value).success) ?? inner;
  if (Array.isArray(value))
    return inner instanceof z.ZodArray ? value.map((each) => ordered(inner.element as z.ZodType, each)) : value;
  if (typeof value !== "object" || value === null) return value;
  if (inner instanceof z.ZodRecord) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, ordered(inner.valueType as z.ZodType, each)]),
    );
  }
  if (!(inner instanceof z.ZodObject)) return value;
  const given = value as Record<string, unknown>;
  const shape = inner.shape as Record<string, z.ZodType>;
  const fields = Object.keys(shape).filter((name) => given[name] !== undefined);
  return Object.fromEntries(fields.map((name) => [name, ordered(shape[name]!, given[name])]));
}

function unwrapped(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodNullable)
    inner = inner.unwrap() as z.ZodType;
  return inner;
}

/** The entity checked against its schema, defaults filled in. Errors: `catalogue-invalid`, naming the field. */
export function checkedEntity<K extends Kind>(kind: K, entity: unknown, place: { file?: string } = {}): EntityOf[K] {
  const parsed = entitySchemas[kind].safeParse(entity);
  if (parsed.success) return parsed.data as EntityOf[K];
  const issue = parsed.error.issues[0]!;
  const id = (entity as { id?: unknown } | null)?.id;
  throw new BiobertError({
    code: "catalogue-invalid",
    message: `${kind} ${JSON.stringify(id ?? null)?.slice(0, 80)}: ${issue.path.join(".") || "it"}: ${issue.message}`,
    place: { ...place, name: issue.path.join(".") },
    hint: "See the schema in catalogue/schema.",
  });
}

/** Adds or replaces; an entity that is stored just so already stays untouched, and out of the history. */
export async function putEntities<K extends Kind>(
  connection: Connection,
  kind: K,
  entities: readonly EntityOf[K][],
): Promise<void> {
  const byId = new Map<string, EntityOf[K]>();
  for (const entity of entities) {
    const checked = checkedEntity(kind, entity);
    if (byId.has(checked.id)) {
      throw new BiobertError({
        code: "catalogue-invalid",
        message: `two entries of kind ${kind} have the id ${checked.id}`,
      });
    }
    byId.set(checked.id, checked);
  }
  const table = TABLE_OF[kind];
  for (const texts of batches([...byId.values()].map((entity) => JSON.stringify(entity)))) {
    const batch = `[${texts.join(",")}]`;
    await connection.query(
      `insert into ${table} as present (id, document)
       select e ->> 'id', e from jsonb_array_elements($1::text::jsonb) e
       on conflict (id) do update set document = excluded.document where present.document is distinct from excluded.document`,
      [batch],
    );
  }
  if (kind === "paper") await putNames(connection, [...byId.values()] as Paper[]);
}

/** Deletes one; false where it is not there. */
export async function removeEntity(connection: Connection, kind: Kind, id: string): Promise<boolean> {
  const rows = await connection.query(`delete from ${TABLE_OF[kind]} where id = $1::text returning id`, [storable(id)]);
  return rows.length > 0;
}

/** Authors and proceedings are lists of their own: to be found by name without reading every paper. */
async function putNames(connection: Connection, papers: readonly Paper[]): Promise<void> {
  const authors = new Set(papers.flatMap((paper) => paper.authors));
  const proceedings = new Map<string, { id: string; name: string; conference_id: string; conference_name: string }>();
  for (const { proceeding, conference } of papers) {
    const name = proceeding ?? conference;
    if (name === undefined || name.trim() === "") continue;
    const parent = conference ?? name;
    proceedings.set(slug(name), { id: slug(name), name, conference_id: slug(parent), conference_name: parent });
  }
  if (authors.size > 0) {
    // Two spellings may be one author: only ids that were not there count.
    await connection.query(
      `with given as (select e ->> 0 as name, e ->> 1 as id from jsonb_array_elements($1::text::jsonb) e),
       known as (select id from author where id in (select id from given)),
       added as (insert into author (name, id) select name, id from given on conflict do nothing returning id)
       update entity_count set count = count + (select count(distinct id) from added where id not in (select id from known))
       where kind = 'author'`,
      [JSON.stringify([...authors].map((name) => [name, slug(name)]))],
    );
  }
  if (proceedings.size > 0) {
    await connection.query(
      `insert into proceeding (id, name, conference_id, conference_name)
       select id, name, conference_id, conference_name
       from jsonb_to_recordset($1::text::jsonb) as e(id text, name text, conference_id text, conference_name text)
       on conflict do nothing`,
      [JSON.stringify([...proceedings.values()])],
    );
  }
}

function* batches(texts: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let size = 0;
  for (const text of texts) {
    if (batch.length > 0 && (batch.length >= BATCH || size + text.length > BATCH_CHARACTERS)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(text);
    size += text.length;
  }
  if (batch.length > 0) yield batch;
}
