// What a result record says where it is of several training runs: each run, the spread over them, the recipe they followed, and what
// the test split is known to share with training.

import { z } from "zod";

const metrics = z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), z.number());
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits");
const count = z.number().int().nonnegative();
const seconds = z.number().nonnegative();

/** Points [step, value], steps rising. */
const points = z
  .array(z.tuple([count, z.number()]))
  .min(1)
  .max(400);

/** How training went, thinned to what a small chart shows; of folds the means over them. */
export const curvesSchema = z.strictObject({
  /** Training loss: each point is the mean of a stretch of steps, at the middle of it. */
  loss: points.optional(),
  /** The metric that chooses the epoch, on dev data, where there were any. */
  dev: z
    .strictObject({
      metric: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
      unit: z.enum(["percent", "fraction", "correlation", "number"]),
      points,
    })
    .optional(),
});

/** What one training run on one fold, or on the whole, came to. */
const outcome = {
  metrics,
  /** Without the test examples that training shares, where there are such. */
  metricsWithoutOverlap: metrics.optional(),
  /** Of the weights that were scored. */
  modelSha256: sha256.optional(),
  /** Updates. */
  steps: count.optional(),
  /** Of all updates together, evaluation not counted. */
  trainingSeconds: seconds.optional(),
  /** That it was trained and scored with. */
  threads: z.number().int().positive().optional(),
  /** That it ran on; where it is absent, the record's. */
  machine: z.string().min(1).optional(),
  /** Of the clone that trained and scored it; absent where that was not kept, as the record's is that of its first seeds. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  evaluationSeconds: seconds.optional(),
  /** The epoch whose model was kept, where dev data chose it. */
  bestEpoch: count.optional(),
};

/** One run: its `metrics` are the means over folds where it has folds. */
export const recordRunSchema = z.strictObject({
  seed: z.number().int(),
  ...outcome,
  curves: curvesSchema.optional(),
  folds: z.array(z.strictObject({ fold: z.number().int().positive(), ...outcome })).optional(),
});

/** Mean and spread over runs. */
export const spreadSchema = z.strictObject({
  mean: z.number(),
  /** Of a sample (divided by n - 1); 0 for one run. */
  standardDeviation: z.number().nonnegative(),
  minimum: z.number(),
  maximum: z.number(),
  count: z.number().int().positive(),
});

/** The optional fields of a record of several runs. */
export const runFields = {
  /** In the order of `seeds`; `metrics` of the record are their means. */
  runs: z.array(recordRunSchema).min(1).optional(),
  /** By metric. */
  spread: z.record(z.string(), spreadSchema).optional(),
  /** The recipe of `configs/` that `biobert reproduce` followed. */
  recipe: z
    .strictObject({
      id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
      /** Every setting as it was, and the start's name. */
      settings: z.record(z.string(), z.unknown()),
      /** Of the start's weights. */
      startSha256: sha256.optional(),
      /** What was changed on the command line. */
      changed: z.array(z.string()).optional(),
    })
    .optional(),
  /** What test shares with training (of folds: over all of them). */
  overlap: z
    .strictObject({
      documents: count,
      texts: count,
      sentences: count,
      /** Test examples that are left out of the score without overlap; absent where it was not counted. */
      examples: count.optional(),
      /** The mean scores without them. */
      metrics: metrics.optional(),
      /** Of the training files that were compared, one after another. */
      sha256: sha256.optional(),
    })
    .optional(),
  /** Differences from the published result, one each. */
  differs: z.array(z.string().min(1)).optional(),
};

export type Curves = z.infer<typeof curvesSchema>;
export type RecordRun = z.infer<typeof recordRunSchema>;
export type Spread = z.infer<typeof spreadSchema>;
