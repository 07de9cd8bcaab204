// `biobert predict TASK`: a model's predictions for files, as JSON lines, one an example.

import { type Command } from "commander";
import type { AnyTask } from "../tasks/index.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./errors.ts";
import { interruptedError } from "./input.ts";
import { warnOnce } from "./options.ts";
import { deliver } from "./output.ts";
import { resolveModelArgument } from "./pull.ts";
import type { TasksRoom } from "./rooms.ts";
import { runSettings, type RunFlags, withRunFlags, withTaskOptions } from "./task-options.ts";

interface PredictOptions extends RunFlags {
  out?: string;
}

/** Adds the command to `program`, with a command for each task; `finish` hears its exit code. */
export function registerPredict(
  program: Command,
  context: CommandContext,
  finish: (code: number) => void,
  room: TasksRoom | undefined,
): void {
  const command = program.command("predict").description("run a model on data: predictions as JSON lines");
  for (const task of room?.taskList ?? []) {
    withTaskOptions(
      withRunFlags(command.command(task.name), `${task.unit} to predict for, with or without labels`),
      task,
      "running",
      room!,
    )
      .description(task.summary)
      .option("--out <FILE>", "write the lines there instead of standard output")
      .addHelpText(
        "after",
        `\nData: ${task.files}.\n\nExamples:\n  biobert predict ${task.name} --model my-model --data new.tsv`,
      )
      .action(async (options: PredictOptions) => {
        finish(await predict(task, options, context));
      });
  }
}

async function predict(task: AnyTask, options: PredictOptions, context: CommandContext): Promise<number> {
  const modelDirectory = await resolveModelArgument(options.model, context);
  const warn = warnOnce(context);
  const room = await context.rooms.evaluation();
  const { predictions, warnings } = await room.predictTask({
    ...runSettings(task, options),
    modelDirectory,
    warn,
    signal: context.signal,
  });
  for (const warning of warnings) warn(warning);
  if (context.signal.aborted) throw interruptedError();
  await deliver(lines(predictions), options.out, context);
  return EXIT.done;
}

async function* lines(predictions: readonly Record<string, unknown>[]): AsyncGenerator<string> {
  for (const prediction of predictions) yield `${JSON.stringify(prediction)}\n`;
}
