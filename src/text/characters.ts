// Character classes of the sentence splitter: ASCII by comparison, the rest by Unicode property.

/** ECMAScript's white space (`\s`), the byte-order mark and line separators included. */
export function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0xa0) return false;
  return (
    code === 0xa0 ||
    code === 0xfeff ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0x1680
  );
}

/** Line feed, carriage return, form feed and Unicode's separators. */
export function isLineBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x0c || code === 0x2028 || code === 0x2029;
}

/** ASCII digits. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Opening quotes and brackets. */
export function isOpener(code: number): boolean {
  return (
    code === 0x28 ||
    code === 0x5b ||
    code === 0x7b ||
    code === 0x22 ||
    code === 0x27 ||
    code === 0xab ||
    code === 0x201c ||
    code === 0x2018
  );
}

/** Closing quotes and brackets. */
export function isCloser(code: number): boolean {
  return (
    code === 0x29 ||
    code === 0x5d ||
    code === 0x7d ||
    code === 0x22 ||
    code === 0x27 ||
    code === 0xbb ||
    code === 0x201d ||
    code === 0x2019
  );
}

/** Whether the code point at `at` is an upper-case or title-case letter. */
export function isUpper(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return code >= 0x41 && code <= 0x5a;
  return at < text.length && /^[\p{Lu}\p{Lt}]/u.test(String.fromCodePoint(text.codePointAt(at)!));
}

/** Whether the code point at `at` is a lower-case letter. */
export function isLower(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return code >= 0x61 && code <= 0x7a;
  return at < text.length && /^\p{Ll}/u.test(String.fromCodePoint(text.codePointAt(at)!));
}

/** How far words are read; a longer one is no word of any list. */
const LONGEST_WORD = 40;

/** The word at `from`: everything up to white space or punctuation other than hyphen and apostrophe, 40 units at most. */
export function wordAt(text: string, from: number): string {
  let end = from;
  while (end < text.length && end - from < LONGEST_WORD && isWordCharacter(text.charCodeAt(end))) end++;
  return text.slice(from, end);
}

function isWordCharacter(code: number): boolean {
  if (code >= 0x80) return !isSpace(code) && !isCloser(code) && !isOpener(code);
  return (
    isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x2d || code === 0x27
  );
}

/** The word that ends before `to`: back to white space, without the quotes and brackets that open it, 40 units at most. */
export function wordBefore(text: string, to: number): string {
  let start = to;
  while (
    start > 0 &&
    to - start < LONGEST_WORD &&
    !isSpace(text.charCodeAt(start - 1)) &&
    !isOpener(text.charCodeAt(start - 1))
  ) {
    start--;
  }
  return text.slice(start, to);
}
