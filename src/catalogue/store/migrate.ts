// Brings a database to this program's schema: each migration once, in order, in one transaction, one program at a time.

import { BiobertError } from "../../core/index.ts";
import type { Database } from "./database.ts";
import { MIGRATIONS } from "./migrations.ts";

/** Any number that no other program uses for its locks. */
export const WRITE_LOCK = 727_566_402;

/** Applies what is missing and says how many migrations that were. Errors: `catalogue-database` (made by a newer program). */
export async function migrate(database: Database): Promise<number> {
  const newest = MIGRATIONS.at(-1)!.id;
  return database.transaction(async (connection) => {
    await connection.query(`select pg_advisory_xact_lock(${WRITE_LOCK})`);
    await connection.execute("create table if not exists schema_migration (id int primary key, name text not null)");
    const applied = await connection.query<{ id: number }>("select id from schema_migration order by id");
    const present = applied.at(-1)?.id ?? 0;
    if (present > newest) {
      throw new BiobertError({
        code: "catalogue-database",
        message: `the database has schema ${present}; this version of biobert knows ${newest}`,
        hint: "Use a newer biobert, or another database.",
      });
    }
    const missing = MIGRATIONS.filter(({ id }) => id > present);
    for (const { id, name, sql } of missing) {
      await connection.execute(sql);
      await connection.query("insert into schema_migration (id, name) values ($1::int, $2::text)", [id, name]);
    }
    return missing.length;
  });
}
