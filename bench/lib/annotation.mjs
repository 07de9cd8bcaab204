// What `annotate` and `annotate-js` share: texts, one model directory for all, our sides, and the search for a peer's best
// batch size.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sideFile } from "./build.mjs";
import { existingFile, readTextFile } from "./files.mjs";
import { measure } from "./measure.mjs";
import { BenchmarkError, common, count, readOptions } from "./options.mjs";
import { compare, summarise } from "./result.mjs";
import { ourSide, runOnce } from "./side.mjs";

const annotationOptions = {
  model: { value: "DIR", required: true, help: "a fine-tuned model directory with model.safetensors" },
  texts: { value: "FILE", required: true, help: 'JSON lines {"id", "text"}: see `bench run abstracts`' },
  documents: { value: "N", default: "2000", help: "how many of them, from the first" },
  sample: { value: "N", default: "200", help: "documents on which a peer's batch sizes are tried" },
};

/**
 * Parses the command line of an annotation benchmark, whose own options are `extra`, with its numbers as numbers; undefined
 * after `--help`.
 */
export function readAnnotationOptions(about, extra) {
  const values = readOptions(about, { ...extra, ...annotationOptions, ...common });
  if (values === undefined) return undefined;
  const numbers = ["rounds", "threads", "documents", "sample"].map((name) => [name, count(values, name)]);
  return { ...values, ...Object.fromEntries(numbers) };
}

/** Runs the sides in turn, warm, and gives their summaries in order. */
export async function measureSides(sides, { rounds, documents }) {
  const results = await measure(sides, { rounds, parts: [{}], warmUp: { limit: Math.min(100, documents) } });
  return summaries(sides, results);
}

/** Batch sizes tried on a sample, each with texts as they come and sorted by length. */
export const BATCH_SIZES = [1, 8, 16, 32];

/** Writes the documents and the model directory that all sides read, and gives {texts, model, documents}. */
export async function prepareAnnotation(folder, { model, texts, documents }) {
  if (!existsSync(path.join(model, "model.safetensors"))) {
    throw new BenchmarkError(`${model} has no model.safetensors: the fp32 weights of the fine-tuned model are needed`);
  }
  const lines = readTextFile(existingFile(texts)).split("\n").filter(Boolean).slice(0, documents);
  if (lines.length < documents) throw new BenchmarkError(`${texts} has ${lines.length} documents, not ${documents}`);
  const prepared = { texts: path.join(folder, "texts.jsonl"), model: path.join(folder, "model"), documents };
  writeFileSync(prepared.texts, `${lines.join("\n")}\n`);
  mkdirSync(prepared.model);
  await runOnce(process.execPath, [sideFile("model-directory"), path.resolve(model), prepared.model]);
  return prepared;
}

/** Our side, ready. The windows are sentences, as by default, or whole documents, as a pipeline's. */
export async function ourAnnotation(prepared, threads, precision, windows = "sentence") {
  const side = ourSide(`biobert ${precision}${windows === "sentence" ? "" : ", whole documents"}`, "annotation");
  const { model, texts } = prepared;
  return { side, precision, ...(await side.ask("setup", { model, texts, threads, precision, windows })) };
}

/** Lets a peer try its batch sizes on a sample; its rounds are then asked with the best. */
export async function tuned(peer, sample) {
  const { trials } = await peer.side.ask("tune", { sample, batchSizes: BATCH_SIZES });
  const best = trials.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  process.stderr.write(`${peer.side.name}: best with batches of ${best.batchSize}${best.sorted ? ", sorted" : ""}\n`);
  const { batchSize, sorted } = best;
  return { ...peer, ask: { batchSize, sorted }, trials };
}

/** Ends the sides and gives their summaries, in order. */
async function summaries(sides, results) {
  const list = [];
  for (const [i, { side, precision, versions, loadSeconds, ask, trials }] of sides.entries()) {
    const { peakMemoryBytes } = await side.finish();
    const { seconds: _, cpuSeconds: _cpu, ...counts } = results[i].replies[0];
    const details = { loadSeconds, ...counts, ...ask, ...(trials === undefined ? {} : { trials }) };
    list.push(summarise({ name: side.name, precision, ...results[i], peakMemoryBytes, versions, details }));
  }
  return list;
}

/** A line of the table. */
export function annotationLine({ documents, threads }, ours, peer, bar) {
  const whole = ours.name.includes("whole documents") ? ", whole documents as windows" : "";
  const work = `annotating ${documents.toLocaleString("en")} abstracts from raw text${whole}`;
  return compare({ work, unit: "s", threads, ours, peer, bar });
}
