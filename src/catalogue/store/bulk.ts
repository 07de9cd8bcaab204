// What makes importing a whole dump fast: into an empty catalogue, indexes are built once at the end of the papers instead of
// kept through every insertion (a word index of 600,000 abstracts most of all). And what keeps a large catalogue fast: statistics
// for the planner, and a visibility map, so that lists are read from their indexes alone.

import { BiobertError } from "../../core/index.ts";
import type { Connection, Database } from "./database.ts";
import { countOfKind } from "./lists.ts";
import { TABLE_OF } from "./migrations.ts";

/** Tables whose indexes cost the most while entries of a kind come in. */
const HEAVY = { paper: ["paper", "paper_link", "author"], codeLink: ["code_link", "repository"] } as const;
/** A catalogue with more of them has readers whom a dropped index would keep waiting. */
const FEW = 1000;
/** Below so many changed entities the planner's old statistics will do. */
const MANY = 5000;

const DERIVED = ["metric", "result_value", "paper_link", "author", "proceeding", "repository", "table_standing"];

/** Takes a kind's heavy indexes away where nobody needs them yet; gives back what builds them again, with the planner's statistics, within the same change. */
export async function dropHeavyIndexes(connection: Connection, kind: keyof typeof HEAVY): Promise<() => Promise<void>> {
  const { count } = await countOfKind(connection, kind);
  if (count > FEW) return async () => {};
  const indexes = await connection.query<{ name: string; definition: string }>(
    `select format('%I', c.relname) as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
     where t.relnamespace = current_schema()::regnamespace and not i.indisunique
       and t.relname in (select jsonb_array_elements_text($1::text::jsonb)) order by c.relname`,
    [JSON.stringify(HEAVY[kind])],
  );
  for (const { name } of indexes) await connection.query(`drop index ${name}`);
  return async () => {
    // An index cannot be built while checks of its table are waiting.
    await connection.query("set constraints all immediate");
    await connection.query("set constraints all deferred");
    await connection.query("set local maintenance_work_mem = '256MB'");
    for (const { definition } of indexes) await connection.query(definition);
    // No autovacuum sees these rows before the change is done: without statistics the planner takes every value for a common one, and
    // what follows (tables look their papers up by title) would read all of the papers each time.
    for (const table of HEAVY[kind]) await connection.query(`analyze ${table}`);
  };
}

/** After a large import: statistics and visibility for every table. Whoever may not vacuum the database goes without. */
export async function tidy(database: Database, changed: number): Promise<void> {
  if (changed < MANY) return;
  const tables = [...Object.values(TABLE_OF), ...DERIVED, "changed_entity", "change"];
  try {
    for (const table of tables) await database.execute(`vacuum (analyze) ${table}`);
  } catch (error) {
    if (!(error instanceof BiobertError)) throw error;
  }
}
