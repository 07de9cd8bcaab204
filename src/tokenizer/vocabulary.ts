// The vocabulary of a BERT checkpoint: `vocab.txt`, one piece a line, the line's number being the id.

import { BiobertError } from "../core/index.ts";
import { isWhitespace } from "./unicode.ts";

/** The special tokens of BERT, in the order in which new vocabularies begin with them. */
export const SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;

/** A list of word pieces with their ids; continuing pieces begin with `##`. */
export class Vocabulary {
  /** The pieces; a piece's id is its place. */
  readonly pieces: readonly string[];
  /** Id of `[PAD]`. */
  readonly padId: number;
  /** Id of `[UNK]`. */
  readonly unknownId: number;
  /** Id of `[CLS]`. */
  readonly clsId: number;
  /** Id of `[SEP]`. */
  readonly sepId: number;
  /** Id of `[MASK]`. */
  readonly maskId: number;
  private readonly ids = new Map<string, number>();

  /** Takes the pieces in id order; of equal pieces the last one counts. Throws `model-vocabulary` without the special tokens. */
  constructor(pieces: readonly string[]) {
    this.pieces = pieces;
    for (const [id, piece] of pieces.entries()) this.ids.set(piece, id);
    const missing = SPECIAL_TOKENS.filter((token) => !this.ids.has(token));
    if (missing.length > 0) {
      throw new BiobertError({
        code: "model-vocabulary",
        message: `the vocabulary of ${pieces.length} pieces lacks ${missing.join(", ")}`,
        hint: "A BERT vocabulary (vocab.txt) has one piece a line, special tokens included.",
      });
    }
    [this.padId, this.unknownId, this.clsId, this.sepId, this.maskId] = SPECIAL_TOKENS.map((token) =>
      this.ids.get(token)!,
    );
  }

  /** Reads `vocab.txt`: one piece a line, white space at a line's end dropped. Throws `model-vocabulary` without the special tokens. */
  static fromText(text: string): Vocabulary {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    return new Vocabulary(lines.map(trimEnd));
  }

  /** Number of pieces, that is, rows of the embedding table. */
  get size(): number {
    return this.pieces.length;
  }

  /** Id of a piece as written (`##` included), or undefined. */
  idOf(piece: string): number | undefined {
    return this.ids.get(piece);
  }

  /** The text of `vocab.txt`, each line ended by LF. */
  toText(): string {
    return this.pieces.map((piece) => `${piece}\n`).join("");
  }
}

/** Drops Unicode white space at the end; `String.trimEnd` would also drop U+FEFF, which may be a piece. */
function trimEnd(line: string): string {
  let end = line.length;
  const last = line.charCodeAt(end - 1);
  if (last > 0x20 && last < 0x80) return line; // nearly all of a vocabulary
  while (end > 0 && isWhitespace(line.charCodeAt(end - 1))) end--;
  return line.slice(0, end);
}
