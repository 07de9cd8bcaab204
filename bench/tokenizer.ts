// How fast text is cut into pieces with offsets, one thread. The peer is reference/tokenizer_speed.py, same arguments.
//
//     npx unrun bench/tokenizer.ts VOCAB cased|uncased TEXTS [REPEATS]
//
// TEXTS has a text a line. Prints JSON {texts, characters, pieces, loadSeconds, coldSeconds, seconds}: building the
// tokenizer; the first pass over the texts with it, caches and compiled code cold; the best of REPEATS (5) later passes.

import { readFileSync } from "node:fs";
import { Vocabulary, WordPieceTokenizer } from "../src/tokenizer/index.ts";

const [vocabularyFile, letterCase, textsFile, repeats = "5"] = process.argv.slice(2);
const vocabularyText = readFileSync(vocabularyFile, "utf8");
const texts = readFileSync(textsFile, "utf8").split("\n").filter(Boolean);

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

let tokenizer!: WordPieceTokenizer;
let pieces = 0;
const pass = () => {
  pieces = 0;
  for (const text of texts) pieces += tokenizer.tokenize(text).length;
};
const loadSeconds = timed(() => {
  tokenizer = new WordPieceTokenizer(Vocabulary.fromText(vocabularyText), { lowerCase: letterCase === "uncased" });
});
const coldSeconds = timed(pass);
const seconds = Math.min(...Array.from({ length: Number(repeats) }, () => timed(pass)));
const characters = texts.reduce((sum, text) => sum + text.length, 0);
const result = { texts: texts.length, characters, pieces, loadSeconds, coldSeconds, seconds };
process.stdout.write(`${JSON.stringify(result)}\n`);
