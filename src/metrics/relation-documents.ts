// Scores of relations between the concepts of a document, as BioRED (Luo et al. 2022) and BC5CDR's chemical-induced diseases are
// scored: a relation is right when its pair of concepts and its type are.

import { averagesOf } from "./confusion.ts";
import { pairDocuments } from "./documents.ts";
import { type PrecisionRecallF1, TypedCounts } from "./precision-recall.ts";

export interface DocumentRelations {
  id: string;
  relations: readonly { type: string; first: string; second: string }[];
}

export interface DocumentRelationReport {
  /** Micro-average over (pair, type): the headline. */
  overall: PrecisionRecallF1;
  byType: Record<string, PrecisionRecallF1>;
  /** Mean F1 over the types that the gold or the predictions have. */
  macroF1: number;
  /** The pair alone, whatever its type. */
  pairs: PrecisionRecallF1;
  documents: number;
}

/**
 * Scores documents matched by id, in any order; a relation given twice counts once, a gold document without predictions has all its
 * relations missed. Pairs have no direction unless `directed`.
 * @throws BiobertError `input-format` for an id given twice on one side, or one that the gold does not have.
 */
export function scoreDocumentRelations(
  gold: readonly DocumentRelations[],
  predicted: readonly DocumentRelations[],
  options: { directed?: boolean } = {},
): DocumentRelationReport {
  const typed = new TypedCounts();
  const pairs = new TypedCounts();
  const pairOf = ({ first, second }: { first: string; second: string }) =>
    JSON.stringify(options.directed === true || first <= second ? [first, second] : [second, first]);
  for (const [{ relations }, other] of pairDocuments(gold, predicted)) {
    const others = other?.relations ?? [];
    const key = (relation: DocumentRelations["relations"][number]) => `${pairOf(relation)} ${relation.type}`;
    countKeys(typed, new Map(relations.map((r) => [key(r), r.type])), new Map(others.map((r) => [key(r), r.type])));
    countKeys(pairs, new Map(relations.map((r) => [pairOf(r), ""])), new Map(others.map((r) => [pairOf(r), ""])));
  }
  const { overall, byType } = typed.scores();
  return {
    overall,
    byType,
    macroF1: averagesOf(typed.counts()).macro.f1,
    pairs: pairs.scores().overall,
    documents: gold.length,
  };
}

function countKeys(
  counts: TypedCounts,
  gold: ReadonlyMap<string, string>,
  predicted: ReadonlyMap<string, string>,
): void {
  for (const type of gold.values()) counts.add(type, "gold");
  for (const [key, type] of predicted) {
    counts.add(type, "predicted");
    if (gold.has(key)) counts.add(type, "correct");
  }
}
