// Benchmark `catalogue`: a catalogue of the size of Papers With Code's last dump, imported into each database, and every kind of
// page and API route of it over HTTP. Each step is kept in the work folder, so that a run that was interrupted goes on.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildSides, root, sideFile } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { BenchmarkError, common, count, readOptions } from "./lib/options.mjs";
import { beforeStart, commandLine, machineFacts } from "./lib/result.mjs";

const ABOUT = `A dump-sized catalogue: how long the import takes, and how long each kind of page and API route takes over HTTP.
Beside the median of each stands its bar: 100 ms.`;
const TABLE = {
  papers: { value: "N", default: "600000", help: "papers of the dump; links are half as many" },
  rows: { value: "N", default: "60000", help: "rows of its evaluation tables" },
  databases: { value: "LIST", default: "embedded,postgres", help: "which of embedded, postgres (needs its programs)" },
  rounds: {
    value: "N",
    default: "2",
    help: "how often each address is asked for, after one round that does not count",
  },
  entities: { value: "N", default: "20", help: "entities of each kind to ask for" },
  work: { value: "DIR", help: "where dump and databases lie; default: node_modules/.cache/biobert/catalogue" },
  again: { help: "forget the steps of a run before" },
  out: common.out,
};
const BAR_MILLISECONDS = 100;

await runMain(async () => {
  const values = readOptions(ABOUT, TABLE);
  if (values === undefined) return;
  const [papers, rows, rounds, entities] = ["papers", "rows", "rounds", "entities"].map((name) => count(values, name));
  const databases = values.databases.split(",");
  const unknown = databases.find((name) => name !== "embedded" && name !== "postgres");
  if (unknown !== undefined) throw new BenchmarkError(`--databases knows embedded and postgres, not ${unknown}`, 2);
  const before = beforeStart();
  const base = values.work ?? path.join(root, "node_modules", ".cache", "biobert", "catalogue");
  const work = path.resolve(base, `${papers}-${rows}`);
  if (values.again) rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const step = (name, make) => kept(path.join(work, `${name}.json`), name, before.commit, make);

  const dump = path.join(work, "dump");
  await step("dump", async () => {
    rmSync(dump, { recursive: true, force: true });
    await run([path.join(root, "bench", "catalogue-dump.mjs"), dump, String(papers), String(rows)]);
    return {};
  });
  buildSides();
  const files = readdirSync(dump).map((name) => path.join(dump, name));
  const seed = path.join(root, "catalogue");
  const results = {};
  for (const name of databases) {
    if (name === "embedded") {
      const database = path.join(work, "embedded");
      const imported = await step("embedded-import", async () => {
        rmSync(database, { recursive: true, force: true });
        return side({ database, seed, files, isEmpty: true, rounds: 0, entities });
      });
      const served = await step("embedded-pages", () =>
        side({ database, seed, files, isEmpty: false, rounds, entities }),
      );
      results[name] = { ...imported, pages: served.pages, servingPeakMemoryBytes: served.peakMemoryBytes };
    } else {
      results[name] = await step("postgres", () =>
        side({ database: "postgres", seed, files, isEmpty: true, rounds, entities }),
      );
    }
  }
  write(values, { papers, rows, rounds, entities }, before, results);
});

/** A step's result, made unless a run before has made it from the same commit. */
async function kept(file, name, commit, make) {
  if (existsSync(file)) {
    const found = JSON.parse(readFileSync(file, "utf8"));
    if (found.commit === commit && !commit.endsWith("+changes")) {
      process.stderr.write(`${name}: kept from before\n`);
      return found.result;
    }
  }
  process.stderr.write(`${name}\n`);
  const started = performance.now();
  const result = await make();
  writeFileSync(file, JSON.stringify({ commit, result }));
  process.stderr.write(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  return result;
}

async function side(settings) {
  return JSON.parse(await run([sideFile("catalogue"), JSON.stringify(settings)]));
}

/** Runs a script to its end and gives its standard output; its standard error is shown as it comes. */
function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    process.once("SIGINT", () => child.kill("SIGTERM"));
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      said += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(said);
      else reject(new BenchmarkError(`${path.basename(args[0])} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function summary(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const round = (value) => Number(value.toFixed(1));
  return {
    requests: sorted.length,
    median: round(quantile(sorted, 0.5)),
    p95: round(quantile(sorted, 0.95)),
    max: round(sorted.at(-1)),
  };
}

function write(values, inputs, before, results) {
  const databases = Object.fromEntries(
    Object.entries(results).map(([name, { imported, pages, counts, ...memory }]) => [
      name,
      {
        import: {
          seconds: Math.round(imported.seconds),
          entities: imported.entities,
          skipped: imported.skipped,
          peakMemoryMegabytes: Math.round(memory.peakMemoryBytes / 1e6),
        },
        counts,
        all: summary(Object.values(pages).flat()),
        slowestMedian: Math.max(...Object.values(pages).map((times) => summary(times).median)),
        routes: Object.fromEntries(Object.entries(pages).map(([route, times]) => [route, summary(times)])),
      },
    ]),
  );
  const result = {
    formatVersion: 1,
    kind: "latencies",
    benchmark: "catalogue",
    unit: "ms",
    bar: BAR_MILLISECONDS,
    createdAt: new Date().toISOString(),
    command: commandLine("catalogue", process.argv.slice(2)),
    commit: before.commit,
    machine: machineFacts(before.load),
    inputs,
    databases,
  };
  const out = values.out ?? path.join(root, "bench", "results", "catalogue.json");
  mkdirSync(path.dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(result, undefined, 1)}\n`);
  for (const [name, { import: imported, all, routes }] of Object.entries(databases)) {
    process.stdout.write(
      `${name}: imported in ${imported.seconds} s; ${all.requests} requests, median ${all.median} ms, 95 % within ${all.p95} ms\n`,
    );
    for (const [route, { median, p95, max }] of Object.entries(routes)
      .sort((a, b) => b[1].median - a[1].median)
      .slice(0, 12)) {
      const mark = median > BAR_MILLISECONDS ? "  over the bar" : "";
      process.stdout.write(
        `  ${route.padEnd(36)} median ${String(median).padStart(7)} ms  p95 ${String(p95).padStart(7)}  max ${String(max).padStart(7)}${mark}\n`,
      );
    }
  }
}
