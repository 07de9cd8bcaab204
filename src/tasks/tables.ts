// Examples out of tables and JSON lines, for tasks whose example is a row: which column is what, said by a header, by
// flags or by the number of columns; ids made where there are none.

import { BiobertError, type Warning, type WarningSink } from "../core/index.ts";
import { readText } from "../data/index.ts";
import { isCsvName, linesOf, looksLikeHeader, parseCsv, parseTsv, type TableRow } from "../formats/index.ts";

/** A row by the names of its fields; a field that the row lacks is absent. */
export interface Row {
  fields: Readonly<Record<string, string | readonly string[]>>;
  file: string;
  line: number;
}

export interface ColumnNames {
  /** What each field is called in headers and JSON lines, in lower case, the first being what errors name. */
  fields: Readonly<Record<string, readonly string[]>>;
  /** Fields without which a row is none. */
  required: readonly string[];
  /** The fields of a table without header, by its number of columns. */
  layouts: Readonly<Record<number, readonly string[]>>;
  /** The fields of a table without header where its cells say which, before `layouts`. */
  layoutOf?: (table: readonly TableRow[]) => readonly string[] | undefined;
}

function formatError(message: string, file: string, line?: number, hint?: string): BiobertError {
  return new BiobertError({
    code: "input-format",
    message,
    place: { file, ...(line === undefined ? {} : { line }) },
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Reads rows of `.jsonl` and `.json` (JSON lines), `.csv`, and any other file as tab-separated; `.gz` may follow. `warn` hears of a first line
 * that is read as an example and looks like a header (`header-unknown`).
 * @throws BiobertError those of reading text; `input-format` with file and line for a row that lacks a field or has
 *   another number of columns than the first, and for a header that names some fields and not the label; `input-empty` for a file without a row.
 */
export async function readRows(files: readonly string[], names: ColumnNames, warn?: WarningSink): Promise<Row[]> {
  const rows: Row[] = [];
  for (const file of files) {
    const text = await readText(file, { stripBom: true, requireContent: true });
    const plain = file.toLowerCase().replace(/\.gz$/, "");
    const found = /\.jsonl?$/.test(plain)
      ? jsonRows(text, file, names)
      : tableRows(isCsvName(plain) ? parseCsv(text, file) : parseTsv(text), file, names, warn);
    if (found.length === 0) {
      throw new BiobertError({
        code: "input-empty",
        message: "the file holds a header and no row",
        place: { file },
        hint: "Each line after the header is an example; look whether the file was written to its end.",
      });
    }
    for (const row of found) rows.push(row);
  }
  return rows;
}

function tableRows(table: readonly TableRow[], file: string, names: ColumnNames, warn?: WarningSink): Row[] {
  const [first] = table;
  const width = first!.cells.length;
  const header = headerOf(first!.cells, names);
  const layout = header ?? names.layoutOf?.(table) ?? names.layouts[width];
  if (layout === undefined || names.required.some((name) => !layout.includes(name))) {
    const known = names.required.map((name) => names.fields[name]!.join(" or ")).join(", ");
    const widths = Object.entries(names.layouts).map(([count, fields]) => `${count}: ${fields.join(", ")}`);
    throw formatError(
      `${width} columns (${first!.cells.map((cell) => JSON.stringify(cell.slice(0, 30))).join(", ")}) and no header that names ${known}`,
      file,
      first!.line,
      `Name the columns in a first line, or give them in one of these orders (${widths.join("; ")}).`,
    );
  }
  if (header === undefined) noticeHeader(table, layout, file, names, warn);
  return table.slice(header === undefined ? 0 : 1).map(({ cells, line }) => {
    if (cells.length !== width)
      throw formatError(
        `${cells.length} columns where the first line has ${width}`,
        file,
        line,
        "Every line has as many columns as the first; a text with tabs or line ends goes into .csv, in quotes, or into JSON lines.",
      );
    return {
      fields: Object.fromEntries(layout.map((name, i) => [name, cells[i]!]).filter(([name]) => name !== "")),
      file,
      line,
    };
  });
}

/** Refuses or tells of a first line that would be an example and looks like a header. */
function noticeHeader(
  table: readonly TableRow[],
  layout: readonly string[],
  file: string,
  { fields }: ColumnNames,
  warn?: WarningSink,
): void {
  const column = layout.indexOf("label");
  if (column < 0 || !looksLikeHeader(table, column)) return;
  const { cells, line } = table[0]!;
  const name = cells[column]!.trim();
  const known = fields["label"]!.join(", ");
  const message = `the line looks like a header, but none of its columns is called ${known}`;
  const others = Object.keys(fields).filter((field) => field !== "label");
  const named = cells.find((cell) => others.some((field) => fields[field]!.includes(cell.trim().toLowerCase())));
  if (named !== undefined)
    throw formatError(
      message,
      file,
      line,
      `Call the column ${JSON.stringify(name)} label. Where the line is an example, put a header before it.`,
    );
  warn?.({
    code: "header-unknown",
    message: `${message}: it is read as an example with the label ${JSON.stringify(name)}, which no other line has. Call the columns ${[layout[0]!, "label"].join(" and ")}, or put such a header before the line`,
    place: { file, line },
  });
}

/** The fields of a header's columns, "" for those that are not asked for; undefined where the first line is no header. */
function headerOf(cells: readonly string[], { fields, required }: ColumnNames): string[] | undefined {
  const found = cells.map((cell) => {
    const name = cell.trim().toLowerCase();
    return Object.keys(fields).find((field) => fields[field]!.includes(name)) ?? "";
  });
  if (!required.every((name) => found.includes(name))) return undefined;
  // Of two columns of one meaning the first counts.
  return found.map((name, i) => (found.indexOf(name) === i ? name : ""));
}

function jsonRows(text: string, file: string, { fields, required }: ColumnNames): Row[] {
  const rows: Row[] = [];
  for (const { text: content, line } of linesOf(text)) {
    if (content.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch {
      throw formatError("not JSON", file, line, "Each line is a JSON object.");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw formatError("not a JSON object", file, line);
    const found: Record<string, string | readonly string[]> = {};
    for (const [key, content] of Object.entries(value)) {
      const name = Object.keys(fields).find((field) => fields[field]!.includes(key.toLowerCase()));
      if (name === undefined || name in found || content === null) continue;
      found[name] = fieldOf(content, key, file, line);
    }
    const missing = required.find((name) => !(name in found));
    if (missing !== undefined) throw formatError(`the field ${fields[missing]!.join(" or ")} is missing`, file, line);
    rows.push({ fields: found, file, line });
  }
  return rows;
}

function fieldOf(content: unknown, key: string, file: string, line: number): string | string[] {
  const plain = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);
  if (plain(content)) return String(content);
  if (Array.isArray(content) && content.every(plain)) return content.map(String);
  throw formatError(`the field ${JSON.stringify(key)} is neither text, a number nor a list of these`, file, line);
}

/**
 * A text field of a row, trimmed; undefined where the row lacks it.
 * @throws BiobertError `input-format` where it is empty or a list.
 */
export function textField(row: Row, name: string): string | undefined {
  const value = row.fields[name];
  if (value === undefined) return undefined;
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  throw formatError(`the ${name} is ${typeof value === "string" ? "empty" : "a list, not text"}`, row.file, row.line);
}

/** The id of a row: its own, else its file's name and line. */
export function idOfRow({ fields, file, line }: Row): string {
  const id = fields["id"];
  return typeof id === "string" && id.trim() !== "" ? id.trim() : `${file.split(/[\\/]/).at(-1)}:${line}`;
}

/** The warning, if there is one to give, that ids are there twice. */
export function repeatedIds(examples: readonly { id: string; file?: string; line?: number }[]): Warning[] {
  const seen = new Set<string>();
  const twice = examples.filter(({ id }) => seen.has(id) || (seen.add(id), false));
  const [first] = twice;
  if (first === undefined) return [];
  const message = `the id ${JSON.stringify(first.id)} is there before${twice.length > 1 ? `, and so are ${twice.length - 1} more` : ""}; all are kept`;
  return [{ code: "id-repeated", message, place: { file: first.file, line: first.line } }];
}

/** An `input-format` error at a row. */
export function rowError(row: { file?: string; line?: number }, message: string, hint?: string): BiobertError {
  return formatError(message, row.file ?? "", row.line, hint);
}

/**
 * Refuses gold labels that a head does not have.
 * @throws BiobertError `label-unknown` with file and line.
 */
export function requireLabels(
  examples: readonly { labels?: readonly string[]; file?: string; line?: number }[],
  labels: readonly string[],
): void {
  for (const { labels: own, file, line } of examples) {
    const unknown = own?.find((label) => !labels.includes(label));
    if (unknown === undefined) continue;
    throw new BiobertError({
      code: "label-unknown",
      message: `the label ${JSON.stringify(unknown)} is not known`,
      place: { file, line },
      hint: `Known labels: ${labels.length > 20 ? `${labels.slice(0, 20).join(", ")}, …` : labels.join(", ")}.`,
    });
  }
}

/** Labels in a fixed order: by their numbers where all are numbers, else by their characters. */
export function sortedLabels(labels: Iterable<string>): string[] {
  const own = [...new Set(labels)];
  const numeric = own.every((label) => /^-?\d+(\.\d+)?$/.test(label));
  return own.sort((a, b) => (numeric ? Number(a) - Number(b) : 0) || (a < b ? -1 : a > b ? 1 : 0));
}
