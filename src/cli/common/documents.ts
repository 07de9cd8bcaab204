// Documents out of files or standard input: a text file is one document, a JSON-lines file one a line. A document that
// cannot be read is reported and the next one goes on.

import { extname } from "node:path";
import { BiobertError } from "../../core/index.ts";
import { decodeText, readDocumentLines } from "../../data/index.ts";
import { type InputSource, prepended } from "./input.ts";
import type { SourceDocument } from "./rooms.ts";

export type InputKind = "auto" | "text" | "jsonl";

export interface DocumentOptions {
  kind: InputKind;
  /** Hears of every document or file that could not be read; when it throws, reading ends. */
  onProblem(error: BiobertError): void;
}

/** Longest line taken, in bytes or characters: beyond it the input is data of another kind, or many documents in one. */
export const MAX_LINE = 16 * 1024 * 1024;
/** Longest text taken as one document, in bytes. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

/**
 * The documents of `sources`, in order. A text document's id is the path as given (`stdin` for standard input) and its
 * text is the whole file, byte-order mark and line ends included. Errors that end everything: `interrupted`, and whatever
 * `onProblem` throws.
 */
export async function* readDocuments(
  sources: readonly InputSource[],
  options: DocumentOptions,
): AsyncGenerator<SourceDocument> {
  for (const source of sources) {
    const documents = readSource(source, options.kind);
    try {
      for (;;) {
        const next = await documents.next().catch((error: unknown) => {
          if (!(error instanceof BiobertError) || error.code === "interrupted") throw error;
          return { done: false as const, value: error };
        });
        if (next.done) break;
        if (next.value instanceof BiobertError) options.onProblem(next.value);
        else yield next.value;
      }
    } finally {
      await documents.return(undefined);
    }
  }
}

async function* readSource(source: InputSource, kind: InputKind): AsyncGenerator<SourceDocument | BiobertError> {
  const bytes = source.open();
  let start: Buffer = Buffer.alloc(0);
  // The first line that is not blank tells what the content is; both kinds need it whole before anything can be done.
  while (start.length < MAX_LINE && !/\S(?:[^\n]{1024}|[^\n]*\n)/.test(start.toString("latin1"))) {
    const next = await bytes.next();
    if (next.done) break;
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  const all = prepended(start, bytes);
  if (!isJsonLines(source, kind, start)) {
    yield await textDocument(all, source.name);
    return;
  }
  let lines = 0;
  for await (const item of readDocumentLines(all, { file: source.name, maxLineBytes: MAX_LINE })) {
    lines++;
    yield "document" in item ? item.document : item.error;
  }
  if (lines === 0) throw emptyInput(source.name);
}

function isJsonLines(source: InputSource, kind: InputKind, start: Buffer): boolean {
  if (kind !== "auto") return kind === "jsonl";
  return looksLikeJsonLines(source.name, start.subarray(0, 1024).toString("utf8"));
}

/** Whether a name or, of any name but `.txt`, the start of the content says that there are JSON lines in a file. */
export function looksLikeJsonLines(name: string, start: string): boolean {
  const extension = extname(name.replace(/\.gz$/i, "")).toLowerCase();
  if (extension === ".jsonl" || extension === ".ndjson") return true;
  return extension !== ".txt" && /^\uFEFF?\s*\{[ \t]*"/.test(start);
}

async function textDocument(bytes: AsyncIterable<Buffer>, file: string): Promise<SourceDocument> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_TEXT_BYTES) throw tooLarge(`one document of more than ${MAX_TEXT_BYTES >> 20} MiB`, file);
    chunks.push(chunk);
  }
  const text = decodeText(Buffer.concat(chunks), file);
  if (!/[^\s\uFEFF]/.test(text)) throw emptyInput(file);
  let line = 1;
  for (let from = 0; from <= text.length; line++) {
    const newline = text.indexOf("\n", from);
    const end = newline < 0 ? text.length : newline;
    if (end - from > MAX_LINE) throw tooLarge(`a line of more than ${MAX_LINE >> 20} MiB`, file, line);
    from = end + 1;
  }
  return { id: file, text };
}

function tooLarge(message: string, file: string, line?: number): BiobertError {
  return new BiobertError({
    code: "input-too-large",
    message,
    place: { file, line },
    hint: "Break it into lines or into several documents, for example JSON lines with one document each.",
  });
}

/** What a file without text is refused with. */
export function emptyInput(file: string): BiobertError {
  return new BiobertError({
    code: "input-empty",
    message: "there is no text in it",
    place: { file },
    hint: "Give a file with text, or leave it out.",
  });
}
