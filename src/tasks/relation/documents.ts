// Relations scored by documents, as BioRED and BC5CDR are (Luo et al. 2022): every example is a pair of concepts of a document, and a
// relation is right when its pair and its class are.

import { BiobertError } from "../../core/index.ts";
import { scoreDocumentRelations } from "../../metrics/index.ts";
import type { RelationExample } from "./examples.ts";

/**
 * Documents can be scored where every example names its own and its two concepts.
 * @throws BiobertError `usage` with file and line for an example that does not.
 */
export function requireDocuments(examples: readonly RelationExample[]): void {
  const without = examples.find(
    ({ documentId, first, second }) => documentId === undefined || first === undefined || second === undefined,
  );
  if (without !== undefined) {
    throw new BiobertError({
      code: "usage",
      message: `the example ${JSON.stringify(without.id)} does not say its document and its two concepts`,
      place: { file: without.file, line: without.line },
      hint: "Name them in the columns document_id, first and second, or leave --by-document out; --no-by-document where the model was trained with it.",
    });
  }
}

/**
 * Metrics of relations by documents, in percent. `missed` are gold relations that no example stands for: they count as missed.
 * @throws BiobertError as `requireDocuments`.
 */
export function documentScores(
  examples: readonly RelationExample[],
  predicted: readonly string[],
  relations: readonly string[],
  missed: number,
): { metrics: Record<string, number>; counts: Record<string, number> } {
  requireDocuments(examples);
  const documentsOf = (classOf: (i: number) => string) => {
    const documents = new Map<string, { type: string; first: string; second: string }[]>();
    examples.forEach(({ documentId, first, second }, i) => {
      const own = documents.get(documentId!) ?? [];
      if (relations.includes(classOf(i))) own.push({ type: classOf(i), first: first!, second: second! });
      documents.set(documentId!, own);
    });
    return [...documents].map(([id, found]) => ({ id, relations: found }));
  };
  const { overall, pairs, documents } = scoreDocumentRelations(
    documentsOf((i) => examples[i]!.labels![0]),
    documentsOf((i) => predicted[i]!),
  );
  const withMissed = ({ precision, goldCount, correctCount }: typeof overall) => {
    const recall = goldCount + missed === 0 ? 0 : (100 * correctCount) / (goldCount + missed);
    return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
  };
  const found = withMissed(overall);
  return {
    metrics: {
      documentPrecision: found.precision,
      documentRecall: found.recall,
      documentF1: found.f1,
      documentPairF1: withMissed(pairs).f1,
    },
    counts: { documents, documentRelations: overall.goldCount + missed },
  };
}
