// Before anything is trained: what the training data share with the held-out and the test data.

import type { Warning } from "../core/index.ts";
import {
  allowedOverlap,
  datasetOf,
  describeOverlap,
  exceedsKnown,
  findOverlap,
  overlapCounts,
  overlapSides,
  SHARED_WORDS,
  refuseOverlap,
  refuseSameFile,
  type HeadTraining,
} from "../data/index.ts";
import type { TaskExample } from "../tasks/index.ts";

export interface OverlapCheck {
  /** For the record: each kind of data that was compared and shares something. */
  overlap: NonNullable<HeadTraining["overlap"]>;
  warnings: Warning[];
}

/**
 * Refuses files that are trained on and held out or tested, too.
 * @throws BiobertError `data-overlap`, unless `allowOverlap` says that it is meant; those of reading files.
 */
export async function checkFiles(
  trainFiles: readonly string[],
  { devFiles, testFiles = [] }: { devFiles: readonly string[]; testFiles?: readonly string[] },
  {
    allowOverlap = false,
    heldOut = "dev",
    between,
  }: { allowOverlap?: boolean; heldOut?: "dev" | "test"; between?: readonly [string, string] },
): Promise<void> {
  if (allowOverlap) return;
  await refuseSameFile(trainFiles, devFiles, heldOut === "dev" ? "held-out" : "test", between);
  await refuseSameFile(trainFiles, testFiles, "test", between);
}

/**
 * Compares the training examples with the held-out and the test examples.
 * @throws BiobertError `data-overlap` where they share documents or long sentences, unless the registry knows it of `dataset` or
 *   `allowOverlap` says that it is meant; `usage` for a data set that the registry does not have.
 */
export function checkOverlap(
  train: readonly TaskExample[],
  compared: { dev?: readonly TaskExample[]; test?: readonly TaskExample[] },
  {
    dataset,
    allowOverlap = false,
    between,
  }: {
    dataset?: string;
    allowOverlap?: boolean;
    /** The heads of the training and of the compared data, where those are two. */ between?: readonly [string, string];
  },
): OverlapCheck {
  const id = dataset === undefined ? undefined : datasetOf(dataset).id;
  const result: OverlapCheck = { overlap: {}, warnings: [] };
  for (const split of ["dev", "test"] as const) {
    const examples = compared[split];
    if (examples === undefined) continue;
    const found = findOverlap([{ examples: train }], { examples });
    const known = id === undefined ? undefined : allowedOverlap(id, split);
    const name = split === "dev" ? "held-out" : "test";
    if (!allowOverlap) refuseOverlap(found, known, name, between);
    if (found.examples.length === 0) continue;
    result.overlap[split] = overlapCounts(found);
    if (!exceedsKnown(found, undefined)) {
      result.warnings.push({
        code: "overlap-short",
        message: `${overlapSides(name, between)} share the whole texts of ${found.examples.length} of ${examples.length} examples, none with a sentence of ${SHARED_WORDS} words: that refuses nothing, but the score on them is memory`,
        place: { file: examples[found.examples[0]!]!.file },
      });
      continue;
    }
    const isKnown = !exceedsKnown(found, known);
    result.warnings.push({
      code: isKnown ? "overlap-known" : "overlap-allowed",
      message: `${overlapSides(split, between)} share ${describeOverlap(found)}, ${isKnown ? `as is known of ${id}` : "which --allow-overlap lets pass"}; the record says so`,
      place: { file: found.sharedDocuments[0]?.test.file ?? found.sharedSentences[0]?.test.file },
    });
  }
  return result;
}
