// Two systems on one test set, or two sets of runs of them: the difference of a metric, its interval, how likely it is by chance, and
// what that says. A system's runs over several seeds are resampled with the items.

import { BiobertError } from "../core/index.ts";
import {
  alignLabels,
  approximateRandomisation,
  type Comparison,
  ITEM_STATISTICS,
  type ItemStatistic,
  pairedBootstrap,
} from "../metrics/index.ts";
import { type ItemsFile, itemsOf, requireSameItems } from "./items-file.ts";

/**
 * `better`, `worse`: the second against the first, the interval without 0. `equal`: the interval holds 0 and the difference is within the
 * margin. `undecided`: it holds 0, but the difference is larger than the margin: more runs or items would tell.
 */
export type Verdict = "better" | "worse" | "equal" | "undecided";

export interface SystemComparison {
  metric: string;
  unit: string;
  items: number;
  /** Runs of each side. */
  runs: [number, number];
  bootstrap: Comparison;
  /** Where both sides have as many runs. */
  randomisation?: Comparison;
  /** The largest difference that passes for equal. */
  margin: number;
  verdict: Verdict;
}

export interface CompareOptions {
  /** Default: the first metric of the first group. */
  metric?: string;
  /** Default 0.7 points; of correlations 0.007. */
  margin?: number;
  /** Default 10,000. */
  samples?: number;
  seed?: number;
  /** Default 0.95. */
  level?: number;
  /** What messages call the two; default: their systems. */
  names?: readonly [string, string];
}

/** The margin where none is given, by statistic. */
const MARGINS: Readonly<Record<ItemStatistic, number>> = {
  "micro-f1": 0.7,
  "macro-f1": 0.7,
  "mean-percent": 0.7,
  pearson: 0.007,
};

/**
 * Compares two systems by the paired bootstrap over items and runs and, where both have as many runs, by approximate randomisation.
 * @throws BiobertError `usage` for a metric that the files do not have; `input-format` where the items are not the same.
 */
export function compareSystems(first: ItemsFile, second: ItemsFile, options: CompareOptions = {}): SystemComparison {
  requireSameItems(first, second, options.names);
  const names = first.groups.flatMap(({ metrics }, g) =>
    Object.keys(metrics).filter((name) => name in second.groups[g]!.metrics),
  );
  const metric = options.metric ?? names[0];
  const at = first.groups.findIndex(({ metrics }) => metric !== undefined && metric in metrics);
  if (metric === undefined || at < 0 || !names.includes(metric)) {
    throw new BiobertError({
      code: "usage",
      message: `there is no metric ${metric ?? ""} to compare by`,
      hint: `There are ${names.join(", ")}.`,
    });
  }
  const { unit, metrics } = first.groups[at]!;
  const [left, other] = [metrics[metric]!, second.groups[at]!.metrics[metric]!];
  if (left.statistic !== other.statistic) {
    const message = `${metric} is ${left.statistic} here and ${other.statistic} there`;
    throw new BiobertError({ code: "input-format", message });
  }
  const right = left.statistic === "macro-f1" ? alignLabels(left, other) : other;
  const statistic = ITEM_STATISTICS[left.statistic];
  const { margin = MARGINS[left.statistic], samples, seed, level } = options;
  const settings = {
    ...(samples === undefined ? {} : { samples }),
    ...(seed === undefined ? {} : { seed }),
    ...(level === undefined ? {} : { level }),
  };
  const bootstrap = pairedBootstrap(left, right, statistic, settings);
  return {
    metric,
    unit,
    items: itemsOf(first.groups[at]!),
    runs: [left.runs.length, right.runs.length],
    bootstrap,
    ...(left.runs.length === right.runs.length
      ? { randomisation: approximateRandomisation(left, right, statistic, settings) }
      : {}),
    margin,
    verdict: verdictOf(bootstrap, margin),
  };
}

function verdictOf({ difference, interval }: Comparison, margin: number): Verdict {
  if (interval !== undefined && interval.low > 0) return "better";
  if (interval !== undefined && interval.high < 0) return "worse";
  return Math.abs(difference) <= margin ? "equal" : "undecided";
}
