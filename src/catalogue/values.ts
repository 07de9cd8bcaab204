// Published numbers as they stand in papers and dumps ("0.8088", "81.3%", "52±0.023", "1,234", "89.71 (0.2)") to numbers on
// their metric's scale.

import type { ResultRecord } from "../evaluation/index.ts";
import type { Metric, Unit, Value } from "./schema/index.ts";

export interface ParsedNumber {
  number: number;
  deviation?: number;
  hasPercentSign: boolean;
}

const NUMBER = String.raw`[-+\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const PATTERN = new RegExp(
  String.raw`^[~≈<>=\s$]*(${NUMBER})\s*(%|pp)?\s*(?:(?:±|\+\/-|\+-|\\pm)\s*(${NUMBER})\s*%?|\(\s*(?:±|\+\/-)?\s*(${NUMBER})\s*\))?\s*(%)?\s*(?:[KkMmBb]|ms|s)?\*?$`,
);
const MULTIPLES: Readonly<Record<string, number>> = { K: 1e3, k: 1e3, M: 1e6, m: 1, B: 1e9, b: 1e9 };

/** The number in a published text, or undefined where it is none ("-", "N/A", "83.1 / 84.2"). */
export function parsePublished(text: string): ParsedNumber | undefined {
  const trimmed = text.trim().replace(/^\*+|\*+$/g, "");
  const match = PATTERN.exec(trimmed);
  if (match === null) return undefined;
  const number = numberOf(match[1]);
  if (number === undefined) return undefined;
  const suffix = /[KMBkb]$/.exec(trimmed)?.[0];
  const factor = suffix === undefined ? 1 : (MULTIPLES[suffix] ?? 1);
  const deviation = numberOf(match[3] ?? match[4]);
  return {
    number: number * factor,
    ...(deviation === undefined ? {} : { deviation: Math.abs(deviation) * factor }),
    hasPercentSign: trimmed.includes("%"),
  };
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || !/\d/.test(text)) return undefined;
  const number = Number(text.replaceAll(",", "").replace("\u2212", "-"));
  return Number.isFinite(number) ? number : undefined;
}

/**
 * A value for a metric from its published text. A percent sign says the scale; without one, `scale` does, or else the number
 * is taken to be on the metric's own scale. What is no number is kept as text alone.
 */
export function valueOf(published: string, metric: Pick<Metric, "unit">, scale?: Unit): Value {
  const parsed = parsePublished(published);
  if (parsed === undefined) return { published };
  const given: Unit = parsed.hasPercentSign ? "percent" : (scale ?? metric.unit);
  const convert = (number: number): number => {
    if (given === "percent" && metric.unit === "fraction") return tidy(number / 100);
    return given === "fraction" && metric.unit === "percent" ? tidy(number * 100) : number;
  };
  return {
    published,
    value: convert(parsed.number),
    ...(given === metric.unit || metric.unit === "number" ? {} : { scale: given }),
    ...(parsed.deviation === undefined ? {} : { deviation: convert(parsed.deviation) }),
  };
}

/** Without the dust of a division in binary: 0.8088 * 100 is 80.88. */
function tidy(number: number): number {
  return Number(number.toPrecision(12));
}

/** Lowest and highest value a metric can have: as it says, or as its unit says. */
export function rangeOf(metric: Pick<Metric, "unit" | "min" | "max">): { min: number; max: number } {
  const byUnit =
    metric.unit === "percent"
      ? { min: 0, max: 100 }
      : metric.unit === "fraction"
        ? { min: 0, max: 1 }
        : { min: -Infinity, max: Infinity };
  return { min: metric.min ?? byUnit.min, max: metric.max ?? byUnit.max };
}

/**
 * Why a value looks to be on the other scale: a fraction where the other results stand in percent (0.8088), or a percentage
 * where fractions stand. `others` are the numbers already in the table. Undefined where nothing speaks for it.
 */
export function scaleProblem(
  value: number,
  metric: Pick<Metric, "unit" | "min" | "max">,
  others: readonly number[],
): "looks-like-fraction" | "looks-like-percent" | undefined {
  const largest = others.length === 0 ? undefined : Math.max(...others.map(Math.abs));
  const isPercent =
    metric.unit === "percent" || (metric.unit === "number" && largest !== undefined && largest > 1.5 && largest <= 100);
  const isFraction = metric.unit === "fraction" || (metric.unit === "number" && largest !== undefined && largest <= 1);
  if (isPercent && value > 0 && value <= 1) {
    // A table with other values near 0 may mean it.
    const smallest = Math.min(Infinity, ...others.filter((each) => each > 0));
    return metric.unit === "percent" && others.length === 0
      ? "looks-like-fraction"
      : smallest > 2 * value
        ? "looks-like-fraction"
        : undefined;
  }
  return isFraction && value > 1 && value <= 100 ? "looks-like-percent" : undefined;
}

/** A record's number for a metric on that metric's scale; undefined where the record has none. */
export function recordedValue(record: ResultRecord, id: string, metric: Pick<Metric, "unit">): number | undefined {
  const value = record.metrics[id];
  if (value === undefined) return undefined;
  const unit = record.formatVersion === 1 ? "percent" : record.units[id];
  if (unit === "percent" && metric.unit === "fraction") return value / 100;
  return (unit === "fraction" || unit === "correlation") && metric.unit === "percent" ? value * 100 : value;
}
