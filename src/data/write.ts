// Writing whole files and directories so that a reader, or a crash at any moment, sees the old content or the new, never half.

import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { BiobertError, invariant } from "../core/index.ts";
import { errorCodeOf, writeError } from "./system-errors.ts";

/** Text is written as UTF-8; chunks are written one after another, without being joined. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file: into a temporary file of the same folder, forced to the disk, then renamed over `path`. A failure leaves
 * `path` as it was and no temporary file. An existing file keeps its permissions, a symbolic link its place; what is not a
 * regular file (a pipe, /dev/stdout) is written directly.
 * @throws BiobertError `disk-full`, `file-unwritable`; an error thrown by the chunks' source passes unchanged.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const existing = await stat(target).catch(() => undefined);
  if (existing?.isDirectory()) throw writeError(systemError("EISDIR"), path);
  if (existing !== undefined && !existing.isFile()) return writeContent(target, "w", content, path);

  const temporary = `${target}.${suffix()}.tmp`;
  try {
    await writeContent(temporary, "wx", content, path);
    try {
      if (existing !== undefined) await chmod(temporary, existing.mode & 0o7777);
      await rename(temporary, target);
    } catch (error) {
      throw writeError(error, path);
    }
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  await syncDirectory(dirname(target));
}

/**
 * Writes a text as `writeFileAtomic` does, gzip-compressed where the file's name ends in `.gz`; `readText` reads both.
 * @throws BiobertError `disk-full`, `file-unwritable`.
 */
export async function writeText(path: string, text: string): Promise<void> {
  await writeFileAtomic(path, path.endsWith(".gz") ? await promisify(gzip)(text, { level: 9 }) : text);
}

/**
 * Makes a directory, and those above it, where it is not there yet.
 * @throws BiobertError `disk-full`, `file-unwritable`.
 */
export async function ensureDirectory(directory: string): Promise<void> {
  await attempt(directory, () => mkdir(directory, { recursive: true }));
}

/** Whether two paths name one directory, links followed; false where either is not there. */
export async function isSameDirectory(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([left, right].map((path) => realpath(path).catch(() => undefined)));
  return a !== undefined && a === b;
}

/** Whether a file lies in a directory itself, links followed; false where either is not there. */
export async function isFileIn(file: string, directory: string): Promise<boolean> {
  return isSameDirectory(dirname(await realpath(file).catch(() => file)), directory);
}

/**
 * Removes a file; one that is not there is no error.
 * @throws BiobertError `file-unwritable`.
 */
export async function removeFile(path: string): Promise<void> {
  await attempt(path, () => rm(path, { force: true }));
}

/**
 * Removes a directory with all in it; one that is not there is no error.
 * @throws BiobertError `file-unwritable`.
 */
export async function removeDirectory(path: string): Promise<void> {
  await attempt(path, () => rm(path, { recursive: true, force: true }));
}

/**
 * Writes a directory of files: into `DIR.tmp-xxxx` beside it, then renamed to `directory`. `files` maps relative paths,
 * which may name sub-folders, to their content. A directory that is there and not empty is refused, or with `replace` set
 * aside and removed once the new one stands in its place; should that fail, the old one is put back.
 * @throws BiobertError `file-exists`, `disk-full`, `file-unwritable`; an error thrown by a chunk source passes unchanged.
 */
export async function writeDirectoryAtomic(
  directory: string,
  files: Readonly<Record<string, FileContent>>,
  options: { replace?: boolean } = {},
): Promise<void> {
  for (const name of Object.keys(files)) {
    invariant(!isAbsolute(name) && !normalize(name).split(sep).includes(".."), `${name} must lie inside the directory`);
  }
  const target = normalize(directory).replace(/[\\/]+$/, "");
  const exists = await refuseTaken(directory, options);
  const temporary = `${target}.tmp-${suffix()}`;
  try {
    await attempt(directory, () => mkdir(temporary));
    for (const [name, content] of Object.entries(files)) {
      const file = join(temporary, name);
      await attempt(directory, () => mkdir(dirname(file), { recursive: true }));
      await writeContent(file, "wx", content, join(directory, name));
    }
    await syncDirectory(temporary);
    await attempt(directory, () => exchange(temporary, target, exists));
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  await syncDirectory(dirname(target));
}

/**
 * Refuses a place that `writeDirectoryAtomic` would refuse, before the work whose result goes there; gives whether there
 * is a directory.
 * @throws BiobertError `file-exists` for a file and, unless it may be replaced, for a directory that is not empty.
 */
export async function refuseTaken(directory: string, options: { replace?: boolean } = {}): Promise<boolean> {
  const existing = await stat(directory).catch(() => undefined);
  if (existing === undefined) return false;
  if (existing.isDirectory() && (options.replace === true || (await readdir(directory)).length === 0)) return true;
  throw new BiobertError({
    code: "file-exists",
    message: existing.isDirectory() ? "the directory exists and is not empty" : "there is a file of this name already",
    place: { file: directory },
    hint: "Name another directory or remove this one first.",
  });
}

/** Renames `fresh` to `target`; a directory there is set aside first, and put back should the renaming fail. */
async function exchange(fresh: string, target: string, exists: boolean): Promise<void> {
  if (!exists) return rename(fresh, target);
  const aside = `${target}.old-${suffix()}`;
  await rename(target, aside);
  try {
    await rename(fresh, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function writeContent(file: string, flags: string, content: FileContent, shown: string): Promise<void> {
  const handle = await attempt(shown, () => open(file, flags));
  try {
    const chunks = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
    for await (const chunk of chunks) await attempt(shown, () => handle.writeFile(chunk));
    await attempt(shown, () =>
      handle.sync().catch((error: unknown) => {
        // Pipes and terminals have nothing to force to a disk.
        if (errorCodeOf(error) !== "EINVAL" && errorCodeOf(error) !== "ENOTSUP") throw error;
      }),
    );
  } finally {
    await handle.close();
  }
}

/** Makes a rename durable where the system allows it (Windows does not open directories). */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // The files themselves are on the disk; only the moment at which their names get there is left to the system.
  }
}

/** Removes what a failed write left; what cannot be removed must not hide why the write failed. */
async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

async function attempt<T>(shown: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw writeError(error, shown);
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function suffix(): string {
  return `${process.pid}-${randomBytes(4).toString("hex")}`;
}
