// What each published split shares between test and train with dev (of folds: fold 1), measured on the corpora by
// scripts/check-datasets.mjs; sets that are not listed share nothing. `fine-tune` takes no more than this.

import type { KnownOverlap } from "./types.ts";

/** By id: shared documents, test examples with a shared sentence or text of 12 words or more, test examples whose whole text is shared. */
const MEASURED: Readonly<Record<string, readonly [documents: number, texts: number, sentences: number]>> = {
  "ncbi-disease": [0, 0, 2],
  "bc5cdr-disease": [0, 2, 19],
  "bc5cdr-chem": [0, 2, 19],
  bc5cdr: [0, 2, 6],
  bc2gm: [0, 16, 59],
  jnlpba: [0, 91, 114],
  "jnlpba-5types": [10, 91, 203],
  linnaeus: [0, 0, 582],
  s800: [0, 0, 99],
  chemprot: [0, 8, 8],
  "ddi-2013": [0, 109, 35],
  gad: [0, 8, 8],
  "gad-blurb": [0, 8, 8],
  "bioasq-factoid-5b": [0, 1, 0],
  "bioasq-factoid-6b": [0, 1, 0],
  "bioasq-factoid-7b": [12, 15, 8],
  "bioasq-list-4b": [4, 4, 3],
  "bioasq-list-5b": [3, 2, 1],
  "bioasq-list-7b": [13, 13, 9],
  "bioasq-yesno-4b": [0, 2, 0],
  "bioasq-yesno-6b": [0, 3, 0],
  "bioasq-yesno-7b": [0, 8, 0],
  "bioasq-yesno-blurb": [0, 1, 0],
  medqa: [0, 188, 0],
  "medqa-5": [0, 200, 0],
  "medmcqa-folds": [0, 2, 0],
  frenchmedmcqa: [0, 37, 4],
  hoc: [0, 1, 6],
  "nicta-piboso": [0, 1, 9],
  ohsumed: [0, 3, 0],
  biosses: [0, 10, 0],
  "biosses-embedding": [0, 10, 4],
  "ohsumed-embedding": [0, 3, 0],
};

/** The same of dev with train, for the sets that are published with a dev split. */
const MEASURED_DEV: Readonly<Record<string, readonly [documents: number, texts: number, sentences: number]>> = {
  "ncbi-disease": [0, 0, 5],
  "bc5cdr-disease": [0, 0, 19],
  "bc5cdr-chem": [0, 0, 19],
  bc5cdr: [0, 0, 4],
  bc2gm: [0, 0, 22],
  jnlpba: [0, 4, 22],
  linnaeus: [0, 1, 323],
  s800: [0, 0, 63],
  chemprot: [0, 1, 1],
  "ddi-2013": [0, 61, 75],
  "gad-blurb": [0, 38, 39],
  "bioasq-yesno-blurb": [0, 4, 0],
  frenchmedmcqa: [0, 16, 2],
  hoc: [0, 0, 4],
  "hoc-abstracts": [0, 1, 0],
  "nicta-piboso": [0, 0, 1],
  biosses: [0, 3, 0],
  "biosses-embedding": [0, 3, 3],
};

/** What more there is in the files that a task reads: of relations their anonymised texts alone, of which more are alike. */
const MEASURED_FILES: Readonly<
  Record<string, Readonly<Record<"dev" | "test", readonly [documents: number, texts: number, sentences: number]>>>
> = {
  "ddi-2013": { dev: [0, 65, 80], test: [0, 133, 100] },
};

/** The most that any fold's test shares with its train; the other tables are of fold 1. */
const MEASURED_FOLDS: Readonly<Record<string, readonly [documents: number, texts: number, sentences: number]>> = {
  gad: [0, 28, 28],
  "medmcqa-folds": [0, 5, 0],
};

/** The known overlap of a part of a data set's published split with what it is trained on; nothing where it is not listed. */
export function knownOverlap(id: string, split: "dev" | "test" = "test"): KnownOverlap {
  const [documents, texts, sentences] = (split === "dev" ? MEASURED_DEV : MEASURED)[id] ?? [0, 0, 0];
  return { documents, texts, sentences };
}

/** The most that a training on the set's files may share: any fold's, in any of the forms that the set is read in. */
export function allowedOverlap(id: string, split: "dev" | "test"): KnownOverlap {
  const corpus = knownOverlap(id, split);
  const others = [MEASURED_FILES[id]?.[split], split === "test" ? MEASURED_FOLDS[id] : undefined];
  const most = (own: number, at: 0 | 1 | 2): number => Math.max(own, ...others.map((other) => other?.[at] ?? 0));
  return { documents: most(corpus.documents, 0), texts: most(corpus.texts, 1), sentences: most(corpus.sentences, 2) };
}
