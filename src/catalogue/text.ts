// Text that every database stores.

/** The text with NUL and half surrogate pairs replaced by U+FFFD; everything else as it is. */
export function storableText(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/\u0000|\p{Surrogate}/gu, "\ufffd");
}
