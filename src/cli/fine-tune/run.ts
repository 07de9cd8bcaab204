// One training as a command: its events kept, printed and shown, and a report at the end, also of a run that did not get there.

import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { BiobertError } from "../../core/index.ts";
import { ensureDirectory, writeFileAtomic } from "../../data/index.ts";
import type { TrainingEvent } from "../../training/index.ts";
import type { CommandContext } from "../common/context.ts";
import { type FineTuneFlags, freshCommand, resumeCommand } from "./flags.ts";
import { interruptedError } from "../common/input.ts";
import { warnOnce } from "../common/options.ts";
import { print } from "../common/output.ts";
import { TrainingDisplay } from "./display.ts";
import { trainingLogs } from "./log.ts";

/** What the report says of a run beside its events. */
export interface ReportWords {
  title: string;
  configuration: Readonly<Record<string, string | number | boolean>>;
}

/** Whether standard output is for programs: it has events as JSON lines then. */
export function printsEvents(options: Pick<FineTuneFlags, "events" | "json">, context: CommandContext): boolean {
  return options.json || options.events === "-" || context.stdout.isTTY !== true;
}

/**
 * Follows a training to its end and writes `report.html`; gives all its events, of its earlier parts, too, where it was resumed.
 * A run that ends before has a report that says why.
 * @throws BiobertError `interrupted` where it was stopped; what `train` throws, and what writing throws.
 */
export async function followTraining(
  train: () => AsyncIterable<TrainingEvent>,
  words: ReportWords,
  options: Pick<FineTuneFlags, "out" | "events" | "json">,
  context: CommandContext,
): Promise<readonly TrainingEvent[]> {
  const asJson = printsEvents(options, context);
  const display = new TrainingDisplay(context);
  // First of all, so that a place that cannot be written to is found before the work and not after it.
  await ensureDirectory(options.out);
  const logs = await trainingLogs(options);
  let failure: unknown;
  try {
    for await (const event of train()) {
      for (const log of logs) await log.add(event);
      if (asJson) await print(context.stdout, `${JSON.stringify(event)}\n`);
      display.show(event);
    }
  } catch (error) {
    failure = error;
  }
  display.clear();
  const { events } = logs[0];
  const ended = events.at(-1)?.type === "end";
  const stopped = failure === undefined || isInterruption(failure) ? context.signal.aborted : false;
  if (events.some((event) => event.type === "step")) {
    const end = ended ? {} : stopped ? { interrupted: true } : failure === undefined ? {} : { failure: said(failure) };
    await writeReport(events, words, end, options, context).catch((error: unknown) => {
      // What ended the run is the error to hear of.
      if (failure === undefined && !stopped) throw error;
      warnOnce(context)({ code: "report-unwritten", message: `there is no report of this run: ${said(error)}` });
    });
  }
  if (failure !== undefined) await removeEmpty(options.out);
  if (stopped) throw interruptedError(ended ? undefined : `To go on: ${resumeCommand(context.argv)}`);
  if (failure !== undefined) throw failure;
  return events;
}

/** Removes a directory with nothing in it: a run that never began leaves none. */
export async function removeEmpty(directory: string): Promise<void> {
  // rmdir takes no other.
  await rmdir(directory).catch(() => {});
}

/** Whether what ended a run is that it was stopped. */
export function isInterruption(error: unknown): boolean {
  return error instanceof BiobertError && error.code === "interrupted";
}

/** An error in one line. */
export function said(error: unknown): string {
  if (error instanceof BiobertError) return error.describe().split("\n")[0]!;
  return error instanceof Error ? error.message : String(error);
}

async function writeReport(
  events: readonly TrainingEvent[],
  { title, configuration }: ReportWords,
  end: { interrupted?: boolean; failure?: string },
  options: Pick<FineTuneFlags, "out">,
  context: CommandContext,
): Promise<void> {
  const { trainingReport } = await import("../../evaluation/index.ts");
  const summary = { title, output: options.out, command: freshCommand(context.argv), ...end };
  await writeFileAtomic(join(options.out, "report.html"), trainingReport(events, configuration, summary));
}
