// The result record: what one evaluation found, with everything needed to find it again. A versioned form with a schema:
// a field is never given another meaning, a new one comes with a new version or is optional.

import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits");
const count = z.number().int().nonnegative();
const percent = z.number().min(0).max(100);

const scores = z.strictObject({
  precision: percent,
  recall: percent,
  f1: percent,
  goldCount: count,
  predictedCount: count,
  correctCount: count,
});

/** Version 1. All metrics are in percent (0 to 100). */
export const resultRecordSchema = z.strictObject({
  formatVersion: z.literal(1),
  biobertVersion: z.string(),
  /** How the numbers are counted, for example `ner-exact-entity` (conlleval) or `ner-exact-offset`. */
  protocol: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  unit: z.literal("percent"),
  /** Metric id to value: `precision`, `recall`, `f1`, `tokenAccuracy`, `offsetF1`, ... */
  metrics: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), percent),
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
});

export type ResultRecord = z.infer<typeof resultRecordSchema>;
