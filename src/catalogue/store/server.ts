// A PostgreSQL server (13 or newer) by its connection string, through a small pool of connections.

import type { ISql, Sql } from "postgres";
import { BiobertError } from "../../core/index.ts";
import { type Connection, type Database, type Parameter, databaseError, guarded, withoutPassword } from "./database.ts";

type Working = Connection & { execute(sql: string): Promise<void> };

interface Held {
  connection: Working;
  isLost(): boolean;
  lose(error: unknown): void;
}

/** A connection that is asked nothing any more once it is known to be lost. */
function untilLost(connection: Working): Held {
  let loss: { error: unknown } | undefined;
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (loss !== undefined) throw loss.error;
    try {
      return await work();
    } catch (error) {
      if (/^CONNECTION_|^E[A-Z]+$/.test(String((error as { code?: unknown } | null)?.code))) loss = { error };
      throw error;
    }
  };
  return {
    connection: {
      query: (sql, parameters) => guard(() => connection.query(sql, parameters)),
      execute: (sql) => guard(() => connection.execute(sql)),
    },
    isLost: () => loss !== undefined,
    lose: (error) => void (loss ??= { error }),
  };
}

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
  const connection = (on: ISql): Working => ({
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
    transaction: <T>(work: (on: Working) => Promise<T>) =>
      guarded(where, async () => {
        let result: { value: T } | undefined;
        let held: Held | undefined;
        try {
          await pool.begin(async (on) => {
            held = untilLost(connection(on));
            try {
              result = { value: await work(held.connection) };
            } catch (error) {
              if (!held.isLost()) throw error;
            }
            // Into a lost connection the library would still send its commit or rollback, which ends the process; `begin` hears of the
            // loss by itself.
            if (held.isLost()) await new Promise<never>(() => {});
          });
        } catch (error) {
          held?.lose(error);
          throw error;
        }
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
