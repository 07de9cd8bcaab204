// A PostgreSQL server (13 or newer) by its connection string, through a small pool of connections.

import type { ISql, Sql } from "postgres";
import { BiobertError } from "../../core/index.ts";
import { type Connection, type Database, type Parameter, databaseError, guarded, withoutPassword } from "./database.ts";

/**
 * Opens the database that `address` (`postgres://user@host/database`) names. Errors: `catalogue-database`.
 */
export async function openServer(address: string): Promise<Database> {
  const where = withoutPassword(address);
  const { default: connect } = await import("postgres");
  let pool: Sql;
  try {
    pool = connect(address, {
      max: 8,
      connect_timeout: 10,
      idle_timeout: 60,
      onnotice: () => {},
      connection: { application_name: "biobert" },
    });
  } catch (error) {
    throw databaseError(error, where);
  }
  const connection = (on: ISql): Connection & { execute(sql: string): Promise<void> } => ({
    query: async <Row>(sql: string, parameters: readonly Parameter[] = []) =>
      [...(await on.unsafe(sql, [...parameters], { prepare: true }))] as Row[],
    execute: async (sql) => void (await on.unsafe(sql)),
  });
  const whole = connection(pool);
  let closing: Promise<void> | undefined;
  const database: Database = {
    backend: "server",
    query: (sql, parameters) => guarded(where, () => whole.query(sql, parameters)),
    execute: (sql) => guarded(where, () => whole.execute(sql)),
    transaction: <T>(work: (on: Connection & { execute(sql: string): Promise<void> }) => Promise<T>) =>
      guarded(where, async () => {
        let result: { value: T } | undefined;
        await pool.begin(async (on) => {
          result = { value: await work(connection(on)) };
        });
        return result!.value;
      }),
    close() {
      closing ??= pool.end({ timeout: 10 });
      return closing;
    },
  };
  try {
    const [{ version }] = await database.query<{ version: number }>(
      "select current_setting('server_version_num')::int as version",
    );
    if (version < 130000) {
      throw new BiobertError({
        code: "catalogue-database",
        message: `the server is PostgreSQL ${Math.floor(version / 10000)}; 13 or newer is needed`,
        place: { name: where },
      });
    }
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}
