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

/** Whether a file's name is that of comma-separated values. */
export function isCsvName(file: string | undefined): boolean {
  return /\.csv(\.gz)?$/i.test(file ?? "");
}

/** A cell that may name a column: a word or a few, no sentence and no number. */
const NAME = /^[\p{L}_][\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+){0,2}$/u;

/** Whether a line's cells are such as name columns; the first may be blank, as tables with an index have it. */
export function areColumnNames(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim());
  return names.every(
    (name, i) => (name === "" && i === 0 && cells.length > 1) || (name.length <= 30 && NAME.test(name)),
  );
}

/** What columns of ids are called; one of an index may have no name. */
export const ID_NAME = /^(?:|index|guid|pmid|(?:.*_)?q?id)$/i;
/** What columns of texts are often called. */
const TEXT_NAME = /^(?:text|sentence|question)$/i;

/**
 * Whether the first line of a table is likely a header though the name of `column` is not known: its cells may name columns, no other line has
 * its cell of `column`, and beside that it looks otherwise than all other lines; of a lone column, all other values come again.
 */
export function looksLikeHeader(table: readonly TableRow[], column: number): boolean {
  const [first, ...rest] = table;
  if (first === undefined || rest.length < 2 || !areColumnNames(first.cells)) return false;
  const counts = new Map<string, number>();
  for (const { cells } of rest) {
    const value = cells[column]?.trim().toLowerCase() ?? "";
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  if (counts.has(first.cells[column]?.trim().toLowerCase() ?? "")) return false;
  if (first.cells.length === 1) return rest.length >= 4 && [...counts.values()].every((count) => count > 1);
  const others = (cells: readonly string[]): string[] =>
    cells.filter((_, i) => i !== column).map((cell) => cell.trim());
  const names = others(first.cells);
  if (names.some((name) => name !== "" && (ID_NAME.test(name) || TEXT_NAME.test(name)))) return true;
  return !rest.some(({ cells }) => others(cells).every((cell, i) => areAlike(cell, names[i] ?? "")));
}

/** Whether a cell could be one of a column that begins with `name`: an id such as d1 beside d2, or words that are no more. */
function areAlike(cell: string, name: string): boolean {
  const shape = (text: string): string => text.replace(/\d+/g, "0");
  const isTerm = NAME.test(cell) && !/\d/.test(cell) && cell.split(" ").length <= name.split(" ").length;
  return shape(cell) === shape(name) || isTerm;
}
