// Foreign fields to fields of the catalogue: what is kept, what is mended, what is dropped, each with a note in the report.

import { dateSchema, type Link, urlProblem } from "../schema/index.ts";
import { storableText } from "../text.ts";
import type { ImportNote, ImportReport } from "./report.ts";

/** Reads the fields of one foreign entry. */
export class Cleaner {
  private readonly report: ImportReport;
  private readonly file: string;
  private readonly line: number;

  constructor(report: ImportReport, file: string, line: number) {
    this.report = report;
    this.file = file;
    this.line = line;
  }

  note(code: ImportNote["code"], message: string): void {
    this.report.note({ file: this.file, line: this.line, code, message });
  }

  /** Text as it is, but for what no database stores; "" where it is none. */
  text(value: unknown, field: string): string {
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (typeof value !== "string") return "";
    const clean = storableText(value).slice(0, 200_000);
    if (clean !== value) this.note("text-cleaned", `${field}: characters that cannot be stored were replaced`);
    return clean;
  }

  /** One line of text, or undefined where there is none. */
  name(value: unknown, field: string): string | undefined {
    const text = this.text(value, field)
      .replaceAll(/[\s\p{Cc}]+/gu, " ")
      .trim();
    return text === "" ? undefined : text.slice(0, 500).trim();
  }

  names(value: unknown, field: string): string[] {
    if (!Array.isArray(value)) return [];
    return [...new Set(value.flatMap((each, index) => this.name(each, `${field}.${index}`) ?? []))];
  }

  /** A link that works as one; what is cut off or none is dropped with a note. */
  url(value: unknown, field: string): string | undefined {
    const text = this.text(value, field).trim();
    if (text === "") return undefined;
    const problem = text.length > 2000 ? "longer than 2,000 characters" : urlProblem(text);
    if (problem === undefined) return text;
    this.note("link-dropped", `${field}: ${text.slice(0, 200)}: ${problem}`);
    return undefined;
  }

  links(value: unknown, field: string): Link[] {
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, index) => {
      const { title, url } = (each ?? {}) as { title?: unknown; url?: unknown };
      const address = this.url(url, `${field}.${index}.url`);
      return address === undefined ? [] : [{ title: this.text(title, field), url: address }];
    });
  }

  /** A day; null and "" are no day, anything else that is none is dropped with a note. */
  date(value: unknown, field: string): string | undefined {
    const text = this.text(value, field).trim();
    if (text === "") return undefined;
    const day =
      /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0] ??
      (/^\d{4}-\d{2}$/.test(text) ? `${text}-01` : /^\d{4}$/.test(text) ? `${text}-01-01` : text);
    if (dateSchema.safeParse(day).success) return day;
    this.note("date-dropped", `${field}: ${text.slice(0, 50)} is no date`);
    return undefined;
  }
}

/** The value as an object, or undefined where it is none. */
export function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The value as a list; an empty one where it is none. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The entry without empty fields, so that a missing field and an empty one are one thing. */
export function compact<T extends object>(entry: T): T {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined && value !== "")) as T;
}
