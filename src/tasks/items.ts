// Names of test items for files that leave the machine: what the corpus calls an example, or its file's name and line.

import type { TaskExample } from "./task.ts";

/** An id for each example, without the folders of its file. */
export function itemIds(examples: readonly TaskExample[]): string[] {
  return examples.map(({ id, file }) => {
    if (file === undefined || !id.startsWith(file)) return id;
    return `${file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)}${id.slice(file.length)}`;
  });
}
