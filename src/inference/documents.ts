// A document on its way through the model: pieces, windows, and the labels collected from them.

import { decodeEntities, pieceLabels, type Entity, type LabelScheme, type PieceLabels } from "../tasks/index.ts";
import { planWindows, splitSentences, type WindowPacking, type WindowPlan } from "../text/index.ts";
import type { Pieces, WordPieceTokenizer } from "../tokenizer/index.ts";

/** A text with the name it is reported under. */
export interface InputDocument {
  id: string;
  text: string;
}

/** How documents become windows; pieces are counted without the special ones. */
export interface WindowSettings {
  packing: WindowPacking;
  maxPieces: number;
  overlap: number;
}

/** A document with everything that is known before the model runs. */
export interface PreparedDocument<Document extends InputDocument> {
  document: Document;
  pieces: Pieces;
  windows: WindowPlan[];
  predicted: PieceLabels;
  /** The sentence of each piece where windows are sentences: the model saw them apart, so entities stay apart. */
  segments: Int32Array | undefined;
}

/** Tokenises a document and plans its windows. */
export function prepareDocument<Document extends InputDocument>(
  document: Document,
  tokenizer: WordPieceTokenizer,
  settings: WindowSettings,
): PreparedDocument<Document> {
  const pieces = tokenizer.tokenize(document.text);
  const oneWindow = settings.packing === "document" && pieces.length <= settings.maxPieces;
  const sentenceOf = oneWindow ? new Int32Array(pieces.length) : sentenceOfPieces(document.text, pieces);
  const windows = planWindows(pieces.words, sentenceOf, settings.maxPieces, settings.overlap, settings.packing);
  return {
    document,
    pieces,
    windows,
    predicted: pieceLabels(pieces.length),
    segments: settings.packing === "sentence" ? sentenceOf : undefined,
  };
}

/** The index of the sentence of each piece; a word belongs to the sentence in which it begins. */
export function sentenceOfPieces(text: string, pieces: Pieces): Int32Array {
  const { starts, words, length } = pieces;
  const sentences = splitSentences(text);
  const sentenceOf = new Int32Array(length);
  let sentence = 0;
  for (let piece = 0; piece < length; piece++) {
    if (piece === 0 || words[piece] !== words[piece - 1]) {
      while (sentence + 1 < sentences.length && starts[piece] >= sentences[sentence + 1].start) sentence++;
    }
    sentenceOf[piece] = sentence;
  }
  return sentenceOf;
}

/** The entities of a document whose windows have all been run; those that score less than `minScore` are left out. */
export function finishDocument(
  prepared: PreparedDocument<InputDocument>,
  scheme: LabelScheme,
  minScore: number,
): Entity[] {
  const { document, pieces, predicted, segments } = prepared;
  const entities = decodeEntities(document.text, pieces, predicted, scheme, segments);
  return minScore > 0 ? entities.filter(({ score }) => score >= minScore) : entities;
}
