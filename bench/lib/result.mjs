// A result file: a list of comparisons, one a line of the table, each with all it takes to judge and repeat it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { root } from "./build.mjs";
import { median } from "./measure.mjs";

/**
 * What a side came to.
 * @param side {name, precision, rounds: seconds each, cpuRounds?, peakMemoryBytes?, versions, details?}
 * @param scale turns the seconds of a round into the unit of the result
 */
export function summarise({ name, precision, rounds, cpuRounds, peakMemoryBytes, versions, details }, scale = 1) {
  const values = rounds.map((seconds) => seconds * scale);
  return {
    name,
    value: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    rounds: values,
    ...(cpuRounds === undefined ? {} : { processorTime: median(cpuRounds) * scale }),
    precision,
    ...(peakMemoryBytes === undefined ? {} : { peakMemoryMegabytes: peakMemoryBytes / 1e6 }),
    versions,
    ...(details === undefined ? {} : { details }),
  };
}

/** One line of the table: times of the same work, ours and the peer's; `bar` is the least ratio that is promised. */
export function compare({ work, unit, threads, ours, peer, bar }) {
  return {
    formatVersion: 1,
    work,
    unit,
    precision: ours.precision === peer.precision ? ours.precision : `${ours.precision} / ${peer.precision}`,
    threads,
    ours,
    peer,
    ratio: peer.value / ours.value,
    ...(bar === undefined ? {} : { bar }),
  };
}

/** Writes the comparisons of a benchmark, each with where and how they were made; `command` where it is not this process's. */
export function writeResults(benchmark, comparisons, { out, inputs, before, command }) {
  const made = {
    benchmark,
    createdAt: new Date().toISOString(),
    command: command ?? commandLine(benchmark, process.argv.slice(2)),
    commit: before.commit,
    machine: machineFacts(before.load),
    inputs,
  };
  const file = out ?? path.join(root, "bench", "results", `${benchmark}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify(
      comparisons.map((comparison) => ({ ...comparison, ...made })),
      undefined,
      1,
    )}\n`,
  );
  for (const { work, precision, ours, peer, unit, ratio, bar } of comparisons) {
    const values = `${ours.value.toPrecision(4)} against ${peer.value.toPrecision(4)} ${unit}`;
    const wanted = bar === undefined ? "" : `, at least ${bar}x`;
    process.stdout.write(`${work} (${precision}, ${peer.name}): ${values}, ${ratio.toFixed(2)}x${wanted}\n`);
  }
}

/** The command that makes the result again. Folders outside the clone are those of one machine: only their last part stays. */
export function commandLine(benchmark, args) {
  const words = args.map((argument) => {
    const [, option = "", value] = /^(--[\w-]+=)?(.*)$/s.exec(argument);
    if (!path.isAbsolute(value) && !value.startsWith("..")) return argument;
    const inside = path.relative(root, path.resolve(value));
    return option + (inside.startsWith("..") || path.isAbsolute(inside) ? path.basename(value) : inside || ".");
  });
  return ["npx biobert bench run", benchmark, ...words].join(" ");
}

/**
 * What must be known before anything is started: the commit, as the clone may change meanwhile, and the load of the machine.
 * A benchmark wants a quiet one and says so.
 */
export function beforeStart() {
  const [load] = os.loadavg();
  if (load > 0.5) process.stderr.write(`warning: other programs are at work here (load ${load.toFixed(1)})\n`);
  return { load, commit: commit() };
}

/** What the machine is, and how busy it was before. */
export function machineFacts(load) {
  return {
    cpu: os.cpus()[0]?.model.trim() || "unknown",
    cores: os.availableParallelism(),
    memoryGigabytes: Math.round(os.totalmem() / 1e9),
    features: cpuFeatures(),
    os: `${os.type()} ${os.release()}`,
    node: process.version,
    loadBefore: load,
  };
}

/** What of the CPU's features decides the speed of matrix products. */
function cpuFeatures() {
  const known = ["avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8"];
  if (!existsSync("/proc/cpuinfo")) return [];
  const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1].trim().split(" "));
  return known.filter((name) => flags.has(name));
}

/** The commit that was measured; `+changes` where the files that matter differ from it. */
function commit() {
  const git = (...args) =>
    execFileSync("git", args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  try {
    const changed = git(
      "status",
      "--porcelain",
      "--untracked-files=all",
      "--",
      "src",
      "bench",
      "reference",
      ":!bench/results",
    );
    return git("rev-parse", "HEAD") + (changed === "" ? "" : "+changes");
  } catch {
    return "unknown";
  }
}
