// What readers of corpus files share: errors with their place, JSON that says where it is wrong, tables of tab-separated columns.

import { BiobertError } from "../core/index.ts";
import { jsonFaultPlace } from "./json-place.ts";
import { linesOf } from "./lines.ts";
import { parseTsv, type TableRow } from "./table.ts";

/** The place of a reader's errors and what the format looks like, which is their hint. */
export interface FormatPlace {
  file?: string;
  hint: string;
}

/** An `input-format` error. */
export function badInput(
  place: FormatPlace,
  message: string,
  where: { line?: number; column?: number; name?: string } = {},
  cause?: unknown,
): BiobertError {
  return new BiobertError({
    code: "input-format",
    message,
    place: { file: place.file, ...where },
    hint: place.hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Text short enough for one line of a terminal, quoted. */
export function quoted(text: string, length = 60): string {
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}

/**
 * Rows of a file of tab-separated columns without quoting; blank lines are passed over.
 * @throws BiobertError `input-format` for a row with another number of columns than `columns` allows.
 */
export function* tableRows(text: string, columns: number | readonly number[], place: FormatPlace): Generator<TableRow> {
  const allowed = typeof columns === "number" ? [columns] : columns;
  for (const row of parseTsv(text)) {
    const { cells, line } = row;
    if (!allowed.includes(cells.length)) {
      const message = `${cells.length} columns where ${allowed.join(" or ")} are expected: ${quoted(cells.join("\t"))}`;
      throw badInput(place, message, { line });
    }
    yield row;
  }
}

/**
 * Parses JSON; a byte-order mark is dropped.
 * @throws BiobertError `input-format` with line and column, or with the `line` that the text is.
 */
export function parseJson(text: string, place: FormatPlace, line?: number): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    const detail = String((cause as Error).message).slice(0, 160);
    throw badInput(place, `not JSON: ${detail}`, line === undefined ? jsonFaultPlace(text) : { line }, cause);
  }
}

/** An object out of a file of many; its number is from 1, its line that of its file where it has one of its own. */
export interface JsonRecord {
  record: Record<string, unknown>;
  number: number;
  line?: number;
}

/**
 * JSON records, of a file that is one array or one object a line.
 * @throws BiobertError `input-format` for what is neither.
 */
export function* jsonRecords(text: string, place: FormatPlace): Generator<JsonRecord> {
  for (const item of eachJsonRecord(text, place)) {
    if (item instanceof BiobertError) throw item;
    yield item;
  }
}

/**
 * The same, what is no object as an error among the others.
 * @throws BiobertError `input-format` for an array that does not end as one.
 */
export function* eachJsonRecord(text: string, place: FormatPlace): Generator<JsonRecord | BiobertError> {
  const start = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  let number = 0;
  if (start.trimStart().startsWith("[")) {
    const all = parseJson(start, place);
    for (const value of all as unknown[]) {
      const own = ++number;
      yield orError(() => ({ record: recordOf(value, place, { name: `record ${own}` }), number: own }));
    }
    return;
  }
  for (const { text: content, line } of linesOf(start)) {
    if (content.trim() === "") continue;
    const own = ++number;
    yield orError(() => ({ record: recordOf(parseJson(content, place, line), place, { line }), number: own, line }));
  }
}

function orError<T>(work: () => T): T | BiobertError {
  try {
    return work();
  } catch (error) {
    if (error instanceof BiobertError) return error;
    throw error;
  }
}

/** The value as an object. @throws BiobertError `input-format`. */
export function recordOf(
  value: unknown,
  place: FormatPlace,
  where: { line?: number; name?: string } = {},
): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badInput(
    place,
    `${Array.isArray(value) ? "an array" : JSON.stringify(value)} where an object is expected`,
    where,
  );
}

/**
 * The field as an object.
 * @throws BiobertError `input-format` where it is missing, with the fields that are there, or none.
 */
export function recordField(
  record: Record<string, unknown>,
  name: string,
  place: FormatPlace,
  where: { line?: number; name?: string } = {},
): Record<string, unknown> {
  const value = record[name];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  const found = Object.keys(record).map((key) => JSON.stringify(key));
  const message =
    value === undefined
      ? `the field "${name}" is missing; there ${found.length === 1 ? "is" : "are"} ${found.join(", ") || "none"}`
      : `"${name}" is not an object`;
  throw badInput(place, message, where);
}

/** The field as a string. @throws BiobertError `input-format` where it is missing or none. */
export function stringField(
  record: Record<string, unknown>,
  name: string,
  place: FormatPlace,
  where: { line?: number; name?: string } = {},
): string {
  const value = record[name];
  if (typeof value === "string") return value;
  throw badInput(place, value === undefined ? `the field "${name}" is missing` : `"${name}" is not a string`, where);
}

/** The field as an array, empty where it is missing. @throws BiobertError `input-format` where it is something else. */
export function arrayField(
  record: Record<string, unknown>,
  name: string,
  place: FormatPlace,
  where: { line?: number; name?: string } = {},
): unknown[] {
  const value = record[name];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as unknown[];
  throw badInput(place, `"${name}" is not an array`, where);
}

/** The document that a record of JSON lines is of, as `document_id` or `documentId` names it; nothing where it names none. */
export function documentIdOf(record: Readonly<Record<string, unknown>>): { documentId?: string } {
  const id = record["document_id"] ?? record["documentId"];
  return typeof id === "number" || (typeof id === "string" && id.trim() !== "")
    ? { documentId: String(id).trim() }
    : {};
}
