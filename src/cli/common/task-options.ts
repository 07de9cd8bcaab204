// What the commands of tasks have in common: flags made of a task's option table, and those that all of them take.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { AnyTask, DescribedOption, TaskName } from "../../tasks/index.ts";
import {
  deviceOption,
  type EngineOptions,
  MODEL_HELP,
  type ModelPlaceOptions,
  precisionOption,
  wholeNumber,
  withModelPlaces,
} from "./options.ts";
import type { Precision, TasksRoom } from "./rooms.ts";

/** The flags of a task for one of its commands; those that training settles are for fine-tuning alone. */
export function withTaskOptions(
  command: Command,
  task: AnyTask,
  phase: "training" | "running",
  room: TasksRoom,
): Command {
  for (const described of room.describeOptions(task.options)) {
    if (phase === "running" && described.when !== "always") continue;
    command.addOption(flag(described, task, phase, room));
    if (phase === "running" && described.kind === "boolean")
      command.addOption(new Option(described.flag.replace(/^--/, "--no-"), "not so, whatever the model's own is"));
  }
  return command;
}

/** The words of a flag that says of which other one it is, where that one is the training's and no flag of this command. */
function ofTrainedModel({ description }: DescribedOption, task: AnyTask, room: TasksRoom): string {
  const [, other] = /^with (--[\w-]+): /.exec(description) ?? [];
  const isTraining = room
    .describeOptions(task.options)
    .some(({ flag: name, when }) => name === other && when === "training");
  return isTraining ? `of a model trained ${description}` : description;
}

function flag(described: DescribedOption, task: AnyTask, phase: "training" | "running", room: TasksRoom): Option {
  const { key, kind, choices, placeholder, default: fallback } = described;
  const description = phase === "running" ? ofTrainedModel(described, task, room) : described.description;
  const values: Record<DescribedOption["kind"], string> = {
    boolean: "",
    list: ` <${placeholder}...>`,
    text: ` <${placeholder}>`,
    number: ` <${placeholder}>`,
  };
  const otherwise =
    phase === "running" ? "the model's own" : fallback === undefined ? undefined : JSON.stringify(fallback);
  const option = new Option(
    `${described.flag}${values[kind]}`,
    otherwise === undefined ? description : `${description} (default: ${otherwise})`,
  );
  if (choices !== undefined) return option.choices(choices);
  if (kind !== "text" && kind !== "number") return option;
  return option.argParser((text: string) => {
    const value = kind === "number" && text.trim() !== "" ? Number(text) : text;
    const message = room.optionProblem(task.options, key, value);
    if (message !== undefined) throw new InvalidArgumentError(message);
    return value;
  });
}

/** What the name of a task's file ends with in examples: one that its reader takes. */
export function exampleEnding(task: string): ".tsv" | ".json" | ".jsonl" {
  if (task === "qa") return ".json";
  return task === "multiple-choice" ? ".jsonl" : ".tsv";
}

/** The task's options that were given, by their keys. */
export function givenTaskOptions(task: AnyTask, options: object): Record<string, unknown> {
  const given = Object.entries(options).filter(([key, value]) => key in task.options && value !== undefined);
  return Object.fromEntries(given);
}

/** Flags of commands that run a trained model. */
export interface RunFlags extends ModelPlaceOptions, EngineOptions {
  model: string;
  data: string[];
  head?: string;
  precision: Precision;
  maxLength?: number;
}

/** Adds the flags of `RunFlags` to a task's command. */
export function withRunFlags(command: Command, dataHelp: string): Command {
  return withModelPlaces(command)
    .requiredOption("--model <PATH>", MODEL_HELP)
    .requiredOption("--data <FILE...>", dataHelp)
    .option("--head <NAME>", "the head to run, where the model has several")
    .option("--max-length <N>", "longest sequence in word pieces (default: the model's own)", wholeNumber(8))
    .option("--threads <N>", "threads (default: all cores)", wholeNumber(1))
    .addOption(deviceOption())
    .addOption(precisionOption());
}

/** These flags as the library takes them. */
export function runSettings(task: AnyTask, flags: RunFlags) {
  const { head, threads, device, maxLength, precision, config, vocab, data } = flags;
  return {
    task: task.name as TaskName,
    files: data,
    taskOptions: givenTaskOptions(task, flags),
    device,
    precision,
    ...(head === undefined ? {} : { head }),
    ...(threads === undefined ? {} : { threads }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(config === undefined ? {} : { configPath: config }),
    ...(vocab === undefined ? {} : { vocabularyPath: vocab }),
  };
}
