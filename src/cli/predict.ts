// `biobert predict TASK`: a model's predictions for files, as JSON lines, one an example.

import { type Command, Option } from "commander";
import { BiobertError } from "../core/index.ts";
import type { AnyTask } from "../tasks/index.ts";
import type { CommandContext } from "./common/context.ts";
import { EXIT } from "./common/errors.ts";
import { interruptedError } from "./common/input.ts";
import { warnOnce } from "./common/options.ts";
import { deliver } from "./common/output.ts";
import { resolveModelArgument } from "./pull.ts";
import type { TasksRoom } from "./common/rooms.ts";
import { exampleEnding, runSettings, type RunFlags, withRunFlags, withTaskOptions } from "./common/task-options.ts";

interface PredictOptions extends RunFlags {
  out?: string;
  format?: "jsonl" | "bioasq";
  addTo?: string;
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
    const own = withRunFlags(command.command(task.name), `${task.unit} to predict for, with or without labels`);
    const answers = task.bioAsqAnswers !== undefined;
    if (answers) withAnswerFlags(own);
    const more = answers
      ? `\n  biobert predict ${task.name} --model my-model --data test.json --format bioasq --add-to test.json --out answers.json`
      : "";
    withTaskOptions(own, task, "running", room!)
      .description(task.summary)
      .option("--out <FILE>", "write the lines there instead of standard output")
      .addHelpText(
        "after",
        `\nData: ${task.files}.\n\nExamples:\n  biobert predict ${task.name} --model my-model --data new${exampleEnding(task.name)}${more}`,
      )
      .action(async (options: PredictOptions) => {
        finish(await predict(task, options, context));
      });
  }
}

function withAnswerFlags(command: Command): void {
  command
    .addOption(
      new Option("--format <FORMAT>", "bioasq: one JSON file of exact answers, as BioASQ takes them")
        .choices(["jsonl", "bioasq"])
        .default("jsonl"),
    )
    .option(
      "--add-to <FILE>",
      "with --format bioasq: a BioASQ file (the test set, or answers to its other questions) that is written again with the new answers",
    );
}

async function predict(task: AnyTask, options: PredictOptions, context: CommandContext): Promise<number> {
  const { format = "jsonl", addTo } = options;
  if (addTo !== undefined && format !== "bioasq")
    throw new BiobertError({ code: "usage", message: "--add-to goes with --format bioasq alone" });
  const modelDirectory = await resolveModelArgument(options.model, context);
  const warn = warnOnce(context);
  const room = await context.rooms.evaluation();
  const { predictions, file, warnings } = await room.predictTask({
    ...runSettings(task, options),
    modelDirectory,
    warn,
    signal: context.signal,
    format,
    ...(addTo === undefined ? {} : { addTo }),
  });
  for (const warning of warnings) warn(warning);
  if (context.signal.aborted) throw interruptedError();
  await deliver(file === undefined ? lines(predictions) : whole(file), options.out, context);
  return EXIT.done;
}

async function* lines(predictions: readonly Record<string, unknown>[]): AsyncGenerator<string> {
  for (const prediction of predictions) yield `${JSON.stringify(prediction)}\n`;
}

async function* whole(text: string): AsyncGenerator<string> {
  yield text;
}
