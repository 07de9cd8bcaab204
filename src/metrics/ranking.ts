// Scores of rankings as trec_eval defines them, and SciDocs' measures on top (Cohan et al. 2020): MAP and nDCG for co-views, co-reads,
// citations and co-citations, propensity-adjusted nDCG and P@1 for recommendation, and the mean of its twelve columns.

import { BiobertError } from "../core/index.ts";

export interface RankedQuery {
  /** Relevance of every judged document; above 0 is relevant, and what the gain is in nDCG. Not judged is not relevant. */
  relevances: ReadonlyMap<string, number>;
  /** Scores of the retrieved documents, higher is better. */
  scores: ReadonlyMap<string, number>;
}

/** Means over queries, in percent. */
export interface RankingReport {
  /** Mean average precision. */
  map: number;
  /** Normalised discounted cumulative gain over the whole ranking: gain is the relevance, discount log2(rank + 1). */
  ndcg: number;
  /** The same up to `cutoff`. */
  ndcgAtCutoff: number;
  precisionAt1: number;
  meanReciprocalRank: number;
  recallAtCutoff: number;
  /** Precision at as many documents as are relevant. */
  rPrecision: number;
  cutoff: number;
  queries: number;
}

/**
 * Scores queries; one without a relevant document scores 0, as in trec_eval. Documents of equal score are ordered by their ids, the greater
 * first, also as in trec_eval. `cutoff` is the k of recall@k and nDCG@k.
 */
export function scoreRankings(queries: readonly RankedQuery[], options: { cutoff?: number } = {}): RankingReport {
  const cutoff = options.cutoff ?? 10;
  const sums = {
    map: 0,
    ndcg: 0,
    ndcgAtCutoff: 0,
    precisionAt1: 0,
    meanReciprocalRank: 0,
    recallAtCutoff: 0,
    rPrecision: 0,
  };
  for (const query of queries) {
    const gains = rankedIds(query.scores).map((id) => Math.max(0, query.relevances.get(id) ?? 0));
    const ideal = [...query.relevances.values()].filter((relevance) => relevance > 0).sort((a, b) => b - a);
    const relevant = ideal.length;
    if (relevant === 0) continue;
    const hits = (upTo: number) => gains.slice(0, upTo).filter((gain) => gain > 0).length;
    let found = 0;
    let precisions = 0;
    gains.forEach((gain, i) => {
      if (gain > 0) precisions += ++found / (i + 1);
    });
    const first = gains.findIndex((gain) => gain > 0) + 1;
    sums.map += precisions / relevant;
    sums.ndcg += cumulativeGain(gains) / cumulativeGain(ideal);
    sums.ndcgAtCutoff += cumulativeGain(gains.slice(0, cutoff)) / cumulativeGain(ideal.slice(0, cutoff));
    sums.precisionAt1 += hits(1);
    sums.meanReciprocalRank += first === 0 ? 0 : 1 / first;
    sums.recallAtCutoff += hits(cutoff) / relevant;
    sums.rPrecision += hits(relevant) / relevant;
  }
  const percent = Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [name, queries.length === 0 ? 0 : (100 * sum) / queries.length]),
  ) as typeof sums;
  return { ...percent, cutoff, queries: queries.length };
}

/** Ids by falling score, equal scores by falling id (by code units). */
export function rankedIds(scores: ReadonlyMap<string, number>): string[] {
  return [...scores].sort(([a, x], [b, y]) => y - x || (a < b ? 1 : a > b ? -1 : 0)).map(([id]) => id);
}

function cumulativeGain(gains: readonly number[]): number {
  return gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
}

/** One shown list of recommendations, of which one was clicked. */
export interface ClickedList {
  /** The model's score of the clicked document. */
  clickedScore: number;
  /** Its scores of the others shown. */
  otherScores: readonly number[];
  /** The clicked document's place in the list as shown, from 1. */
  shownPosition: number;
}

export interface ClickReport {
  ndcg: number;
  precisionAt1: number;
  meanReciprocalRank: number;
  count: number;
}

/**
 * SciDocs' recommendation: each click is weighed by the inverse of how likely its place is clicked at all (`propensities[place - 1]`, any
 * scale; without them all weigh the same). A document of the clicked one's score counts as half above it. Percent.
 * @throws BiobertError `input-format` where a place has no propensity above 0.
 */
export function scoreClicks(lists: readonly ClickedList[], propensities?: readonly number[]): ClickReport {
  let weights = 0;
  const sums = { ndcg: 0, precisionAt1: 0, meanReciprocalRank: 0 };
  for (const { clickedScore, otherScores, shownPosition } of lists) {
    const propensity = propensities === undefined ? 1 : propensities[shownPosition - 1];
    if (propensity === undefined || !(propensity > 0)) {
      throw new BiobertError({ code: "input-format", message: `place ${shownPosition} has no propensity above 0` });
    }
    const weight = 1 / propensity;
    const above = otherScores.reduce(
      (sum, score) => sum + (score > clickedScore ? 1 : score === clickedScore ? 0.5 : 0),
      0,
    );
    weights += weight;
    sums.ndcg += weight / Math.log2(2 + above);
    sums.precisionAt1 += above === 0 ? weight : 0;
    sums.meanReciprocalRank += weight / (1 + above);
  }
  const percent = (sum: number) => (weights === 0 ? 0 : (100 * sum) / weights);
  return {
    ndcg: percent(sums.ndcg),
    precisionAt1: percent(sums.precisionAt1),
    meanReciprocalRank: percent(sums.meanReciprocalRank),
    count: lists.length,
  };
}

/** The columns of SciDocs' table, in its order. */
export const SCIDOCS_COLUMNS = [
  "mag-f1",
  "mesh-f1",
  "co-view-map",
  "co-view-ndcg",
  "co-read-map",
  "co-read-ndcg",
  "cite-map",
  "cite-ndcg",
  "co-cite-map",
  "co-cite-ndcg",
  "recommendation-ndcg",
  "recommendation-p1",
] as const;

export type ScidocsColumn = (typeof SCIDOCS_COLUMNS)[number];

/**
 * SciDocs' headline: the plain mean of its twelve columns, each in percent.
 * @throws BiobertError `input-format` when one is missing or not a number.
 */
export function scidocsAverage(columns: Readonly<Partial<Record<ScidocsColumn, number>>>): number {
  const missing = SCIDOCS_COLUMNS.filter((name) => !Number.isFinite(columns[name]));
  if (missing.length > 0) {
    throw new BiobertError({
      code: "input-format",
      message: `the average of SciDocs needs all twelve columns; missing: ${missing.join(", ")}`,
    });
  }
  return SCIDOCS_COLUMNS.reduce((sum, name) => sum + columns[name]!, 0) / SCIDOCS_COLUMNS.length;
}
