// SciDocs' recommender (Cohan et al. 2020, section 4.4): a small network that ranks the papers shown beside a paper, from the similarity of
// their vectors and features of the papers themselves, trained on clicks that are weighed by how likely their places are clicked. The
// features are those of the benchmark's code; its tenth, the place in the list, is always 0 there and left out. The network's size and
// training are ours: the benchmark's configuration lies with its data.

import { BiobertError, Random } from "../core/index.ts";
import { cosine } from "./vectors.ts";

/** What is known of a paper beside its vector. */
export interface RecommendedPaper {
  title: string;
  authors: readonly string[];
  references: readonly string[];
  citedBy: readonly string[];
  year?: number;
}

/** One shown list: the query document, what was shown in order, and which of it was clicked. */
export interface Recommendation {
  query: string;
  shown: readonly string[];
  clicked: string;
}

/** The features by name, in their order. */
export const RECOMMENDER_FEATURES = [
  "similarity",
  "authors",
  "title",
  "citations",
  "references",
  "citesQuery",
  "citedByQuery",
  "age",
  "relativeAge",
  "citationCount",
] as const;

/** Shared of all of two lists (Jaccard 1912); 0 where both are empty. */
function jaccard(a: readonly string[], b: readonly string[]): number {
  const [first, second] = [new Set(a), new Set(b)];
  const all = new Set([...first, ...second]).size;
  return all === 0 ? 0 : [...first].filter((item) => second.has(item)).length / all;
}

const within = (value: number): number => Math.max(-1, Math.min(1, value));
const words = (title: string): string[] => title.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];

/**
 * The features of a candidate for a query, in the order of `RECOMMENDER_FEATURES`. What is not known of a paper counts 0, as it does in
 * the benchmark's code; so does a paper without vector.
 */
export function recommendationFeatures(
  vectors: ReadonlyMap<string, ArrayLike<number>>,
  papers: ReadonlyMap<string, RecommendedPaper>,
  query: string,
  candidate: string,
): number[] {
  const [source, other] = [papers.get(query), papers.get(candidate)];
  const overlap = (of: (paper: RecommendedPaper) => readonly string[]): number =>
    source === undefined || other === undefined ? 0 : jaccard(of(source), of(other));
  // Either side's lists may say it.
  const cites = (citing: string, cited: string): number =>
    Number(
      papers.get(cited)?.citedBy.includes(citing) === true || papers.get(citing)?.references.includes(cited) === true,
    );
  const [asked, shown] = [vectors.get(query), vectors.get(candidate)];
  return [
    asked === undefined || shown === undefined ? 0 : cosine(asked, shown),
    overlap(({ authors }) => authors),
    overlap(({ title }) => words(title)),
    overlap(({ citedBy }) => citedBy),
    overlap(({ references }) => references),
    cites(candidate, query),
    cites(query, candidate),
    other?.year === undefined ? 0 : within((2020 - other.year) / 20),
    source?.year === undefined || other?.year === undefined ? 0 : within((source.year - other.year) / 20),
    other === undefined ? 0 : Math.log(new Set(other.citedBy).size + 1) / 10,
  ];
}

export interface RecommenderOptions {
  hidden?: number;
  margin?: number;
  learningRate?: number;
  epochs?: number;
  batchSize?: number;
  seed?: number;
}

/** A clicked and a passed-over candidate of one list, with what the pair counts for. */
export interface RankedPair {
  better: readonly number[];
  worse: readonly number[];
  weight: number;
}

/** Not clicked papers of a list that are compared with the clicked one: the benchmark's number. */
const PAIRS_A_LIST = 5;

/** The pairs of lists: the clicked paper with the first few others, weighed by the inverse of its place's propensity, 1 on average. */
export function rankedPairs(
  lists: readonly Recommendation[],
  featuresOf: (query: string, candidate: string) => number[],
  propensities?: readonly number[],
): RankedPair[] {
  const mean = propensities === undefined ? 1 : propensities.reduce((sum, own) => sum + own, 0) / propensities.length;
  return lists.flatMap(({ query, shown, clicked }) => {
    const propensity = propensities === undefined ? 1 : propensities[shown.indexOf(clicked)];
    if (propensity === undefined)
      throw new BiobertError({
        code: "input-format",
        message: `${clicked} was clicked for ${query} at a place without propensity`,
      });
    const better = featuresOf(query, clicked);
    const others = shown.filter((id) => id !== clicked).slice(0, PAIRS_A_LIST);
    return others.map((id) => ({ better, worse: featuresOf(query, id), weight: mean / propensity }));
  });
}

/** A network of one hidden layer, its numbers in one list: for each unit weights, bias and what it adds to the score. */
export class Recommender {
  constructor(
    private readonly inputs: number,
    readonly parameters: Float64Array,
  ) {}

  /** The score of a candidate's features; higher is better. */
  score(features: readonly number[]): number {
    return this.pass(features);
  }

  /** The score; with `scale` its gradient times that is added to `into`. */
  pass(features: readonly number[], scale = 0, into?: Float64Array): number {
    const { inputs, parameters } = this;
    let score = 0;
    for (let at = 0; at < parameters.length; at += inputs + 2) {
      let activation = parameters[at + inputs]!;
      for (let i = 0; i < inputs; i++) activation += parameters[at + i]! * features[i]!;
      if (activation <= 0) continue;
      const output = parameters[at + inputs + 1]!;
      score += output * activation;
      if (into === undefined) continue;
      for (let i = 0; i < inputs; i++) into[at + i]! += scale * output * features[i]!;
      into[at + inputs]! += scale * output;
      into[at + inputs + 1]! += scale * activation;
    }
    return score;
  }
}

/** The mean hinge loss of pairs, and where `into` is given its gradient. */
export function rankingLoss(
  model: Recommender,
  pairs: readonly RankedPair[],
  margin: number,
  into?: Float64Array,
): number {
  let sum = 0;
  for (const { better, worse, weight } of pairs) {
    const short = margin - (model.score(better) - model.score(worse));
    if (short <= 0) continue;
    sum += weight * short;
    if (into === undefined) continue;
    model.pass(better, -weight / pairs.length, into);
    model.pass(worse, weight / pairs.length, into);
  }
  return sum / Math.max(1, pairs.length);
}

/**
 * Trains a recommender by the margin ranking loss with Adam (Kingma and Ba 2015). The same pairs and seed give the same numbers.
 * @throws BiobertError `input-empty` without a pair.
 */
export function trainRecommender(
  pairs: readonly RankedPair[],
  { hidden = 20, margin = 1, learningRate = 1e-2, epochs = 20, batchSize = 64, seed = 1 }: RecommenderOptions = {},
): Recommender {
  const [first] = pairs;
  if (first === undefined)
    throw new BiobertError({ code: "input-empty", message: "there is no click to learn to recommend from" });
  const random = new Random(seed, 0x7265636f);
  const inputs = first.better.length;
  const bound = 1 / Math.sqrt(inputs);
  const parameters = Float64Array.from({ length: hidden * (inputs + 2) }, () => bound * (2 * random.nextFloat() - 1));
  const model = new Recommender(inputs, parameters);
  const [gradient, mean, square] = [0, 0, 0].map(() => new Float64Array(parameters.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const order = pairs.map((_, index) => index);
  for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
    random.shuffle(order);
    for (let from = 0; from < order.length; from += batchSize) {
      gradient.fill(0);
      rankingLoss(
        model,
        order.slice(from, from + batchSize).map((index) => pairs[index]!),
        margin,
        gradient,
      );
      step++;
      for (let i = 0; i < parameters.length; i++) {
        mean[i] = 0.9 * mean[i]! + 0.1 * gradient[i]!;
        square[i] = 0.999 * square[i]! + 0.001 * gradient[i]! ** 2;
        const [first, second] = [mean[i]! / (1 - 0.9 ** step), square[i]! / (1 - 0.999 ** step)];
        parameters[i]! -= (learningRate * first) / (Math.sqrt(second) + 1e-8);
      }
    }
  }
  return model;
}
