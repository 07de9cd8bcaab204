// Measures the peak memory of training at each shape of the table in docs/training-memory.md, every case in a fresh process,
// and writes the figures that the estimator is tested against. Memory does not depend on how busy a machine is.
//
//     node bench/memory.mjs --out test/golden/training-memory.json [--python PYTHON] [--only TEXT] [--missing]
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildSides, root, sideFile } from "./lib/build.mjs";
import { MODELS } from "./lib/shapes.mjs";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    python: { type: "string" },
    only: { type: "string", default: "" },
    missing: { type: "boolean" },
  },
});
const SHAPES = [
  ["minilm", 16, 64],
  ["minilm", 32, 128],
  ["bert-base", 8, 128],
  ["minilm", 8, 512],
  ["bert-base", 4, 512],
  ["bert-base", 16, 128],
];
const LAYERS = { minilm: 6, "bert-base": 12 };
const cases = [];
for (const [attention, share, arenas] of [
  [false, 0, [true, false]],
  [false, 1, [false, true]],
  [true, 0, [false, true]],
  [true, 0.5, [false]],
]) {
  for (const memoryArena of arenas) {
    for (const [model, rows, columns] of SHAPES) {
      const recompute = { attention, layers: share * LAYERS[model] };
      cases.push({ model, rows, columns, parts: 1, recompute, memoryArena, threads: 2, steps: 2 });
    }
  }
}
cases.push({ ...cases.find(({ columns, memoryArena }) => columns === 512 && !memoryArena), parts: 4 });
cases.push({ ...cases.find(({ columns, memoryArena }) => columns === 512 && memoryArena), parts: 4 });

function runJson(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

buildSides();
const out = values.out === undefined ? undefined : path.resolve(values.out);
const commit = spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).stdout.trim();
const before =
  out !== undefined && existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : { figures: [], pytorch: [] };
const identity = (figure) => JSON.stringify({ ...figure, peakMegabytes: undefined });
const same = (a) => (b) => identity(a) === identity(b);
const record = {
  formatVersion: 1,
  commit,
  createdAt: new Date().toISOString(),
  figures: before.figures,
  pytorch: before.pytorch,
};
record.machine = {
  cpu: cpus()[0].model,
  cores: cpus().length,
  memoryGigabytes: Math.round(totalmem() / 1e9),
  os: `Linux ${release()}`,
};
function keep(list, figure) {
  const at = list.findIndex(same(figure));
  if (at < 0) list.push(figure);
  else list[at] = figure;
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(record, undefined, 1)}\n`);
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}

for (const item of cases) {
  if (values.python !== undefined || !JSON.stringify(item).includes(values.only)) continue;
  if (values.missing && before.figures.some(same(item))) continue;
  const given = JSON.stringify({ ...item, config: MODELS[item.model].config });
  const { peakBytes, versions } = runJson(process.execPath, [sideFile("memory"), given]);
  record.versions = versions;
  keep(record.figures, { ...item, peakMegabytes: Math.round(peakBytes / 1e6) });
}
if (values.python !== undefined) {
  for (const [model, rows, columns] of SHAPES) {
    const args = ["reference/training_memory.py", model, String(rows), String(columns)];
    const { peakBytes, versions } = runJson(values.python, args);
    record.peerVersions = versions;
    keep(record.pytorch, { model, rows, columns, peakMegabytes: Math.round(peakBytes / 1e6) });
  }
}
