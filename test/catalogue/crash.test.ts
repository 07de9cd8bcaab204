// A PostgreSQL server killed outright (kill -9), or a program that writes to one, in the middle of an import and of an accept: the
// catalogue is whole afterwards, and the same work can be done again. (For the embedded database: embedded.test.ts.)

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import connect from "postgres";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type CatalogueStore, openStore } from "../../src/catalogue/index.ts";
import { ADMIN, fill, REVIEWER, SUBMITTER } from "./backends.ts";
import { type PostgresServer, postgresFolder, startPostgres } from "./postgres.ts";

const root = join(import.meta.dirname, "..", "..");
const command = join(root, "bin", "biobert.mjs");
const folder = mkdtempSync(join(tmpdir(), "biobert-crash-"));
const isMissing = postgresFolder() === undefined;
let server: PostgresServer;
beforeAll(async () => {
  // The server looks whether whoever asked is still there.
  if (!isMissing) server = await startPostgres(["fsync=off", "client_connection_check_interval=100ms"]);
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(({ skip }) => {
  if (isMissing) skip("PostgreSQL is not installed");
});

const PAPERS = 1700;
const dump = join(folder, "papers-with-abstracts.json");
writeFileSync(
  dump,
  JSON.stringify(
    Array.from({ length: PAPERS }, (_, i) => ({
      paper_url: `https://paperswithcode.com/paper/invented-${String(i).padStart(4, "0")}`,
      title: `Invented paper number ${i}`,
      abstract: "Nothing was found.",
      authors: ["Ada Example"],
      date: "2021-02-03",
      tasks: [],
      methods: [],
    })),
  ),
);

/** From now on whoever writes the row that `condition` tells waits there, inside of the transaction. Gives back what ends that. */
async function holdAt(address: string, table: string, condition: string): Promise<() => Promise<void>> {
  const sql = connect(address, { max: 1, onnotice: () => {} });
  await sql.unsafe(`
    create function hold() returns trigger language plpgsql as $$
    begin
      if ${condition} then perform pg_sleep(600); end if;
      return new;
    end $$;
    create trigger hold before insert or update on ${table} for each row execute function hold();`);
  await sql.end();
  return async () => {
    const again = connect(address, { max: 1, onnotice: () => {} });
    await again.unsafe(`drop function hold() cascade`);
    await again.end();
  };
}

/** Waits until somebody waits there, or nobody does any more. */
async function untilHeld(address: string, isHeld: boolean, working?: ChildProcess): Promise<void> {
  const sql = connect(address, { max: 1 });
  for (;;) {
    const [row] = await sql<
      { held: boolean }[]
    >`select exists (select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()) as held`;
    if (row!.held === isHeld) break;
    if (typeof working?.exitCode === "number") throw new Error(`it ended with ${working.exitCode} and did not wait`);
    await setTimeout(50);
  }
  await sql.end();
}

/** What must be as it was: how many there are of each, the entries of the history, the indexes (an import rebuilds them). */
async function stateOf(address: string, store: CatalogueStore) {
  const sql = connect(address, { max: 1 });
  const indexes = await sql<{ name: string }[]>`select indexname as name from pg_indexes
    where schemaname = 'public' order by indexname`;
  await sql.end();
  return {
    counts: await store.counts(),
    changes: (await store.history()).count,
    indexes: indexes.map(({ name }) => name),
  };
}

async function filled(): Promise<{ address: string; store: CatalogueStore }> {
  const address = await server.newDatabase();
  const store = await openStore({ location: address });
  await fill(store);
  return { address, store };
}

/** Kills the server as soon as `work` waits in the middle of a change, which then fails, and closes the store. */
async function killedServer(address: string, store: CatalogueStore, work: Promise<unknown>): Promise<void> {
  const outcome = work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );
  await untilHeld(address, true);
  await server.crash();
  expect(await outcome).toBe("catalogue-database");
  await store.close();
}

it("has nothing of an import in whose middle the server was killed, and imports it then", async () => {
  const { address, store } = await filled();
  const before = await stateOf(address, store);
  const release = await holdAt(address, "paper", "new.id = 'invented-1650'");
  await killedServer(address, store, store.importFiles([dump], ADMIN));

  await release();
  const again = await openStore({ location: address });
  expect(await stateOf(address, again)).toEqual(before);
  const report = await again.importFiles([dump], ADMIN);
  expect(report.entities["paper"]).toBe(PAPERS);
  expect((await again.counts()).paper).toBe(before.counts.paper + PAPERS);
  expect((await again.list("paper", { q: "invented number 1650" })).count).toBe(1);
  expect((await stateOf(address, again)).indexes).toEqual(before.indexes);
  // The planner was told of the papers within the change: no autovacuum could see them there.
  const sql = connect(address, { max: 1 });
  const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from pg_stats where tablename = 'paper'`;
  await sql.end();
  expect(row!.rows).toBeGreaterThan(3);
  await again.close();
});

it("has all or nothing of an accept when the server is killed: nothing before it was done, all of it after", async () => {
  const { address, store } = await filled();
  const sent = { table: "ner-on-tiny-disease", values: { f1: { published: "77.5" } }, paper: "paper-b", source: {} };
  const { id, version } = await store.submit({ result: { ...sent, modelName: "Newcomer" } }, SUBMITTER);
  const before = await stateOf(address, store);
  // The result is written by then, its submission is not.
  const release = await holdAt(address, "submission", "new.document ->> 'state' = 'accepted'");
  await killedServer(address, store, store.accept(id, version, REVIEWER));

  await release();
  const second = await openStore({ location: address });
  expect(await stateOf(address, second)).toEqual(before);
  expect((await second.get("submission", id))!.state).toBe("pending");
  expect((await second.leaderboard("ner-on-tiny-disease"))!.rows).toHaveLength(4);
  const result = await second.accept(id, version, REVIEWER);
  await server.crash();
  await second.close();

  const third = await openStore({ location: address });
  expect(await third.get("submission", id)).toMatchObject({ state: "accepted", result: result.id });
  expect((await third.get("result", result.id))!.modelName).toBe("Newcomer");
  expect((await third.leaderboard("ner-on-tiny-disease"))!.rows).toHaveLength(5);
  expect((await third.tableSummaries({})).items[0]!.resultCount).toBe(5);
  expect((await third.history()).count).toBe(before.changes + 1);
  await third.close();
});

/** `biobert results ...`, killed as soon as it waits in the middle of its work. */
async function killedCommand(address: string, ...argv: string[]): Promise<void> {
  const child = spawn(process.execPath, [command, "results", ...argv, "--database", address], { stdio: "ignore" });
  const ended = once(child, "exit");
  await untilHeld(address, true, child);
  child.kill("SIGKILL");
  expect((await ended)[1]).toBe("SIGKILL");
  await untilHeld(address, false);
}

it("has all or nothing of what a program wrote that was killed, and lets the next one write", async () => {
  const address = await server.newDatabase();
  const store = await openStore({ location: address });
  await store.seed(join(root, "catalogue"), join(root, "results"));
  const sent = { modelName: "Newcomer", values: { f1: { published: "77.5" } }, source: {} };
  const table = "named-entity-recognition-ner-on-ncbi-disease";
  const { id } = await store.submit({ result: { ...sent, table, paper: "linkbert-paper" } }, SUBMITTER);
  const before = await stateOf(address, store);

  let release = await holdAt(address, "submission", "new.document ->> 'state' = 'accepted'");
  await killedCommand(address, "review", id, "--accept");
  await release();
  expect((await store.get("submission", id))!.state).toBe("pending");

  release = await holdAt(address, "paper", "new.id = 'invented-1650'");
  await killedCommand(address, "import", dump);
  await release();
  expect(await stateOf(address, store)).toEqual(before);

  await store.accept(id, 1, REVIEWER);
  await store.importFiles([dump], ADMIN);
  const after = await store.counts();
  expect([after.result, after.paper]).toEqual([before.counts.result + 1, before.counts.paper + PAPERS]);
  await store.close();
});
