// Compares our tokenizer, piece by piece, with the lines that reference/tokenizer_differential.py wrote.
//
//     npx unrun bench/tokenizer_differential.ts VOCAB cased|uncased EXPECTED.jsonl
//
// Prints JSON {texts, pieces, different, examples}; offsets are compared after code points are turned into UTF-16 units.

import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Vocabulary, WordPieceTokenizer } from "../src/tokenizer/index.ts";

interface Expected {
  text: string;
  ids: number[];
  offsets: number[];
  words: number[];
}

/** UTF-16 offset of each code point of a text, and of its end. */
function unitOffsets(text: string): number[] {
  const offsets = [0];
  for (const character of text) offsets.push(offsets.at(-1)! + character.length);
  return offsets;
}

const [vocabularyFile, letterCase, expectedFile] = process.argv.slice(2);
const tokenizer = new WordPieceTokenizer(Vocabulary.fromText(readFileSync(vocabularyFile, "utf8")), {
  lowerCase: letterCase === "uncased",
});
let texts = 0;
let pieceCount = 0;
let different = 0;
const examples: unknown[] = [];
for await (const line of createInterface({ input: createReadStream(expectedFile), crlfDelay: Infinity })) {
  const expected = JSON.parse(line) as Expected;
  const units = unitOffsets(expected.text);
  const pieces = tokenizer.tokenize(expected.text);
  const same =
    pieces.length === expected.ids.length &&
    expected.ids.every(
      (id, i) =>
        pieces.ids[i] === id &&
        pieces.starts[i] === units[expected.offsets[2 * i]] &&
        pieces.ends[i] === units[expected.offsets[2 * i + 1]] &&
        pieces.words[i] === expected.words[i],
    );
  texts++;
  pieceCount += pieces.length;
  if (!same) {
    different++;
    if (examples.length < 10) {
      const { ids, starts, ends, words } = pieces;
      const ours = Object.fromEntries(Object.entries({ ids, starts, ends, words }).map(([k, v]) => [k, [...v]]));
      examples.push({ ...expected, ours });
    }
  }
}
process.stdout.write(`${JSON.stringify({ texts, pieces: pieceCount, different, examples })}\n`);
