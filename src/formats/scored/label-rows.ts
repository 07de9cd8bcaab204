// Labels in tab-separated files: one row an item, the label in the last column, whatever stands before it an id or a text. Reads what BioBERT,
// BLUE and BLURB write (with a header or without), and rows of class probabilities as BioBERT's test_results.tsv has them.

import { BiobertError } from "../../core/index.ts";
import { linesOf } from "../lines.ts";

export interface LabelRow {
  /** The first column, where there are several. */
  id?: string;
  /** The label as the file has it. */
  label: string;
  /** 1-based. */
  line: number;
}

export interface LabelRowsOptions {
  file?: string;
  /** The label's column: its name in the header, or its number from 1. Default: the last. */
  column?: string;
  /** Names of the classes, in order: then a row may be one probability for each, of which the highest is the label. */
  classes?: readonly string[];
}

const LABEL_NAMES = new Set([
  "label",
  "labels",
  "class",
  "score",
  "gold",
  "gold_label",
  "pred",
  "prediction",
  "predicted",
  "answer",
]);
const ID_NAME = /^(?:|index|guid|pmid|(?:.*_)?q?id)$/i;

/**
 * Rows of a label file. A first row that names a label column (`label`, `labels`, `score`, ...) or the asked-for one is a header: the labels are
 * in that column, and ids in the one called `id`, `index`, ..., else in the first. Empty lines at the end are passed over.
 * @throws BiobertError `input-format` with the line: an empty line between rows, a varying number of columns, a column that is not there;
 *   `input-empty` without a row.
 */
export function parseLabelRows(text: string, options: LabelRowsOptions = {}): LabelRow[] {
  const { file, classes } = options;
  const bad = (line: number, message: string) =>
    new BiobertError({
      code: "input-format",
      message,
      place: { file, line },
      hint: "One item a line, tab-separated, the label in the last column (or --label-column NAME or NUMBER).",
    });
  const lines = [...linesOf(text)].map(({ text: content, line }) => ({ cells: content.split("\t"), line }));
  while (lines.length > 0 && lines.at(-1)!.cells.every((cell) => cell.trim() === "")) lines.pop();
  const header = (lines[0]?.cells ?? []).map((cell) => cell.trim());
  const asked = options.column === undefined ? -1 : header.indexOf(options.column);
  const named = header.findLastIndex((cell) => LABEL_NAMES.has(cell.toLowerCase()));
  let column = asked >= 0 ? asked : named >= 0 ? named : undefined;
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
  if (lines.length === 0)
    throw new BiobertError({ code: "input-empty", message: "the file holds no row", place: { file } });
  const width = lines[0]!.cells.length;
  return lines.map(({ cells, line }) => {
    if (cells.length !== width) throw bad(line, `${cells.length} columns where earlier rows have ${width}`);
    if (classes !== undefined && cells.length === classes.length && cells.length > 1 && column === undefined) {
      const values = cells.map(Number);
      if (cells.every((cell) => cell.trim() !== "") && values.every((value) => Number.isFinite(value))) {
        return { label: classes[values.indexOf(Math.max(...values))]!, line };
      }
    }
    const label = cells[column ?? cells.length - 1]?.trim();
    if (label === undefined) throw bad(line, `there is no column ${(column ?? 0) + 1}: the row has ${cells.length}`);
    if (label === "" && cells.length === 1) throw bad(line, "an empty line");
    const id = idColumn === (column ?? cells.length - 1) ? undefined : cells[idColumn]!.trim();
    return { ...(id === undefined ? {} : { id }), label, line };
  });
}

/**
 * The labels of a cell that holds several: names parted by `;`, `,` or `|`, or numbered flags as BLUE's HoC has them (`0_0,1_1`: label 1 alone).
 * An empty cell, `none` and `-` hold none.
 */
export function labelsOfCell(cell: string): string[] {
  if (/^(?:\s*|none|-)$/i.test(cell)) return [];
  const parts = cell.split(/[;,|]/).map((part) => part.trim());
  const flags = parts.map((part) => /^(.+)_([01])$/.exec(part));
  if (flags.every((flag) => flag !== null)) return flags.filter((flag) => flag[2] === "1").map((flag) => flag[1]!);
  return [...new Set(parts.filter((part) => part !== ""))];
}

/**
 * Pairs the rows of two files: by id where ids are unique on both sides, else in order.
 * @throws BiobertError `input-format` with the line: an id on one side only, another id in the same place, another number of rows.
 */
export function pairLabelRows(
  gold: readonly LabelRow[],
  predicted: readonly LabelRow[],
  files: { gold?: string; predicted?: string } = {},
): { id?: string; gold: string; predicted: string }[] {
  const mismatch = (message: string, file: string | undefined, line: number) =>
    new BiobertError({
      code: "input-format",
      message,
      place: { file, line },
      hint: "Gold and predictions must hold the same items, with the same ids or in the same order.",
    });
  const goldIds = uniqueIds(gold);
  const predictedIds = uniqueIds(predicted);
  if (goldIds !== undefined && predictedIds !== undefined) {
    for (const [id, row] of predictedIds)
      if (!goldIds.has(id)) throw mismatch(`${JSON.stringify(id)} is not in the gold`, files.predicted, row.line);
    return gold.map(({ id, label, line }) => {
      const row = predictedIds.get(id!);
      if (row === undefined) throw mismatch(`${JSON.stringify(id)} has no prediction`, files.gold, line);
      return { id: id!, gold: label, predicted: row.label };
    });
  }
  if (gold.length !== predicted.length) {
    const shorter = gold.length < predicted.length ? "gold" : "predicted";
    throw mismatch(
      `${gold.length} gold rows and ${predicted.length} predictions`,
      files[shorter],
      Math.min(gold.length, predicted.length),
    );
  }
  return gold.map(({ id, label, line }, i) => {
    const row = predicted[i]!;
    const both = id !== undefined && row.id !== undefined;
    if (both && id !== row.id)
      throw mismatch(
        `${JSON.stringify(row.id)} stands where the gold has ${JSON.stringify(id)}`,
        files.predicted,
        line,
      );
    return { ...(id === undefined ? {} : { id }), gold: label, predicted: row.label };
  });
}

function uniqueIds(rows: readonly LabelRow[]): Map<string, LabelRow> | undefined {
  const byId = new Map<string, LabelRow>();
  for (const row of rows) if (row.id !== undefined) byId.set(row.id, row);
  return byId.size === rows.length ? byId : undefined;
}
