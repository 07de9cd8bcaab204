// `biobert fine-tune TASK`: trains a model for a task; progress for people, JSON lines for programs, a report at the end.

import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { BiobertError } from "../core/index.ts";
import { ensureDirectory, writeFileAtomic } from "../data/index.ts";
import type { AnyTask } from "../tasks/index.ts";
import type { TrainingEvent } from "../training/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import {
  type FineTuneFlags,
  freshCommand,
  requireSources,
  resumeCommand,
  trainingOptions,
  withTrainingFlags,
} from "./fine-tune-flags.ts";
import { registerMultiTask } from "./fine-tune-multi.ts";
import { fineTuneMany } from "./fine-tune-many.ts";
import { interruptedError } from "./input.ts";
import { shellQuote } from "./options.ts";
import { print } from "./output.ts";
import { resolveModelArgument } from "./pull.ts";
import type { TasksRoom } from "./rooms.ts";
import { withTaskOptions } from "./task-options.ts";
import { TrainingDisplay } from "./training-display.ts";
import { eventsFileOf, TrainingLog } from "./training-log.ts";
import { resumed } from "./training-start.ts";

/** Adds the command to `program`, with a command for each task; `finish` hears its exit code. */
export function registerFineTune(
  program: Command,
  context: CommandContext,
  finish: (code: number) => void,
  tasks: TasksRoom | undefined,
): void {
  const command = program.command("fine-tune").description("train a model for a task");
  for (const task of tasks?.taskList ?? []) registerTask(command, task, context, finish, tasks!);
  registerMultiTask(command, context, finish);
}

function registerTask(
  command: Command,
  task: AnyTask,
  context: CommandContext,
  finish: (code: number) => void,
  tasks: TasksRoom,
): void {
  const own = withTrainingFlags(command.command(task.name), task);
  own.action(async (options: FineTuneFlags) => {
    requireSources(options);
    const isMany = options.folds !== undefined || options.foldFolders !== undefined || options.search !== undefined;
    finish(await (isMany ? fineTuneMany : fineTune)(task, options, context));
  });
  withTaskOptions(own, task, "training", tasks);
}

async function fineTune(task: AnyTask, options: FineTuneFlags, context: CommandContext): Promise<number> {
  const settings = await trainingOptions(task, options, context);
  const training = { ...settings, modelDirectory: await resolveModelArgument(settings.modelDirectory, context) };
  const eventsFile = eventsFileOf(options);
  const asJson = options.json || options.events === "-" || context.stdout.isTTY !== true;
  const logs = [new TrainingLog(join(options.out, "events.jsonl"))];
  if (eventsFile !== undefined) logs.push(new TrainingLog(eventsFile));
  const display = new TrainingDisplay(context);
  const room = await context.rooms.training();
  let failure: unknown;
  // First of all, so that a place that cannot be written to is found before the work and not after it.
  await ensureDirectory(options.out);
  try {
    for await (const event of resumed(room.fineTune(task, training), training)) {
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
  if (events.some((event) => event.type === "step"))
    await writeReport(task, options, events, stopped && !ended, context);
  // A run that never began leaves no empty folder; rmdir takes no other.
  if (failure !== undefined) await rmdir(options.out).catch(() => {});
  if (stopped) throw interruptedError(ended ? undefined : `To go on: ${resumeCommand(context.argv)}`);
  if (failure !== undefined) throw failure;
  if (!asJson) await print(context.stdout, await closingText(task, options, events));
  return EXIT.done;
}

function isInterruption(error: unknown): boolean {
  return error instanceof BiobertError && error.code === "interrupted";
}

async function writeReport(
  task: AnyTask,
  options: FineTuneFlags,
  events: readonly TrainingEvent[],
  interrupted: boolean,
  context: CommandContext,
): Promise<void> {
  const { trainingReport } = await import("../evaluation/index.ts");
  const configuration = Object.entries(options)
    .filter(
      ([name, value]) =>
        value !== undefined &&
        !(Array.isArray(value) && value.length === 0) &&
        !["json", "events", "resume"].includes(name),
    )
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value as string | number | boolean)]);
  const html = trainingReport(events, Object.fromEntries(configuration), {
    title: `Fine-tuning for ${task.name}: ${options.out}`,
    output: options.out,
    command: freshCommand(context.argv),
    interrupted,
  });
  await writeFileAtomic(join(options.out, "report.html"), html);
}

async function closingText(task: AnyTask, options: FineTuneFlags, events: readonly TrainingEvent[]): Promise<string> {
  const best = events.findLast((event) => event.type === "evaluation" && event.best);
  const lines = [`Model   ${options.out}`];
  if (best?.type === "evaluation") {
    const { metricName, metricText, unitOf } = await import("../evaluation/index.ts");
    const metric = best.selectedBy ?? "f1";
    const value = metricText(best.metrics[metric], unitOf(metric, best.units));
    if (value !== "") lines.push(`Dev ${metricName(metric)}  ${value} (epoch ${best.epoch})`);
  }
  lines.push(`Report  ${join(options.out, "report.html")}`);
  lines.push(`Next    biobert evaluate ${task.name} --model ${shellQuote(options.out)} --data TEST_FILE`);
  return `${lines.join("\n")}\n`;
}
