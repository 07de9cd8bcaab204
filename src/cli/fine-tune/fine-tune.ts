// `biobert fine-tune TASK`: trains a model for a task; progress for people, JSON lines for programs, a report at the end.

import { join } from "node:path";
import type { Command } from "commander";
import type { AnyTask } from "../../tasks/index.ts";
import type { TrainingEvent } from "../../training/index.ts";
import type { CommandContext } from "../common/context.ts";
import { EXIT } from "../common/errors.ts";
import { configurationOf, type FineTuneFlags, requireSources, trainingOptions, withTrainingFlags } from "./flags.ts";
import { registerMultiTask } from "./multi.ts";
import { fineTuneMany } from "./many.ts";
import { shellQuote } from "../common/options.ts";
import { print } from "../common/output.ts";
import { resolveModelArgument } from "../pull.ts";
import type { TasksRoom } from "../common/rooms.ts";
import { withTaskOptions } from "../common/task-options.ts";
import { followTraining, printsEvents } from "./run.ts";
import { resumed } from "./start.ts";

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
  const room = await context.rooms.training();
  const words = { title: `Fine-tuning for ${task.name}: ${options.out}`, configuration: configurationOf(options) };
  const run = () => resumed(room.fineTune(task, training), training);
  const events = await followTraining(run, words, options, context);
  if (!printsEvents(options, context)) await print(context.stdout, await closingText(task, options, events));
  return EXIT.done;
}

async function closingText(task: AnyTask, options: FineTuneFlags, events: readonly TrainingEvent[]): Promise<string> {
  const best = events.findLast((event) => event.type === "evaluation" && event.best);
  const lines = [`Model   ${options.out}`];
  if (best?.type === "evaluation") {
    const { metricName, metricText, unitOf } = await import("../../evaluation/index.ts");
    const metric = best.selectedBy ?? "f1";
    const value = metricText(best.metrics[metric], unitOf(metric, best.units));
    if (value !== "") lines.push(`Dev ${metricName(metric)}  ${value} (epoch ${best.epoch})`);
  }
  lines.push(`Report  ${join(options.out, "report.html")}`);
  lines.push(`Next    biobert evaluate ${task.name} --model ${shellQuote(options.out)} --data TEST_FILE`);
  return `${lines.join("\n")}\n`;
}
