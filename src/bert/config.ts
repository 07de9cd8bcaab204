// BERT's configuration (Devlin et al. 2019): camelCase here, the checkpoint's own snake_case names at the file border.

import { BiobertError } from "../core/index.ts";

export interface BertConfig {
  vocabSize: number;
  hiddenSize: number;
  layerCount: number;
  headCount: number;
  intermediateSize: number;
  maxPositions: number;
  typeVocabSize: number;
  layerNormEpsilon: number;
  hiddenDropout: number;
  attentionDropout: number;
  initializerRange: number;
  /** The piece that fills sequences up; looking it up teaches the embedding table nothing. */
  padTokenId: number;
}

/** The number fields of config.json: key there, key here, smallest and largest sane value, default when absent. */
const FIELDS: [string, keyof BertConfig, number, number, number | undefined][] = [
  ["vocab_size", "vocabSize", 1, 10_000_000, undefined],
  ["hidden_size", "hiddenSize", 1, 65_536, undefined],
  ["num_hidden_layers", "layerCount", 1, 1_000, undefined],
  ["num_attention_heads", "headCount", 1, 1_024, undefined],
  ["intermediate_size", "intermediateSize", 1, 262_144, undefined],
  ["max_position_embeddings", "maxPositions", 2, 1_000_000, 512],
  ["type_vocab_size", "typeVocabSize", 1, 1_024, 2],
  ["layer_norm_eps", "layerNormEpsilon", 0, 1, 1e-12],
  ["hidden_dropout_prob", "hiddenDropout", 0, 0.99, 0.1],
  ["attention_probs_dropout_prob", "attentionDropout", 0, 0.99, 0.1],
  ["initializer_range", "initializerRange", 0, 10, 0.02],
  ["pad_token_id", "padTokenId", 0, 10_000_000, 0],
];

const INTEGERS = new Set<keyof BertConfig>([
  "vocabSize",
  "hiddenSize",
  "layerCount",
  "headCount",
  "intermediateSize",
  "maxPositions",
  "typeVocabSize",
  "padTokenId",
]);

/**
 * Reads the fields of a Hugging Face `config.json` that shape the encoder.
 * @throws BiobertError `model-config` naming the field that is missing or out of range, or a model that is not BERT.
 */
export function parseBertConfig(json: Readonly<Record<string, unknown>>, file?: string): BertConfig {
  const fail = (message: string, name: string): never => {
    throw new BiobertError({ code: "model-config", message, place: { ...(file === undefined ? {} : { file }), name } });
  };
  const type = json["model_type"];
  if (type !== undefined && type !== "bert")
    fail(`model_type is "${String(type)}"; only BERT encoders are supported`, "model_type");
  const activation = json["hidden_act"] ?? "gelu";
  if (activation !== "gelu")
    fail(`hidden_act is "${String(activation)}"; BERT's exact "gelu" is supported`, "hidden_act");
  const positions = json["position_embedding_type"] ?? "absolute";
  if (positions !== "absolute")
    fail(`position_embedding_type is "${String(positions)}"; "absolute" is supported`, "position_embedding_type");
  const config = {} as BertConfig;
  for (const [key, field, least, most, fallback] of FIELDS) {
    const value = json[key] ?? fallback;
    if (
      typeof value !== "number" ||
      !(value >= least && value <= most) ||
      (INTEGERS.has(field) && !Number.isInteger(value))
    ) {
      fail(
        `${key} must be ${INTEGERS.has(field) ? "an integer" : "a number"} from ${least} to ${most}, not ${JSON.stringify(value)}`,
        key,
      );
    }
    config[field] = value as number;
  }
  if (config.hiddenSize % config.headCount !== 0) {
    fail(
      `hidden_size ${config.hiddenSize} is not a multiple of num_attention_heads ${config.headCount}`,
      "num_attention_heads",
    );
  }
  return config;
}

/**
 * The labels of a classifier in order of their ids, from `id2label` of its `config.json`; `task` is the one it should be for.
 * @throws BiobertError `model-task` where there are none, or their ids are not 0, 1, 2, ...
 */
export function parseLabels(json: Readonly<Record<string, unknown>>, file: string, task = "TASK"): string[] {
  const fail = (message: string): never => {
    throw new BiobertError({
      code: "model-task",
      message,
      place: { file },
      hint: `Fine-tune it first: npx biobert fine-tune ${task} --model DIR ...`,
    });
  };
  const id2label = json["id2label"] ?? {};
  if (typeof id2label !== "object") fail(`id2label is ${JSON.stringify(id2label)}, not a map of labels`);
  const entries = Object.entries(id2label as Record<string, unknown>);
  if (entries.length === 0) fail("there is no id2label: this model has no head with labels");
  const labels = new Array<string>(entries.length);
  for (const [id, label] of entries) {
    const index = Number(id);
    if (
      !Number.isInteger(index) ||
      String(index) !== id ||
      index < 0 ||
      index >= labels.length ||
      typeof label !== "string"
    ) {
      fail(`id2label has an unusable entry ${JSON.stringify(id)}: ${JSON.stringify(label)}`);
    }
    labels[index] = label as string;
  }
  return labels;
}

/** The fields of `config.json` that say what the encoder is, as `transformers` writes them. */
export function formatConfigFields(config: BertConfig): Record<string, unknown> {
  return {
    model_type: "bert",
    ...Object.fromEntries(FIELDS.map(([key, field]) => [key, config[field]])),
    hidden_act: "gelu",
    position_embedding_type: "absolute",
  };
}

/**
 * Refuses a vocabulary with another number of pieces than the embedding table has rows.
 * @throws BiobertError `model-vocabulary` with both numbers.
 */
export function requireVocabularySize(pieces: number, rows: number, directory: string): void {
  if (pieces !== rows) {
    throw new BiobertError({
      code: "model-vocabulary",
      message: `vocab.txt has ${pieces} pieces, config.json says ${rows}`,
      place: { file: directory },
      hint: "Take the vocab.txt that came with these weights.",
    });
  }
}
