// How the catalogue changes: submissions and their reviews, tokens with roles, and a history to which one can only add.

import { z } from "zod";
import { extraSchema, idSchema, momentSchema, nameSchema, textSchema } from "./common.ts";
import { resultSchema, runSchema } from "./results.ts";

/** What each role may do, each including the ones before: read; submit; accept, edit, reject and undo; tokens and imports. */
export const ROLES = ["reader", "submitter", "reviewer", "admin"] as const;
export const roleSchema = z.enum(ROLES);

/** A submission as a person or program sends it; the catalogue fills in the rest. `result.id` may be left out. */
export const submissionContentSchema = z.strictObject({
  result: resultSchema
    .omit({ id: true, origin: true, submittedBy: true, runs: true })
    .extend({ id: idSchema.optional() }),
  /** The record of the run, for a measured result. */
  run: runSchema.shape.record.optional(),
  /** For the reviewers. */
  comment: textSchema.max(5000).optional(),
});

/** One thing that is wrong, or looks wrong, with one field of a submission. */
export const problemSchema = z.strictObject({
  /** Path of the field: `result.values.f1.published`. */
  field: z.string(),
  code: z.enum([
    "malformed", // the field is missing or not of its form
    "unknown-table",
    "unknown-metric",
    "unknown-model",
    "unknown-paper",
    "out-of-range",
    "wrong-scale",
    "not-a-number",
    "duplicate",
    "protocol-mismatch",
    "malformed-link",
    "dead-link",
    "future-date",
    "record-mismatch", // the record's number is not the one submitted
    "no-source",
  ]),
  /** What is wrong and what would be right. */
  message: z.string(),
  /** An error refuses the submission; a warning is shown to the reviewer. */
  severity: z.enum(["error", "warning"]),
});

export const submissionStateSchema = z.enum(["pending", "accepted", "rejected", "withdrawn"]);

/** A submission on its way. `version` grows with each change: who decides says which one was seen (optimistic locking). */
export const submissionSchema = z.strictObject({
  id: idSchema,
  version: z.number().int().positive(),
  state: submissionStateSchema,
  content: submissionContentSchema,
  problems: z.array(problemSchema),
  submittedBy: nameSchema,
  submittedAt: momentSchema,
  decidedBy: nameSchema.optional(),
  decidedAt: momentSchema.optional(),
  reason: textSchema.optional(),
  /** The result it became. */
  result: idSchema.optional(),
});

/** A token as it may be shown: never its secret, nor the hash of it. */
export const tokenSchema = z.strictObject({
  id: idSchema,
  name: nameSchema,
  role: roleSchema,
  createdAt: momentSchema,
  expiresAt: momentSchema.optional(),
  revokedAt: momentSchema.optional(),
});

/** One entry of the history: who did what, why, to which entities. */
export const changeSchema = z.strictObject({
  id: z.number().int().positive(),
  at: momentSchema,
  actor: nameSchema,
  action: z.enum([
    "import",
    "create",
    "update",
    "delete",
    "submit",
    "edit",
    "accept",
    "reject",
    "withdraw",
    "verify",
    "undo",
    "token",
  ]),
  reason: textSchema.optional(),
  /** The change that this one undoes. */
  undoes: z.number().int().positive().optional(),
  /** How many entities of each kind it touched. */
  counts: z.record(z.string(), z.number().int().nonnegative()),
});

/** One entity in a change: what it was before (null: it was not there). What it became is the next change's `before`, or what is stored. */
export const changedEntitySchema = z.strictObject({
  change: z.number().int().positive(),
  kind: z.string(),
  id: idSchema,
  before: extraSchema.nullable(),
});

export type Role = z.infer<typeof roleSchema>;
export type SubmissionContent = z.infer<typeof submissionContentSchema>;
export type Problem = z.infer<typeof problemSchema>;
export type SubmissionState = z.infer<typeof submissionStateSchema>;
export type Submission = z.infer<typeof submissionSchema>;
export type Token = z.infer<typeof tokenSchema>;
export type Change = z.infer<typeof changeSchema>;
export type ChangedEntity = z.infer<typeof changedEntitySchema>;
