// What a system did on each test item, as numbers that add up over items, so that any score can be computed again on a resample of
// them: what a test of significance needs of an evaluation, and all it needs. No text is kept.

import { BiobertError } from "../core/index.ts";
import { entitiesOf } from "./chunks.ts";
import { meanPercent, microF1, type Statistic, type SystemItems } from "./significance.ts";

/** Numbers a label in the items of macro-F1: gold, predicted, both. */
const LABEL_WIDTH = 3;

/** Macro-F1 in percent from [gold, predicted, correct] of one label after another; a label in neither side counts as 0. */
export const macroF1: Statistic = (sums) => {
  let sum = 0;
  for (let i = 0; i < sums.length; i += LABEL_WIDTH) sum += microF1(sums.slice(i, i + LABEL_WIDTH));
  return sums.length === 0 ? 0 : sum / (sums.length / LABEL_WIDTH);
};

/** Pearson's correlation from [items, sum of x, of y, of x * x, of y * y, of x * y]; 0 where a side does not vary. */
export const pearsonOfSums: Statistic = ([count, x, y, xx, yy, xy]) => {
  const spread = (square: number, sum: number): number => square - (sum * sum) / count!;
  const product = spread(xx!, x!) * spread(yy!, y!);
  return product <= 1e-12 ? 0 : (xy! - (x! * y!) / count!) / Math.sqrt(product);
};

/** How a score comes from the sums of its items' numbers, by name: what files of items say. */
export const ITEM_STATISTICS = {
  /** [gold, predicted, correct] */
  "micro-f1": microF1,
  /** [gold, predicted, correct] of each label */
  "macro-f1": macroF1,
  /** [1, score from 0 to 1] */
  "mean-percent": meanPercent,
  /** [1, x, y, x * x, y * y, x * y] */
  pearson: pearsonOfSums,
} as const satisfies Record<string, Statistic>;

export type ItemStatistic = keyof typeof ITEM_STATISTICS;

/** The items of one kind, with the numbers of each metric that is made of them. */
export interface ItemGroup {
  /** What an item is, in the plural. */
  unit: string;
  /** Of each item: where it stands or what its corpus calls it, never its text. */
  ids: string[];
  metrics: Record<string, { statistic: ItemStatistic; values: number[][] }>;
}

/** The score that the items of a metric add up to. @throws BiobertError `input-format` for a metric that they do not have. */
export function scoreOfItems({ metrics }: Pick<ItemGroup, "metrics">, metric: string): number {
  const found = metrics[metric];
  if (found === undefined)
    throw new BiobertError({ code: "input-format", message: `the items have no metric ${metric}` });
  const width = found.values[0]?.length ?? 0;
  const sums = new Array<number>(width).fill(0);
  for (const values of found.values) values.forEach((value, i) => (sums[i]! += value));
  return ITEM_STATISTICS[found.statistic](sums);
}

/** [gold, predicted, correct] entities of each sentence, counted as `scoreEntities` does. */
export function entityItems(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): ItemGroup["metrics"] {
  const keysOf = (tags: readonly string[]): string[] =>
    entitiesOf(tags).map(({ type, start, end }) => `${start} ${end} ${type}`);
  const values = gold.map((tags, i) => {
    const right = new Set(keysOf(tags));
    const found = keysOf(predicted[i]!);
    return [right.size, found.length, found.filter((key) => right.has(key)).length];
  });
  return { f1: { statistic: "micro-f1", values } };
}

/** Accuracy and macro-F1 of one label an item. */
export function labelItems(
  gold: readonly string[],
  predicted: readonly string[],
  labels: readonly string[],
): ItemGroup["metrics"] {
  return {
    accuracy: { statistic: "mean-percent", values: gold.map((label, i) => [1, Number(label === predicted[i])]) },
    macroF1: {
      statistic: "macro-f1",
      values: gold.map((right, i) => {
        const found = predicted[i];
        return labels.flatMap((label) => [
          Number(label === right),
          Number(label === found),
          Number(label === right && label === found),
        ]);
      }),
    },
  };
}

/**
 * The second system's items of macro-F1 with their labels in the order of the first's: both have the same gold labels, by which each is
 * known again; those that are no item's gold label keep their order.
 * @throws BiobertError `input-format` where the gold labels are not the same.
 */
export function alignLabels(first: SystemItems, second: SystemItems): SystemItems {
  const columnsOf = ({ runs: [items = []] }: SystemItems): string[] =>
    Array.from({ length: (items[0]?.length ?? 0) / LABEL_WIDTH }, (_, label) =>
      items.map((item) => item[LABEL_WIDTH * label]).join(""),
    );
  const [wanted, found] = [columnsOf(first), columnsOf(second)];
  const left = found.map((_, label) => label);
  const order = wanted.flatMap((gold) => {
    const at = left.findIndex((label) => found[label] === gold);
    return at < 0 ? [] : left.splice(at, 1);
  });
  if (order.length < wanted.length || left.length > 0) {
    throw new BiobertError({
      code: "input-format",
      message: "the gold labels of the two systems are not the same",
      hint: "Both must be scored on the same test file, with the same labels.",
    });
  }
  const ordered = (item: readonly number[]): number[] =>
    order.flatMap((label) => item.slice(LABEL_WIDTH * label, LABEL_WIDTH * (label + 1)));
  return { runs: second.runs.map((run) => run.map(ordered)) };
}

/** [gold, predicted, correct] labels of each item's set. */
export function labelSetItems(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): ItemGroup["metrics"][string] {
  const values = gold.map((right, i) => {
    const found = predicted[i]!;
    return [right.length, found.length, found.filter((label) => right.includes(label)).length];
  });
  return { statistic: "micro-f1", values };
}
