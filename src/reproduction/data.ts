// The data of a recipe: splits read and checked against the registry, compared for what test shares with training, and written as the
// files that the task reads.

import { BiobertError, describeWarning, type Warning } from "../core/index.ts";
import {
  type AnyExampleSet,
  ensureDirectory,
  findOverlap,
  knownOverlap,
  type Overlap,
  readExamples,
  refuseOverlap,
  sha256OfFiles,
  type Split,
  taskFile,
  writeFileAtomic,
} from "../data/index.ts";
import type { ResolvedRecipe } from "./check-recipe.ts";

/** The files of one fold, or of the whole set. */
export interface PreparedData {
  fold?: number;
  train: string[];
  dev: string[];
  test: string[];
  /** Of the files' bytes. */
  sha256: { train: string; dev?: string; test: string };
  examples: { train: number; dev: number; test: number };
  /** Undefined for files of one's own. */
  overlap?: Overlap;
  /** Gold relations of test that no example stands for, by class. */
  unreachable?: Readonly<Record<string, number>>;
  warnings: Warning[];
}

/** Files in place of the registry's, each as the task reads it. */
export interface OwnFiles {
  train: string[];
  dev: string[];
  test: string[];
}

export interface DataOptions {
  /** The data root; by default that of BIOBERT_DATA, then the cache. */
  data?: string;
  environment?: Readonly<Record<string, string | undefined>>;
  /** Take so many examples of each split alone: to try things out, never for a result. */
  limit?: number;
  files?: OwnFiles;
  /** Take a copy with other counts than the registry's, with a warning. */
  anyCounts?: boolean;
}

/**
 * Reads the splits of a recipe. With `fold`, those of the fold.
 * @throws BiobertError those of `readExamples`; `unsupported`, with what to do, for a set that cannot be had.
 */
export async function readSplits(
  { recipe }: Pick<ResolvedRecipe, "recipe">,
  fold: number | undefined,
  options: DataOptions,
): Promise<Partial<Record<Split, AnyExampleSet>>> {
  const { dataset, train, dev, test } = recipe.data;
  const sets: Partial<Record<Split, AnyExampleSet>> = {};
  for (const split of new Set<Split>([...train, ...(dev === undefined ? [] : [dev]), test])) {
    const set = await readExamples(dataset, split, {
      ...(options.data === undefined ? {} : { data: options.data }),
      ...(options.environment === undefined ? {} : { environment: options.environment }),
      ...(fold === undefined ? {} : { fold }),
      ...(options.anyCounts === undefined ? {} : { anyCounts: options.anyCounts }),
    });
    sets[split] = options.limit === undefined ? set : limited(set, options.limit);
  }
  return sets;
}

/**
 * Prepares a recipe's data in `directory`: `train`, `dev` and `test`, with the ending of the task's form.
 * @throws BiobertError those of `readSplits` and of writing; `input-format` where test shares more with training than is known of the
 *   published split. Of folds only the first is known: the others are counted.
 */
export async function prepareData(
  resolved: ResolvedRecipe,
  directory: string,
  fold: number | undefined,
  options: DataOptions,
): Promise<PreparedData> {
  const { recipe, dataset } = resolved;
  if (options.files !== undefined) return ownData(options.files, resolved);
  const sets = await readSplits(resolved, fold, options);
  const test = sets[recipe.data.test]!;
  const others = Object.entries(sets).flatMap(([split, set]) => (split === recipe.data.test ? [] : [set]));
  const overlap = findOverlap(others, test);
  if (options.limit === undefined && (fold === undefined || fold === 1)) {
    refuseOverlap(overlap, knownOverlap(dataset.id));
  }
  await ensureDirectory(directory);
  const paths: Partial<Record<Split, string>> = {};
  for (const [split, set] of Object.entries(sets) as [Split, AnyExampleSet][]) {
    paths[split] = await writeSplit(set, directory, split);
  }
  const trainFiles = recipe.data.train.map((split) => paths[split]!);
  const devFiles = recipe.data.dev === undefined ? [] : [paths[recipe.data.dev]!];
  const testFiles = [paths[recipe.data.test]!];
  const countOf = (splits: readonly Split[]): number =>
    splits.reduce((sum, split) => sum + sets[split]!.examples.length, 0);
  return {
    ...(fold === undefined ? {} : { fold }),
    train: trainFiles,
    dev: devFiles,
    test: testFiles,
    sha256: await hashesOf(trainFiles, devFiles, testFiles),
    examples: {
      train: countOf(recipe.data.train),
      dev: recipe.data.dev === undefined ? 0 : countOf([recipe.data.dev]),
      test: test.examples.length,
    },
    overlap,
    ...(test.unreachable === undefined || options.limit !== undefined ? {} : { unreachable: test.unreachable }),
    warnings: Object.values(sets).flatMap((set) => set.warnings),
  };
}

async function hashesOf(train: string[], dev: string[], test: string[]): Promise<PreparedData["sha256"]> {
  return {
    train: await sha256OfFiles(train),
    ...(dev.length === 0 ? {} : { dev: await sha256OfFiles(dev) }),
    test: await sha256OfFiles(test),
  };
}

async function ownData(
  { train, dev, test }: OwnFiles,
  { task, options, recipe }: ResolvedRecipe,
): Promise<PreparedData> {
  if (task === undefined) {
    const message = `${recipe.id} embeds documents: files of your own are read by biobert embed`;
    throw new BiobertError({ code: "unsupported", message });
  }
  const count = async (files: readonly string[]): Promise<number> =>
    files.length === 0 ? 0 : (await task.read(files, options, true)).examples.length;
  const message = "files of your own are not held to the registry, and what test shares with training is not counted";
  return {
    train,
    dev,
    test,
    sha256: await hashesOf(train, dev, test),
    examples: { train: await count(train), dev: await count(dev), test: await count(test) },
    warnings: [{ code: "own-files", message }],
  };
}

const CHUNK = 1 << 16;

async function writeSplit(set: AnyExampleSet, directory: string, split: Split): Promise<string> {
  if (set.task === "document-embedding") return set.files[0]!;
  const { ending, lines } = taskFile(set);
  const path = `${directory}/${split}${ending}`;
  const encoder = new TextEncoder();
  const chunks = function* () {
    let text = "";
    for (const line of lines()) {
      text += line;
      if (text.length < CHUNK) continue;
      yield encoder.encode(text);
      text = "";
    }
    yield encoder.encode(text);
  };
  await writeFileAtomic(path, chunks());
  return path;
}

/** Examples of a split evenly spread over it, the first of each label among them. */
export function limited(set: AnyExampleSet, limit: number): AnyExampleSet {
  const { examples } = set;
  if (set.rankings !== undefined) return limitedRankings(set, set.rankings, limit);
  if (examples.length <= limit) return set;
  const labels = new Set<string>();
  const chosen = new Set<number>();
  examples.forEach((example, i) => {
    const own =
      "tags" in example
        ? example.tags
        : "label" in example
          ? [example.label]
          : "labels" in example
            ? example.labels
            : [];
    if (own.some((label) => !labels.has(label))) chosen.add(i);
    for (const label of own) labels.add(label);
  });
  for (let i = 0; i < examples.length && chosen.size < limit; i += Math.ceil(examples.length / limit)) chosen.add(i);
  return { ...set, examples: examples.filter((_, i) => chosen.has(i)) } as AnyExampleSet;
}

/** The first rankings, and the documents that they name. */
export function limitedRankings(
  set: AnyExampleSet,
  rankings: NonNullable<AnyExampleSet["rankings"]>,
  limit: number,
): AnyExampleSet {
  const some = Object.fromEntries(Object.entries(rankings).map(([name, queries]) => [name, queries.slice(0, limit)]));
  const named = new Set(
    Object.values(some).flatMap((queries) =>
      queries.flatMap(({ query, candidates }) => [query, ...candidates.map(({ id }) => id)]),
    ),
  );
  return { ...set, rankings: some, examples: set.examples.filter(({ id }) => named.has(id)) } as AnyExampleSet;
}

/** A warning as an event's words. */
export function warningText(warning: Warning): string {
  return describeWarning(warning);
}
