// The tasks there are, one row each: commands, training, inference and manifests know a task by this table.

import type { HeadDescription } from "../bert/index.ts";
import { BiobertError } from "../core/index.ts";
import { classificationTask } from "./classification/index.ts";
import { multipleChoiceTask } from "./multiple-choice/index.ts";
import { nerTask } from "./ner/index.ts";
import { qaTask } from "./qa/index.ts";
import { relationTask } from "./relation/index.ts";
import type { AnyTask } from "./task.ts";
import { yesNoTask } from "./yes-no/index.ts";

/** By name. Of tasks with one architecture, the first is what a model without a manifest is taken for. */
export const TASKS = {
  ner: nerTask,
  classification: classificationTask,
  relation: relationTask,
  qa: qaTask,
  "yes-no": yesNoTask,
  "multiple-choice": multipleChoiceTask,
} as const;

export type TaskName = keyof typeof TASKS;

/** All tasks, in the order of the table. */
export const taskList: readonly AnyTask[] = Object.values(TASKS) as unknown as readonly AnyTask[];

/**
 * The task of this name.
 * @throws BiobertError `usage` for one that there is not.
 */
export function taskNamed(name: string): AnyTask {
  const found = taskList.find((task) => task.name === name);
  if (found !== undefined) return found;
  throw new BiobertError({
    code: "usage",
    message: `unknown task ${JSON.stringify(name)}`,
    hint: `Tasks: ${taskList.map((task) => task.name).join(", ")}.`,
  });
}

/** What a head without a manifest is taken for; undefined where no task has such a head. */
export function taskOfHead({ architecture }: HeadDescription): AnyTask | undefined {
  return taskList.find((task) => task.architecture === architecture);
}
