// From a token classifier's logits to entities, as `transformers`' TokenClassificationPipeline does it under
// aggregation_strategy="first": a word has the label of its first piece, words group by B- and I-, and an entity scores
// the mean of its words. Three things differ, each on purpose: a word is what the tokenizer split off (the pipeline
// compares lengths, and joins a word to the one before where normalising changed its length); a mention keeps the
// combining marks of its last letter; labels without a type ("B", "I") mean one type.

import { BiobertError, invariant } from "../../core/index.ts";
import type { Pieces } from "../../tokenizer/index.ts";
import type { LabelScheme } from "./label-scheme.ts";
import { type Entity, endOfLetter } from "./spans.ts";

/** The best label of each piece and its probability, both `[pieces]`. */
export interface PieceLabels {
  labels: Uint16Array;
  scores: Float32Array;
}

/** Room for the labels of so many pieces. */
export function pieceLabels(pieces: number): PieceLabels {
  return { labels: new Uint16Array(pieces), scores: new Float32Array(pieces) };
}

/**
 * Reads rows of logits: the label of the highest value (the first of equals) and its softmax probability.
 * @param logits rows of `labelCount` values
 * @param firstRow the first row to read; `count` rows follow each other
 * @param into where the results go, from `at` on
 * @throws BiobertError `model-damaged` when a row holds NaN or infinity
 */
export function readLogits(
  logits: Float32Array,
  labelCount: number,
  firstRow: number,
  count: number,
  into: PieceLabels,
  at: number,
): void {
  const { labels, scores } = into;
  let offset = firstRow * labelCount;
  invariant(offset + count * labelCount <= logits.length, "the logits have fewer rows than the batch has pieces");
  for (let row = 0; row < count; row++, offset += labelCount) {
    let best = 0;
    for (let label = 1; label < labelCount; label++) {
      if (logits[offset + label] > logits[offset + best]) best = label;
    }
    const highest = logits[offset + best];
    let sum = 0;
    for (let label = 0; label < labelCount; label++) sum += Math.exp(logits[offset + label] - highest);
    // One NaN or infinity, or nothing but -Infinity, makes the sum NaN.
    if (!(sum >= 1)) {
      throw new BiobertError({
        code: "model-damaged",
        message: `the model computed ${Array.from(logits.subarray(offset, offset + labelCount)).join(", ")} for a word piece`,
        hint: "The weights are damaged or were trained to divergence; take another checkpoint.",
      });
    }
    labels[at + row] = best;
    scores[at + row] = 1 / sum;
  }
}

/**
 * The entities of a document, in order and apart.
 * @param text the source text that the offsets of `pieces` are of
 * @param segments the segment of each piece, `[pieces]`; no entity crosses from one into another. Without it, none is
 *   broken up.
 */
export function decodeEntities(
  text: string,
  pieces: Pieces,
  predicted: PieceLabels,
  scheme: LabelScheme,
  segments?: Int32Array,
): Entity[] {
  const { starts, ends, words, length } = pieces;
  const { typeOf, begins, ends: endsEntity, types } = scheme;
  const entities: Entity[] = [];
  let type = -1;
  let firstPiece = 0;
  let lastPiece = 0;
  let scoreSum = 0;
  let wordCount = 0;
  let closed = false;

  const finish = (): void => {
    if (type < 0) return;
    const start = starts[firstPiece];
    const limit = lastPiece + 1 < length ? starts[lastPiece + 1] : text.length;
    const end = endOfLetter(text, ends[lastPiece], limit);
    entities.push({ type: types[type], mention: text.slice(start, end), start, end, score: scoreSum / wordCount });
    type = -1;
  };

  for (let piece = 0; piece < length;) {
    let next = piece + 1;
    while (next < length && words[next] === words[piece]) next++;
    const label = predicted.labels[piece];
    const wordType = typeOf[label];
    const apart = segments !== undefined && piece > 0 && segments[piece] !== segments[piece - 1];
    if (wordType < 0 || wordType !== type || begins[label] === 1 || closed || apart) {
      finish();
      if (wordType >= 0) {
        type = wordType;
        firstPiece = piece;
        scoreSum = 0;
        wordCount = 0;
      }
    }
    if (wordType >= 0) {
      lastPiece = next - 1;
      scoreSum += predicted.scores[piece];
      wordCount++;
    }
    closed = wordType >= 0 && endsEntity[label] === 1;
    piece = next;
  }
  finish();
  return entities;
}
