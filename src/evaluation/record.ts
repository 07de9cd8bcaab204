// The result record: what one evaluation found, with everything needed to find it again. A versioned form with a schema:
// a field is never given another meaning, a new one comes with a new version or is optional.

import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import { runFields } from "./record-runs.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits");
const count = z.number().int().nonnegative();
const percent = z.number().min(0).max(100);
const metricName = z.string().regex(/^[a-z][A-Za-z0-9]*$/);

const scores = z.strictObject({
  precision: percent,
  recall: percent,
  f1: percent,
  goldCount: count,
  predictedCount: count,
  correctCount: count,
});

/** What is the same in all versions. */
const common = {
  biobertVersion: z.string(),
  /** How the numbers are counted, for example `ner-exact-entity` (conlleval) or `relation-scored-classes`. */
  protocol: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** By type, class or label, in percent. */
  metricsByType: z.record(z.string(), scores),
  dataset: z.strictObject({
    id: z.string().min(1),
    split: z.string().min(1),
    /** Of the files' bytes as given, one after another. */
    sha256,
    /** For example sentences, tokens, entities, documents. */
    counts: z.record(z.string(), count),
  }),
  model: z.strictObject({
    name: z.string().min(1),
    /** The weights file that ran, relative to the model directory. */
    variant: z.string().min(1),
    /** Of the weights; of several runs of the list of theirs, one a line. */
    sha256,
    precision: z.enum(["fp32", "fp16", "int8"]),
    parameters: count,
  }),
  /** Seeds of the training that made the model, where they are known. */
  seeds: z.array(z.number().int()),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  command: z.string(),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.number().int().positive(),
    os: z.string(),
    node: z.string(),
    onnxruntime: z.string(),
  }),
  createdAt: z.iso.datetime(),
  durationSeconds: z.number().nonnegative(),
};

/** Version 1: named entity recognition alone, all metrics in percent (0 to 100). */
export const resultRecordV1Schema = z.strictObject({
  formatVersion: z.literal(1),
  ...common,
  unit: z.literal("percent"),
  /** Metric id to value: `precision`, `recall`, `f1`, `tokenAccuracy`, `offsetF1`, ... */
  metrics: z.record(metricName, percent),
});

/** Version 2: any task, each metric with its unit. */
export const resultRecordV2Schema = z
  .strictObject({
    formatVersion: z.literal(2),
    ...common,
    /** The task's name, as the command has it. */
    task: z.string().min(1),
    /** Metric id to value. */
    metrics: z.record(metricName, z.number()),
    /** The unit of every metric: "percent" 0 to 100, "fraction" 0 to 1, "correlation" -1 to 1, "number" any. */
    units: z.record(metricName, z.enum(["percent", "fraction", "correlation", "number"])),
    /** The metrics of parts of the data by themselves, such as the batches of BioASQ; units as above. */
    metricsByGroup: z.record(z.string(), z.record(metricName, z.number())).optional(),
    /** The options of the task that shape the numbers, such as a threshold. */
    options: z.record(z.string(), z.unknown()).optional(),
    /** The most memory that the process that measured it held at a time. */
    peakMemoryBytes: count.optional(),
    ...runFields,
  })
  .superRefine(({ metrics, units }, context) => {
    const bounds = {
      percent: [0, 100],
      fraction: [0, 1],
      correlation: [-1, 1],
      number: [-Infinity, Infinity],
    } as const;
    for (const name of new Set([...Object.keys(metrics), ...Object.keys(units)])) {
      const [value, unit] = [metrics[name], units[name]];
      if (value === undefined || unit === undefined) {
        context.addIssue({
          code: "custom",
          path: [value === undefined ? "metrics" : "units", name],
          message: "a metric and its unit go together",
        });
        continue;
      }
      const [from, to] = bounds[unit];
      // A sum of products of floats may pass 1 in its last bits.
      if (value >= from - 1e-9 && value <= to + 1e-9) continue;
      context.addIssue({ code: "custom", path: ["metrics", name], message: `${value} is not a ${unit}` });
    }
  });

/** A record of any version that there has been. */
export const resultRecordSchema = z.discriminatedUnion("formatVersion", [resultRecordV1Schema, resultRecordV2Schema]);

export type ResultRecord = z.infer<typeof resultRecordSchema>;
export type ResultRecordV1 = z.infer<typeof resultRecordV1Schema>;
/** What is written now. */
export type ResultRecordV2 = z.infer<typeof resultRecordV2Schema>;

/**
 * Reads a record of any version as the newest one: a reader of results has one form to know.
 * @throws BiobertError `input-format` for what is no record, and for one of a version that is not known yet.
 */
export function readResultRecord(json: unknown, file?: string): ResultRecordV2 {
  const version =
    typeof json === "object" && json !== null ? (json as { formatVersion?: unknown }).formatVersion : undefined;
  const place = file === undefined ? {} : { place: { file } };
  if (typeof version === "number" && version > 2) {
    throw new BiobertError({
      code: "input-format",
      message: `the result record is of format version ${version}; this version reads 1 and 2`,
      ...place,
      hint: "Take a newer biobert.",
    });
  }
  const parsed = resultRecordSchema.safeParse(json);
  if (!parsed.success) {
    throw new BiobertError({
      code: "input-format",
      message: `not a result record: ${z.prettifyError(parsed.error)}`,
      ...place,
    });
  }
  const record = parsed.data;
  if (record.formatVersion === 2) return record;
  const { unit, formatVersion: _, ...rest } = record;
  return {
    ...rest,
    formatVersion: 2,
    task: "ner",
    units: Object.fromEntries(Object.keys(rest.metrics).map((name) => [name, unit])),
  };
}

/** A record (of ours or of a peer) as files keep it: indented, but a list of numbers on one line, however long a curve is. */
export function recordJson(record: object): string {
  const lists: string[] = [];
  const text = JSON.stringify(
    record,
    // JSON text never has this character unescaped, and no field of a record has it at all.
    (_key, value: unknown) => (isNumberList(value) ? `\0${lists.push(JSON.stringify(value)) - 1}` : value),
    2,
  );
  return `${text.replaceAll(/"\\u0000(\d+)"/g, (_, index: string) => lists[Number(index)]!.replaceAll(",", ", "))}\n`;
}

function isNumberList(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "number" || isNumberList(each))
  );
}
