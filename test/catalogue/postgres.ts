// A PostgreSQL server of the test's own: Debian's binaries, a temporary folder, an address on this machine only.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import connect from "postgres";

export interface PostgresServer {
  /** A connection string for a new, empty database. */
  newDatabase(): Promise<string>;
  /** Ends all its processes at once (kill -9), as a crash does, and starts it again on what they left. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** The folder of the newest PostgreSQL's programs, or undefined where none is installed. */
export function postgresFolder(): string | undefined {
  const versions = "/usr/lib/postgresql";
  const folders = existsSync(versions)
    ? readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(versions, version, "bin"))
    : [];
  return [...folders, "/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"].find((folder) =>
    existsSync(join(folder, "initdb")),
  );
}

/** Starts a server, with settings such as `fsync=on`; root gives its rights up for it, since PostgreSQL refuses root. */
export async function startPostgres(settings: readonly string[] = ["fsync=off"]): Promise<PostgresServer> {
  const programs = postgresFolder();
  if (programs === undefined) throw new Error("PostgreSQL is not installed");
  const folder = mkdtempSync(join(tmpdir(), "biobert-postgres-"));
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const made = spawnSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...user, cwd: folder, encoding: "utf8", env: { ...process.env, HOME: folder } },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}${made.error ?? ""}`);
  const start = (port: number): ChildProcess =>
    spawn(
      join(programs, "postgres"),
      [
        ["-D", data, "-p", String(port), "-k", folder],
        ["-c", "listen_addresses=127.0.0.1", "-c", "log_min_messages=fatal"],
        settings.flatMap((setting) => ["-c", setting]),
      ].flat(),
      { ...user, cwd: folder, stdio: "ignore" },
    );
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const server = start(port);
    const address = (database: string) => `postgres://tester@127.0.0.1:${port}/${database}`;
    if (await answers(address("postgres"), server)) return running(server, () => start(port), address, folder);
    server.kill("SIGKILL");
    if (attempt === 3) throw new Error("PostgreSQL did not start");
  }
}

function running(
  first: ChildProcess,
  start: () => ChildProcess,
  address: (database: string) => string,
  folder: string,
): PostgresServer {
  let server = first;
  let databases = 0;
  return {
    async newDatabase() {
      const name = `catalogue_${++databases}`;
      const sql = connect(address("postgres"), { max: 1 });
      await sql.unsafe(`create database ${name}`);
      await sql.end();
      return address(name);
    },
    async crash() {
      const sql = connect(address("postgres"), { max: 1 });
      const rows = await sql<{ pid: number }[]>`select pid from pg_stat_activity`;
      await sql.end();
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      for (const { pid } of rows) kill(pid);
      await ended;
      // The last of its processes may still hold the folder for a moment.
      for (let attempt = 1; ; attempt++) {
        server = start();
        if (await answers(address("postgres"), server)) return;
        server.kill("SIGKILL");
        if (attempt === 20) throw new Error("PostgreSQL did not start again");
        await setTimeout(250);
      }
    },
    async stop() {
      const ended = once(server, "exit");
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ends a process where it is still there. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function unprivilegedUser(): { uid: number; gid: number } {
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (user === undefined) throw new Error("no user postgres or nobody to run PostgreSQL as");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function answers(address: string, server: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 300 && server.exitCode === null; attempt++) {
    const sql = connect(address, { max: 1, connect_timeout: 5, onnotice: () => {} });
    const isUp = await sql`select 1`.then(
      () => true,
      () => false,
    );
    await sql.end({ timeout: 1 });
    if (isUp) return true;
    await setTimeout(200);
  }
  return false;
}
