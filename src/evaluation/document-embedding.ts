// SciDocs' protocol on vectors of documents (Cohan et al. 2020): classification by a linear SVM whose C is chosen by three-fold
// cross-validation, rankings by the negative Euclidean distance to the query, recommendation by clicks; and the mean of twelve columns.
// Recommendations are ranked by a small network that learns from clicks (scidocs-recommender), or without such data by distance.

import { BiobertError } from "../core/index.ts";
import {
  pearson,
  predictLinearSvm,
  scidocsAverage,
  type ScidocsColumn,
  scoreClassification,
  scoreClicks,
  scoreRankings,
  spearman,
  trainLinearSvm,
} from "../metrics/index.ts";
import {
  rankedPairs,
  recommendationFeatures,
  trainRecommender,
  type Recommendation,
  type RecommendedPaper,
} from "./scidocs-recommender.ts";
import { cosine, distance } from "./vectors.ts";

/** Vectors by document id, all of one length. */
export type DocumentVectors = ReadonlyMap<string, ArrayLike<number>>;

export interface LabelledDocument {
  id: string;
  label: string;
}

export interface DocumentRanking {
  query: string;
  candidates: readonly { id: string; relevance: number }[];
}

/** The values of C that the reference tries: 1e-4 to 1e2. */
export const SCIDOCS_COSTS: readonly number[] = [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100];
const FOLDS = 3;

export interface VectorClassification {
  /** Percent. */
  macroF1: number;
  accuracy: number;
  /** The C that was chosen. */
  cost: number;
  train: number;
  test: number;
  /** The label of each test document, in their order. */
  predicted: string[];
}

function vectorOf(vectors: DocumentVectors, id: string): ArrayLike<number> {
  const vector = vectors.get(id);
  if (vector !== undefined) return vector;
  throw new BiobertError({
    code: "input-format",
    message: `the document ${JSON.stringify(id)} has no vector`,
    hint: "Embed every document that labels, rankings and clicks name.",
  });
}

/**
 * The fold of each label, every class spread over all folds as evenly as can be, in the order given: scikit-learn's StratifiedKFold
 * without shuffling.
 */
export function stratifiedFolds(labels: readonly string[], folds: number): number[] {
  const classes = [...new Set(labels)];
  const sorted = labels.map((label) => classes.indexOf(label)).sort((a, b) => a - b);
  // How many of a class each fold takes: as if the sorted labels were dealt out one by one.
  const wanted = classes.map((_, label) =>
    Array.from({ length: folds }, (_, fold) => sorted.filter((own, i) => own === label && i % folds === fold).length),
  );
  const taken = classes.map(() => ({ fold: 0, count: 0 }));
  return labels.map((label) => {
    const at = taken[classes.indexOf(label)]!;
    const sizes = wanted[classes.indexOf(label)]!;
    while (at.count >= sizes[at.fold]!) Object.assign(at, { fold: at.fold + 1, count: 0 });
    at.count++;
    return at.fold;
  });
}

/**
 * Trains a linear SVM without bias, as SciDocs' is, on vectors of labelled documents and scores it on others. C is that of the best mean accuracy over three
 * stratified folds of the training documents, of equals the first; the fit on all of them follows.
 * @throws BiobertError `input-format` for a document without vector or fewer than two classes.
 */
export function classifyVectors(
  vectors: DocumentVectors,
  train: readonly LabelledDocument[],
  test: readonly LabelledDocument[],
  { costs = SCIDOCS_COSTS, seed = 1 }: { costs?: readonly number[]; seed?: number } = {},
): VectorClassification {
  const predict = (cost: number, from: readonly LabelledDocument[], on: readonly LabelledDocument[]): string[] => {
    const svm = trainLinearSvm(
      from.map(({ id }) => vectorOf(vectors, id)),
      from.map(({ label }) => label),
      { cost, seed, bias: false },
    );
    return predictLinearSvm(
      svm,
      on.map(({ id }) => vectorOf(vectors, id)),
    );
  };
  const score = (on: readonly LabelledDocument[], predicted: readonly string[]) =>
    scoreClassification(
      on.map(({ label }) => label),
      predicted,
    );
  const folds = stratifiedFolds(
    train.map(({ label }) => label),
    FOLDS,
  );
  const meanOf = (cost: number): number =>
    Array.from({ length: FOLDS }, (_, fold) => {
      const [inside, outside] = [true, false].map((isInside) =>
        train.filter((_, i) => (folds[i] !== fold) === isInside),
      ) as [LabelledDocument[], LabelledDocument[]];
      return outside.length === 0 ? 0 : score(outside, predict(cost, inside, outside)).accuracy;
    }).reduce((sum, accuracy) => sum + accuracy, 0);
  const means = costs.length === 1 ? [0] : costs.map(meanOf);
  const cost = costs[means.indexOf(Math.max(...means))]!;
  const predicted = predict(cost, train, test);
  const { macro, accuracy } = score(test, predicted);
  return { macroF1: macro.f1, accuracy, cost, train: train.length, test: test.length, predicted };
}

/** MAP and nDCG, percent, of candidates ranked by their distance to the query. @throws BiobertError `input-format` for a document without vector. */
export function rankByVectors(
  vectors: DocumentVectors,
  rankings: readonly DocumentRanking[],
): { map: number; ndcg: number; queries: number } {
  const { map, ndcg, queries } = scoreRankings(
    rankings.map(({ query, candidates }) => ({
      relevances: new Map(candidates.map(({ id, relevance }) => [id, relevance])),
      scores: new Map(candidates.map(({ id }) => [id, -distance(vectorOf(vectors, query), vectorOf(vectors, id))])),
    })),
  );
  return { map, ndcg, queries };
}

/** Two documents and how alike people find them, on any scale. */
export interface SimilarPair {
  first: string;
  second: string;
  score: number;
}

/**
 * Pearson's and Spearman's correlation of people's scores with the cosines of the pairs' vectors, as SentEval has it for sentences, and
 * the cosines. A correlation that is not defined, where a side does not vary, is 0.
 * @throws BiobertError `input-format` for a document without vector.
 */
export function comparePairs(
  vectors: DocumentVectors,
  pairs: readonly SimilarPair[],
): { pearson: number; spearman: number; cosines: number[] } {
  const cosines = pairs.map(({ first, second }) => cosine(vectorOf(vectors, first), vectorOf(vectors, second)));
  const gold = pairs.map(({ score }) => score);
  return { pearson: pearson(gold, cosines) || 0, spearman: spearman(gold, cosines) || 0, cosines };
}

/** Propensity-adjusted nDCG and P@1, percent, of shown papers ranked by a score. @throws BiobertError `input-format` where what was clicked was not shown. */
export function scoreRecommendations(
  lists: readonly Recommendation[],
  scoreOf: (query: string, candidate: string) => number,
  propensities?: readonly number[],
): { ndcg: number; precisionAt1: number } {
  const { ndcg, precisionAt1 } = scoreClicks(
    lists.map(({ query, shown, clicked }) => {
      const place = shown.indexOf(clicked);
      if (place < 0)
        throw new BiobertError({ code: "input-format", message: `${clicked} was clicked for ${query} but not shown` });
      const score = (id: string): number => scoreOf(query, id);
      const otherScores = shown.filter((id) => id !== clicked).map(score);
      return { clickedScore: score(clicked), otherScores, shownPosition: place + 1 };
    }),
    propensities,
  );
  return { ndcg, precisionAt1 };
}

/** The same by the distance of vectors. @throws BiobertError `input-format` as `scoreRecommendations`, and where a vector lacks. */
export function recommendByVectors(
  vectors: DocumentVectors,
  lists: readonly Recommendation[],
  propensities?: readonly number[],
): { ndcg: number; precisionAt1: number } {
  const scoreOf = (query: string, id: string): number => -distance(vectorOf(vectors, query), vectorOf(vectors, id));
  return scoreRecommendations(lists, scoreOf, propensities);
}

/**
 * The same by a network that learns from the clicks of `train`, of the vectors' similarity and of what is known of the papers.
 * @throws BiobertError `input-format` as `scoreRecommendations` and where a known paper has no vector, `input-empty` without a click to learn from.
 */
export function recommendByLearning(
  vectors: DocumentVectors,
  { train, papers }: RecommenderData,
  lists: readonly Recommendation[],
  propensities?: readonly number[],
): { ndcg: number; precisionAt1: number } {
  const featuresOf = (query: string, id: string): number[] => {
    // A paper that no metadata file has could not be embedded.
    for (const one of [query, id]) if (papers.has(one)) vectorOf(vectors, one);
    return recommendationFeatures(vectors, papers, query, id);
  };
  const model = trainRecommender(rankedPairs(train, featuresOf, propensities));
  return scoreRecommendations(lists, (query, id) => model.score(featuresOf(query, id)), propensities);
}

type Classified = { train: readonly LabelledDocument[]; test: readonly LabelledDocument[] };

/** Clicks to learn to recommend from, and what is known of the papers. */
export interface RecommenderData {
  train: readonly Recommendation[];
  papers: ReadonlyMap<string, RecommendedPaper>;
}

export interface SciDocsData {
  mag: Classified;
  mesh: Classified;
  coView: readonly DocumentRanking[];
  coRead: readonly DocumentRanking[];
  cite: readonly DocumentRanking[];
  coCite: readonly DocumentRanking[];
  recommendation: readonly Recommendation[];
  /** What recommendations are learnt from; without it they are ranked by distance. */
  recommender?: RecommenderData;
  propensities?: readonly number[];
}

/** The twelve columns of SciDocs and their mean, all in percent. @throws BiobertError `input-format` for a document without vector. */
export function evaluateSciDocs(
  vectors: DocumentVectors,
  data: SciDocsData,
): { columns: Record<ScidocsColumn, number>; average: number } {
  const [mag, mesh] = [data.mag, data.mesh].map(({ train, test }) => classifyVectors(vectors, train, test).macroF1) as [
    number,
    number,
  ];
  const [view, read, cite, coCite] = [data.coView, data.coRead, data.cite, data.coCite].map((rankings) =>
    rankByVectors(vectors, rankings),
  ) as [
    ReturnType<typeof rankByVectors>,
    ReturnType<typeof rankByVectors>,
    ReturnType<typeof rankByVectors>,
    ReturnType<typeof rankByVectors>,
  ];
  const { recommendation, recommender, propensities } = data;
  const { ndcg, precisionAt1 } =
    recommender === undefined
      ? recommendByVectors(vectors, recommendation, propensities)
      : recommendByLearning(vectors, recommender, recommendation, propensities);
  const columns: Record<ScidocsColumn, number> = {
    "mag-f1": mag,
    "mesh-f1": mesh,
    "co-view-map": view.map,
    "co-view-ndcg": view.ndcg,
    "co-read-map": read.map,
    "co-read-ndcg": read.ndcg,
    "cite-map": cite.map,
    "cite-ndcg": cite.ndcg,
    "co-cite-map": coCite.map,
    "co-cite-ndcg": coCite.ndcg,
    "recommendation-ndcg": ndcg,
    "recommendation-p1": precisionAt1,
  };
  return { columns, average: scidocsAverage(columns) };
}
