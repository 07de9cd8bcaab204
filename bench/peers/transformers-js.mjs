// transformers.js' side of `annotate-js`; asked by bench/annotate-js.mjs as bench/sides/serve.ts is.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

let find;
let texts;

async function setup({ peers, folder, texts: file, threads, dtype }) {
  const require = createRequire(path.join(peers, "package.json"));
  const { env, pipeline } = require("@huggingface/transformers");
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: folder });
  texts = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).text);
  const started = performance.now();
  find = await pipeline("token-classification", "model", {
    dtype,
    device: "cpu",
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  });
  const loadSeconds = (performance.now() - started) / 1000;
  const runtime = createRequire(require.resolve("@huggingface/transformers"))("onnxruntime-node");
  const versions = { node: process.version, "transformers.js": env.version, onnxruntime: runtime.env.versions.node };
  return { versions, loadSeconds };
}

/** Entities of each text, in the order of the texts. */
async function annotate(some, batchSize, sorted) {
  const order = some.map((_, i) => i);
  if (sorted) order.sort((a, b) => some[b].length - some[a].length);
  const found = [];
  for (let from = 0; from < order.length; from += batchSize) {
    const batch = order.slice(from, from + batchSize);
    const results = await find(
      batch.map((i) => some[i]),
      { aggregation_strategy: "simple" },
    );
    for (const [k, i] of batch.entries()) found[i] = results[k];
  }
  return found;
}

async function timed(some, batchSize, sorted) {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const found = await annotate(some, batchSize, sorted);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  return {
    seconds,
    cpuSeconds,
    documents: found.length,
    entities: found.reduce((sum, entities) => sum + entities.length, 0),
  };
}

async function tune({ sample, batchSizes }) {
  const some = evenlySpaced(texts, sample);
  await timed(some.slice(0, 8), 8, false);
  const trials = [];
  for (const batchSize of batchSizes) {
    for (const sorted of batchSize === 1 ? [false] : [false, true]) {
      const { seconds } = await timed(some, batchSize, sorted);
      trials.push({ batchSize, sorted, seconds });
    }
  }
  return { trials };
}

function evenlySpaced(items, wanted) {
  const count = Math.min(items.length, wanted);
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);
}

async function round({ limit = texts.length, batchSize, sorted }) {
  return timed(texts.slice(0, limit), batchSize, sorted);
}

function finish() {
  const found = /^VmHWM:\s+(\d+) kB/m.exec(
    process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : "",
  );
  return { peakMemoryBytes: (found === null ? process.resourceUsage().maxRSS : Number(found[1])) * 1024 };
}

const handlers = { setup, tune, round, finish };
process.on("SIGINT", () => {}); // The benchmark that started this process ends it.
for await (const line of createInterface({ input: process.stdin })) {
  const { run, ...settings } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ reply: await handlers[run](settings) })}\n`);
  if (run === "finish") break;
}
