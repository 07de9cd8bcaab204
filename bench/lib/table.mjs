// Results as a Markdown table, and that table put between its marks in a page.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const BEGIN = "<!-- speed: made by `npx biobert bench run table` -->";
const BEGIN_SHORT = "<!-- speed, in short: made by `npx biobert bench run table` -->";
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
  return (
    names
      .map((name) => name.slice(0, -".json".length))
      .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
      .flatMap((name) => {
        const family = ORDER[place(name)];
        const found = [JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8"))].flat();
        return found.map((comparison) => ({ ...comparison, family, ofShapes: family !== name }));
      })
      // Latencies of a service have no peer: `biobert bench` shows them.
      .filter(({ trial, kind }) => trial !== true && kind !== "latencies")
  );
}

/** The table, and below it the machines, versions and commits that it is of. */
export function markdownTable(comparisons) {
  return [tableOf(comparisons), "", ...provenance(comparisons)].join("\n");
}

/** The same with what was measured at several shapes in one row each benchmark, peer and precision: its range. */
export function shortTable(comparisons) {
  const single = comparisons.filter(({ ofShapes }) => !ofShapes);
  const ranges = [...groupsOf(comparisons)].map(([key, found]) => {
    const ratios = found.map(({ ratio }) => ratio).sort((a, b) => a - b);
    const met = found.filter(({ ratio, bar }) => bar !== undefined && ratio >= bar).length;
    const { bar } = found[0];
    const [work, precision, peer] = key;
    return `| ${work}, ${found.length} shape${found.length === 1 ? "" : "s"} | ${precision} | ${peer} | **${ratios[0].toFixed(2)}x to ${ratios.at(-1).toFixed(2)}x** | ${bar === undefined ? "reported |" : `${bar}x | ${met} of ${found.length}`} |`;
  });
  const head = [
    "| at several shapes | precision | peer | ratio | at least | met |",
    "| --- | --- | --- | ---: | ---: | ---: |",
  ];
  return [tableOf(single), "", ...head, ...ranges, "", ...provenance(comparisons)].join("\n");
}

function tableOf(comparisons) {
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
  return [titles, ["---", "---", "---:", "---", "---:", "---:", "---:", "---"], ...rows].map(line).join("\n");
}

const FAMILIES = {
  shapes: "training step",
  "pretraining-step": "pre-training step",
  "inference-shapes": "forward pass",
};

/** Comparisons at several shapes by [benchmark, precision, peer]. */
function groupsOf(comparisons) {
  const groups = new Map();
  for (const comparison of comparisons.filter(({ ofShapes }) => ofShapes)) {
    const peer = comparison.peer.name.replace(/^PyTorch(,? (eager|torch\.compile))?$/, "PyTorch");
    const key = [FAMILIES[comparison.family], comparison.precision, peer];
    const name = key.join("|");
    const group = groups.get(name) ?? [key, []];
    group[1].push(comparison);
    groups.set(name, group);
  }
  return groups.values();
}

/** The page with the table, or the short one, in place of what stood between its marks; undefined where it has no marks. */
export function putTable(page, comparisons) {
  const mark = [BEGIN, BEGIN_SHORT].find((one) => page.includes(one));
  const begin = mark === undefined ? -1 : page.indexOf(mark);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) return undefined;
  const table = mark === BEGIN ? markdownTable(comparisons) : shortTable(comparisons);
  return `${page.slice(0, begin + mark.length)}\n${table}\n${page.slice(end)}`;
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
