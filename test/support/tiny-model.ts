// A BERT small enough to train within a test, and tagged sentences on which it learns something: diseases in phrases put
// together from parts, among words that stand beside diseases only by chance.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  exportParameters,
  parseBertConfig,
  tokenClassifierForInference,
  type BertConfig,
} from "../../src/bert/index.ts";
import { Random } from "../../src/core/index.ts";
import { encodeConll, encodeSafetensors } from "../../src/formats/index.ts";
import { initialTensor } from "../../src/nn/index.ts";
import { trainWordPiece, Vocabulary } from "../../src/tokenizer/index.ts";
import { trainNer, writeModelFiles, writeWeights } from "../../src/training/index.ts";
import type { NerTrainingOptions, NerTrainingResult, TrainingEvent } from "../../src/training/index.ts";

export interface TaggedWords {
  tokens: string[];
  tags: string[];
}

const SITES = ["breast", "colorectal", "renal", "hepatic", "cerebellar", "pancreatic", "ovarian", "muscular"];
const HEADS = ["cancer", "carcinoma", "ataxia", "dystrophy", "fibrosis", "adenoma", "failure", "syndrome"];
const GENES = ["BRCA1", "ATM", "APC", "TP53", "HFE", "FMR1"];
const PEOPLE = ["patients", "families", "carriers", "children", "women"];

/** `%D` a disease, `%S` a site outside any disease, `%G` a gene, `%P` people. */
const TEMPLATES = [
  "Mutations of %G cause %D in %P .",
  "%P with %D were screened for %G .",
  "We studied %G in %S tissue of %P .",
  "No %G transcript was found in liver cells .",
  "%D and severe %D are linked to %G .",
  "The risk of %D is raised in %P who carry %G mutations .",
  "Failure of the %G assay was recurrent in %S samples .",
  "%G maps to the long arm of the chromosome .",
  "Severe loss of %G was seen in %P without %D .",
  "In %P the biopsy excluded %D , not %D .",
];

/** Sentences of words with tags `B`, `I`, `O`; the same count and seed give the same ones. */
export function tinySentences(count: number, seed: number): TaggedWords[] {
  const random = new Random(seed);
  const pick = (list: readonly string[]): string => list[random.nextInteger(list.length)]!;
  return Array.from({ length: count }, () => {
    const tokens: string[] = [];
    const tags: string[] = [];
    for (const part of pick(TEMPLATES).split(" ")) {
      if (part === "%D") {
        tokens.push(pick(SITES), pick(HEADS));
        tags.push("B", "I");
      } else {
        const lists: Record<string, readonly string[]> = { "%S": SITES, "%G": GENES, "%P": PEOPLE };
        tokens.push(part in lists ? pick(lists[part]!) : part);
        tags.push("O");
      }
    }
    return { tokens, tags };
  });
}

/** A new folder under the system's temporary one; the caller removes it. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `biobert-${name}-`));
}

/** Writes sentences as a CoNLL file and gives its path. */
export function writeConll(path: string, sentences: readonly TaggedWords[]): string {
  writeFileSync(path, encodeConll(sentences));
  return path;
}

const HIDDEN = { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64 };

interface TinyOptions {
  /** Fields of config.json to change; a larger `vocab_size` fills the vocabulary up with pieces that nothing uses. */
  config?: Record<string, number>;
  seed?: number;
}

function tinyConfig(options: TinyOptions): {
  json: Record<string, unknown>;
  config: BertConfig;
  vocabulary: Vocabulary;
} {
  const learnt = trainWordPiece(
    tinySentences(300, 99).map(({ tokens }) => tokens.join(" ")),
    { vocabularySize: 400, lowerCase: true },
  );
  const size = options.config?.["vocab_size"] ?? learnt.size;
  const unused = Array.from({ length: size - learnt.size }, (_, i) => `[unused${i}]`);
  const vocabulary = new Vocabulary([...learnt.pieces, ...unused]);
  const json = {
    model_type: "bert",
    ...HIDDEN,
    max_position_embeddings: 64,
    ...options.config,
    vocab_size: size,
  };
  return { json, config: parseBertConfig(json), vocabulary };
}

/**
 * Weights from the seed. Embeddings of pieces stand out against those of positions, as they do in a trained encoder: two
 * layers then learn within a hundred steps.
 */
const DEVIATIONS: [RegExp, number][] = [
  [/^embeddings\.word/, 0.05],
  [/^embeddings/, 0.01],
  [/./, 0.1],
];

function tinyWeights(config: BertConfig, labelCount: number, seed: number) {
  const { parameters } = tokenClassifierForInference(config, labelCount);
  const deviationOf = (name: string): number => DEVIATIONS.find(([pattern]) => pattern.test(name))![1];
  return new Map(parameters.map((spec) => [spec.name, initialTensor(spec, seed, deviationOf(spec.name))]));
}

/** Writes a start for fine-tuning: an encoder in Hugging Face's layout, without a head. */
export function writeTinyStart(directory: string, options: TinyOptions = {}): string {
  const { json, config, vocabulary } = tinyConfig(options);
  const weights = tinyWeights(config, 2, options.seed ?? 1);
  const encoder = new Map([...weights].filter(([name]) => !name.startsWith("head.")));
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "config.json"), JSON.stringify(json));
  writeFileSync(join(directory, "tokenizer_config.json"), JSON.stringify({ do_lower_case: true }));
  writeFileSync(join(directory, "vocab.txt"), vocabulary.toText());
  const weightsFile = Buffer.concat([...encodeSafetensors(exportParameters(encoder), { format: "pt" })]);
  writeFileSync(join(directory, "model.safetensors"), weightsFile);
  return directory;
}

/** Writes a whole token classifier whose weights were never trained. */
export async function writeTinyModel(
  directory: string,
  labels: readonly string[],
  options: TinyOptions = {},
): Promise<string> {
  const { config, vocabulary } = tinyConfig(options);
  mkdirSync(directory, { recursive: true });
  await writeModelFiles(directory, {
    config,
    head: { architecture: "BertForTokenClassification", labels },
    vocabulary: vocabulary.toText(),
    tokenizerOptions: { lowerCase: true },
    manifest: { formatVersion: 1, heads: [{ name: "classifier", task: "ner", labels: [...labels] }] },
  });
  await writeWeights(directory, tinyWeights(config, labels.length, options.seed ?? 1));
  return directory;
}

export interface TinyWorkspace {
  folder: string;
  start: string;
  train: string;
  dev: string;
  /** Options for `trainNer` into the folder's `out`, dropout on, changed as asked. */
  options(out: string, changes?: Partial<NerTrainingOptions>): NerTrainingOptions;
}

/**
 * A folder with a start and two corpora. By default 300 training sentences, on which the default options reach a dev F1
 * above 90; a test of bits does with fewer, and with the one layer that `{ num_hidden_layers: 1 }` asks for.
 */
export function tinyWorkspace(
  name: string,
  sentences: { train: number; dev: number } = { train: 300, dev: 80 },
  config: Record<string, number> = {},
): TinyWorkspace {
  const folder = temporaryFolder(name);
  const start = writeTinyStart(join(folder, "start"), { config });
  const train = writeConll(join(folder, "train.tsv"), tinySentences(sentences.train, 1));
  const dev = writeConll(join(folder, "dev.tsv"), tinySentences(sentences.dev, 2));
  return {
    folder,
    start,
    train,
    dev,
    options: (out, changes = {}) => ({
      modelDirectory: start,
      trainFiles: [train],
      devFiles: [dev],
      outputDirectory: join(folder, out),
      epochs: 3,
      batchSize: 8,
      learningRate: 5e-3,
      warmupRatio: 0.1,
      weightDecay: 0.01,
      maxGradientNorm: 1,
      dropout: 0.1,
      seed: 7,
      threads: 1,
      accumulationSteps: 1,
      typeName: "Disease",
      resume: false,
      maxLength: 64,
      checkpointEverySteps: 0,
      keep: "best",
      // Sentences of one small grammar are often alike.
      allowOverlap: true,
      ...changes,
    }),
  };
}

/** Trains to the end, or until it throws, and gives all events and the result. */
export async function trainAll(
  options: NerTrainingOptions,
  listen?: (event: TrainingEvent) => void,
): Promise<{ events: TrainingEvent[]; result: NerTrainingResult | undefined; error: unknown }> {
  const events: TrainingEvent[] = [];
  const run = trainNer(options);
  try {
    for (;;) {
      const next = await run.next();
      if (next.done) return { events, result: next.value, error: undefined };
      events.push(next.value);
      listen?.(next.value);
    }
  } catch (error) {
    return { events, result: undefined, error };
  }
}
