// Class weights and balanced epochs of a run, or of one head of several, where they are asked for.

import type { HeadDescription } from "../bert/index.ts";
import { BiobertError } from "../core/index.ts";
import { padInputs, type EncodedInput } from "../tasks/index.ts";
import { classCounts, resolveClassWeights, type Balance, type ClassWeights } from "./class-balance.ts";
import type { Run } from "./run.ts";

/** What is asked for of which inputs. */
export interface ClassedRun extends Pick<Run, "task" | "context"> {
  options: { balance?: Balance | undefined; classWeights?: ClassWeights | undefined };
  /** The head's name, where there are several. */
  head?: string;
}

function refused({ task, head }: ClassedRun, message: string, hint: string): BiobertError {
  const called = head === undefined ? task.name : `the head ${head} (${task.name})`;
  const where =
    head === undefined ? hint : `${hint} What is given for all heads must fit each: give it in --tasks for the others.`;
  return new BiobertError({ code: "usage", message: `${called} ${message}`, hint: where });
}

/**
 * The weights of the labels, where they are asked for.
 * @throws BiobertError `usage` for a task without labels to weigh.
 */
export function weightsOfClasses(
  run: ClassedRun,
  inputs: readonly EncodedInput[],
  description: HeadDescription,
): number[] | undefined {
  const { task, context } = run;
  const { classWeights } = run.options;
  if (classWeights === undefined) return undefined;
  const { labels, problem } = description;
  if (labels.length === 0 || problem === "regression")
    throw refused(run, "has no classes here whose loss could be weighted", "Leave --class-weights out.");
  const resolved = (kind: "one" | "several"): number[] => {
    // As the loss is given them: a class an input or a token, or 0 and 1 for each label.
    const counts = new Array<number>(labels.length).fill(0);
    for (const input of inputs) {
      const { feeds } = task.targets([input], padInputs([input], 0), context);
      const data = feeds["labels"]!.data as ArrayLike<number>;
      if (kind === "one") classCounts(data, labels.length).forEach((count, label) => (counts[label]! += count));
      else for (let label = 0; label < labels.length; label++) counts[label]! += data[label]!;
    }
    return resolveClassWeights(classWeights, labels, counts, kind === "one" ? undefined : inputs.length);
  };
  return resolved(problem === "multi-label" ? "several" : "one");
}

/** As a model says them: by label. */
export function weightsByLabel(labels: readonly string[], weights: readonly number[]): Record<string, number> {
  return Object.fromEntries(labels.map((label, id) => [label, weights[id]!]));
}

/**
 * The class of each input, where balanced epochs are asked for.
 * @throws BiobertError `usage` for a task whose inputs have no single class.
 */
export function classesToBalance(run: ClassedRun, inputs: readonly EncodedInput[]): number[] | undefined {
  if (run.options.balance === undefined) return undefined;
  const classes = inputs.map((input) => run.task.classOf?.(input, run.context));
  if (classes.every((own) => own !== undefined)) return classes;
  throw refused(
    run,
    "has no single class an example here, by which examples could be drawn",
    "Leave --balance out; --class-weights weighs labels in the loss.",
  );
}
