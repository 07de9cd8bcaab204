// The scores of several runs as one: the folds of a cross-validation, or seeds.

import { BiobertError } from "../core/index.ts";
import type { MetricUnit, TaskScores } from "./task.ts";

export interface FoldScores {
  protocol: string;
  /** How many runs there were. */
  folds: number;
  /** Mean of each metric over the runs. */
  mean: Record<string, number>;
  /** Standard deviation over the runs, that of a sample (n - 1); 0 for one run. */
  deviation: Record<string, number>;
  units?: Record<string, MetricUnit>;
  /** Sums over the runs. */
  counts: Record<string, number>;
}

/**
 * Means and standard deviations of the runs' metrics. A metric that one of the runs lacks is left out.
 * @throws BiobertError `usage` without runs, or for runs that are counted by different protocols.
 */
export function aggregateFolds(runs: readonly TaskScores[]): FoldScores {
  const [first] = runs;
  const other = runs.find(({ protocol }) => protocol !== first?.protocol);
  if (first === undefined || other !== undefined) {
    const message =
      first === undefined
        ? "there is no run to take the mean of"
        : `runs of ${first.protocol} and of ${other!.protocol} have no mean`;
    throw new BiobertError({ code: "usage", message });
  }
  const names = Object.keys(first.metrics).filter((name) => runs.every(({ metrics }) => name in metrics));
  const mean: Record<string, number> = {};
  const deviation: Record<string, number> = {};
  for (const name of names) {
    const values = runs.map(({ metrics }) => metrics[name]!);
    mean[name] = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean[name]!) ** 2, 0);
    deviation[name] = values.length === 1 ? 0 : Math.sqrt(squares / (values.length - 1));
  }
  const counts: Record<string, number> = {};
  for (const run of runs)
    for (const [name, count] of Object.entries(run.counts)) counts[name] = (counts[name] ?? 0) + count;
  return {
    protocol: first.protocol,
    folds: runs.length,
    mean,
    deviation,
    ...(first.units === undefined ? {} : { units: first.units }),
    counts,
  };
}
