// The small BERT on which graph passes are tried.

import { parseBertConfig } from "../../src/bert/index.ts";

export const LAYERS = 2;

export const smallConfig = parseBertConfig({
  vocab_size: 61,
  hidden_size: 16,
  num_hidden_layers: LAYERS,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 32,
});
