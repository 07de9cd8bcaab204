// Names of test items for files that leave the machine: what the corpus calls an example, or its line in the file.

import type { TaskExample } from "./task.ts";

/** An id for each example; that of one which has none of its own is its line, whatever its file is called. */
export function itemIds(examples: readonly TaskExample[]): string[] {
  return examples.map(({ id, line }) => (line !== undefined && id.endsWith(`:${line}`) ? `line ${line}` : id));
}
