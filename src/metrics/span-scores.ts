// Strict scores of entities by character offsets: right only when start, end and type are all equal. They measure the whole
// way from raw text, which scores of token files do not.

import { pairDocuments } from "./documents.ts";
import { type PrecisionRecallF1, TypedCounts } from "./precision-recall.ts";

export interface SpanDocument {
  id: string;
  entities: readonly { type: string; start: number; end: number }[];
}

/**
 * Scores predicted entities against gold ones, document by document (matched by `id`; order does not matter). An entity given
 * twice counts once; a gold document without a prediction has all its entities missed. Offsets may count any unit, as long as both sides
 * count the same.
 * @throws BiobertError `input-format` for an id given twice on one side, or one that the gold does not have.
 */
export function scoreSpans(
  gold: readonly SpanDocument[],
  predicted: readonly SpanDocument[],
): { overall: PrecisionRecallF1; byType: Record<string, PrecisionRecallF1> } {
  const counts = new TypedCounts();
  for (const [mine, other] of pairDocuments(gold, predicted)) {
    const goldSpans = distinctSpans(mine);
    for (const type of goldSpans.values()) counts.add(type, "gold");
    for (const [key, type] of other === undefined ? [] : distinctSpans(other)) {
      counts.add(type, "predicted");
      if (goldSpans.has(key)) counts.add(type, "correct");
    }
  }
  return counts.scores();
}

/** A document's distinct entities: key of place and type -> type. */
function distinctSpans({ entities }: SpanDocument): Map<string, string> {
  return new Map(entities.map(({ type, start, end }) => [`${start} ${end} ${type}`, type]));
}
