// Whether one run repeats another: the same data, model and protocol to the hash, and each metric within its tolerance.

import type { ResultRecord } from "../evaluation/index.ts";
import { canonicalJson } from "./canonical.ts";
import { recordedValue } from "./values.ts";
import type { EvaluationTable, Result, Verification } from "./schema/index.ts";

/** How far a repeated metric may be off where nobody says otherwise, in percentage points: other processors round otherwise. */
export const DEFAULT_TOLERANCE = 0.1;

/** The metrics that were repeated, or what speaks against it, one sentence each. */
export type Reproduction = { metrics: Verification["metrics"] } | { differences: string[] };

/**
 * Compares a claimed record, the result that rests on it and a record of running it again. `tolerances` by metric id, in
 * percentage points.
 */
export function compareRecords(
  result: Pick<Result, "values">,
  table: Pick<EvaluationTable, "metrics">,
  claimed: ResultRecord,
  reproduced: ResultRecord,
  tolerances: Readonly<Record<string, number>> = {},
): Reproduction {
  const differences: string[] = [];
  const same = (what: string, left: string, right: string): void => {
    if (left !== right) differences.push(`${what} differs: claimed ${left}, now ${right}`);
  };
  if (canonicalJson(claimed) === canonicalJson(reproduced) || claimed.createdAt === reproduced.createdAt)
    differences.push("it is the claimed record itself, not that of another run");
  same("the protocol", claimed.protocol, reproduced.protocol);
  same("the data set", claimed.dataset.id, reproduced.dataset.id);
  same("the split", claimed.dataset.split, reproduced.dataset.split);
  same("the data's hash", claimed.dataset.sha256, reproduced.dataset.sha256);
  same("the model's hash", claimed.model.sha256, reproduced.model.sha256);
  same("the precision", claimed.model.precision, reproduced.model.precision);
  const metrics: Verification["metrics"] = [];
  for (const [metric, value] of Object.entries(result.values)) {
    // Shares are compared in percentage points, whatever scale their table or record has.
    const unit = table.metrics.find(({ id }) => id === metric)?.unit;
    const points = { unit: unit === "fraction" ? ("percent" as const) : (unit ?? "number") };
    const before = recordedValue(claimed, metric, points);
    const now = recordedValue(reproduced, metric, points);
    if (before === undefined || now === undefined) {
      differences.push(
        `${metric} is not in ${before === undefined ? "the claimed record" : "the record of the new run"}`,
      );
      continue;
    }
    const stated = value.value === undefined ? undefined : unit === "fraction" ? value.value * 100 : value.value;
    const tolerance = tolerances[metric] ?? DEFAULT_TOLERANCE;
    if (stated === undefined || Math.abs(stated - before) > 0.0051)
      differences.push(`${metric} of the result (${value.published}) is not that of its record (${before})`);
    if (!(Math.abs(now - before) <= tolerance))
      differences.push(`${metric} is ${now}, claimed ${before}: more than ${tolerance} apart`);
    metrics.push({ metric, claimed: before, reproduced: now, tolerance });
  }
  if (metrics.length === 0 && differences.length === 0) differences.push("the result has no metric to compare");
  return differences.length > 0 ? { differences } : { metrics };
}
