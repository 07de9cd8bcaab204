// Class weights and balanced epochs of a run, where they are asked for.

import type { HeadDescription } from "../bert/index.ts";
import { BiobertError } from "../core/index.ts";
import { lengthOfInput, padInputs, type EncodedInput } from "../tasks/index.ts";
import { balancedPlan, classCounts, resolveClassWeights } from "./class-balance.ts";
import type { TrainingTask } from "./loop.ts";
import type { Run } from "./run.ts";

/** The numbers of the inputs' classes; undefined for a task whose inputs do not have one each. */
function classesOf({ task, context }: Run, inputs: readonly EncodedInput[]): number[] | undefined {
  const classes = inputs.map((input) => task.classOf?.(input, context));
  return classes.every((own) => own !== undefined) ? classes : undefined;
}

/**
 * The weights of the labels, where they are asked for.
 * @throws BiobertError `usage` for a task without labels to weigh.
 */
export function weightsOfClasses(
  run: Run,
  inputs: readonly EncodedInput[],
  description: HeadDescription,
): number[] | undefined {
  const { task, options, context } = run;
  if (options.classWeights === undefined) return undefined;
  const { labels, problem } = description;
  if (labels.length === 0 || problem === "regression") {
    throw new BiobertError({
      code: "usage",
      message: `${task.name} has no classes here whose loss could be weighted`,
      hint: "Leave --class-weights out.",
    });
  }
  const resolved = (kind: "one" | "several"): number[] => {
    // As the loss is given them: a class an input or a token, or 0 and 1 for each label.
    const counts = new Array<number>(labels.length).fill(0);
    for (const input of inputs) {
      const { feeds } = task.targets([input], padInputs([input], 0), context);
      const data = feeds["labels"]!.data as ArrayLike<number>;
      if (kind === "one") classCounts(data, labels.length).forEach((count, label) => (counts[label]! += count));
      else for (let label = 0; label < labels.length; label++) counts[label]! += data[label]!;
    }
    return resolveClassWeights(options.classWeights!, labels, counts, kind === "one" ? undefined : inputs.length);
  };
  return resolved(problem === "multi-label" ? "several" : "one");
}

/**
 * Balanced epochs, where they are asked for.
 * @throws BiobertError `usage` for a task whose inputs have no single class, or data of one class.
 */
export function planOfEpochs(run: Run, inputs: readonly EncodedInput[]): Pick<TrainingTask, "plan"> {
  const { balance, batchSize, seed } = run.options;
  if (balance === undefined) return {};
  const classes = classesOf(run, inputs);
  if (classes === undefined) {
    throw new BiobertError({
      code: "usage",
      message: `${run.task.name} here has no single class an example, by which examples could be drawn`,
      hint: "Leave --balance out; --class-weights weighs labels in the loss.",
    });
  }
  return { plan: balancedPlan(classes, inputs.map(lengthOfInput), { balance, batchSize, seed }) };
}
