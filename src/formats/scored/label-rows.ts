// Labels in tables: one row an item, the label in the last column, whatever stands before it an id or a text. Reads what BioBERT, BLUE and
// BLURB write (with a header or without), rows of class probabilities as BioBERT's test_results.tsv has them, and JSON lines.

import { BiobertError } from "../../core/index.ts";
import { linesOf } from "../lines.ts";
import { ID_NAME, isCsvName, looksLikeHeader, parseCsv, type TableRow } from "../table.ts";
import { quoted } from "../reading.ts";
import { isJsonText, parseLabelLines } from "./label-lines.ts";
import { labelFields, type LabelRow, type LabelRowsOptions } from "./label-row.ts";

/** Of JSON objects alone: tables have other columns called so. */
const NO_COLUMNS = new Set(["letters", "relation", "value"]);

/**
 * Rows of a label file: JSON lines, comma-separated values (a file called `.csv`), or tab-separated ones. A first row that names a label column
 * (`label`, `labels`, ..., `score` where there is none of these) or the asked-for one is a header: the labels are in that column, and ids in
 * the one called `id`, `index`, ..., else in the first. Rows of as many numbers as there are `classes` are probabilities, unless all of them
 * read as an id and a class called by a number. Empty lines at the end are passed over.
 * @throws BiobertError `input-format` with the line: an empty line between rows, a varying number of columns, a column that is not there, a
 *   first line that looks like a header of other names; `input-empty` without a row.
 */
export function parseLabelRows(text: string, options: LabelRowsOptions = {}): LabelRow[] {
  const { file, classes } = options;
  const bad = (line: number, message: string, hint?: string) =>
    new BiobertError({
      code: "input-format",
      message,
      place: { file, line },
      hint:
        hint ??
        "One item a line, tab-separated (in .csv commas), the label in the last column (or --label-column NAME or NUMBER).",
    });
  const empty = () =>
    new BiobertError({
      code: "input-empty",
      message: "the file holds no row",
      place: { file },
      hint: "One item a line; a header alone is none.",
    });
  if (isJsonText(text)) {
    const found = parseLabelLines(text, options);
    if (found.length === 0) throw empty();
    return found;
  }
  const lines = isCsvName(file) ? parseCsv(text, file) : tabbedRows(text);
  const header = (lines[0]?.cells ?? []).map((cell) => cell.trim());
  const asked = options.column === undefined ? -1 : header.indexOf(options.column);
  const names = header.map((cell) => cell.toLowerCase());
  const named = labelFields(options.side).find((name) => !NO_COLUMNS.has(name) && names.includes(name));
  let column = asked >= 0 ? asked : named === undefined ? undefined : names.lastIndexOf(named);
  let idColumn = 0;
  if (column !== undefined) {
    lines.shift();
    idColumn = Math.max(
      0,
      header.findIndex((cell, i) => i !== column && ID_NAME.test(cell)),
    );
  }
  if (options.column !== undefined && asked < 0) {
    if (!/^[1-9]\d*$/.test(options.column)) throw bad(1, `there is no column ${JSON.stringify(options.column)}`);
    column = Number(options.column) - 1;
  }
  if (lines.length === 0) throw empty();
  if (column === undefined && looksLikeHeader(lines, lines[0]!.cells.length - 1)) {
    const name = lines[0]!.cells.at(-1)!.trim();
    throw bad(
      lines[0]!.line,
      `the line looks like a header whose column of labels has no known name: ${JSON.stringify(name)} is the label of no other line`,
      `Name the column: --label-column ${JSON.stringify(name)}. Where the line is an item, give the column's number: --label-column ${lines[0]!.cells.length}.`,
    );
  }
  const width = lines[0]!.cells.length;
  const scored = classes !== undefined && column === undefined && areScores(lines, classes) ? classes : undefined;
  return lines.map(({ cells, line }) => {
    if (cells.length !== width) throw bad(line, `${cells.length} columns where earlier rows have ${width}`);
    if (scored !== undefined) {
      const values = cells.map(Number);
      return { label: scored[values.indexOf(Math.max(...values))]!, line };
    }
    const label = cells[column ?? cells.length - 1]?.trim();
    if (label === undefined) throw bad(line, `there is no column ${(column ?? 0) + 1}: the row has ${cells.length}`);
    if (label === "" && cells.length === 1) throw bad(line, "an empty line");
    const id = idColumn === (column ?? cells.length - 1) ? undefined : cells[idColumn]!.trim();
    return { ...(id === undefined ? {} : { id }), label, line };
  });
}

/** Whether all rows are a number for each class, and not a number and a class's name that is one: `17<TAB>1`. */
function areScores(rows: readonly TableRow[], classes: readonly string[]): boolean {
  if (classes.length < 2) return false;
  const areNumbers = rows.every(
    ({ cells }) =>
      cells.length === classes.length && cells.every((cell) => cell.trim() !== "" && Number.isFinite(Number(cell))),
  );
  if (!areNumbers || classes.length > 2) return areNumbers;
  const areLabels = rows.every(({ cells }) => classes.includes(cells[1]!.trim()));
  const haveIds = new Set(rows.map(({ cells }) => cells[0]!.trim())).size === rows.length;
  const areOneHot = rows.every(({ cells }) => Number(cells[0]) + Number(cells[1]) === 1);
  return !areLabels || (areOneHot && !haveIds);
}

/** Rows parted by tabs, the empty ones between them kept. */
function tabbedRows(text: string): TableRow[] {
  const rows = [...linesOf(text)].map(({ text: content, line }) => ({ cells: content.split("\t"), line }));
  while (rows.length > 0 && rows.at(-1)!.cells.every((cell) => cell.trim() === "")) rows.pop();
  return rows;
}

/** The labels of a row: those that it lists, else those of its cell. */
export function labelsOfRow({ label, labels }: Pick<LabelRow, "label" | "labels">): string[] {
  return labels === undefined ? labelsOfCell(label) : [...new Set(labels.filter((each) => each !== ""))];
}

/**
 * The labels of a cell that holds several: names parted by `;`, `,` or `|`, or numbered flags as BLUE's HoC has them (`0_0,1_1`: label 1 alone).
 * An empty cell, `none` and `-` hold none.
 */
export function labelsOfCell(cell: string): string[] {
  if (/^(?:\s*|none|-)$/i.test(cell)) return [];
  const parts = cell.split(/[;,|]/).map((part) => part.trim());
  const flags = parts.map((part) => /^(\d+)_([01])$/.exec(part));
  if (flags.every((flag) => flag !== null)) return flags.filter((flag) => flag[2] === "1").map((flag) => flag[1]!);
  return [...new Set(parts.filter((part) => part !== ""))];
}

/** The rows of one item. */
export interface LabelPair {
  id?: string;
  gold: LabelRow;
  predicted: LabelRow;
}

/**
 * Pairs the rows of two files: by id where ids are unique on both sides, by line where the predictions' ids are those that `predict` makes of
 * items without one (`FILE:LINE`), else in order.
 * @throws BiobertError `input-format` with the line: an id on one side only, another id in the same place, another number of rows.
 */
export function pairLabelRows(
  gold: readonly LabelRow[],
  predicted: readonly LabelRow[],
  files: { gold?: string; predicted?: string } = {},
): LabelPair[] {
  const mismatch = (message: string, file: string | undefined, line: number) =>
    new BiobertError({
      code: "input-format",
      message,
      place: { file, line },
      hint: "Gold and predictions must hold the same items, with the same ids or in the same order.",
    });
  const goldIds = uniqueIds(gold);
  const predictedIds = uniqueIds(predicted);
  const isKnown =
    goldIds !== undefined && predictedIds !== undefined && [...predictedIds.keys()].every((id) => goldIds.has(id));
  const goldName = baseName(files.gold ?? "");
  const made = isKnown ? undefined : madeIds(predicted, goldName);
  if (made !== undefined && made.file === goldName) {
    const byLine = new Map(gold.map((row) => [row.line, row]));
    predicted.forEach((row, i) => {
      if (!byLine.has(made.lines[i]!))
        throw mismatch(`${JSON.stringify(row.id)} is no item of the gold`, files.predicted, row.line);
    });
    const rows = new Map(predicted.map((row, i) => [made.lines[i]!, row]));
    return gold.map((row) => {
      const found = rows.get(row.line);
      if (found === undefined) throw mismatch("the item has no prediction", files.gold, row.line);
      return { ...(row.id === undefined ? {} : { id: row.id }), gold: row, predicted: found };
    });
  }
  if (goldIds !== undefined && predictedIds !== undefined && made === undefined) {
    for (const [id, row] of predictedIds)
      if (!goldIds.has(id)) throw mismatch(`${JSON.stringify(id)} is not in the gold`, files.predicted, row.line);
    return gold.map((row) => {
      const found = predictedIds.get(row.id!);
      if (found === undefined) throw mismatch(`${JSON.stringify(row.id)} has no prediction`, files.gold, row.line);
      return { id: row.id!, gold: row, predicted: found };
    });
  }
  if (gold.length !== predicted.length) {
    const again = goldIds === undefined ? undefined : firstRepeated(predicted);
    if (again !== undefined) throw mismatch(`${quoted(again.id!)} has come before`, files.predicted, again.line);
    const [longer, shorter] =
      gold.length > predicted.length ? (["gold", "predicted"] as const) : (["predicted", "gold"] as const);
    const counts = `${gold.length} gold rows and ${predicted.length} predictions`;
    const row = (longer === "gold" ? gold : predicted)[Math.min(gold.length, predicted.length)]!;
    throw mismatch(
      `${counts}: this row is one more than ${files[shorter] ?? `the ${shorter} file`} has`,
      files[longer],
      row.line,
    );
  }
  return gold.map((row, i) => {
    const { id } = row;
    const found = predicted[i]!;
    const both = id !== undefined && found.id !== undefined && made === undefined;
    if (both && id !== found.id)
      throw mismatch(
        `${JSON.stringify(found.id)} stands where the gold has ${JSON.stringify(id)}`,
        files.predicted,
        found.line,
      );
    return { ...(id === undefined ? {} : { id }), gold: row, predicted: found };
  });
}

/**
 * The file and the lines of predictions whose ids all are `FILE:LINE` of one file, rising, as `predict` makes them; undefined for other ids. A
 * file of another name than the gold must have an ending: `CPR:3` is an id.
 */
function madeIds(rows: readonly LabelRow[], goldName: string): { file: string; lines: number[] } | undefined {
  const found = rows.map(({ id = "" }) => /^(.+):(\d+)$/su.exec(id));
  const file = baseName(found[0]?.[1] ?? "");
  const lines = found.map((match) => Number(match?.[2]));
  const isMade =
    (file === goldName || /\.\w+$/.test(file)) &&
    found.every((match, i) => match !== null && baseName(match[1]!) === file && (i === 0 || lines[i]! > lines[i - 1]!));
  return isMade ? { file, lines } : undefined;
}

function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1)!;
}

/** The first row whose id an earlier one has. */
function firstRepeated(rows: readonly LabelRow[]): LabelRow | undefined {
  const seen = new Set<string>();
  for (const row of rows) {
    if (row.id === undefined) continue;
    if (seen.has(row.id)) return row;
    seen.add(row.id);
  }
  return undefined;
}

function uniqueIds(rows: readonly LabelRow[]): Map<string, LabelRow> | undefined {
  const byId = new Map<string, LabelRow>();
  for (const row of rows) if (row.id !== undefined) byId.set(row.id, row);
  return byId.size === rows.length ? byId : undefined;
}
