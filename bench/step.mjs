// Benchmark `step`: forward, backward and AdamW on batches of one shape, dropout 0.1, fp32, against PyTorch + transformers.
import path from "node:path";
import { buildSides } from "./lib/build.mjs";
import { runMain } from "./lib/main.mjs";
import { measure } from "./lib/measure.mjs";
import { common, count, pythonOption, readOptions } from "./lib/options.mjs";
import { compare, beforeStart, summarise, writeResults } from "./lib/result.mjs";
import { inTemporaryFolder, ourTraining, pytorchTraining, requireSameWork, writeInputs } from "./lib/training.mjs";

const ABOUT =
  "A training step (forward, backward, AdamW; no clipping) on random batches, beside PyTorch + transformers.";
const TABLE = {
  model: { value: "DIR", required: true, help: "the start: config.json, model.safetensors, vocab.txt" },
  rows: { value: "N", default: "32", help: "examples of a batch" },
  columns: { value: "N", default: "128", help: "pieces of an example" },
  steps: { value: "N", default: "5", help: "steps of a round" },
  dropout: { value: "SHARE", default: "0.1", help: "of hidden states and attention" },
  ...common,
  ...pythonOption,
  rounds: { ...common.rounds, default: "7" },
};
const BAR = 1.4;

await runMain(async () => {
  const values = readOptions(ABOUT, TABLE);
  if (values === undefined) return;
  const [rows, columns, steps] = ["rows", "columns", "steps"].map((name) => count(values, name));
  const [rounds, threads] = ["rounds", "threads"].map((name) => count(values, name));
  const before = beforeStart();
  buildSides();
  await inTemporaryFolder(async (folder) => {
    const inputs = path.join(folder, "inputs.json");
    // Ids of common pieces, which every BERT vocabulary has.
    await writeInputs("random", inputs, rows, columns, steps, 20_000);
    const recipe = {
      model: path.resolve(values.model),
      inputs,
      threads,
      dropout: Number(values.dropout),
      maxGradientNorm: 0,
    };
    const sides = [await ourTraining(recipe), await pytorchTraining("PyTorch", recipe, values.python)];
    const batches = Array.from({ length: steps }, (_, i) => i);
    const results = await measure(sides, { rounds, parts: [{ batches }], warmUp: { batches: batches.slice(0, 2) } });
    requireSameWork(results[0], results[1], "tokens");
    const [ours, peer] = await Promise.all(
      sides.map(async ({ side, precision, versions, loadSeconds }, i) => {
        const { peakMemoryBytes } = await side.finish();
        const details = { loadSeconds, meanLoss: results[i].replies[0].meanLoss };
        return summarise({ name: side.name, precision, ...results[i], peakMemoryBytes, versions, details }, 1 / steps);
      }),
    );
    const work = `training step, ${rows}x${columns}, dropout ${values.dropout}`;
    writeResults("step", [compare({ work, unit: "s/step", threads, ours, peer, bar: BAR })], {
      out: values.out,
      before,
      inputs: { rows, columns, steps, dropout: Number(values.dropout) },
    });
  });
});
