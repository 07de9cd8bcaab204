// Lines of a text, with their numbers: "\n" or "\r\n" ends a line (a lone "\r" only at the end of the text), nothing else
// does, and a leading byte-order mark is dropped.

export interface TextLine {
  /** The line without its end. */
  text: string;
  /** 1-based. */
  line: number;
}

/** Yields every line of `text`; a final line end does not begin another line. */
export function* linesOf(text: string): Generator<TextLine> {
  let from = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let line = 1; from < text.length; line++) {
    const newline = text.indexOf("\n", from);
    let to = newline < 0 ? text.length : newline;
    const next = newline < 0 ? text.length : newline + 1;
    if (to > from && text.charCodeAt(to - 1) === 13) to--;
    yield { text: text.slice(from, to), line };
    from = next;
  }
}
