// Pairs of brackets short enough to hold together: a sentence never ends inside one.

/** A stretch of text in UTF-16 units, end exclusive. */
export interface Span {
  start: number;
  end: number;
}

/** A longer stretch in brackets is more likely a bracket somebody forgot to close. */
const LONGEST_BRACKET = 400;
const LINE_FEED = 0x0a;

/**
 * The outermost pairs of round, square and curly brackets of at most 400 characters that hold no blank line.
 * @returns spans from the opening bracket to after the closing one, sorted and apart.
 */
export function bracketRanges(text: string): Span[] {
  const ranges: Span[] = [];
  const open: number[][] = [[], [], []];
  let blank = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === LINE_FEED) {
      if (blank) for (const stack of open) stack.length = 0;
      blank = true;
      continue;
    }
    if (code > 0x20) blank = false;
    const kind = bracketKind(code);
    if (kind < 0) continue;
    const stack = open[kind >> 1];
    if ((kind & 1) === 0) {
      stack.push(i);
      continue;
    }
    const start = stack.pop();
    if (start === undefined || i - start > LONGEST_BRACKET) continue;
    while (ranges.length > 0 && ranges[ranges.length - 1].end > start) ranges.pop();
    ranges.push({ start, end: i + 1 });
  }
  return ranges;
}

/** Twice the kind of bracket, plus one where it closes; -1 for every other character. */
function bracketKind(code: number): number {
  switch (code) {
    case 0x28:
      return 0;
    case 0x29:
      return 1;
    case 0x5b:
      return 2;
    case 0x5d:
      return 3;
    case 0x7b:
      return 4;
    case 0x7d:
      return 5;
    default:
      return -1;
  }
}
