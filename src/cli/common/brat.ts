// Documents as a folder of BRAT files, which three commands write: the only form of many that is no one text.

import { BiobertError } from "../../core/index.ts";
import { refuseTaken, writeDirectoryAtomic } from "../../data/index.ts";
import type { StandoffDocument } from "../../formats/index.ts";
import type { CommandContext } from "./context.ts";
import { warnOnce } from "./options.ts";

/**
 * The folder that BRAT's files go to, refused before the work where it cannot be written.
 * @throws BiobertError `usage` where none is given; `file-exists` for one with something in it.
 */
export async function bratPlace(directory: string | undefined, flag: "--out" | "--output"): Promise<string> {
  if (directory === undefined)
    throw new BiobertError({
      code: "usage",
      message: "BRAT's files, two a document, need a folder",
      hint: `Name one that is new or empty: ${flag} DIR.`,
    });
  await refuseTaken(directory);
  return directory;
}

/** Writes documents as BRAT's files; the folder appears whole. Errors: as `writeDirectoryAtomic`. */
export async function writeBrat(
  documents: readonly StandoffDocument[],
  directory: string,
  context: CommandContext,
): Promise<void> {
  const { bratFolder } = await context.rooms.datasets();
  await writeDirectoryAtomic(directory, bratFolder(documents, warnOnce(context)));
}
