// Where corpora lie: a data root is a folder in the layout of the registry, given, named by BIOBERT_DATA, or the cache that
// `datasets pull` fills. A file may be gzip-compressed, a folder of many files a tar archive.

import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { BiobertError, type WarningSink } from "../core/index.ts";
import { type BundleFile, readBundle } from "./bundles.ts";
import { readText, readUnzipped } from "./files.ts";

/**
 * The data root: `root` when given, else what the environment variable `BIOBERT_DATA` names.
 * @throws BiobertError `usage` when neither is there.
 */
export function dataRoot(root?: string): string {
  const found = root ?? process.env["BIOBERT_DATA"];
  if (found !== undefined && found !== "") return found;
  throw new BiobertError({
    code: "usage",
    message: "no data folder is given",
    hint: "Name the folder that holds the corpora, or set the environment variable BIOBERT_DATA to it.",
  });
}

/** Where pulled corpora go: `$XDG_CACHE_HOME/biobert/data`, by default below `~/.cache`. */
export function dataCache(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(environment["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "biobert", "data");
}

/** The folders to look in, in order: the one given, or else that of BIOBERT_DATA and then the cache. */
export function dataRoots(
  root?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string[] {
  if (root !== undefined && root !== "") return [root];
  const named = environment["BIOBERT_DATA"];
  return named === undefined || named === "" ? [dataCache(environment)] : [named, dataCache(environment)];
}

/**
 * The file of a data root with this relative path, or its gzip-compressed form (`.gz` added).
 * @throws BiobertError `file-not-found` when neither is there.
 */
export async function datasetFile(path: string, root?: string): Promise<string> {
  return (await findFile([dataRoot(root)], path)) ?? Promise.reject(notThere(join(dataRoot(root), path), GET_IT));
}

/** The first of the roots' files with this path, zipped or not; undefined where none has it. */
export async function findFile(roots: readonly string[], path: string): Promise<string | undefined> {
  for (const root of roots) {
    for (const candidate of [join(root, path), `${join(root, path)}.gz`]) {
      if ((await stat(candidate).catch(() => undefined))?.isFile() === true) return candidate;
    }
  }
  return undefined;
}

/** Reads a data set's files below the roots, and remembers which. */
export class DataSource {
  readonly files: string[] = [];
  private readonly roots: readonly string[];
  readonly warn: WarningSink;
  private readonly hint: string;

  /** `hint` says how to get a file that is not there. */
  constructor(roots: readonly string[], warn: WarningSink, hint: string = GET_IT) {
    this.roots = roots;
    this.warn = warn;
    this.hint = hint;
  }

  /** The path on this disk. @throws BiobertError `file-not-found`. */
  async locate(path: string): Promise<string> {
    const file = await findFile(this.roots, path);
    if (file === undefined) throw notThere(this.roots.map((root) => join(root, path)).join(" or "), this.hint);
    this.files.push(file);
    return file;
  }

  /**
   * A text file, with its name; in UTF-8 unless the corpus is known to be in Windows-1252.
   * @throws BiobertError `file-not-found` and those of `readText`.
   */
  async text(path: string, encoding: "utf-8" | "windows-1252" = "utf-8"): Promise<{ text: string; file: string }> {
    const file = await this.locate(path);
    if (encoding !== "utf-8") return { text: new TextDecoder(encoding).decode(await readUnzipped(file)), file };
    return { text: await readText(file, { stripBom: true, requireContent: true }), file };
  }

  /** The files of a folder, or of the archive `archive` where there is no such folder. @throws BiobertError as `readBundle`. */
  async bundle(
    folder: string,
    archive: string,
    wanted: (path: string) => boolean,
  ): Promise<{ files: BundleFile[]; file: string }> {
    for (const root of this.roots) {
      const place = join(root, folder);
      if ((await stat(place).catch(() => undefined))?.isDirectory() === true) {
        this.files.push(place);
        const files = await readBundle(place, wanted);
        if (files.length > 0) return { files, file: place };
        this.files.pop();
      }
    }
    const file = await this.locate(archive);
    return { files: await readBundle(file, wanted), file };
  }
}

const GET_IT =
  "Put the corpus below the data folder in the registry's layout (BIOBERT_DATA or --data); biobert datasets show ID says where it comes from.";

function notThere(file: string, hint: string): BiobertError {
  return new BiobertError({
    code: "file-not-found",
    message: "this data set's file is not there, nor its .gz form",
    place: { file },
    hint,
  });
}
