// The tables of docs/features.md: one a kind of figure, made of the result files; what has none reads "not measured yet".
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { SHAPES } from "./shapes.mjs";
import { inUnit } from "./table.mjs";

const NOT_YET = "not measured yet";
const PRESHAPES = ["minilm-32x128", "bert-base-8x128"];
const MODEL_NAMES = { minilm: "MiniLM", "bert-base": "BERT-base" };
const SHAPE_NAMES = (shape) => shape.replace(/^(.+)-(\d+x\d+)$/, (_, model, size) => `${MODEL_NAMES[model]} ${size}`);

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const times = (ratio) => `**${ratio.toFixed(2)}x**`;
const yesNo = (value) => (value ? "yes" : "no");
const megabytes = ({ peakMemoryMegabytes: value }) => (value === undefined ? "" : `${value.toFixed(0)} MB`);

/** The sections that a page may have between `<!-- features: NAME -->` and `<!-- /features -->`. */
const SECTIONS = {
  training: (read) => steps("shapes", SHAPES, read),
  pretraining: (read) => steps("pretraining-step", PRESHAPES, read),
  limits: (read) => limits("shapes", SHAPES, read),
  profile: (read) => profiles("shapes", SHAPES, read),
  inference,
};

/** The page with every section in it made anew from the result files of a folder; undefined where it has no section. */
export function putFeatures(page, folder) {
  const read = (name) => {
    const file = path.join(folder, `${name}.json`);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  };
  const pattern = /(<!-- features: ([\w-]+) -->\n)[\s\S]*?(<!-- \/features -->)/g;
  if (!pattern.test(page)) return undefined;
  return page.replace(pattern, (whole, begin, name, end) => {
    const section = SECTIONS[name];
    return section === undefined ? whole : `${begin}${section(read)}\n${end}`;
  });
}

function markdown(titles, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [titles, titles.map(() => "---"), ...rows].map(line).join("\n");
}

/** A row a shape: what `cells` makes of its result, or "not measured yet" in each place. */
function rowsOf(benchmark, shapes, read, width, cells) {
  return shapes.flatMap((shape) => {
    const result = read(`${benchmark}-${shape}`);
    if (result === undefined) return [[SHAPE_NAMES(shape), ...Array.from({ length: width }, () => NOT_YET)]];
    return cells(result).map((row) => [SHAPE_NAMES(shape), ...row]);
  });
}

/** What measured the results, a line below the table; nothing where there are none. */
function provenance(benchmark, shapes, read) {
  const results = shapes.map((shape) => read(`${benchmark}-${shape}`)).filter(Boolean);
  if (results.length === 0) return "";
  const once = (values) => [...new Set(values)].join(", ");
  const machine = ({ machine: { cpu, cores, features, memoryGigabytes } }) =>
    `${cores} cores of ${cpu} (${features.join(", ")}), ${memoryGigabytes} GB`;
  const all = results.flat();
  const versions = all.flatMap(({ ours, peer }) => [ours, peer].flatMap((side) => Object.entries(side.versions)));
  const words = versions.map(([name, version]) => `${name} ${version.replace(/^v/, "")}`).sort();
  const rounds = once(all.filter(({ trial }) => trial !== true).map(({ ours }) => String(ours.rounds.length)));
  const missing = once(
    all.flatMap(({ facts }) => facts?.notMeasured ?? []).map(({ what, reason }) => `${what}: ${reason}`),
  );
  return [
    `\n\nMedians of ${rounds} rounds in turn on ${once(all.map(machine))}; ${once(words)};`,
    ` ${once(all.map(({ createdAt }) => createdAt.slice(0, 10)))}, commit ${once(all.map(({ commit }) => commit.slice(0, 10)))}.`,
    missing === "" ? "" : ` Not measured: ${missing}.`,
  ].join("");
}

function bfloat16Of(result) {
  const found = result.find(({ peer }) => peer.name.includes("bf16"));
  if (found !== undefined) return `${inUnit(found.peer.value, "s")}, ${found.ratio.toFixed(2)}x`;
  return result[0].facts.notMeasured.some(({ what }) => what.includes("bf16")) ? "no bf16 here" : "";
}

function steps(benchmark, shapes, read) {
  const titles = [
    "shape",
    "biobert",
    "PyTorch, the faster",
    "ratio",
    "at least",
    "met",
    "memory",
    "PyTorch's",
    "no more",
    "PyTorch bf16",
  ];
  const rows = rowsOf(benchmark, shapes, read, titles.length - 1, (result) => {
    const [{ ours, peer, ratio, bar }] = result;
    const smaller = ours.peakMemoryMegabytes <= peer.peakMemoryMegabytes;
    const kind = peer.name.replace("PyTorch", "").replace(/^[ ,]+/, "");
    const speed = [
      inUnit(ours.value, "s"),
      `${inUnit(peer.value, "s")} (${kind})`,
      times(ratio),
      `${bar}x`,
      yesNo(ratio >= bar),
    ];
    return [[...speed, megabytes(ours), megabytes(peer), yesNo(smaller), bfloat16Of(result)]];
  });
  return markdown(titles, rows) + provenance(benchmark, shapes, read);
}

function limits(benchmark, shapes, read) {
  const titles = [
    "shape",
    "best matrix rate",
    "our step",
    "PyTorch's step",
    "our forward pass",
    "forward + backward / forward",
    "at most",
    "met",
    "the optimiser's share",
  ];
  const rows = rowsOf(benchmark, shapes, read, titles.length - 1, ([{ facts }]) => {
    const { limit, forwardAndBackward: backward, optimizer } = facts;
    const rate = `${(limit.operationsPerSecond / 1e9).toFixed(0)} GFLOP/s`;
    const allowed =
      optimizer.bar === undefined
        ? ""
        : `, at most ${percent(optimizer.bar)}: ${yesNo(optimizer.share <= optimizer.bar)}`;
    return [
      [rate, percent(limit.ours), percent(limit.peer), percent(limit.forward)].concat(
        [`${backward.ratio.toFixed(2)}x`, `${backward.bar}x`, yesNo(backward.ratio <= backward.bar)],
        [`${percent(optimizer.share)}${allowed}`],
      ),
    ];
  });
  return markdown(titles, rows);
}

function profiles(benchmark, shapes, read) {
  const titles = ["shape", "costliest", "second", "third", "all others"];
  const rows = rowsOf(benchmark, shapes, read, titles.length - 1, ([{ facts }]) => {
    const first = facts.profile.operators.slice(0, 3);
    const rest = 1 - first.reduce((sum, { share }) => sum + share, 0);
    return [[...first.map(({ operator, share }) => `${operator} ${percent(share)}`), percent(rest)]];
  });
  return markdown(titles, rows);
}

function inference(read) {
  const titles = [
    "shape",
    "precision",
    "biobert",
    "peer",
    "the peer's",
    "ratio",
    "at least",
    "met",
    "memory",
    "the peer's",
  ];
  const rows = rowsOf("inference-shapes", SHAPES, read, titles.length - 1, (result) =>
    result.map(({ precision, ours, peer, ratio, bar }) => [
      precision,
      inUnit(ours.value, "s"),
      peer.name,
      inUnit(peer.value, "s"),
      times(ratio),
      bar === undefined ? "reported" : `${bar}x`,
      bar === undefined ? "" : yesNo(ratio >= bar),
      megabytes(ours),
      megabytes(peer),
    ]),
  );
  return markdown(titles, rows) + provenance("inference-shapes", SHAPES, read);
}
