// What `biobert score` makes of two files, and how it looks on a terminal: the field's usual table first, the averages it is often
// confused with below it, each by its name.

import type { AveragedScores, PrecisionRecallF1 } from "../../metrics/index.ts";
import { formatCount, tableLines, type TableColumn } from "../common/terminal.ts";

export interface ScoreTable {
  columns: TableColumn[];
  rows: string[][];
}

export interface ScoreResult {
  /** What the numbers are, for records: protocols with different ids are not comparable. */
  protocol: string;
  /** The protocol in words. */
  title: string;
  /** The headline: name and value. */
  headline: { name: string; value: number };
  /** Printed as it is, above the tables: an official script's own form. */
  official?: string;
  tables: ScoreTable[];
  /** Numbers that are often taken for the headline: name and value as printed. */
  beside: [string, string][];
  /** What else the reader must know. */
  notes: string[];
  /** Every number, for `--json`. */
  scores: unknown;
}

/** A number in percent with two decimals, as papers print it. */
export function percent(value: number): string {
  return value.toFixed(2);
}

const right = (title: string): TableColumn => ({ title, align: "right" });

/** A table of precision, recall and F1 with counts. */
export function precisionRecallTable(
  title: string,
  rows: readonly (readonly [string, PrecisionRecallF1])[],
): ScoreTable {
  return {
    columns: [{ title }, ...["precision", "recall", "F1", "gold", "predicted", "correct"].map(right)],
    rows: rows.map(([name, scores]) => [name === "" ? "(no type)" : name, ...tripleOf(scores), ...countsOf(scores)]),
  };
}

/** A table of a name and one number a row. */
export function numberTable(title: string, column: string, rows: readonly (readonly [string, string])[]): ScoreTable {
  return { columns: [{ title }, right(column)], rows: rows.map((row) => [...row]) };
}

/** `P / R / F1` on one line. */
export function tripleText(scores: AveragedScores): string {
  return `${tripleOf(scores).join(" / ")} (P / R / F1)`;
}

function tripleOf({ precision, recall, f1 }: AveragedScores): string[] {
  return [precision, recall, f1].map(percent);
}

function countsOf({ goldCount, predictedCount, correctCount }: PrecisionRecallF1): string[] {
  return [goldCount, predictedCount, correctCount].map(formatCount);
}

/** A label may be a whole text where a file's columns are others than they were taken for. */
function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** A result as text for a terminal. */
export function scoreText({ protocol, title, headline, official, tables, beside, notes }: ScoreResult): string {
  const blocks = [[`${title} [${protocol}]; percent`, `${headline.name} ${percent(headline.value)}`]];
  if (official !== undefined) blocks.push([official]);
  for (const { columns, rows } of tables)
    blocks.push(
      tableLines(
        columns.map((column) => ({ ...column, title: cut(column.title) })),
        rows.map((row) => row.map((text) => ({ text: cut(text) }))),
      ),
    );
  if (beside.length > 0) {
    const width = Math.max(...beside.map(([name]) => name.length));
    blocks.push(["Not to be confused with:", ...beside.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)]);
  }
  if (notes.length > 0) blocks.push(notes);
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
