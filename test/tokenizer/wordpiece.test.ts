import { describe, expect, it } from "vitest";
import { SPECIAL_TOKENS, Vocabulary, WordPieceTokenizer, type TokenizerOptions } from "../../src/tokenizer/index.ts";

const pieces = [
  "the",
  "un",
  "##aff",
  "##able",
  "tumor",
  "tumors",
  "##s",
  "##or",
  "tum",
  "i",
  "na",
  "##ive",
  "é",
  "##é",
  "-",
  "1",
  "##1",
  "中",
];
const vocabulary = new Vocabulary([...SPECIAL_TOKENS, ...pieces]);
const uncased: TokenizerOptions = { lowerCase: true };
const cased: TokenizerOptions = { lowerCase: false };

/** Each piece as `piece=source`, which shows ids and offsets at once. */
function shown(text: string, options: TokenizerOptions): string[] {
  const result = new WordPieceTokenizer(vocabulary, options).tokenize(text);
  return Array.from(result.ids, (id, i) => `${vocabulary.pieces[id]}=${text.slice(result.starts[i], result.ends[i])}`);
}

describe("WordPieceTokenizer", () => {
  it("takes the longest piece first", () => {
    expect(shown("unaffable tumors", cased)).toEqual(["un=un", "##aff=aff", "##able=able", "tumors=tumors"]);
  });

  it("makes a whole word unknown when its end has no piece", () => {
    expect(shown("the tumorz", cased)).toEqual(["the=the", "[UNK]=tumorz"]);
  });

  it("lower-cases and strips accents only in an uncased model", () => {
    expect(shown("The naïve", uncased)).toEqual(["the=The", "na=na", "##ive=ïve"]);
    expect(shown("The naïve", cased)).toEqual(["[UNK]=The", "[UNK]=naïve"]);
  });

  it("keeps accents when told to, and strips them in a cased model when told to", () => {
    expect(shown("É", { lowerCase: true, stripAccents: false })).toEqual(["é=É"]);
    expect(shown("naïve", { lowerCase: false, stripAccents: true })).toEqual(["na=na", "##ive=ïve"]);
  });

  it("spans the characters that cleaning deletes inside a piece, not those around it", () => {
    expect(shown("\u00ADtu\u00ADmor\u200B", cased)).toEqual(["tumor=tu\u00ADmor"]);
  });

  it("sets ideographs apart unless told not to", () => {
    expect(shown("i中1", cased)).toEqual(["i=i", "中=中", "1=1"]);
    expect(shown("i中1", { lowerCase: false, chineseCharacters: false })).toEqual(["[UNK]=i中1"]);
  });

  it("reads special tokens written in the text, in capitals only", () => {
    expect(shown("the[MASK]s", uncased)).toEqual(["the=the", "[MASK]=[MASK]", "[UNK]=s"]);
    expect(shown("[mask]", uncased)).toEqual(["[UNK]=[", "[UNK]=mask", "[UNK]=]"]);
  });

  it("treats a lone surrogate as a character that cleaning deletes", () => {
    expect(shown("tu\uD83Dmor \uDE00", cased)).toEqual(["tumor=tu\uD83Dmor"]);
  });

  it("counts normalised characters against the limit of a word", () => {
    const limited = { lowerCase: true, maxWordCharacters: 5 };
    expect(shown("tumor", limited)).toEqual(["tumor=tumor"]);
    expect(shown("tu\u0301mo\u0301r", limited)).toEqual(["tumor=tu\u0301mo\u0301r"]);
    expect(shown("tumors 1", limited)).toEqual(["[UNK]=tumors", "1=1"]);
  });

  it("numbers words across white space, punctuation and special tokens", () => {
    const { words } = new WordPieceTokenizer(vocabulary, cased).tokenize("unaffable-tumors [SEP] the");
    expect([...words]).toEqual([0, 0, 0, 1, 2, 3, 4]);
  });

  it("gives nothing for an empty text", () => {
    const { length, ids } = new WordPieceTokenizer(vocabulary, cased).tokenize("");
    expect([length, ids.length]).toEqual([0, 0]);
  });

  it("tells which given word each piece belongs to", () => {
    const { ids, words } = new WordPieceTokenizer(vocabulary, cased).tokenizeWords([
      "unaffable",
      "\u200B",
      "the-1",
      "tumor s",
    ]);
    expect(Array.from(ids, (id) => vocabulary.pieces[id])).toEqual([
      "un",
      "##aff",
      "##able",
      "the",
      "-",
      "1",
      "tumor",
      "[UNK]",
    ]);
    expect([...words]).toEqual([0, 0, 0, 2, 2, 2, 3, 3]);
  });

  it("does not let results share memory with later calls", () => {
    const tokenizer = new WordPieceTokenizer(vocabulary, cased);
    const first = tokenizer.tokenize("the tumor");
    tokenizer.tokenize("1 1 1 1");
    expect(Array.from(first.ids, (id) => vocabulary.pieces[id])).toEqual(["the", "tumor"]);
  });
});

describe("Vocabulary", () => {
  it("reads vocab.txt with either line end and writes it back", () => {
    const text = [...SPECIAL_TOKENS, "a", "##b"].join("\n");
    const read = Vocabulary.fromText(`${text}\n`);
    expect(read.pieces).toEqual([...SPECIAL_TOKENS, "a", "##b"]);
    expect(Vocabulary.fromText(text).pieces).toEqual(read.pieces);
    expect(Vocabulary.fromText(text.replaceAll("\n", "\r\n")).pieces).toEqual(read.pieces);
    expect(Vocabulary.fromText(read.toText()).pieces).toEqual(read.pieces);
    expect([read.padId, read.unknownId, read.clsId, read.sepId, read.maskId]).toEqual([0, 1, 2, 3, 4]);
    expect([read.size, read.idOf("##b"), read.idOf("b")]).toEqual([7, 6, undefined]);
  });

  it("keeps blank lines and U+FEFF as pieces and lets the last of equal pieces count", () => {
    const read = Vocabulary.fromText(`${SPECIAL_TOKENS.join("\n")}\n\n\uFEFF\nx\nx\n`);
    expect([read.size, read.idOf(""), read.idOf("\uFEFF"), read.idOf("x")]).toEqual([9, 5, 6, 8]);
    expect([...new WordPieceTokenizer(read, cased).tokenize("x").ids]).toEqual([8]);
  });

  it("refuses a file without the special tokens and names them", () => {
    expect(() => Vocabulary.fromText("[PAD]\n[UNK]\n[CLS]\na\n")).toThrow(
      expect.objectContaining({ code: "model-vocabulary", message: expect.stringContaining("[SEP], [MASK]") }),
    );
  });
});
