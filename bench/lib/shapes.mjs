// The shapes of the engine's benchmarks: two models, by their configuration alone (weights are random), and batches.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { BenchmarkError } from "./options.mjs";

const BERT = {
  model_type: "bert",
  hidden_act: "gelu",
  max_position_embeddings: 512,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  initializer_range: 0.02,
  pad_token_id: 0,
};

export const MODELS = {
  minilm: {
    name: "MiniLM shape",
    config: {
      ...BERT,
      vocab_size: 30_522,
      hidden_size: 384,
      num_hidden_layers: 6,
      num_attention_heads: 12,
      intermediate_size: 1536,
    },
  },
  "bert-base": {
    name: "BERT-base",
    config: {
      ...BERT,
      vocab_size: 28_996,
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
    },
  },
  // For a quick look at whether the benchmarks run.
  tiny: {
    name: "tiny",
    config: {
      ...BERT,
      vocab_size: 30_522,
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 128,
    },
  },
};

/** The shapes that count. */
export const SHAPES = [
  "minilm-16x64",
  "minilm-32x128",
  "minilm-8x512",
  "bert-base-8x128",
  "bert-base-16x128",
  "bert-base-4x512",
];

/** The ids of pieces that batches are made of: every vocabulary here has them. */
export const PIECES = 20_000;

/** A shape such as `bert-base-8x128`. @throws BenchmarkError for what is none */
export function parseShape(id) {
  const [, model, rows, columns] = /^(.+)-(\d+)x(\d+)$/.exec(id) ?? [];
  if (MODELS[model] === undefined) {
    const models = Object.keys(MODELS).join(", ");
    throw new BenchmarkError(`${id} is no shape: MODEL-ROWSxCOLUMNS, such as bert-base-8x128; models: ${models}`, 2);
  }
  return { id, model, rows: Number(rows), columns: Number(columns), name: `${MODELS[model].name} ${rows}x${columns}` };
}

/** Writes the configuration of a shape's model and gives the file. */
export function writeConfig(folder, { model }) {
  const file = path.join(folder, "config.json");
  writeFileSync(file, JSON.stringify(MODELS[model].config));
  return file;
}
