// What the examples share: a place to write to, a BERT so small that it learns a dozen sentences within seconds, and the
// recipe that it learns by. A real start is a model directory or a name: `npx biobert pull dmis-lab/biobert-base-cased-v1.1`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createModel, fineTune, taskNamed } from "biobert";

/** The path of a file in examples/data. */
export const data = (name) => join(import.meta.dirname, "data", name);

/** A folder for what the example writes, removed when it ends. */
export const folder = mkdtempSync(join(tmpdir(), "biobert-example-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Writes a BERT of two small layers with random weights, its vocabulary learnt from the example's own files. */
export async function tinyStart(...files) {
  const directory = mkdtempSync(join(folder, "start-"));
  const texts = files.map((name) => readFileSync(data(name), "utf8"));
  await createModel(directory, texts, {
    vocabularySize: 600,
    lowerCase: true,
    // Weights that are larger than BERT's 0.02 let narrow layers learn within few steps.
    config: { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64, max_position_embeddings: 64, initializer_range: 0.1 },
  });
  return directory;
}

/** For a dozen examples and random weights. A pre-trained BERT takes 3 to 10 epochs, batches of 16 or 32, a rate of 2e-5 to 5e-5. */
const recipe = {
  devFiles: [], // none held out: the last epoch's model is kept
  keep: "last",
  epochs: 40,
  batchSize: 8,
  learningRate: 3e-3,
  warmupRatio: 0.1, // the rate rises in the first tenth of all steps, then falls to 0
  weightDecay: 0.01,
  maxGradientNorm: 1,
  dropout: 0,
  maxLength: 48, // pieces
  seed: 1, // the same seed gives the same model, bit by bit
  threads: 1,
  accumulationSteps: 1,
  checkpointEverySteps: 0,
  resume: false,
};

/** Fine-tunes `modelDirectory` for a task on files of examples/data; gives the trained model's directory and its last loss. */
export async function train(task, modelDirectory, files, changes = {}) {
  const directory = join(folder, `${task}-model`);
  let loss;
  const options = { ...recipe, modelDirectory, trainFiles: files.map(data), outputDirectory: directory, ...changes };
  for await (const event of fineTune(taskNamed(task), options)) {
    if (event.type === "step") loss = event.loss;
    if (event.type === "warning") console.log(`warning: ${event.message}`);
  }
  console.log(`trained for ${task}, last loss ${loss.toFixed(3)}`);
  return { directory, loss };
}
