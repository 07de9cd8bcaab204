// How a command ends when something is wrong: one message with a code and what to do, and the exit code that goes with it.

import { BiobertError } from "../../core/index.ts";
import type { CommandContext } from "./context.ts";

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Writes an error to standard error: `error[code]: place: message`, then what to do; the stack only with `--debug`. */
export function reportError(error: unknown, context: Pick<CommandContext, "stderr" | "debug">): void {
  const known = asBiobertError(error);
  context.stderr.write(`error[${known.code}]: ${known.describe()}\n`);
  if (context.debug) context.stderr.write(`${stackOf(error)}\n`);
}

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof BiobertError)) return EXIT.failed;
  if (error.code === "usage") return EXIT.usage;
  return error.code === "interrupted" ? EXIT.interrupted : EXIT.failed;
}

function asBiobertError(error: unknown): BiobertError {
  if (error instanceof BiobertError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BiobertError({
    code: "internal",
    message,
    hint: "This is a fault of the program: run it again with --debug and report what it prints.",
    cause: error,
  });
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nCaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
