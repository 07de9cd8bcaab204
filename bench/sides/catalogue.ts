// Our side of `bench run catalogue`: imports a dump, then serves the catalogue on a real socket and fetches every kind of page and
// API route of it, each for many entities. One JSON line on standard output; progress on standard error.

import { setTimeout as sleep } from "node:timers/promises";
import { type CatalogueStore, catalogueWeb, openStore } from "../../src/catalogue/index.ts";
import { serve } from "../../src/server/index.ts";
import { startPostgres } from "../../test/catalogue/postgres.ts";
import { routesOf } from "./catalogue-routes.ts";
import { peakMemoryBytes } from "./serve.ts";

interface Settings {
  /** A folder for the embedded database, or `postgres` for a server of the benchmark's own. */
  database: string;
  seed: string;
  files: string[];
  /** Import first; else the database has them. */
  isEmpty: boolean;
  /** Fetch pages, so many times each. */
  rounds: number;
  /** Entities of each kind to ask for. */
  entities: number;
}

const OPERATOR = { name: "benchmark", role: "admin" } as const;

const settings = JSON.parse(process.argv[2]!) as Settings;
const postgres =
  settings.database === "postgres"
    ? await startPostgres(["shared_buffers=512MB", "max_wal_size=4GB", "fsync=on"])
    : undefined;
const store = await openStore({ location: (await postgres?.newDatabase()) ?? settings.database });
try {
  const imported = settings.isEmpty ? await importAll(store) : undefined;
  const pages = settings.rounds === 0 ? undefined : await fetchAll(store);
  const counts = await store.counts();
  process.stdout.write(`${JSON.stringify({ imported, pages, counts, peakMemoryBytes: peakMemoryBytes() })}\n`);
} finally {
  await store.close();
  await postgres?.stop();
}

async function importAll(into: CatalogueStore): Promise<{ seconds: number; entities: unknown; skipped: unknown }> {
  await into.seed(settings.seed);
  const started = performance.now();
  let shown = 0;
  const report = await into.importFiles(settings.files, OPERATOR, {
    onProgress: ({ file, entries }) => {
      const now = performance.now();
      if (now - shown < 5000) return;
      shown = now;
      const seconds = Math.round((now - started) / 1000);
      process.stderr.write(`  ${file.split("/").pop()}: ${entries} entries, ${seconds} s\n`);
    },
  });
  return { seconds: (performance.now() - started) / 1000, entities: report.entities, skipped: report.counts };
}

async function fetchAll(from: CatalogueStore): Promise<Record<string, number[]>> {
  const web = catalogueWeb({ store: from });
  const faults: string[] = [];
  const server = await serve({
    host: "127.0.0.1",
    port: 0,
    routes: web.routes,
    errorPage: web.errorPage,
    healthy: () => from.isAlive(),
    // The limits are there, but not what is measured.
    rateLimits: { points: 1e9, tokenPoints: 1e9, failedTokens: 1e9 },
    log: ({ event, ...fields }) => {
      if (event === "failed") faults.push(JSON.stringify(fields));
    },
  });
  try {
    const routes = await routesOf(from, settings.entities);
    const requests = Object.entries(routes).flatMap(([route, paths]) => paths.map((path) => ({ route, path })));
    const times: Record<string, number[]> = Object.fromEntries(Object.keys(routes).map((route) => [route, []]));
    // The first round warms nothing but the compiler and the database's cache; it does not count.
    for (let round = 0; round <= settings.rounds; round++) {
      process.stderr.write(`  round ${round} of ${settings.rounds}: ${requests.length} requests\n`);
      for (const { route, path } of shuffled(requests, round)) {
        const started = performance.now();
        const response = await fetch(`${server.url}${path}`, { headers: { Accept: "text/html, application/json" } });
        if (route.startsWith("/export/")) {
          // A dump is as long as it is: what counts is that it starts at once.
          const reader = response.body!.getReader();
          await reader.read();
          await reader.cancel().catch(() => {});
        } else await response.arrayBuffer();
        if (round > 0) times[route]!.push(performance.now() - started);
        if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${faults.join("; ")}`);
      }
    }
    return times;
  } finally {
    await sleep(50);
    await server.stop();
  }
}

/** Another order each round, so that no route always follows the same one. */
function shuffled<T>(items: readonly T[], round: number): T[] {
  let state = round + 1;
  const random = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * bound);
  };
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index--) {
    const other = random(index + 1);
    [copy[index], copy[other]] = [copy[other]!, copy[index]!];
  }
  return copy;
}
