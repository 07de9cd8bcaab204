// Order among results: by normalised value in the metric's direction, the state of the art over time, and the Pareto front of
// quality against size. No database in sight.

import type { Flag, Metric, Result, Value } from "./schema/index.ts";

/** Negative where `left` is better than `right`; what has no number comes last. */
export function compareValues(left: number | undefined, right: number | undefined, isLoss: boolean): number {
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return isLoss ? left - right : right - left;
}

/** Ranks, 1 the best; equal values share a rank and the next one is skipped (1, 2, 2, 4). Undefined without a number. */
export function ranksOf(values: readonly (number | undefined)[], isLoss: boolean): (number | undefined)[] {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => compareValues(a, b, isLoss));
  const rankOf = new Map<number, number>();
  for (const [index, value] of sorted.entries()) if (!rankOf.has(value)) rankOf.set(value, index + 1);
  return values.map((value) => (value === undefined ? undefined : rankOf.get(value)));
}

/** Whether a row was counted as the table's metric says; else it is shown, but compared with nothing. */
export function isComparable({ flags }: { flags: readonly Pick<Flag, "kind">[] }): boolean {
  return !flags.some(({ kind }) => kind === "other-protocol");
}

/** Indexes best first; ties by date (the earlier was there first), then by name. */
export function bestFirst(
  results: readonly { result: Pick<Result, "date" | "modelName" | "id">; value?: number }[],
  isLoss: boolean,
): number[] {
  const key = (index: number) => results[index]!;
  return results
    .map((_, index) => index)
    .sort((left, right) => {
      const [a, b] = [key(left), key(right)];
      return (
        compareValues(a.value, b.value, isLoss) ||
        compareText(a.result.date ?? "9999", b.result.date ?? "9999") ||
        compareText(a.result.modelName, b.result.modelName) ||
        compareText(a.result.id, b.result.id)
      );
    });
}

/**
 * The staircase: indexes of the results that were better than everything before their day, by day. A result without a date
 * or a number takes no part; of one day only the best does.
 */
export function staircase(results: readonly { date?: string; value?: number }[], isLoss: boolean): number[] {
  const dated = results
    .map((result, index) => ({ ...result, index }))
    .filter(
      (result): result is { date: string; value: number; index: number } =>
        result.date !== undefined && result.value !== undefined,
    )
    .sort((a, b) => compareText(a.date, b.date) || compareValues(a.value, b.value, isLoss) || a.index - b.index);
  const steps: number[] = [];
  let best: number | undefined;
  for (const { value, index } of dated) {
    if (best !== undefined && compareValues(value, best, isLoss) >= 0) continue;
    best = value;
    steps.push(index);
  }
  return steps;
}

/** Whether each point is on the Pareto front: no other is at most as costly and better, or cheaper and as good. Undefined without both numbers. */
export function paretoFront(
  points: readonly { cost?: number; value?: number }[],
  isLoss: boolean,
): (boolean | undefined)[] {
  return points.map(({ cost, value }) => {
    if (cost === undefined || value === undefined) return undefined;
    return !points.some((other) => {
      if (other.cost === undefined || other.value === undefined) return false;
      const better = compareValues(other.value, value, isLoss);
      return (other.cost <= cost && better < 0) || (other.cost < cost && better <= 0);
    });
  });
}

/** A metric's number with its unit, as a person reads it: `89.71 %`, `0.812`, `3.1 s`. */
export function formatValue(value: Value, metric: Pick<Metric, "unit" | "unitName"> | undefined): string {
  if (value.value === undefined) return value.published;
  // A number that is published with its last zero keeps it: it says how exactly it was counted.
  const isPlain = Number(value.published) === value.value && /^-?\d+\.\d+$/.test(value.published);
  const digits = isPlain ? value.published : String(Number(value.value.toPrecision(12)));
  const deviation = value.deviation === undefined ? "" : ` ± ${Number(value.deviation.toPrecision(6))}`;
  const unit = metric?.unit === "percent" ? " %" : metric?.unitName === undefined ? "" : ` ${metric.unitName}`;
  return `${digits}${deviation}${unit}`;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
