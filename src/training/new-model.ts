// A BERT that knows nothing yet: a vocabulary learnt from texts, weights drawn from a seed (Devlin et al. 2019: normal, deviation
// 0.02). What pre-training from scratch starts from, and what small examples train within seconds.

import { exportParameters, HEAD_PREFIX, headOf, modelForInference, parseBertConfig } from "../bert/index.ts";
import { refuseTaken, writeDirectoryAtomic } from "../data/index.ts";
import { encodeSafetensors } from "../formats/index.ts";
import { initialTensor } from "../nn/index.ts";
import { tokenizerFiles, trainWordPiece, type TokenizerOptions } from "../tokenizer/index.ts";

export interface NewModelOptions {
  /** Fields of `config.json` that differ from BERT-base's, such as `{ hidden_size: 128, num_hidden_layers: 2 }`. */
  config?: Readonly<Record<string, number>>;
  /** The most pieces of the vocabulary, special tokens counted; default 30,000. Few texts give fewer. */
  vocabularySize?: number;
  /** Default false: a cased model, as BioBERT is. */
  lowerCase?: boolean;
  /** Default 1. */
  seed?: number;
}

const BERT_BASE = { hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072 };

/**
 * Writes a Hugging Face directory with an encoder, its pooler and its tokenizer, without a head: `fineTune` starts from it. The same texts
 * and options give the same bytes.
 * @throws BiobertError `file-exists` for a directory that holds something, `usage` for a vocabulary too small for the texts' characters,
 *   `model-config` for a configuration that no BERT has.
 */
export async function createModel(
  directory: string,
  texts: Iterable<string>,
  options: NewModelOptions = {},
): Promise<void> {
  const { vocabularySize = 30_000, lowerCase = false, seed = 1 } = options;
  await refuseTaken(directory);
  const vocabulary = trainWordPiece(texts, { vocabularySize, lowerCase });
  const json = { model_type: "bert", ...BERT_BASE, ...options.config, vocab_size: vocabulary.size };
  const config = parseBertConfig(json);
  // Any head over the pooler declares all weights that are not the head's own.
  const head = headOf({
    architecture: "BertForSequenceClassification",
    labels: ["0", "1"],
    problem: "single-label",
  });
  const { parameters } = modelForInference(config, head);
  const weights = new Map(
    parameters
      .filter(({ name }) => !name.startsWith(HEAD_PREFIX))
      .map((spec) => [spec.name, initialTensor(spec, seed, config.initializerRange)]),
  );
  const tokenizerOptions: TokenizerOptions = { lowerCase };
  await writeDirectoryAtomic(directory, {
    "config.json": `${JSON.stringify({ architectures: ["BertModel"], ...json }, undefined, 2)}\n`,
    ...tokenizerFiles(vocabulary.toText(), tokenizerOptions, config.maxPositions),
    "model.safetensors": encodeSafetensors(exportParameters(weights), { format: "pt" }),
  });
}
