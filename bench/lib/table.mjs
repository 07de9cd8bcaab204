// Results as a Markdown table, and that table put between its marks in a page.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const BEGIN = "<!-- speed: made by `npx biobert bench run table` -->";
const END = "<!-- /speed -->";
const ORDER = [
  "step",
  "epoch",
  "shapes",
  "pretraining-step",
  "inference-shapes",
  "annotate",
  "annotate-js",
  "tokenize",
];

/**
 * The comparisons in a folder of result files, in the order of the benchmarks; without the trials of peers that were not
 * the fastest.
 */
export function readComparisons(folder) {
  const place = (file) => {
    const found = ORDER.findIndex((name) => file === name || new RegExp(`^${name}-.*\\d+x\\d+$`).test(file));
    return found < 0 ? ORDER.length : found;
  };
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  return names
    .map((name) => name.slice(0, -".json".length))
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .flatMap((name) => JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8")))
    .filter(({ trial, kind }) => trial !== true && kind !== "latencies");
}

/** The table, and below it the machines, versions and commits that it is of. */
export function markdownTable(comparisons) {
  const rows = comparisons.map(({ work, precision, threads, ours, peer, unit, ratio, bar }) => [
    `${work}${threads === 1 ? ", one thread" : ""}`,
    precision,
    `${inUnit(ours.value, unit)}${memory(ours)}`,
    peer.name,
    `${inUnit(peer.value, unit)}${memory(peer)}`,
    `**${ratio.toFixed(2)}x**`,
    bar === undefined ? "reported" : `${bar}x`,
    bar === undefined ? "" : ratio >= bar ? "yes" : "no",
  ]);
  const titles = ["work", "precision", "biobert", "peer", "the peer's", "ratio", "at least", "met"];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const table = [titles, ["---", "---", "---:", "---", "---:", "---:", "---:", "---"], ...rows].map(line);
  return [...table, "", ...provenance(comparisons)].join("\n");
}

/** The page with the table in place of what stood between the marks; undefined where it has no marks. */
export function putTable(page, table) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) return undefined;
  return `${page.slice(0, begin + BEGIN.length)}\n${table}\n${page.slice(end)}`;
}

/** A value to three digits. */
export function inUnit(value, unit) {
  const text = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return `${text} ${unit}`;
}

function memory({ peakMemoryMegabytes }) {
  return peakMemoryMegabytes === undefined ? "" : `, ${peakMemoryMegabytes.toFixed(0)} MB`;
}

function provenance(comparisons) {
  const machines = comparisons.map(({ machine: { cpu, cores, memoryGigabytes, features, os } }) => {
    const extras = features.length === 0 ? "" : ` (${features.join(", ")})`;
    return `${cores} cores of ${cpu}${extras}, ${memoryGigabytes} GB, ${os}`;
  });
  const versions = comparisons
    .flatMap(({ ours, peer }) => [ours, peer])
    .flatMap((side) => Object.entries(side.versions).map(([name, version]) => `${name} ${version.replace(/^v/, "")}`));
  const commits = comparisons.map(({ commit }) => (commit === "unknown" ? commit : commit.slice(0, 10)));
  const dates = comparisons.map(({ createdAt }) => createdAt.slice(0, 10)).sort();
  const once = (values) => [...new Set(values)];
  const when = once([dates[0], dates.at(-1)]).join(" to ");
  return [
    `Medians of rounds taken in turn; memory is the peak of each process. Machine: ${once(machines).join("; ")}.`,
    `Versions: ${once(versions).sort().join(", ")}. Measured ${when}, commit ${once(commits).join(", ")}.`,
  ];
}
