// What reports show of examples and predictions: the same whether a model is trained or evaluated.

import type { AnyTask, ShownItem, ShownItems, TaskContext, TaskExample } from "./task.ts";

/** Examples beside their predictions in words, or what several of them are judged as together, such as a question with its contexts. */
export function shownItems(
  task: AnyTask,
  examples: readonly TaskExample[],
  predictions: readonly unknown[],
  context: TaskContext<Record<string, unknown>>,
): ShownItems {
  const together = task.showTogether?.(examples, predictions, context);
  if (together !== undefined) return together;
  const items = examples.map((example, i) => ({
    ...placeOf(example),
    ...task.show(example, predictions[i], context),
  }));
  return { unit: task.unit, items };
}

/** The items whose predicted numbers lie furthest from the gold ones, the furthest first; empty where what is predicted is no number. */
export function furthestItems(items: readonly ShownItem[], most: number): ShownItem[] {
  return items
    .filter(({ difference }) => difference !== undefined)
    .sort((a, b) => Math.abs(b.difference!) - Math.abs(a.difference!))
    .slice(0, most);
}

/** An example's id and where it stands. */
export function placeOf({ id, file, line }: TaskExample): Pick<ShownItem, "id" | "file" | "line"> {
  return { id, ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) };
}
