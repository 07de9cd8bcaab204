// The tokenizer room: BERT's normaliser, WordPiece with source offsets, vocabularies and how to learn one.

export { normalizedWords, type NormalizerOptions } from "./words.ts";
export { SPECIAL_TOKENS, Vocabulary } from "./vocabulary.ts";
export { WordPieceTokenizer, type Pieces, type TokenizerOptions } from "./wordpiece.ts";
