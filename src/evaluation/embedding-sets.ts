// Data sets for document embedding made ready to score: SciDocs' folder, and the registry's sets (OHSUMED, SciRepEval's samples), whose
// labels a linear SVM learns, whose rankings go by distance and whose pairs (BIOSSES) by the cosine.

import { BiobertError, type Warning } from "../core/index.ts";
import { readExamples, type ExampleSet, type ReadExamplesOptions } from "../data/index.ts";
import { embed, loadEncoder, type LoadEncoderOptions } from "../inference/index.ts";
import type { TaskScores } from "../tasks/index.ts";
import {
  classifyVectors,
  comparePairs,
  evaluateSciDocs,
  rankByVectors,
  stratifiedFolds,
  type DocumentRanking,
  type DocumentVectors,
  type LabelledDocument,
  type SciDocsData,
  type SimilarPair,
} from "./document-embedding.ts";
import type { EvaluatedModel } from "./model.ts";

export interface EmbeddedDocument {
  id: string;
  title: string;
  abstract: string;
}

/** What is embedded and how it is scored. */
export interface EmbeddingSet {
  /** As records name it. */
  dataset: string;
  split: string;
  documents: readonly EmbeddedDocument[];
  classification?: { train: readonly LabelledDocument[]; test: readonly LabelledDocument[] };
  rankings?: Readonly<Record<string, readonly DocumentRanking[]>>;
  pairs?: readonly SimilarPair[];
  /** The files that it is from. */
  files: readonly string[];
  warnings: Warning[];
}

/** Every k-th, so that about `limit` are left, of each part of a list that is in parts. */
function thinned<T>(items: readonly T[], limit: number | undefined): readonly T[] {
  if (limit === undefined || items.length <= limit) return items;
  return Array.from({ length: limit }, (_, i) => items[Math.floor((i * items.length) / limit)]!);
}

/**
 * A registry set of document embedding. One that has only a test split and labels (SciRepEval's samples) is divided: two thirds for the
 * SVM to learn from, one third, of every class alike, to score. Documents with several labels or none have no class and are left out,
 * which is said. `limit` keeps about so many documents of each split, spread over it: a score of a part, not of the set.
 * @throws BiobertError those of `readExamples`.
 */
export async function readEmbeddingSet(
  id: string,
  { limit, data, dataFlag }: { limit?: number } & Pick<ReadExamplesOptions, "data" | "dataFlag"> = {},
): Promise<EmbeddingSet> {
  const options = {
    task: "document-embedding" as const,
    ...(data === undefined ? {} : { data }),
    ...(dataFlag === undefined ? {} : { dataFlag }),
  };
  const test = await readExamples(id, "test", options);
  const train =
    test.rankings === undefined && id === "ohsumed-embedding" ? await readExamples(id, "train", options) : undefined;
  const warnings = [...test.warnings, ...(train?.warnings ?? [])];
  const files = [...new Set([...test.files, ...(train?.files ?? [])])];
  if (test.rankings !== undefined) {
    const rankings = Object.fromEntries(
      Object.entries(test.rankings).map(([name, queries]) => [name, thinned(queries, limit)]),
    );
    const named = new Set(
      Object.values(rankings).flatMap((queries) =>
        queries.flatMap(({ query, candidates }) => [query, ...candidates.map((candidate) => candidate.id)]),
      ),
    );
    const documents = test.examples.filter((document) => named.has(document.id));
    return { dataset: id, split: "test", documents, rankings, files, warnings };
  }
  if (test.pairs !== undefined) {
    const pairs = thinned(test.pairs, limit);
    const named = new Set(pairs.flatMap(({ first, second }) => [first, second]));
    const documents = test.examples.filter((document) => named.has(document.id));
    return { dataset: id, split: "test", documents, pairs, files, warnings };
  }
  const classed = (set: ExampleSet<"document-embedding">) => {
    const kept = set.examples.filter(({ labels }) => labels.length === 1);
    if (kept.length < set.examples.length) {
      const message = `${set.examples.length - kept.length} of ${set.examples.length} documents have several labels or none: they are left out`;
      warnings.push({ code: "documents-unlabelled", message, place: { file: set.files.join(", ") } });
    }
    return thinned(kept, limit);
  };
  const labelled = (documents: readonly { id: string; labels: readonly string[] }[]): LabelledDocument[] =>
    documents.map(({ id: own, labels }) => ({ id: own, label: labels[0]! }));
  const tested = classed(test);
  if (train !== undefined) {
    const trained = classed(train);
    const classification = { train: labelled(trained), test: labelled(tested) };
    return { dataset: id, split: "test", documents: [...trained, ...tested], classification, files, warnings };
  }
  const folds = stratifiedFolds(
    tested.map(({ labels }) => labels[0]!),
    3,
  );
  const part = (isTest: boolean) => labelled(tested.filter((_, i) => (folds[i] === 0) === isTest));
  return {
    dataset: id,
    split: "test",
    documents: tested,
    classification: { train: part(false), test: part(true) },
    files,
    warnings,
  };
}

/**
 * The scores of vectors on a set: macro-F1 and accuracy of its classes, MAP and nDCG of its rankings, correlations of its pairs.
 * @throws BiobertError `input-format` for a document without vector, fewer than two classes, and a set with nothing to score.
 */
export function scoreEmbeddingSet(vectors: DocumentVectors, set: EmbeddingSet): TaskScores {
  const { classification, rankings = {}, pairs } = set;
  if (pairs !== undefined) {
    const { pearson, spearman } = comparePairs(vectors, pairs);
    return {
      protocol: "cosine-pearson",
      metrics: { pearson, spearman },
      units: { pearson: "correlation", spearman: "correlation" },
      selection: "pearson",
      counts: { documents: vectors.size, pairs: pairs.length },
    };
  }
  const lists = Object.values(rankings).flat();
  if (classification === undefined && lists.length === 0)
    throw new BiobertError({
      code: "input-format",
      message: `${set.dataset} has neither labels nor rankings to score`,
    });
  const classified =
    classification === undefined ? undefined : classifyVectors(vectors, classification.train, classification.test);
  const ranked = lists.length === 0 ? undefined : rankByVectors(vectors, lists);
  return {
    protocol: classified === undefined ? "ranking-map-ndcg" : "linear-svm-macro-f1",
    metrics: {
      ...(classified === undefined
        ? {}
        : { macroF1: classified.macroF1, accuracy: classified.accuracy, svmCost: classified.cost }),
      ...(ranked === undefined ? {} : { map: ranked.map, ndcg: ranked.ndcg }),
    },
    units: { svmCost: "number" },
    selection: classified === undefined ? "map" : "macroF1",
    counts: {
      documents: vectors.size,
      ...(classified === undefined ? {} : { trainDocuments: classified.train, testDocuments: classified.test }),
      ...(ranked === undefined ? {} : { queries: ranked.queries }),
    },
  };
}

/** The scores of vectors by SciDocs' whole protocol: twelve columns and their mean. Errors as `evaluateSciDocs`. */
export function scoreSciDocs(vectors: DocumentVectors, data: SciDocsData): TaskScores {
  const { columns, average } = evaluateSciDocs(vectors, data);
  const nameOf = (column: string): string =>
    column.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return {
    // Without clicks to learn from, two of the columns are another measure.
    protocol: data.recommender === undefined ? "scidocs-average-by-distance" : "scidocs-average",
    metrics: {
      average,
      ...Object.fromEntries(Object.entries(columns).map(([column, value]) => [nameOf(column), value])),
    },
    selection: "average",
    counts: { documents: vectors.size },
  };
}

export interface EmbedDocumentsOptions extends LoadEncoderOptions {
  maxLength?: number;
  long?: "mean" | "cut";
  normalize?: boolean;
  signal?: AbortSignal;
}

/** Vectors of documents by id, each document once, with what ran. Errors as `loadEncoder` and `embed`. */
export async function embedDocuments(
  modelDirectory: string,
  documents: readonly EmbeddedDocument[],
  { maxLength, long = "cut", normalize = false, signal, ...options }: EmbedDocumentsOptions = {},
): Promise<{ vectors: Map<string, Float32Array>; model: EvaluatedModel }> {
  const encoder = await loadEncoder(modelDirectory, options);
  try {
    const own = [...new Map(documents.map((document) => [document.id, document])).values()];
    const found = await embed(
      encoder,
      own.map(({ title, abstract }) => ({ title, abstract })),
      {
        long,
        normalize,
        ...(maxLength === undefined ? {} : { maxLength: Math.min(maxLength, encoder.maxPieces) }),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    const { weightsFile, weightsPaths, parameters } = encoder.info;
    return {
      vectors: new Map(own.map(({ id }, i) => [id, found[i]!.vector])),
      model: { weightsFile, weightsPaths, parameters, precision: options.precision ?? "fp32", seeds: [] },
    };
  } finally {
    await encoder.dispose();
  }
}
