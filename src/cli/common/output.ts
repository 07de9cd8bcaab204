// Where a command's result goes: standard output as it is made, or a file that appears whole or not at all.

import { BiobertError } from "../../core/index.ts";
import { writeFileAtomic } from "../../data/index.ts";
import type { CommandContext, OutputStream } from "./context.ts";

/** The reader of a pipe went away (`| head`): no failure, the command just ends. */
export class OutputClosed extends Error {
  constructor() {
    super("The reader of the output has closed it");
    this.name = "OutputClosed";
  }
}

/**
 * Sends pieces of text to standard output, each as soon as it is there, or to the file `path`. Errors: `disk-full`,
 * `file-unwritable`, `OutputClosed`; an error of the pieces' source passes unchanged, and no file is left then.
 */
export async function deliver(
  pieces: AsyncIterable<string>,
  path: string | undefined,
  context: CommandContext,
): Promise<void> {
  if (path === undefined) for await (const piece of pieces) await print(context.stdout, piece);
  else await writeFileAtomic(path, encoded(pieces));
}

/** Writes text to a stream and comes back when the receiver has taken it. Errors as `deliver`. */
export function print(stream: OutputStream, text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject(outputErrorOf(error));
      else resolve();
    });
  });
}

async function* encoded(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) if (piece !== "") yield Buffer.from(piece);
}

/** The error that a failed write to standard output, or to `file`, becomes. */
export function outputErrorOf(error: unknown, file = "stdout"): Error {
  if (error instanceof BiobertError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ERR_STREAM_WRITE_AFTER_END")
    return new OutputClosed();
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new BiobertError({
    code: full ? "disk-full" : "file-unwritable",
    message: full ? "no space is left to write to" : `cannot be written: ${message}`,
    place: { file },
    hint: full ? "Free some space or write elsewhere." : "Choose a place you may write to.",
    cause: error,
  });
}
