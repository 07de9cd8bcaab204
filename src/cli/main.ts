// The command's entry: makes the context from this process, runs one command line, and turns whatever happens into an exit
// code. Importing this file does nothing. Exits are left to the caller: a model's run in flight must not be cut off.

import { CommanderError } from "commander";
import { BiobertError } from "../core/index.ts";
import type { CommandContext } from "./common/context.ts";
import { EXIT, exitCodeOf, reportError } from "./common/errors.ts";
import { OutputClosed, outputErrorOf } from "./common/output.ts";
import { findPackageRoot } from "./common/package-root.ts";
import { buildProgram, TASK_COMMANDS } from "./program.ts";
import { lazyRooms } from "./common/rooms.ts";

/**
 * Runs one command line (without `node` and the script) and returns its exit code: 0 done, 1 failed, 2 wrong use, 130
 * stopped by Ctrl-C or SIGTERM. `replace` puts other streams or rooms in the place of this process's own.
 */
export async function main(argv: string[], replace: Partial<CommandContext> = {}): Promise<number> {
  const abort = new AbortController();
  let stopAsked = false;
  let outputError: Error | undefined;
  const context: CommandContext = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    argv,
    rooms: lazyRooms,
    packageRoot: findPackageRoot(),
    allowColor: true,
    debug: argv.includes("--debug"),
    ...replace,
    // A replaced signal means somebody else hears Ctrl-C.
    signal: replace.signal ?? abort.signal,
  };
  const stop = (): void => {
    context.stderr.write(stopAsked ? "\nStill stopping: the run in progress ends first.\n" : "\nStopping…\n");
    stopAsked = true;
    abort.abort();
  };
  context.stdout.on?.("error", (error) => {
    outputError ??= outputErrorOf(error);
    abort.abort();
  });
  context.stderr.on?.("error", () => {});
  const ownSignals = replace.signal === undefined;
  if (ownSignals) process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const code = await runProgram(context);
    return stopAsked ? EXIT.interrupted : code;
  } catch (thrown) {
    const interrupted = thrown instanceof BiobertError && thrown.code === "interrupted";
    // A command that stops because its output failed has failed for that reason.
    const error = interrupted && outputError !== undefined ? outputError : thrown;
    if (error instanceof OutputClosed) return EXIT.done;
    // Whatever breaks while a stop was asked for is taken for a consequence of it.
    if ((interrupted && error === thrown) || (stopAsked && !(error instanceof BiobertError))) {
      if (error instanceof BiobertError && error.hint !== undefined) context.stderr.write(`${error.hint}\n`);
      return EXIT.interrupted;
    }
    reportError(error, context);
    return exitCodeOf(error);
  } finally {
    if (ownSignals) process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function runProgram(context: CommandContext): Promise<number> {
  let code: number = EXIT.done;
  const tasks = context.argv.some((argument) => TASK_COMMANDS.has(argument)) ? await context.rooms.tasks() : undefined;
  const finish = (result: number): void => {
    code = result;
  };
  const program = buildProgram(context, finish, tasks);
  try {
    await program.parseAsync(context.argv as string[], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    if (error.code !== "commander.help") {
      throw new BiobertError({
        code: "usage",
        message: error.message.replace(/^error: /, "").replace(/\n\(/, " ("),
        hint: "See the flags with --help.",
      });
    }
    return EXIT.usage;
  }
  return code;
}
