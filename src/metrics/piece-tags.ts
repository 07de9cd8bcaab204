// BioBERT's NER labels stand on word pieces, with `X` on all but a word's first piece and [CLS] and [SEP] around a sentence. This merges
// them as the authors' ner_detokenize.py does, so that their output files can be scored by words.

import { BiobertError } from "../core/index.ts";

const NO_ENTITY = new Set(["X", "[CLS]", "[SEP]", "[PAD]"]);

/** A tag without BioBERT's additions: `X`, `[CLS]`, `[SEP]` and `[PAD]` are `O`. */
export function plainTag(tag: string): string {
  return NO_ENTITY.has(tag) ? "O" : tag;
}

/**
 * Words of a run of pieces: a piece that starts with `##` belongs to the word before it, whose tag is that of its first piece; `[CLS]`,
 * `[SEP]` and `[PAD]` pieces are dropped, and each `[SEP]` ends a sentence. Several columns of tags (gold and predicted) are merged alike.
 * @throws BiobertError `input-format` when the columns differ in length, or a sentence starts with a `##` piece.
 */
export function mergePieces(
  pieces: readonly string[],
  columns: readonly (readonly string[])[],
): { tokens: string[]; columns: string[][] }[] {
  const sentences: { tokens: string[]; columns: string[][] }[] = [];
  let current: { tokens: string[]; columns: string[][] } | undefined;
  const uneven = columns.find((column) => column.length !== pieces.length);
  if (uneven !== undefined) {
    throw new BiobertError({ code: "input-format", message: `${pieces.length} pieces have ${uneven.length} tags` });
  }
  pieces.forEach((piece, i) => {
    if (piece === "[SEP]") current = undefined;
    if (NO_ENTITY.has(piece) && piece !== "X") return;
    const words = current?.tokens;
    if (piece.startsWith("##") && piece.length > 2) {
      if (words === undefined || words.length === 0) {
        throw new BiobertError({
          code: "input-format",
          message: `piece ${i + 1}, ${JSON.stringify(piece)}, continues no word`,
        });
      }
      words[words.length - 1] += piece.slice(2);
      return;
    }
    if (current === undefined) sentences.push((current = { tokens: [], columns: columns.map(() => []) }));
    current.tokens.push(piece);
    columns.forEach((column, c) => current!.columns[c]!.push(plainTag(column[i]!)));
  });
  return sentences;
}
