// Metrics as people read them: a name from its id, a value with the digits of its unit.

import type { MetricUnit } from "../tasks/index.ts";

const NAMES: Record<string, string> = {
  f1: "F1",
  microF1: "micro-F1",
  macroF1: "macro-F1",
  allClassMacroF1: "macro-F1 of all classes",
  pearson: "Pearson correlation",
  spearman: "Spearman correlation",
  documentMicroF1: "micro-F1 of documents",
  listF1: "list F1",
  map: "mean average precision",
  ndcg: "nDCG",
  meanReciprocalRank: "mean reciprocal rank",
};

/** A metric's name: `tokenAccuracy` is "token accuracy". */
export function metricName(id: string): string {
  return NAMES[id] ?? id.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** The unit of a metric; percent where none is said. */
export function unitOf(id: string, units: Readonly<Record<string, MetricUnit>> | undefined): MetricUnit {
  return units?.[id] ?? "percent";
}

/** A value with two digits for a percentage, four for all else; "" for none. */
export function metricText(value: number | undefined, unit: MetricUnit): string {
  return value === undefined ? "" : value.toFixed(unit === "percent" ? 2 : 4);
}
