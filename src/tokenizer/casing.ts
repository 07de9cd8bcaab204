// Cased or not, by the vocabulary: where the configuration is silent, the pieces are not. `transformers` would lower-case in
// that case and ruin models such as biobert-base-cased-v1.1, which came without a tokenizer_config.json.

const LETTER = /\p{L}/u;
const UPPER = /\p{Lu}/u;
/** `[PAD]`, `[unused7]`: no pieces of text. */
const SPECIAL = /^\[.*\]$/;

/** Of the pieces with letters, this share with upper-case ones makes a vocabulary cased: BERT's cased one has 30 %, MiniLM's 2 pieces of 28,160. */
const LEAST_SHARE = 0.01;

/** Whether a vocabulary, its pieces in any order, was made of text that kept its upper case. */
export function isCasedVocabulary(pieces: Iterable<string>): boolean {
  let letters = 0;
  let upper = 0;
  for (const piece of pieces) {
    if (SPECIAL.test(piece) || !LETTER.test(piece)) continue;
    letters++;
    if (UPPER.test(piece)) upper++;
  }
  return upper > 0 && upper >= LEAST_SHARE * letters;
}
