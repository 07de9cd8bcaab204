// A model's configuration, vocabulary and tokenizer settings out of its small files, found by their usual names or, in
// TensorFlow releases that gave them their own (`bert_config_bio_58k_large.json`), by what they hold.

import { BiobertError, type Warning } from "../core/index.ts";
import { isCasedVocabulary } from "../tokenizer/index.ts";
import { type FileSet, readSetJson, readSetText } from "./file-set.ts";

export type Json = Readonly<Record<string, unknown>>;

/** The largest vocabularies of BERTs have some hundred thousand pieces. */
const MAX_VOCABULARY_BYTES = 1 << 26;

/**
 * Finds and reads the configuration.
 * @throws BiobertError `model-missing`, `model-config`.
 */
export async function readConfig(files: FileSet): Promise<{ config: Json; name: string }> {
  for (const name of ["config.json", "bert_config.json"]) {
    if (files.names.includes(name)) return { config: await readSetJson(files, name), name };
  }
  const found: { config: Json; name: string }[] = [];
  for (const name of files.names.filter((candidate) => candidate.endsWith(".json"))) {
    const config = await readSetJson(files, name).catch(() => undefined);
    if (config !== undefined && "hidden_size" in config && "num_hidden_layers" in config) found.push({ config, name });
  }
  if (found.length === 1) return found[0]!;
  throw missing(
    files,
    "config.json",
    found.map(({ name }) => name),
  );
}

/** What a model's tokenizer is made of. */
export interface TokenizerFiles {
  /** As `vocab.txt` has it, one piece a line. */
  vocabulary: string;
  /** `tokenizer_config.json`, completed by `tokenizer.json` and by what the vocabulary shows. */
  settings: Json;
  /** What was not said and had to be seen. */
  notes: Warning[];
}

/**
 * Finds and reads the vocabulary and the tokenizer's settings. `do_lower_case` is always among these: where no file says it,
 * a vocabulary with upper-case pieces is taken to be cased, and a note says so.
 * @throws BiobertError `model-missing`, `model-config`, `model-vocabulary`.
 */
export async function readTokenizerFiles(
  files: FileSet,
  own?: { files: FileSet; name: string },
): Promise<TokenizerFiles> {
  const said = files.names.includes("tokenizer_config.json") ? await readSetJson(files, "tokenizer_config.json") : {};
  const hasTokenizer = files.names.includes("tokenizer.json");
  let vocabulary: string | undefined;
  if (own !== undefined) vocabulary = await readVocabulary(own.files, own.name);
  else if (files.names.includes("vocab.txt")) vocabulary = await readSetText(files, "vocab.txt", MAX_VOCABULARY_BYTES);
  const needsTokenizer = vocabulary === undefined || said["do_lower_case"] === undefined;
  const tokenizer =
    hasTokenizer && needsTokenizer ? await readSetJson(files, "tokenizer.json", MAX_VOCABULARY_BYTES) : undefined;
  if (vocabulary === undefined && tokenizer !== undefined)
    vocabulary = vocabularyOf(tokenizer, files.pathOf("tokenizer.json"));
  vocabulary ??= await readSetText(files, await findVocabulary(files), MAX_VOCABULARY_BYTES);

  const settings = { ...normalizerSettings(tokenizer), ...said };
  const notes: Warning[] = [];
  if (settings["do_lower_case"] === undefined) {
    const cased = isCasedVocabulary(vocabulary.split(/\r?\n/));
    settings["do_lower_case"] = !cased;
    notes.push({
      code: "casing-from-vocabulary",
      message: `no file says whether the model is cased; its vocabulary ${cased ? "has upper-case pieces: it is" : "has none in upper case: it is not"}`,
      place: { file: files.path },
    });
  }
  return { vocabulary, settings, notes };
}

async function readVocabulary(files: FileSet, name: string): Promise<string> {
  if (!name.endsWith(".json")) return readSetText(files, name, MAX_VOCABULARY_BYTES);
  return vocabularyOf(await readSetJson(files, name, MAX_VOCABULARY_BYTES), files.pathOf(name));
}

/** A text file with BERT's special tokens, one a line. */
async function findVocabulary(files: FileSet): Promise<string> {
  const found: string[] = [];
  for (const name of files.names.filter((candidate) => candidate.endsWith(".txt"))) {
    const lines = new Set((await readSetText(files, name, MAX_VOCABULARY_BYTES).catch(() => "")).split(/\r?\n/));
    if (["[PAD]", "[UNK]", "[CLS]", "[SEP]"].every((token) => lines.has(token))) found.push(name);
  }
  if (found.length === 1) return found[0]!;
  throw missing(files, "vocab.txt", found);
}

function missing(files: FileSet, name: string, several: readonly string[]): BiobertError {
  return new BiobertError({
    code: "model-missing",
    message:
      several.length === 0
        ? `the model directory has no ${name}`
        : `several files could be its ${name}: ${several.slice(0, 10).join(", ")}`,
    place: { file: files.path },
    hint: several.length === 0 ? undefined : `Rename the one that is meant to ${name}.`,
  });
}

/** The pieces of a `tokenizer.json` of WordPiece, in the order of their ids. */
function vocabularyOf(tokenizer: Json, file: string): string {
  const fail = (message: string): BiobertError =>
    new BiobertError({ code: "model-vocabulary", message, place: { file } });
  const model = tokenizer["model"] as { type?: unknown; vocab?: unknown } | null | undefined;
  if (typeof model?.vocab !== "object" || model.vocab === null || Array.isArray(model.vocab))
    throw fail("its model has no vocabulary");
  if (model.type !== undefined && model.type !== "WordPiece")
    throw fail(`its model is ${JSON.stringify(model.type)?.slice(0, 40)}, not WordPiece`);
  const entries = Object.entries(model.vocab);
  const pieces = new Array<string | undefined>(entries.length).fill(undefined);
  for (const [piece, id] of entries) {
    if (!Number.isInteger(id) || id < 0 || id >= pieces.length || pieces[id] !== undefined || /[\r\n]/.test(piece)) {
      throw fail(
        `its vocabulary gives ${JSON.stringify(piece.slice(0, 40))} the id ${String(id)}, of ${pieces.length} ids`,
      );
    }
    pieces[id as number] = piece;
  }
  return pieces.map((piece) => `${piece}\n`).join("");
}

/** What the normaliser of a `tokenizer.json` says, under the names of `tokenizer_config.json`. */
function normalizerSettings(tokenizer: Json | undefined): Record<string, unknown> {
  const normalizer = tokenizer?.["normalizer"] as Record<string, unknown> | null | undefined;
  if (normalizer?.["type"] !== "BertNormalizer") return {};
  const settings: Record<string, unknown> = {};
  const names = {
    lowercase: "do_lower_case",
    strip_accents: "strip_accents",
    handle_chinese_chars: "tokenize_chinese_chars",
  };
  for (const [theirs, ours] of Object.entries(names))
    if (typeof normalizer[theirs] === "boolean") settings[ours] = normalizer[theirs];
  return settings;
}
