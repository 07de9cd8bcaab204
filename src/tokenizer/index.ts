export { isCasedVocabulary } from "./casing.ts";
// The tokenizer room: BERT's normaliser, WordPiece with source offsets, vocabularies and how to learn one.

export { tokenizerConfigOf, tokenizerOptionsFromConfig } from "./config.ts";
export { tokenizerFiles, tokenizerJson } from "./files.ts";
export { trainWordPiece, type TrainWordPieceOptions } from "./train.ts";
export { SPECIAL_TOKENS, Vocabulary } from "./vocabulary.ts";
export { WordPieceTokenizer, type Pieces, type TokenizerOptions } from "./wordpiece.ts";
export { wordSplitter, type NormalizerOptions } from "./words.ts";
