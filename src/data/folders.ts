// What lies in a folder, for corpora that come as one folder a fold.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readError } from "./system-errors.ts";

/** The folders of a folder, each with the names of its files. Errors: `file-not-found`, `file-unreadable`. */
export async function listFolders(directory: string): Promise<{ name: string; files: string[] }[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return await Promise.all(folders.map(async (name) => ({ name, files: await readdir(join(directory, name)) })));
  } catch (error) {
    throw readError(error, directory);
  }
}
