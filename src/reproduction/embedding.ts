// Recipes that train no encoder: vectors of documents, scored by a linear SVM on their labels or by how they rank, as SciDocs does
// (Cohan et al. 2020), or by the cosine of pairs. A seed orders the SVM's passes; the folds in which its C is chosen are fixed.

import {
  classifyVectors,
  comparePairs,
  type DocumentVectors,
  itemsFile,
  rankByVectors,
  writeItemsFile,
} from "../evaluation/index.ts";
import { embed, loadEncoder } from "../inference/index.ts";
import { type ItemGroup, labelItems } from "../metrics/index.ts";
import { BiobertError } from "../core/index.ts";
import {
  ensureDirectory,
  type ExampleSet,
  machineName,
  readModelFiles,
  readWeights,
  sha256OfFiles,
} from "../data/index.ts";
import type { ResolvedRecipe } from "./check-recipe.ts";
import { type DataOptions, readSplits } from "./data.ts";
import type { ReproductionEvent } from "./events.ts";
import type { EmbeddedRecipe } from "./recipe.ts";
import type { RunOptions } from "./run.ts";
import { type FinishedRun, readRun, requireSameSettings, writeRun } from "./run-file.ts";

type Documents = ExampleSet<"document-embedding">;

const CORRELATIONS: ReadonlySet<string> = new Set(["pearson", "spearman"]);

/** Scores an encoder for every seed of the recipe; a seed that is finished is not scored again. Errors: those of reading data and models. */
export async function* embeddedRuns(
  resolved: ResolvedRecipe,
  seeds: readonly number[],
  out: string,
  startSha256: string,
  options: RunOptions,
  dataOptions: DataOptions,
): AsyncGenerator<ReproductionEvent, FinishedRun[]> {
  const recipe = resolved.recipe as EmbeddedRecipe;
  const sets = await readSplits(resolved, undefined, dataOptions);
  const test = sets[recipe.data.test] as Documents;
  const train = recipe.data.train.map((split) => sets[split] as Documents);
  const sha256 = await sha256OfFiles(test.files);
  const examples = {
    train: train.reduce((sum, set) => sum + set.examples.length, 0),
    dev: 0,
    test: test.examples.length,
  };
  yield { type: "data", examples, overlapping: 0 };
  const settings = {
    recipe: recipe.id,
    task: recipe.task,
    start: { name: resolved.start.name, sha256: startSha256 },
    embedding: recipe.embedding,
    data: sha256,
  };
  const runs: FinishedRun[] = [];
  let vectors: DocumentVectors | undefined;
  let parameters = 0;
  for (const [index, seed] of seeds.entries()) {
    const directory = `${out}/seed-${seed}`;
    const found = await readRun(directory);
    yield {
      type: "run",
      state: found === undefined ? "started" : "found",
      directory,
      number: index + 1,
      of: seeds.length,
      seed,
    };
    if (found !== undefined) {
      requireSameSettings(found, { ...settings, seed }, directory);
      runs.push(found);
      continue;
    }
    const began = performance.now();
    if (vectors === undefined) ({ vectors, parameters } = await vectorsOf([...train, test], recipe, options));
    const { metrics, groups, counts } = scoreVectors(vectors, train, test, seed, recipe);
    const evaluationSeconds = (performance.now() - began) / 1000;
    const run: FinishedRun = {
      formatVersion: 1,
      seed,
      settings: { ...settings, seed },
      protocol: recipe.protocol,
      metrics,
      units: Object.fromEntries(
        Object.keys(metrics).map((name) => [
          name,
          CORRELATIONS.has(name) ? ("correlation" as const) : ("percent" as const),
        ]),
      ),
      counts,
      testSha256: sha256,
      weights: { file: "model.safetensors", sha256: startSha256, parameters, precision: "fp32" },
      ...(options.threads === undefined ? {} : { threads: options.threads }),
      machine: machineName(),
      ...(options.commit === undefined ? {} : { commit: options.commit }),
      evaluationSeconds,
    };
    await ensureDirectory(directory);
    const about = {
      task: recipe.task,
      dataset: { id: recipe.data.dataset, split: recipe.data.test, sha256 },
      system: `biobert, ${resolved.start.name}`,
    };
    if (groups.length > 0)
      await writeItemsFile(`${directory}/items.json`, itemsFile({ ...about, seeds: [seed] }, groups));
    await writeRun(directory, run);
    yield { type: "score", seed, metrics, evaluationSeconds };
    runs.push(run);
  }
  return runs;
}

async function vectorsOf(
  sets: readonly Documents[],
  { embedding }: EmbeddedRecipe,
  options: RunOptions,
): Promise<{ vectors: DocumentVectors; parameters: number }> {
  const encoder = await loadEncoder(options.modelDirectory, {
    pooling: embedding.pooling,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.configPath === undefined ? {} : { configPath: options.configPath }),
    ...(options.vocabularyPath === undefined ? {} : { vocabularyPath: options.vocabularyPath }),
  });
  try {
    const documents = [...new Map(sets.flatMap(({ examples }) => examples).map((one) => [one.id, one])).values()];
    const found = await embed(
      encoder,
      documents.map(({ title, abstract }) => ({ title, abstract })),
      {
        maxLength: Math.min(embedding.maxLength, encoder.maxPieces),
        long: embedding.long,
        normalize: embedding.normalize,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    );
    const vectors = new Map(documents.map(({ id }, i) => [id, found[i]!.vector]));
    return { vectors, parameters: await parametersOf(options) };
  } finally {
    await encoder.dispose();
  }
}

/** How many numbers the weights hold. */
async function parametersOf(options: RunOptions): Promise<number> {
  const { weightsPath } = await readModelFiles(options.modelDirectory, options);
  return readWeights(weightsPath!, async ({ tensors }) => {
    const sizes = [...tensors.values()].map(({ dims }) => dims.reduce((product, size) => product * size, 1));
    return sizes.reduce((sum, size) => sum + size, 0);
  });
}

function scoreVectors(
  vectors: DocumentVectors,
  train: readonly Documents[],
  test: Documents,
  seed: number,
  recipe: EmbeddedRecipe,
): { metrics: Record<string, number>; groups: ItemGroup[]; counts: Record<string, number> } {
  const rankings = Object.values(test.rankings ?? {}).flat();
  const { pairs = [] } = test;
  if (train.length === 0 && rankings.length === 0 && pairs.length === 0) {
    const message = `${recipe.data.dataset} has neither documents to learn labels from nor rankings or pairs`;
    throw new BiobertError({ code: "input-format", message, place: { name: `recipe ${recipe.id}` } });
  }
  const counts: Record<string, number> = { documents: test.examples.length };
  const metrics: Record<string, number> = {};
  const groups: ItemGroup[] = [];
  if (rankings.length > 0) {
    const { map, ndcg, queries } = rankByVectors(vectors, rankings);
    Object.assign(metrics, { map, ndcg });
    counts.queries = queries;
    const single = rankings.map((ranking) => rankByVectors(vectors, [ranking]));
    const meanOf = (name: "map" | "ndcg") => ({
      statistic: "mean-percent" as const,
      values: single.map((scores) => [1, scores[name] / 100]),
    });
    groups.push({
      unit: "queries",
      ids: rankings.map(({ query }) => query),
      metrics: { map: meanOf("map"), ndcg: meanOf("ndcg") },
    });
  }
  if (pairs.length > 0) {
    const { pearson, spearman, cosines } = comparePairs(vectors, pairs);
    Object.assign(metrics, { pearson, spearman });
    counts.pairs = pairs.length;
    groups.push({
      unit: "pairs",
      ids: pairs.map(({ first }) => first),
      metrics: {
        pearson: {
          statistic: "pearson",
          values: pairs.map(({ score: x }, i) => [1, x, cosines[i]!, x * x, cosines[i]! ** 2, x * cosines[i]!]),
        },
      },
    });
  }
  if (train.length > 0) {
    const labelled = (set: Documents) => set.examples.map(({ id, labels: [label = ""] }) => ({ id, label }));
    const result = classifyVectors(vectors, train.flatMap(labelled), labelled(test), { seed });
    Object.assign(metrics, { macroF1: result.macroF1, accuracy: result.accuracy });
    const gold = labelled(test).map(({ label }) => label);
    const classes = [...new Set([...gold, ...result.predicted])].sort();
    groups.unshift({
      unit: "documents",
      ids: test.examples.map(({ id }) => id),
      metrics: labelItems(gold, result.predicted, classes),
    });
  }
  return { metrics, groups, counts };
}
