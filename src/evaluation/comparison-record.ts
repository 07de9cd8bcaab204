// The outcome of one comparison of two systems as a file: what `biobert compare --record` writes and the page of results shows. Numbers
// and names alone, like the items it was made of.

import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import type { SystemComparison } from "./compare.ts";
import type { ItemsFile } from "./items-file.ts";

const test = {
  /** Mean over runs. */
  first: z.number(),
  second: z.number(),
  /** second - first. */
  difference: z.number(),
  /** Two-sided. */
  pValue: z.number().min(0).max(1),
  samples: z.number().int().positive(),
};

const side = z.strictObject({ system: z.string().min(1), seeds: z.array(z.number().int()).optional() });

/** A comparison's file. */
export const comparisonRecordSchema = z.strictObject({
  formatVersion: z.literal(1),
  task: z.string().min(1),
  dataset: z.strictObject({ id: z.string().min(1), split: z.string().min(1) }),
  first: side,
  second: side,
  metric: z.string().min(1),
  /** What an item is. */
  unit: z.string().min(1),
  items: z.number().int().positive(),
  /** Runs of each side. */
  runs: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  bootstrap: z.strictObject({
    ...test,
    method: z.literal("paired-bootstrap"),
    interval: z.strictObject({ low: z.number(), high: z.number(), level: z.number() }),
  }),
  /** Where both sides have as many runs. */
  randomisation: z.strictObject({ ...test, method: z.literal("approximate-randomisation") }).optional(),
  margin: z.number().nonnegative(),
  verdict: z.enum(["better", "worse", "equal", "undecided"]),
});

export type ComparisonRecord = z.infer<typeof comparisonRecordSchema>;

/** The file of a comparison of these two. */
export function comparisonRecord(first: ItemsFile, second: ItemsFile, result: SystemComparison): ComparisonRecord {
  const of = ({ system, seeds }: ItemsFile): ComparisonRecord["first"] => ({
    system,
    ...(seeds === undefined ? {} : { seeds }),
  });
  return comparisonRecordSchema.parse({
    formatVersion: 1,
    task: first.task,
    dataset: { id: first.dataset.id, split: first.dataset.split },
    first: of(first),
    second: of(second),
    ...result,
  });
}

/**
 * Reads such a file's content.
 * @throws BiobertError `input-format` with the file and what is wrong.
 */
export function readComparisonRecord(json: unknown, file?: string): ComparisonRecord {
  const parsed = comparisonRecordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new BiobertError({
    code: "input-format",
    message: `not a comparison: ${z.prettifyError(parsed.error)}`,
    ...(file === undefined ? {} : { place: { file } }),
    hint: "biobert compare A B --record FILE writes one.",
  });
}
