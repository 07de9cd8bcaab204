// The files of a model by name, be they in a directory or in an archive: what looks for weights and settings knows no more.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BiobertError } from "../core/index.ts";
import { type CheckpointKind, kindOfCheckpoint } from "../formats/index.ts";
import { decodeText, tooLarge } from "./files.ts";
import { openFile, type OpenSource } from "./file-source.ts";
import { readError } from "./system-errors.ts";

export interface FileSet {
  /** The directory or archive, for errors. */
  readonly path: string;
  /** Names of the files, sorted; those of sub-folders are left out. */
  readonly names: readonly string[];
  /** Where a file is, for errors and for those who open it themselves. */
  pathOf(name: string): string;
  /** What a file holds, by its content. */
  kindOf(name: string): Promise<CheckpointKind>;
  open(name: string): Promise<OpenSource>;
}

/** More files than this are no model's directory: they are not looked through. */
const MAX_FILES = 10_000;

/**
 * The files of a directory.
 * @throws BiobertError `file-not-found`, `file-unreadable`.
 */
export async function directoryFiles(path: string): Promise<FileSet> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw readError(error, path);
  });
  const names: string[] = [];
  for (const entry of entries.slice(0, MAX_FILES)) {
    // The Hub's cache consists of links.
    const regular =
      entry.isFile() ||
      (entry.isSymbolicLink() && (await stat(join(path, entry.name)).catch(() => undefined))?.isFile() === true);
    if (regular) names.push(entry.name);
  }
  return {
    path,
    names: names.sort(),
    pathOf: (name) => join(path, name),
    kindOf: (name) => kindOfFile(join(path, name)),
    open: (name) => openFile(join(path, name)),
  };
}

/** What a file holds, by its content. */
export async function kindOfFile(path: string): Promise<CheckpointKind> {
  const source = await openFile(path);
  try {
    return await kindOfCheckpoint(source);
  } finally {
    await source.close();
  }
}

/**
 * A file of a set as text.
 * @throws BiobertError `input-too-large`, `input-binary`, `input-encoding`.
 */
export async function readSetText(files: FileSet, name: string, maxBytes: number): Promise<string> {
  const path = files.pathOf(name);
  const source = await files.open(name);
  try {
    if (source.size > maxBytes) throw tooLarge(path, maxBytes);
    return decodeText(await source.read(0, source.size), path);
  } finally {
    await source.close();
  }
}

const MAX_JSON_DEPTH = 100;

/**
 * A JSON object out of a file of a set, a byte-order mark allowed.
 * @throws BiobertError those of `readSetText`; `model-config` for what is not JSON, no object, or nested beyond all measure.
 */
export async function readSetJson(
  files: FileSet,
  name: string,
  maxBytes = 1 << 24,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readSetText(files, name, maxBytes);
  const file = files.pathOf(name);
  const fail = (message: string, cause?: unknown): BiobertError =>
    new BiobertError({ code: "model-config", message, place: { file }, cause });
  if (depthOf(text) > MAX_JSON_DEPTH) throw fail(`its JSON is nested more than ${MAX_JSON_DEPTH} deep`);
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (cause) {
    throw fail(`not valid JSON: ${(cause as Error).message}`, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw fail("not a JSON object");
  return value as Readonly<Record<string, unknown>>;
}

/** How deep brackets are nested outside strings. */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}
