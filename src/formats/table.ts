// Tables of text: tab-separated values as corpora have them (no quoting: a quotation mark is a character), and
// comma-separated ones (RFC 4180). Rows keep their line numbers.

import { CsvError, parse } from "csv-parse/sync";
import { BiobertError } from "../core/index.ts";
import { linesOf } from "./lines.ts";

export interface TableRow {
  cells: string[];
  /** 1-based line on which the row begins. */
  line: number;
}

/** Rows of tab-separated text; empty lines are passed over. */
export function parseTsv(text: string): TableRow[] {
  const rows: TableRow[] = [];
  for (const { text: content, line } of linesOf(text)) {
    if (content.trim() !== "") rows.push({ cells: content.split("\t"), line });
  }
  return rows;
}

/**
 * Rows of comma-separated text; empty lines are passed over.
 * @throws BiobertError `input-format` with the line, for quotes that are not closed and the like.
 */
export function parseCsv(text: string, file?: string): TableRow[] {
  try {
    const records = parse(text, { info: true, relaxColumnCount: true, skipEmptyLines: true, bom: true }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    // `lines` counts the lines read up to a record's end.
    return records.map(({ record, info }) => {
      const within = record.reduce((sum, cell) => sum + (cell.match(/\n/g)?.length ?? 0), 0);
      return { cells: record, line: info.lines - within };
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const { lines } = cause as CsvError & { lines?: number };
    throw new BiobertError({
      code: "input-format",
      message: `not comma-separated values: ${cause.message}`,
      place: { ...(file === undefined ? {} : { file }), ...(lines === undefined ? {} : { line: lines }) },
      cause,
    });
  }
}
