// Every data set the project knows by name.

import { BiobertError } from "../../core/index.ts";
import { withMeasuredCounts } from "./counts.ts";
import { CLASSIFICATION, SIMILARITY } from "./classification.ts";
import { DOCUMENT_EMBEDDING } from "./embedding.ts";
import { MULTIPLE_CHOICE } from "./choice.ts";
import { NER } from "./ner.ts";
import { QA, YES_NO } from "./questions.ts";
import { RELATION } from "./relation.ts";
import type { AnyDataset } from "./types.ts";

/** All entries, by task. */
export const DATASETS: readonly AnyDataset[] = (
  [
    ...NER,
    ...RELATION,
    ...QA,
    ...YES_NO,
    ...MULTIPLE_CHOICE,
    ...CLASSIFICATION,
    ...SIMILARITY,
    ...DOCUMENT_EMBEDDING,
  ] as readonly AnyDataset[]
).map(withMeasuredCounts);

/**
 * The data set of this id or alias, in upper or lower case.
 * @throws BiobertError `usage` for one that the registry does not have, with the nearest.
 */
export function datasetOf(id: string): AnyDataset {
  const wanted = id.toLowerCase();
  const found = DATASETS.find(
    (dataset) => dataset.id === wanted || dataset.aliases?.some((alias) => alias.toLowerCase() === wanted),
  );
  if (found !== undefined) return found;
  const near = DATASETS.map((dataset) => dataset.id).filter(
    (known) => known.startsWith(wanted.slice(0, 3)) || known.includes(wanted),
  );
  throw new BiobertError({
    code: "usage",
    message: `unknown data set ${JSON.stringify(id)}`,
    hint: `${near.length > 0 ? `Perhaps ${near.slice(0, 6).join(", ")}. ` : ""}See what there is with biobert datasets.`,
  });
}

export { type DatasetFile, knownFile, knownFiles } from "./files.ts";
export type {
  AnyDataset,
  Dataset,
  DatasetSplit,
  KnownOverlap,
  Licence,
  PublishedScore,
  ReadContext,
  ReadResult,
} from "./types.ts";
export { allowedOverlap, knownOverlap } from "./overlaps.ts";
