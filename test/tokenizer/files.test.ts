// The tokenizer's files of a model directory: what `transformers` itself would write (reference/tokenizer_files.py), and
// the same in the model that ships.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  tokenizerFiles,
  tokenizerJson,
  tokenizerOptionsFromConfig,
  Vocabulary,
  WordPieceTokenizer,
} from "../../src/tokenizer/index.ts";

interface Golden {
  pieces: string[];
  cases: { settings: { do_lower_case: boolean }; json: Record<string, unknown> }[];
}

const golden = JSON.parse(readFileSync(new URL("data/tokenizer-files.json", import.meta.url), "utf8")) as Golden;
const vocabulary = new Vocabulary(golden.pieces);

describe("tokenizer.json", () => {
  it.each(golden.cases)("is the one of transformers: $settings", ({ settings, json }) => {
    const ours = tokenizerJson(vocabulary, tokenizerOptionsFromConfig(settings));
    expect(JSON.parse(JSON.stringify(ours))).toEqual(json);
  });

  it("says how long a word may be", () => {
    const { model } = tokenizerJson(vocabulary, { lowerCase: true, maxWordCharacters: 20 });
    expect(model).toMatchObject({ max_input_chars_per_word: 20 });
  });
});

describe("the files", () => {
  it("read back as the options and the vocabulary they were written from", () => {
    const options = { lowerCase: false, stripAccents: true, chineseCharacters: false };
    const files = tokenizerFiles(vocabulary.toText(), options, 48);
    expect(Object.keys(files).sort()).toEqual([
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
      "vocab.txt",
    ]);
    const config = JSON.parse(files["tokenizer_config.json"]!) as Record<string, unknown>;
    expect(tokenizerOptionsFromConfig(config)).toEqual(options);
    expect(config["model_max_length"]).toBe(48);
    expect(Vocabulary.fromText(files["vocab.txt"]!).pieces).toEqual(golden.pieces);
  });

  it("lie in the model that ships, made from its vocabulary", () => {
    const read = (name: string): string =>
      readFileSync(new URL(`../../models/ncbi-disease/${name}`, import.meta.url), "utf8");
    const options = tokenizerOptionsFromConfig(JSON.parse(read("tokenizer_config.json")));
    const files = tokenizerFiles(read("vocab.txt"), options, 512);
    expect(Object.keys(files).filter((name) => read(name) !== files[name])).toEqual([]);
    const shipped = JSON.parse(read("tokenizer.json")) as { model: { vocab: Record<string, number> } };
    const tokenizer = new WordPieceTokenizer(Vocabulary.fromText(read("vocab.txt")), options);
    const [id] = tokenizer.tokenize("disease").ids;
    expect(shipped.model.vocab["disease"]).toBe(id);
  });
});
