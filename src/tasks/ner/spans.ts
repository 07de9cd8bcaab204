// Entities as spans of the source text.

/** One entity; offsets are UTF-16 units of the text as given, and `mention` is `text.slice(start, end)`. */
export interface Entity {
  type: string;
  mention: string;
  start: number;
  end: number;
  /** Mean probability of the labels of its words, 0 to 1. */
  score: number;
}

/**
 * Moves the end of a span past combining marks, so that a mention never ends inside a letter. A tokenizer that strips
 * accents drops a mark that follows a word's last letter, and ends the word before it.
 * @param limit where the next piece begins; the end never passes it
 */
export function endOfLetter(text: string, end: number, limit: number): number {
  let at = end;
  // Below U+0300 nothing combines: the common case costs one comparison.
  while (at < limit && text.charCodeAt(at) >= 0x300) {
    const character = String.fromCodePoint(text.codePointAt(at)!);
    if (!/^\p{M}$/u.test(character)) break;
    at += character.length;
  }
  return at;
}
