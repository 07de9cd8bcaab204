// What evaluated data share with training data, and the scores without it: beside a published number whose split has some.

import type { WarningSink } from "../core/index.ts";
import {
  describeOverlap,
  findOverlap,
  overlapCounts,
  sha256OfFiles,
  withoutOverlap,
  type Overlap,
} from "../data/index.ts";
import type { TaskExample } from "../tasks/index.ts";
import type { ResultRecordV2 } from "./record.ts";

/** What a record says of it. */
export type EvaluatedOverlap = NonNullable<ResultRecordV2["overlap"]>;

/**
 * Compares examples with those that a model was trained on, as their task read them from `trainFiles`. `scoreWithout` scores
 * those that are left. Errors: those of reading the files.
 */
export async function evaluateOverlap(
  train: { examples: readonly TaskExample[] },
  trainFiles: readonly string[],
  examples: readonly TaskExample[],
  scoreWithout: (left: { keep<Item>(items: readonly Item[]): Item[] }) => Record<string, number>,
  warn?: WarningSink,
): Promise<EvaluatedOverlap> {
  const overlap: Overlap = findOverlap([train], { examples });
  const counts = overlapCounts(overlap);
  if (overlap.documents + overlap.texts > 0) {
    warn?.({
      code: "overlap",
      message: `the data share ${describeOverlap(overlap)} with the training data: the scores without are beside`,
      place: { file: examples[overlap.examples[0]!]?.file },
    });
  }
  const isLeft = counts.examples < examples.length;
  return {
    ...counts,
    sha256: await sha256OfFiles(trainFiles),
    ...(isLeft ? { metrics: scoreWithout({ keep: (items) => withoutOverlap(items, overlap) }) } : {}),
  };
}
