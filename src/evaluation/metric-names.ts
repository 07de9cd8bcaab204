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

/** A metric's name: `tokenAccuracy` is "token accuracy"; that of a head is behind the head's name: `NCBI.f1` is "NCBI F1". */
export function metricName(id: string): string {
  const dot = id.lastIndexOf(".");
  if (dot >= 0) return `${id.slice(0, dot)} ${metricName(id.slice(dot + 1))}`;
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

/** A metric as a line of a chart. */
export interface DrawnMetric {
  name: string;
  /** Its value among an evaluation's metrics; not a number where it has none. */
  valueIn(metrics: Readonly<Record<string, number>>): number;
}

/** One metric as it is. */
export function drawnMetric(id: string): DrawnMetric {
  return { name: metricName(id), valueIn: (metrics) => metrics[id] ?? Number.NaN };
}

/** The mean of several heads and what it is of; what is no percentage a hundredfold, as the mean counts it. */
export function headMetrics(
  meanOf: readonly string[],
  units: Readonly<Record<string, MetricUnit>> | undefined,
): DrawnMetric[] {
  const heads = meanOf.map((id): DrawnMetric => {
    const { name, valueIn } = drawnMetric(id);
    if (unitOf(id, units) === "percent") return { name, valueIn };
    return { name: `${name} × 100`, valueIn: (metrics) => 100 * valueIn(metrics) };
  });
  return [drawnMetric("mean"), ...heads];
}
