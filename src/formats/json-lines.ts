// JSON lines of documents: one object a line, `{"id": ..., "text": "..."}`, other fields ignored. A bad line is a value with its
// number, so that the caller may report it and go on.

import { BiobertError } from "../core/index.ts";
import { linesOf } from "./lines.ts";

export interface TextDocument {
  id: string;
  text: string;
}

/** What one line holds, or why it holds nothing; lines are counted from 1. */
export type DocumentLine = { line: number; document: TextDocument } | { line: number; error: BiobertError };

/** Parses JSON lines of documents; blank lines are passed over. Error values have the code `input-format`. */
export function* parseJsonLines(text: string, options: { file?: string } = {}): Generator<DocumentLine> {
  for (const { text: content, line } of linesOf(text)) {
    const item = documentOfLine(content, line, options.file);
    if (item !== undefined) yield item;
  }
}

/**
 * Parses one line; undefined for a blank one. `id` is a non-empty string or a number (which becomes a string), `text` a string.
 * Nothing is thrown: what is wrong is the `error` value, code `input-format`.
 */
export function documentOfLine(content: string, line: number, file?: string): DocumentLine | undefined {
  if (content.trim() === "") return undefined;
  const bad = (message: string, cause?: unknown): DocumentLine => ({
    line,
    error: new BiobertError({
      code: "input-format",
      message,
      place: { file, line },
      hint: 'Each line is a JSON object such as {"id": "1", "text": "..."}.',
      cause,
    }),
  });
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    return bad(`not JSON: ${cause instanceof Error ? shorten(cause.message) : String(cause)}`, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return bad("not a JSON object");
  const { id, text } = value as { id?: unknown; text?: unknown };
  if (id === undefined) return bad('the field "id" is missing');
  if ((typeof id !== "string" && typeof id !== "number") || id === "")
    return bad('"id" is neither a non-empty string nor a number');
  if (text === undefined) return bad('the field "text" is missing');
  if (typeof text !== "string") return bad('"text" is not a string');
  return { line, document: { id: String(id), text } };
}

/** Node quotes the input in its messages; a 20 MB line must not end up on a terminal. */
function shorten(message: string): string {
  return message.length > 160 ? `${message.slice(0, 160)}…` : message;
}
