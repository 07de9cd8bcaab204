// PGlite: PostgreSQL as WebAssembly in this process. Its folder must be open in one process only (two would destroy it), so
// a lock lies beside it; what a killed process left is taken over, and PostgreSQL's write-ahead log mends the rest.

import type { PGlite, Transaction } from "@electric-sql/pglite";
import { BiobertError } from "../../core/index.ts";
import { ensureDirectory } from "../../data/index.ts";
import { withLock } from "../../hub/index.ts";
import { type Connection, type Database, type Parameter, databaseError, guarded } from "./database.ts";

export interface EmbeddedOptions {
  /** How long to wait for another process that has the folder open, in seconds (default 15). */
  waitSeconds?: number;
}

/** A statement may block this process, and so the freshening of its lock, for long; a dead process is noticed at once all the same. */
const STALE_SECONDS = 1800;

/**
 * Opens the database in `folder`, made where there is none, or in memory (`memory:`).
 * Errors: `catalogue-busy` while another process has it open, `catalogue-database`, `file-unwritable`.
 */
export async function openEmbedded(folder: string, options: EmbeddedOptions = {}): Promise<Database> {
  if (folder === "memory:") return wrap(await start(undefined), folder, async () => {});
  await ensureDirectory(folder);
  const release = await lockFolder(folder, options.waitSeconds ?? 15);
  try {
    return wrap(await start(`${folder}/data`), folder, release);
  } catch (error) {
    await release();
    throw databaseError(error, folder);
  }
}

async function start(folder: string | undefined): Promise<PGlite> {
  const { PGlite: Engine } = await import("@electric-sql/pglite");
  const engine = folder === undefined ? await Engine.create() : await Engine.create(folder);
  // One connection has the memory for itself; the files lie in the operating system's cache, where no place is far.
  await engine.exec("set work_mem = '64MB'; set random_page_cost = 1.1; set effective_cache_size = '1GB'");
  return engine;
}

function wrap(engine: PGlite, where: string, release: () => Promise<void>): Database {
  let closing: Promise<void> | undefined;
  const connection = (on: PGlite | Transaction): Connection & { execute(sql: string): Promise<void> } => ({
    query: async <Row>(sql: string, parameters: readonly Parameter[] = []) =>
      (await on.query<Row>(sql, [...parameters])).rows,
    execute: async (sql) => void (await on.exec(sql)),
  });
  const whole = connection(engine);
  return {
    backend: "embedded",
    query: (sql, parameters) => guarded(where, () => whole.query(sql, parameters)),
    execute: (sql) => guarded(where, () => whole.execute(sql)),
    transaction: (work) => guarded(where, () => engine.transaction((on) => work(connection(on)))),
    close() {
      closing ??= engine.close().finally(release);
      return closing;
    },
  };
}

/** Holds the folder's lock until the function that comes back is called. */
async function lockFolder(folder: string, waitSeconds: number): Promise<() => Promise<void>> {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let holding: Promise<void> = Promise.resolve();
  await new Promise<void>((taken, failed) => {
    const signal = AbortSignal.timeout(waitSeconds * 1000);
    holding = withLock(`${folder}/lock`, { signal, onWait: () => {}, staleSeconds: STALE_SECONDS }, () => {
      taken();
      return held;
    });
    holding.catch((error: unknown) => {
      failed(signal.aborted ? busy(folder, waitSeconds) : error);
    });
  });
  return async () => {
    release();
    await holding;
  };
}

function busy(folder: string, waitSeconds: number): BiobertError {
  return new BiobertError({
    code: "catalogue-busy",
    message: `another process has had the catalogue open for more than ${waitSeconds} s`,
    place: { file: folder },
    hint: "Stop it (biobert results serve?), ask it over HTTP, name another folder with --database, or use a PostgreSQL server, which many may share.",
  });
}
