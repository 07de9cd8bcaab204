// Evaluation tables with exactly defined metrics, the results in them, the runs behind measured results, and what is wrong
// with any of them (flags). A value is kept twice: as it was published, and as a number on its metric's scale.

import { z } from "zod";
import { resultRecordSchema } from "../../evaluation/index.ts";
import {
  dateSchema,
  extraSchema,
  idSchema,
  linkSchema,
  momentSchema,
  nameSchema,
  sha256Schema,
  textSchema,
  urlSchema,
} from "./common.ts";

/** What a metric's numbers are: percents (0 to 100), fractions (0 to 1), or a number with its own unit (`seconds`). */
export const unitSchema = z.enum(["percent", "fraction", "number"]);

/** Id of a metric within its table: as records name it (`f1`, `offsetF1`) or a slug (`micro-f1`). */
export const metricIdSchema = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9]+(?:[-_.]+[A-Za-z0-9]+)*$/, "expected letters, digits and single - _ . between them");

/** A metric of one table. The first of a table ranks it. What is not known of an imported one is left out, not guessed. */
export const metricSchema = z.strictObject({
  id: metricIdSchema,
  name: nameSchema,
  /** What is computed, in one or two sentences. */
  definition: textSchema.default(""),
  /** `micro`, `macro`, `per class`, ... and over which classes. */
  averaging: textSchema.optional(),
  classes: z.array(nameSchema).optional(),
  split: nameSchema.optional(),
  /** The program that counts: `conlleval`, `seqeval`, `BioASQ EvaluatorTask1b -e 5`. */
  scorer: textSchema.optional(),
  /** Protocol id as in result records, `ner-exact-entity`; a measured result must have the same. */
  protocol: idSchema.optional(),
  unit: unitSchema.default("number"),
  /** Name of the unit where `unit` is `number`. */
  unitName: nameSchema.optional(),
  /** True where smaller is better. */
  isLoss: z.boolean().default(false),
  min: z.number().optional(),
  max: z.number().optional(),
});

/** A leaderboard: one task on one dataset. */
export const tableSchema = z.strictObject({
  id: idSchema,
  task: idSchema,
  dataset: idSchema,
  /** Where the same task and dataset have several tables: what tells them apart. */
  name: nameSchema.optional(),
  description: textSchema.default(""),
  mirrorUrl: urlSchema.optional(),
  externalId: nameSchema.optional(),
  /** How to measure a row of it with this project: the id for `biobert reproduce`. */
  reproduce: idSchema.optional(),
  metrics: z.array(metricSchema).default([]),
  links: z.array(linkSchema).default([]),
  extra: extraSchema.optional(),
});

/** One value: `published` is the text as it stood there, `value` the number on the metric's scale. */
export const valueSchema = z.strictObject({
  published: textSchema.min(1).max(100),
  /** Missing where the text is no number (kept, never ranked). */
  value: z.number().optional(),
  /** The scale of the published text where it is not the metric's own. */
  scale: unitSchema.optional(),
  /** Standard deviation or half of an interval as published, on the metric's scale (`52±0.023`). */
  deviation: z.number().nonnegative().optional(),
});

/** Where a number stands. */
export const sourceSchema = z.strictObject({
  paper: idSchema.optional(),
  table: nameSchema.optional(),
  page: nameSchema.optional(),
  row: nameSchema.optional(),
  url: urlSchema.optional(),
  /** How it got here where nobody read it in the paper itself: `recalled`, `copied from another list`. */
  note: textSchema.optional(),
});

/** `archive`: from the PWC archive (CC-BY-SA 4.0). `paper`: read in a paper. `measured`: this project ran it. `submitted`: by a user. */
export const originSchema = z.enum(["archive", "paper", "measured", "submitted", "imported"]);

/** A result: one model variant in one table. */
export const resultSchema = z.strictObject({
  id: idSchema,
  table: idSchema,
  /** The model's name as published. */
  modelName: nameSchema,
  /** Canonical model and variant, where the name can be told. */
  model: idSchema.optional(),
  variant: idSchema.optional(),
  paper: idSchema.optional(),
  /** Title and link of a paper the catalogue does not hold. */
  paperTitle: textSchema.optional(),
  paperUrl: urlSchema.optional(),
  values: z.record(metricIdSchema, valueSchema),
  extraData: z.boolean().default(false),
  /** The day of the result: the paper's where nothing better is known. */
  date: dateSchema.optional(),
  origin: originSchema,
  source: sourceSchema.default({}),
  codeLinks: z.array(linkSchema).default([]),
  /** Runs behind a measured result. */
  runs: z.array(idSchema).default([]),
  /** Which published result this one measures again. */
  measures: idSchema.optional(),
  /** What differs from the published protocol, one sentence each. */
  protocolDifferences: z.array(textSchema).optional(),
  externalId: nameSchema.optional(),
  externalUrl: urlSchema.optional(),
  submittedBy: nameSchema.optional(),
  extra: extraSchema.optional(),
});

/** A run: the record this project's `evaluate` wrote, whole, under the hash of its content. */
export const runSchema = z.strictObject({
  id: idSchema,
  /** SHA-256 of the record as canonical JSON. */
  sha256: sha256Schema,
  record: resultRecordSchema,
  /** Learning curves or anything else to plot, as [x, y] series. */
  curves: z.record(nameSchema, z.array(z.tuple([z.number(), z.number()]))).optional(),
});

/** `mixed-scale`: one value in two scales; `two-tasks`: one value under two tasks; `mixed-versions`; `not-canonical`: the model's
 * name; `uncertain`: recalled or not cross-checked; `other-protocol`; `duplicate`; `cut-link`; `disputed`: the source says otherwise now. */
export const flagKindSchema = z.enum([
  "mixed-scale",
  "two-tasks",
  "mixed-versions",
  "not-canonical",
  "uncertain",
  "other-protocol",
  "duplicate",
  "cut-link",
  "not-a-number",
  "disputed",
]);

/** Something a reader must know about results; shown beside each of them. */
export const flagSchema = z.strictObject({
  id: idSchema,
  kind: flagKindSchema,
  results: z.array(idSchema).min(1),
  /** One or two sentences for the reader. */
  note: textSchema.min(1),
  /** How the catalogue mends it, where it does. */
  mend: textSchema.optional(),
});

/** A result's record was run again: the same hashes, each metric within its tolerance. Given by `results verify` only. */
export const verificationSchema = z.strictObject({
  id: idSchema,
  result: idSchema,
  /** The run that is claimed and the run that repeated it. */
  claimed: idSchema,
  reproduced: idSchema,
  metrics: z.array(
    z.strictObject({
      metric: metricIdSchema,
      claimed: z.number(),
      reproduced: z.number(),
      tolerance: z.number().nonnegative(),
    }),
  ),
  verifiedAt: momentSchema,
  verifiedBy: nameSchema,
});

export type Unit = z.infer<typeof unitSchema>;
export type Metric = z.infer<typeof metricSchema>;
export type EvaluationTable = z.infer<typeof tableSchema>;
export type Value = z.infer<typeof valueSchema>;
export type Source = z.infer<typeof sourceSchema>;
export type Origin = z.infer<typeof originSchema>;
export type Result = z.infer<typeof resultSchema>;
export type Run = z.infer<typeof runSchema>;
export type FlagKind = z.infer<typeof flagKindSchema>;
export type Flag = z.infer<typeof flagSchema>;
export type Verification = z.infer<typeof verificationSchema>;
