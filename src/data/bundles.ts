// Corpora that come as many small files: a folder, or a tar archive of it, gzip-compressed or not.

import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { unpackTar } from "modern-tar";
import { BiobertError } from "../core/index.ts";
import { decodeText, readText, readUnzipped } from "./files.ts";
import { readError } from "./system-errors.ts";

/** More than any corpus here unpacks to. */
const LARGEST_BUNDLE = 1 << 30;

export interface BundleFile {
  /** Relative to the folder or archive, with `/`. */
  path: string;
  text: string;
}

/**
 * The text files of a folder or archive whose path `wanted` takes, sorted by path. Links in an archive are passed over.
 * @throws BiobertError those of `readText`; `input-format` for an archive that is damaged, `input-too-large`.
 */
export async function readBundle(path: string, wanted: (path: string) => boolean): Promise<BundleFile[]> {
  const files: BundleFile[] = [];
  if ((await stat(path).catch((error: unknown) => Promise.reject(readError(error, path)))).isDirectory()) {
    const names: string[] = [];
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      const found = join(entry.parentPath, entry.name);
      const name = relative(path, found).replaceAll("\\", "/");
      if (wanted(name) && (entry.isFile() || (entry.isSymbolicLink() && !(await isFolder(found))))) names.push(name);
    }
    for (const name of names.sort()) files.push({ path: name, text: await readText(join(path, name)) });
    return files;
  }
  const bytes = await readUnzipped(path, LARGEST_BUNDLE);
  const entries = await unpackTar(bytes, { strict: true }).catch((cause: unknown) => {
    throw new BiobertError({
      code: "input-format",
      message: "the tar archive is damaged",
      place: { file: path },
      hint: "Copy or download the file again.",
      cause,
    });
  });
  for (const { header, data } of entries) {
    const name = header.name.replace(/^(?:\.\/)+/, "");
    if (header.type !== "file" || data === undefined || !wanted(name)) continue;
    files.push({ path: name, text: decodeText(data, `${path}:${name}`) });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Whether a link leads to a folder; one that leads nowhere does not, so that reading it says so. */
async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
