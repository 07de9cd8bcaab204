// A classifier that needs no weights: it finds given phrases in the ids of a row, as a trained model would find them in
// what it sees. Padding gets NaN, which nobody may read.

import type { TokenBatch, TokenClassifier } from "../../src/inference/index.ts";
import { Vocabulary, WordPieceTokenizer } from "../../src/tokenizer/index.ts";

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const WORDS = "cancer disease breast ataxia the of patient with had and gene syndrome carcinoma".split(" ");
const OTHERS = [..."-.,;:()/%+'", "\u03b1", "\u03b2", "\u4e00", "\u764c", "\u75c7"];

/** Every ASCII word can be cut with it; a few words are pieces of their own. */
export const vocabulary = new Vocabulary([
  ..."[PAD] [UNK] [CLS] [SEP] [MASK]".split(" "),
  ...LETTERS,
  ...LETTERS.map((letter) => `##${letter}`),
  ...WORDS,
  ..."##ia ##oma ##s".split(" "),
  ...OTHERS,
]);

export interface PhraseClassifier extends TokenClassifier {
  /** The batches that were run. */
  readonly batches: TokenBatch[];
}

/** Labels every occurrence of a phrase in a row `B-Type I-Type ...`; of phrases at one place the longest counts. */
export function phraseClassifier(
  phrases: Record<string, string>,
  options: { lowerCase?: boolean; maxPieces?: number } = {},
): PhraseClassifier {
  const tokenizer = new WordPieceTokenizer(vocabulary, { lowerCase: options.lowerCase ?? true });
  const types = [...new Set(Object.values(phrases))];
  const labels = ["O", ...types.flatMap((type) => [`B-${type}`, `I-${type}`])];
  const patterns = Object.entries(phrases)
    .map(([phrase, type]) => ({ ids: tokenizer.tokenize(phrase).ids, label: 1 + 2 * types.indexOf(type) }))
    .toSorted((a, b) => b.ids.length - a.ids.length);
  const batches: TokenBatch[] = [];
  return {
    labels,
    maxPieces: options.maxPieces ?? 64,
    tokenizer,
    batches,
    run(batch) {
      batches.push(batch);
      const { sequence, inputIds, attentionMask } = batch;
      const logits = new Float32Array(inputIds.length * labels.length);
      for (let at = 0; at < inputIds.length; at++) {
        const set = (position: number, label: number): void => {
          logits.fill(0, position * labels.length, (position + 1) * labels.length);
          logits[position * labels.length + label] = 4;
        };
        if (attentionMask[at] === 0) {
          logits.fill(Number.NaN, at * labels.length, (at + 1) * labels.length);
          continue;
        }
        const left = sequence - (at % sequence);
        const found = patterns.find(({ ids }) => ids.length <= left && ids.every((id, i) => inputIds[at + i] === id));
        if (found === undefined) {
          set(at, 0);
        } else {
          found.ids.forEach((_id, i) => set(at + i, found.label + (i === 0 ? 0 : 1)));
          at += found.ids.length - 1;
        }
      }
      return Promise.resolve(logits);
    },
  };
}
