// Values as Papers With Code's clients send them, `{metric name: text or number}`, to values of a table's metrics; and the
// checks that a direct write has to pass: those of a submission, less what only a submission must say.

import { BiobertError, type FieldProblem } from "../../../core/index.ts";
import {
  type EvaluationTable,
  type Metric,
  type Problem,
  type Result,
  type Value,
  metricIdSchema,
} from "../../schema/index.ts";
import { slug } from "../../slug.ts";
import type { CatalogueStore } from "../../store/types.ts";
import { rangeOf, valueOf } from "../../values.ts";

/** The table's values for what was sent. Errors: `fields-invalid` names metrics the table lacks and values out of range. */
export function valuesOf(
  sent: Record<string, string | number | null>,
  table: EvaluationTable,
  field = "metrics",
): Record<string, Value> {
  const problems: FieldProblem[] = [];
  const values: Record<string, Value> = {};
  for (const [name, given] of Object.entries(sent)) {
    if (given === null || given === "") continue;
    const metric = table.metrics.find((each) => each.name === name || each.id === name);
    if (metric === undefined) {
      const known = table.metrics.map((each) => each.name).join(", ") || "none";
      problems.push({
        field: `${field}.${name}`,
        code: "unknown-metric",
        message: `the table has no such metric; it has: ${known}`,
      });
      continue;
    }
    const value = valueOf(String(given), metric);
    const { min, max } = rangeOf(metric);
    if (value.value !== undefined && (value.value < min || value.value > max)) {
      problems.push({
        field: `${field}.${name}`,
        code: "out-of-range",
        message: `${given} is not between ${min} and ${max}`,
      });
    }
    values[metric.id] = value;
  }
  if (Object.keys(values).length === 0 && problems.length === 0) {
    problems.push({ field, code: "malformed", message: "a result has a value for at least one metric" });
  }
  refuse(problems);
  return values;
}

/** Problems that also a reviewer's direct write may not have. */
const REFUSED: ReadonlySet<Problem["code"]> = new Set([
  "malformed",
  "malformed-link",
  "out-of-range",
  "wrong-scale",
  "duplicate",
  "future-date",
  "unknown-paper",
]);

/** Throws `fields-invalid` where the checks of a submission find an error in a result that is to be written. */
export async function checkResult(store: CatalogueStore, result: Result): Promise<void> {
  const { origin: _origin, submittedBy: _submittedBy, runs: _runs, ...content } = result;
  const problems = await store.checkSubmission({ result: content });
  refuse(
    problems
      .filter(({ severity, code }) => severity === "error" && REFUSED.has(code))
      .map(({ field, code, message }) => ({ field: field.replace(/^result\./, ""), code, message })),
  );
}

/** A new metric of a table, under an id the table does not have. */
export function newMetric(table: EvaluationTable, name: string, definition: string, isLoss: boolean): Metric {
  const base = metricIdSchema.parse(slug(name).slice(0, 90));
  const taken = new Set(table.metrics.map(({ id }) => id));
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base}-${n}`;
  return { id, name, definition, unit: "number", isLoss };
}

function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length === 0) return;
  throw new BiobertError({
    code: "fields-invalid",
    message: problems.map(({ field, message }) => `${field}: ${message}`).join("; "),
    fields: problems,
  });
}
