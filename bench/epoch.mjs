// Benchmark `epoch`: one epoch of NER fine-tuning on the same list of batches, against PyTorch on these batches in fp32 and
// bf16, and on rows padded (and cut) to a fixed width, as biobert-pytorch has them.
import { readFileSync } from "node:fs";
import path from "node:path";
import { buildSides } from "./lib/build.mjs";
import { existingFile } from "./lib/files.mjs";
import { shareOf } from "./lib/share.mjs";
import { runMain } from "./lib/main.mjs";
import { measure } from "./lib/measure.mjs";
import { BenchmarkError, common, count, pythonOption, readOptions, share } from "./lib/options.mjs";
import { compare, beforeStart, summarise, writeResults } from "./lib/result.mjs";
import { inTemporaryFolder, ourTraining, pytorchTraining, requireSameWork, writeInputs } from "./lib/training.mjs";

const PEERS = {
  fp32: { name: "PyTorch, same batches", bar: 1.4 },
  "padded-128": { name: "PyTorch, padded to 128", bar: 4.5, variant: { width: 128 } },
  "padded-192": { name: "PyTorch, padded to 192", bar: 6.5, variant: { width: 192 } },
  bf16: { name: "PyTorch, same batches, bf16 autocast", variant: { autocast: true } },
};
const ABOUT =
  "One epoch of fine-tuning (forward, backward, clipping, AdamW) on NCBI-disease train + devel, by the same list of batches\nbeside PyTorch + transformers. The time of a share of the batches is scaled to the epoch.";
const TABLE = {
  model: { value: "DIR", required: true, help: "the start: config.json, model.safetensors, vocab.txt" },
  data: {
    value: "DIR",
    default: process.env.BIOBERT_DATA,
    help: "folder with NCBI-disease/biobert/*.tsv ($BIOBERT_DATA)",
  },
  train: { value: "FILE", multiple: true, help: "tagged files instead of NCBI-disease" },
  "batch-size": { value: "N", default: "32", help: "examples of a batch" },
  share: { value: "SHARE", default: "1", help: "of the batches to run, spread evenly over their sizes" },
  parts: { value: "N", default: "4", help: "parts of a round that the sides take in turn" },
  peers: { value: "LIST", default: Object.keys(PEERS).join(","), help: "which to measure" },
  dropout: { value: "SHARE", default: "0.1", help: "of hidden states and attention" },
  ...common,
  ...pythonOption,
};

await runMain(async () => {
  const values = readOptions(ABOUT, TABLE);
  if (values === undefined) return;
  const [rounds, threads, batchSize, partCount] = ["rounds", "threads", "batch-size", "parts"].map((n) =>
    count(values, n),
  );
  const runShare = share(values, "share");
  const wanted = values.peers.split(",");
  const unknown = wanted.find((name) => !(name in PEERS));
  if (unknown !== undefined) throw new BenchmarkError(`--peers has no ${unknown}; there are ${Object.keys(PEERS)}`, 2);
  const before = beforeStart();
  buildSides();
  await inTemporaryFolder(async (folder) => {
    const inputs = path.join(folder, "inputs.json");
    const model = path.resolve(values.model);
    await writeInputs("corpus", inputs, model, batchSize, ...corpusFiles(values));
    const { batches } = JSON.parse(readFileSync(inputs, "utf8"));
    const sizes = batches.map((rows) => rows.length * Math.max(...rows.map(({ ids }) => ids.length)));
    const chosen = shareOf(sizes, runShare);

    const recipe = { model, inputs, threads, dropout: Number(values.dropout), maxGradientNorm: 1 };
    const sides = [await ourTraining(recipe)];
    for (const name of wanted) {
      const { name: title, bar, variant } = PEERS[name];
      const side = await pytorchTraining(title, recipe, values.python, variant);
      if (side === undefined) process.stderr.write(`this CPU has no bf16: ${title} is left out\n`);
      else sides.push({ ...side, bar, variant });
    }
    const largest = sizes.indexOf(Math.max(...sizes));
    const results = await measure(sides, {
      rounds,
      parts: cut(chosen, partCount).map((part) => ({ batches: part })),
      warmUp: { batches: [largest, chosen[0]] },
    });
    const summaries = [];
    for (const [i, { side, precision, versions, loadSeconds, variant }] of sides.entries()) {
      if (variant?.width === undefined) requireSameWork(results[0], results[i], "tokens");
      const { peakMemoryBytes } = await side.finish();
      const total = (what) => results[i].replies.reduce((sum, reply) => sum + reply[what], 0);
      const details = { loadSeconds, tokens: total("tokens"), paddedTokens: total("paddedTokens"), ...variant };
      const scale = batches.length / chosen.length;
      summaries.push(
        summarise({ name: side.name, precision, ...results[i], peakMemoryBytes, versions, details }, scale),
      );
    }
    const corpus = values.train === undefined ? "NCBI-disease" : path.basename(values.train[0]);
    const comparisons = summaries.slice(1).map((peer, i) =>
      compare({
        work: `one epoch of ${corpus}, batches of ${batchSize}`,
        unit: "s/epoch",
        threads,
        ours: summaries[0],
        peer,
        bar: sides[i + 1].bar,
      }),
    );
    writeResults("epoch", comparisons, {
      out: values.out,
      before,
      inputs: {
        batches: batches.length,
        batchesRun: chosen.length,
        share: chosen.length / batches.length,
        parts: partCount,
      },
    });
  });
});

function corpusFiles({ train, data }) {
  if (train !== undefined) return train;
  if (data === undefined) throw new BenchmarkError("--data or BIOBERT_DATA must name the data folder", 2);
  return ["train.tsv", "devel.tsv"].map((name) => existingFile(path.join(data, "NCBI-disease", "biobert", name)));
}

function cut(items, parts) {
  const size = Math.ceil(items.length / parts);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
