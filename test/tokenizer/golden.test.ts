// Golden values from Python `tokenizers` (reference/tokenizer_golden.py) over strings and a vocabulary made for this test.
// After a change of the corpus or of the trainer, write the vocabularies anew with `npx vitest run test/tokenizer -u`,
// then run the script.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { trainWordPiece, Vocabulary, WordPieceTokenizer, wordSplitter } from "../../src/tokenizer/index.ts";

interface Golden {
  texts: [ids: number[], codePointOffsets: number[], words: number[]][];
  words: [ids: number[], words: number[]][];
  normalizer: string;
}

const read = (name: string) => readFileSync(new URL(`data/${name}`, import.meta.url), "utf8");
const texts = JSON.parse(read("adversarial.json")) as string[];
const wordLists = JSON.parse(read("words.json")) as string[][];
const golden = JSON.parse(read("golden.json")) as Record<"cased" | "uncased", Golden>;

/** UTF-16 offset of each code point of a text, and of its end. */
function unitOffsets(text: string): number[] {
  const offsets = [0];
  for (const character of text) offsets.push(offsets.at(-1)! + character.length);
  return offsets;
}

describe.each(["cased", "uncased"] as const)("%s vocabulary", (letterCase) => {
  const options = { lowerCase: letterCase === "uncased" };
  const expected = golden[letterCase];

  it("is learnt again, piece for piece", async () => {
    // The adversarial strings are learnt from too, so that their characters have pieces and do not hide in [UNK].
    const learnt = trainWordPiece([...read("corpus.txt").split("\n"), ...texts], { ...options, vocabularySize: 1400 });
    await expect(learnt.toText()).toMatchFileSnapshot(`data/vocab-${letterCase}.txt`);
  });

  const tokenizer = new WordPieceTokenizer(Vocabulary.fromText(read(`vocab-${letterCase}.txt`)), options);

  it.each(texts.map((text, i) => [JSON.stringify(text).slice(0, 60), i, text] as const))(
    "text %s (%i)",
    (_, i, text) => {
      const [ids, offsets, words] = expected.texts[i];
      const units = offsets.map((offset) => unitOffsets(text)[offset]);
      const pieces = tokenizer.tokenize(text);
      expect({
        ids: [...pieces.ids],
        starts: [...pieces.starts],
        ends: [...pieces.ends],
        words: [...pieces.words],
      }).toEqual({
        ids,
        starts: units.filter((_unit, place) => place % 2 === 0),
        ends: units.filter((_unit, place) => place % 2 === 1),
        words,
      });
    },
  );

  it("gives the golden pieces of given words", () => {
    const ours = wordLists.map((list) => tokenizer.tokenizeWords(list)).map(({ ids, words }) => [[...ids], [...words]]);
    expect(ours).toEqual(expected.words);
  });

  it("normalises every code point as the reference does", { timeout: 60_000 }, () => {
    const split = wordSplitter(options);
    const ours: string[] = [];
    for (let start = 0; start < 0x110000; start += 4096) {
      let text = "";
      for (let codePoint = start; codePoint < start + 4096; codePoint++) {
        if (codePoint < 0xd800 || codePoint > 0xdfff) text += `a${String.fromCodePoint(codePoint)}b\n`;
      }
      ours.push(createHash("sha256").update(split(text).join(" ")).digest("hex").slice(0, 8));
    }
    expect(ours).toEqual(expected.normalizer.split(" "));
  });
});
