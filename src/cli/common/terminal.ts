// Text for a terminal: colour or none, column widths, tables and the one progress line.

import type { CommandContext, OutputStream } from "./context.ts";

/** Whether to send colour to `stream`: `--no-color`, then FORCE_COLOR, NO_COLOR (no-color.org), TERM, and a terminal at all. */
export function wantsColor(context: CommandContext, stream: OutputStream): boolean {
  if (!context.allowColor) return false;
  const { FORCE_COLOR: force, NO_COLOR: none, TERM: terminal } = context.environment;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (none !== undefined && none !== "") return false;
  return stream.isTTY === true && terminal !== "dumb";
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const zeroWidth = /[\p{M}\p{Cf}]/u;

/** Columns that `text` takes on a terminal: 2 for East Asian wide characters and emoji, 0 for combining and format characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (character < "\u0300") width += 1;
    else if (!zeroWidth.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
}

/**
 * `text` with every control character but line feed and tab shown as a visible sign, so that a document cannot move the
 * cursor or change colours.
 */
export function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** How a data set is got, in words: fetched by name, put in its place by hand, or given as files of the user's own. */
export const AVAILABILITY = { pull: "pull", local: "by hand", no: "your own files" } as const;

export interface TableCell {
  text: string;
  /** Dresses the padded text (colour); must not change its width. */
  style?: (text: string) => string;
}

export interface TableColumn {
  title: string;
  align?: "left" | "right";
}

/** Lines of a table: a header, a rule, the rows; two spaces between columns, none at the end of a line. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  styleTitle: (text: string) => string = (text) => text,
): string[] {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index]?.text ?? ""))),
  );
  const line = (cells: readonly TableCell[]): string =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? { text: "" };
        const space = " ".repeat(Math.max(0, widths[index] - displayWidth(cell.text)));
        const last = index === columns.length - 1;
        const dressed = cell.style === undefined ? cell.text : cell.style(cell.text);
        return column.align === "right" ? space + dressed : last ? dressed : dressed + space;
      })
      .join("  ")
      .trimEnd();
  return [
    styleTitle(line(columns.map((column) => ({ text: column.title })))),
    styleTitle(widths.map((width) => "─".repeat(width)).join("  ")),
    ...rows.map(line),
  ];
}

/** `75` -> `1m15s`; whole seconds, the two largest units. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")}m`;
}

/** Bytes in megabytes of a million, as file managers show them. */
export function formatBytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `1234567` -> `1,234,567`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** One line at the bottom of a terminal that is written over; on anything else it stays silent. */
export class ProgressLine {
  private readonly stream: OutputStream;
  private readonly enabled: boolean;
  private readonly everyMilliseconds: number;
  private shownAt = -Infinity;
  private visible = false;

  constructor(stream: OutputStream, options: { enabled?: boolean; everyMilliseconds?: number } = {}) {
    this.stream = stream;
    this.enabled = (options.enabled ?? true) && stream.isTTY === true;
    this.everyMilliseconds = options.everyMilliseconds ?? 100;
  }

  /** Shows what `render` returns, at most every `everyMilliseconds`; the text is cut to the terminal's width. */
  show(render: () => string): void {
    const now = performance.now();
    if (!this.enabled || now - this.shownAt < this.everyMilliseconds) return;
    this.shownAt = now;
    this.visible = true;
    const width = (this.stream.columns ?? 80) - 1;
    this.stream.write(`\r\u001b[2K${render().slice(0, width)}`);
  }

  /** Takes the line away, before other text or at the end. */
  clear(): void {
    if (this.visible) this.stream.write("\r\u001b[2K");
    this.visible = false;
    this.shownAt = -Infinity;
  }
}
