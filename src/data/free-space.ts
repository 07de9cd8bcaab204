// How much a disk has room for, so that what it cannot hold is found before the work and not after it.

import { stat, statfs } from "node:fs/promises";

/** Free bytes of the file system that a directory is on; undefined where the system does not say. */
export async function freeSpace(directory: string): Promise<number | undefined> {
  const disk = await statfs(directory).catch(() => undefined);
  return disk === undefined || disk.blocks === 0 ? undefined : disk.bavail * disk.bsize;
}

/** The size of a file in bytes, 0 where there is none. */
export async function fileSize(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
