// Corpora that come as many small files: a folder, or a tar archive of it, gzip-compressed or not.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
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
    const names = (await readdir(path, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length).replace(/^[\\/]+/, "").replaceAll("\\", "/"))
      .filter(wanted);
    for (const name of names.sort()) files.push({ path: name, text: await readText(join(path, name)) });
    return files;
  }
  const bytes = await readUnzipped(path, LARGEST_BUNDLE);
  const entries = await unpackTar(bytes, { strict: true }).catch((cause: unknown) => {
    throw new BiobertError({ code: "input-format", message: "the tar archive is damaged", place: { file: path }, hint: "Copy or download the file again.", cause });
  });
  for (const { header, data } of entries) {
    const name = header.name.replace(/^(?:\.\/)+/, "");
    if (header.type !== "file" || data === undefined || !wanted(name)) continue;
    files.push({ path: name, text: decodeText(data, `${path}:${name}`) });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
