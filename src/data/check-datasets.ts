// Reads every split of data sets and says whether it is what the registry says: `biobert datasets check`.

import { BiobertError, type Warning } from "../core/index.ts";
import type { AnyExampleSet, Split } from "./examples.ts";
import { findOverlap } from "./overlap.ts";
import { readExamples } from "./read-examples.ts";
import { type AnyDataset, DATASETS, datasetOf, type KnownOverlap, knownOverlap } from "./registry/index.ts";

export interface DatasetCheck {
  dataset: string;
  split: Split;
  /** `absent` where the files are not there; `bad` where they are and do not fit. */
  state: "good" | "absent" | "bad";
  /** Of folds, those of the first. */
  counts?: Record<string, number>;
  /** How many folds were read, each held to its own counts. */
  folds?: number;
  warnings?: Warning[];
  error?: string;
  /** Of the test split with train and dev, and of dev with train, where asked for. */
  overlap?: KnownOverlap;
}

/**
 * Checks the data sets named, all by default, split by split; of folds each, and the overlap of the first. A set whose files are not there is `absent`, one that
 * cannot be read as the registry says `bad`; the same for more overlap of test with train and dev than is known.
 * @throws BiobertError `usage` for an unknown id.
 */
export async function* checkDatasets(
  ids: readonly string[],
  options: { data?: string; overlap?: boolean; environment?: Readonly<Record<string, string | undefined>> } = {},
): AsyncGenerator<DatasetCheck> {
  for (const dataset of ids.length === 0 ? DATASETS : ids.map(datasetOf)) {
    const read: Partial<Record<Split, AnyExampleSet>> = {};
    for (const split of ["train", "dev", "test"] as const) {
      if (dataset.splits[split] === undefined) continue;
      const result = await checkSplit(dataset, split, options, read);
      const withDev = split === "test" && dataset.folds === undefined;
      const trained = [read.train, withDev ? read.dev : undefined].filter((set) => set !== undefined);
      if (options.overlap === true && result.state === "good" && split !== "train" && trained.length > 0) {
        const { documents, texts, sentences } = findOverlap(trained, read[split]!);
        result.overlap = { documents, texts, sentences };
        const known = knownOverlap(dataset.id, split);
        if (documents !== known.documents || texts !== known.texts || sentences !== known.sentences) {
          result.state = "bad";
          result.error = `${split} shares ${documents} documents, ${texts} long sentences and ${sentences} whole texts with training; the registry says ${known.documents}, ${known.texts} and ${known.sentences}`;
        }
      }
      yield result;
    }
  }
}

async function checkSplit(
  dataset: AnyDataset,
  split: Split,
  options: { data?: string; environment?: Readonly<Record<string, string | undefined>> },
  read: Partial<Record<Split, AnyExampleSet>>,
): Promise<DatasetCheck> {
  try {
    const set = await readExamples(dataset.id, split, options);
    read[split] = set;
    // A split that is the same in all folds has no counts by fold.
    const folds = dataset.splits[split]?.foldCounts?.length ?? 1;
    for (let fold = 2; fold <= folds; fold++) await readExamples(dataset.id, split, { ...options, fold });
    return {
      dataset: dataset.id,
      split,
      state: "good",
      counts: set.counts,
      ...(folds > 1 ? { folds } : {}),
      warnings: summary(set.warnings),
    };
  } catch (error) {
    if (!(error instanceof BiobertError)) throw error;
    return {
      dataset: dataset.id,
      split,
      state: error.code === "file-not-found" ? "absent" : "bad",
      error: error.describe(),
    };
  }
}

/** Each kind of warning once, with its number. */
function summary(warnings: readonly Warning[]): Warning[] {
  const kinds = new Map<string, { first: Warning; count: number }>();
  for (const warning of warnings) {
    const known = kinds.get(warning.code);
    if (known === undefined) kinds.set(warning.code, { first: warning, count: 1 });
    else known.count++;
  }
  return [...kinds.values()].map(({ first, count }) =>
    count === 1 ? first : { ...first, message: `${first.message} (and ${count - 1} more of this kind)` },
  );
}
