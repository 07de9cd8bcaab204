// Writes the tokenizer's files as model directories have them, one directory for every way to normalise, and the ids that
// ours gives, for reference/tokenizer_files.py to compare with what others make of the same files.
//
//     npx unrun bench/tokenizer_files.ts OUT [VOCAB.txt [TEXTS.jsonl]]
//
// By default the vocabularies and strings of test/tokenizer/data; lines of TEXTS are {"text"}.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tokenizerFiles, Vocabulary, WordPieceTokenizer } from "../src/tokenizer/index.ts";

const [target, vocabularyFile, textsFile] = process.argv.slice(2) as [string, string?, string?];
const data = join(import.meta.dirname, "..", "test", "tokenizer", "data");

function textsOf(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { text: string }).text);
}

const texts =
  textsFile === undefined
    ? (JSON.parse(readFileSync(join(data, "adversarial.json"), "utf8")) as string[])
    : textsOf(textsFile);

for (const lowerCase of [false, true]) {
  const file = vocabularyFile ?? join(data, `vocab-${lowerCase ? "uncased" : "cased"}.txt`);
  const vocabulary = readFileSync(file, "utf8");
  for (const stripAccents of [undefined, false, true]) {
    for (const chineseCharacters of [true, false]) {
      const options = { lowerCase, ...(stripAccents === undefined ? {} : { stripAccents }), chineseCharacters };
      const name = `${lowerCase ? "uncased" : "cased"}-accents-${stripAccents ?? "default"}-chinese-${chineseCharacters}`;
      const directory = join(target, name);
      mkdirSync(directory, { recursive: true });
      for (const [part, content] of Object.entries(tokenizerFiles(vocabulary, options, 512))) {
        writeFileSync(join(directory, part), content);
      }
      // AutoTokenizer asks the model's kind first.
      writeFileSync(join(directory, "config.json"), `${JSON.stringify({ model_type: "bert" })}\n`);
      const tokenizer = new WordPieceTokenizer(Vocabulary.fromText(vocabulary), options);
      const { clsId, sepId } = tokenizer.vocabulary;
      const lines = texts.map((text) => JSON.stringify({ text, ids: [clsId, ...tokenizer.tokenize(text).ids, sepId] }));
      writeFileSync(join(directory, "ids.jsonl"), `${lines.join("\n")}\n`);
    }
  }
}
