// The Hub's own cache layout, shared with Python's `huggingface_hub` (its `file_download.py`): one folder a model, blobs named by
// their content, a snapshot a commit whose files are relative links into the blobs, refs from a branch to its commit, and empty
// files below `.no_exist` for what a commit is known not to have.

import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { errorCodeOf, exists, shardNames, writeFileAtomic } from "../data/index.ts";
import { isCommit, isSafeName, type ModelReference } from "./names.ts";
import { hasSettings, weightsIn } from "./selection.ts";

/** The paths of one model in a cache. */
export class ModelCache {
  readonly folder: string;
  private readonly locks: string;

  constructor(cacheDirectory: string, name: string) {
    const folderName = ["models", ...name.split("/")].join("--");
    this.folder = join(cacheDirectory, folderName);
    this.locks = join(cacheDirectory, ".locks", folderName);
  }

  /** Where the content with this entity tag lies. */
  blob(etag: string): string {
    return join(this.folder, "blobs", etag);
  }

  /** The lock of a blob among this program's processes. Python's own, `ETAG.lock`, is an `flock`, which Node does not have. */
  lock(etag: string): string {
    return join(this.locks, `${etag}.biobert.lock`);
  }

  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  file(commit: string, file: string): string {
    return join(this.snapshot(commit), ...file.split("/"));
  }

  /** The commit that a revision meant when it was last looked up, or undefined. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(join(this.folder, "refs", ...revision.split("/")), "utf8").catch(() => "");
    return isSafeName(text.trim()) ? text.trim() : undefined;
  }

  /** Notes which commit a branch or tag means. */
  async writeRef(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.commitOf(revision)) === commit) return;
    const path = join(this.folder, "refs", ...revision.split("/"));
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, commit);
  }

  /** Notes that a commit has no file of this name; a cache that may only be read does without the note. */
  async writeAbsence(commit: string, file: string): Promise<void> {
    const path = join(this.folder, ".no_exist", commit, ...file.split("/"));
    await mkdir(dirname(path), { recursive: true }).catch(() => undefined);
    await writeFile(path, "").catch(() => undefined);
  }

  /** The directory of a revision's snapshot when it holds all that a model needs; no network is used. */
  async completeSnapshot({
    revision,
  }: Pick<ModelReference, "revision">): Promise<{ commit: string; directory: string } | undefined> {
    const commit = await this.commitOf(revision);
    if (commit === undefined) return undefined;
    const directory = this.snapshot(commit);
    return (await this.isComplete(commit)) ? { commit, directory } : undefined;
  }

  /**
   * Whether a snapshot has a configuration, a vocabulary and whole weights. One with `tokenizer.json` alone, as Python
   * caches it, counts only where the commit is known to have no `vocab.txt`.
   */
  private async isComplete(commit: string): Promise<boolean> {
    const directory = this.snapshot(commit);
    const names = await filesBelow(directory);
    if (!hasSettings(names)) return false;
    const vocabularyKnown =
      names.includes("vocab.txt") || (await exists(join(this.folder, ".no_exist", commit, "vocab.txt")));
    if (!vocabularyKnown) return false;
    for (const { index } of weightsIn(names)) {
      const shards = index === undefined ? [] : await shardsOf(join(directory, index));
      if (shards?.every((shard) => names.includes(shard))) return true;
    }
    return false;
  }
}

/** The files that an index of shards names, or undefined when it cannot be read. */
export async function shardsOf(indexFile: string): Promise<string[] | undefined> {
  return shardNames(indexFile).catch(() => undefined);
}

/** Names of the files of a snapshot that are really there (a link to nothing is not), with `/` between folders. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (name) =>
      (await stat(join(directory, name)).catch(() => undefined))?.isFile() ? name : undefined,
    ),
  );
  return found.filter((name) => name !== undefined).map((name) => name.split(sep).join("/"));
}

/** Says to backup programs that the folder can be made anew (bford.info/cachedir); what is there stays as it is. */
export async function tagCacheDirectory(cacheDirectory: string): Promise<void> {
  const tag =
    "Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag.\n" +
    "# For information about cache directory tags, see https://bford.info/cachedir/\n";
  await writeFile(join(cacheDirectory, "CACHEDIR.TAG"), tag, { flag: "wx" }).catch(() => undefined);
}

/**
 * Makes `pointer` show `blob`: a relative link, so that the cache can be moved. Where links are not allowed (Windows without
 * developer mode, some network disks, `HF_HUB_DISABLE_SYMLINKS`) the file itself goes there: moved when it has just come, else
 * copied. Errors: those of the file system.
 */
export async function pointTo(
  blob: string,
  pointer: string,
  options: { links: boolean; isNew: boolean },
): Promise<void> {
  await mkdir(dirname(pointer), { recursive: true });
  const temporary = `${pointer}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    if (options.links) {
      const target = relative(dirname(pointer), blob);
      if ((await readlink(pointer).catch(() => undefined)) === target) return;
      const linked = await symlink(target, temporary, "file").then(
        () => true,
        (error: unknown) => {
          if (["EPERM", "EACCES", "ENOTSUP", "ENOSYS", "EINVAL", "UNKNOWN"].includes(errorCodeOf(error) ?? ""))
            return false;
          throw error;
        },
      );
      if (linked) return await rename(temporary, pointer);
    }
    if (options.isNew) return await rename(blob, pointer);
    await copyFile(blob, temporary);
    await rename(temporary, pointer);
  } finally {
    await rm(temporary, { force: true });
  }
}
