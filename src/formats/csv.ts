// Comma-separated values (RFC 4180): fields in double quotes may hold commas, line ends and doubled quotes.

import { badInput, type FormatPlace } from "./reading.ts";

/**
 * Yields the rows, each with the line it starts on; empty lines are passed over.
 * @throws BiobertError `input-format` for a quote that is not closed, or text right after a closed one.
 */
export function* csvRows(text: string, place: FormatPlace): Generator<{ columns: string[]; line: number }> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const first = line;
    const columns: string[] = [];
    for (;;) {
      let value = "";
      if (text[at] === '"') {
        for (at++; ; at++) {
          if (at >= text.length) throw badInput(place, "a quoted field that is not closed", { line: first });
          if (text[at] === '"' && text[at + 1] === '"') at++;
          else if (text[at] === '"') break;
          else if (text[at] === "\n") line++;
          value += text[at];
        }
        at++;
        if (at < text.length && !/[,\r\n]/.test(text[at]!)) throw badInput(place, "text after a quoted field", { line });
      } else {
        const from = at;
        while (at < text.length && text[at] !== "," && text[at] !== "\n" && text[at] !== "\r") at++;
        value = text.slice(from, at);
      }
      columns.push(value);
      if (text[at] !== ",") break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    line++;
    if (columns.length > 1 || columns[0] !== "") yield { columns, line: first };
  }
}
