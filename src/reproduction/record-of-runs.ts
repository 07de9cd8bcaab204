// One result record of the finished runs of a recipe: means over seeds (of folds first), their spread, what is shared and what differs.

import { VERSION, BiobertError } from "../core/index.ts";
import { sha256 } from "../data/index.ts";
import { meanCurves, type RecordRun, type ResultRecordV2, resultRecordV2Schema } from "../evaluation/index.ts";
import { summarizeFoldScores } from "../metrics/index.ts";
import type { ResolvedRecipe } from "./check-recipe.ts";
import type { FinishedRun } from "./run-file.ts";

/** What a record says of where it was made. */
export interface RecordFacts {
  command: string;
  commit?: string;
  machine: ResultRecordV2["machine"];
}

/** Overlap over all folds, as counts. */
export interface OverlapCounts {
  documents: number;
  texts: number;
  sentences: number;
  examples?: number;
}

function meansOf(scores: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  return Object.fromEntries(Object.entries(summarizeFoldScores(scores)).map(([name, { mean }]) => [name, mean]));
}

function sumOf(values: readonly (number | undefined)[]): number | undefined {
  if (values.some((value) => value === undefined)) return undefined;
  return values.reduce<number>((sum, value) => sum + value!, 0);
}

type Outcome = Omit<RecordRun, "seed" | "folds" | "curves">;

function outcomeOf(run: FinishedRun): Outcome {
  return withoutUndefined({
    metrics: run.metrics,
    metricsWithoutOverlap: run.metricsWithoutOverlap,
    modelSha256: run.weights.sha256,
    steps: run.steps,
    trainingSeconds: run.trainingSeconds,
    threads: run.threads,
    machine: run.machine,
    commit: run.commit,
    evaluationSeconds: run.evaluationSeconds,
    bestEpoch: run.bestEpoch,
  });
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

/** The value that all have; undefined where they differ. */
export function commonValue<T>(values: readonly T[]): T | undefined {
  const [value, ...others] = new Set(values);
  return others.length === 0 ? value : undefined;
}

/** A seed's run: the only one, or the folds with the means of their scores. */
function seedRun(seed: number, runs: readonly FinishedRun[]): RecordRun {
  const [first] = runs;
  if (runs.length === 1 && first!.fold === undefined) {
    return withoutUndefined({ seed, ...outcomeOf(first!), curves: first!.curves });
  }
  const without = runs.flatMap(({ metrics, metricsWithoutOverlap }) => [metricsWithoutOverlap ?? metrics]);
  return withoutUndefined({
    seed,
    metrics: meansOf(runs.map(({ metrics }) => metrics)),
    metricsWithoutOverlap: runs.some(({ metricsWithoutOverlap }) => metricsWithoutOverlap !== undefined)
      ? meansOf(without)
      : undefined,
    steps: sumOf(runs.map(({ steps }) => steps)),
    trainingSeconds: sumOf(runs.map(({ trainingSeconds }) => trainingSeconds)),
    threads: commonValue(runs.map(({ threads }) => threads)),
    machine: commonValue(runs.map(({ machine }) => machine)),
    commit: commonValue(runs.map(({ commit }) => commit)),
    evaluationSeconds: sumOf(runs.map(({ evaluationSeconds }) => evaluationSeconds)),
    curves: meanCurves(runs.map(({ curves }) => curves)),
    folds: runs.map((run) => ({ fold: run.fold!, ...outcomeOf(run) })),
  });
}

/** A run of a machine that did other work meanwhile: how long it took says nothing. */
export function untimed({ trainingSeconds: _, evaluationSeconds: __, ...run }: FinishedRun): FinishedRun {
  return run;
}

/**
 * The record of finished runs, those of a seed together.
 * @throws BiobertError `input-empty` without a run; `input-format` where runs are not of one protocol and test split, or make no record.
 */
export function recordOfRuns(
  resolved: ResolvedRecipe,
  given: readonly FinishedRun[],
  {
    overlap,
    startSha256,
    facts,
    withoutTimes = false,
  }: {
    overlap?: OverlapCounts;
    startSha256?: string;
    facts: RecordFacts;
    /** Of a machine that did other work. */ withoutTimes?: boolean;
  },
): ResultRecordV2 {
  const { recipe, start } = resolved;
  const finished = withoutTimes ? given.map(untimed) : given;
  const [first] = finished;
  if (first === undefined)
    throw new BiobertError({ code: "input-empty", message: "there is no finished run to record" });
  const odd = finished.find(
    (run) => run.protocol !== first.protocol || (run.fold === first.fold && run.testSha256 !== first.testSha256),
  );
  if (odd !== undefined) {
    throw new BiobertError({
      code: "input-format",
      message: `the run of seed ${odd.seed} was scored by ${odd.protocol} on other data than that of seed ${first.seed} (${first.protocol})`,
    });
  }
  const bySeed = new Map<number, FinishedRun[]>();
  for (const run of finished) bySeed.set(run.seed, [...(bySeed.get(run.seed) ?? []), run]);
  const runs = [...bySeed].map(([seed, own]) => seedRun(seed, own));
  const spread = summarizeFoldScores(runs.map(({ metrics }) => metrics));
  const metrics = Object.fromEntries(Object.entries(spread).map(([name, { mean }]) => [name, mean]));
  const without = runs.flatMap(({ metricsWithoutOverlap }) =>
    metricsWithoutOverlap === undefined ? [] : [metricsWithoutOverlap],
  );
  const hashes = finished.map(({ weights }) => weights.sha256);
  const parsed = resultRecordV2Schema.safeParse({
    formatVersion: 2,
    biobertVersion: VERSION,
    task: recipe.task,
    protocol: first.protocol,
    metrics,
    units: Object.fromEntries(Object.keys(metrics).map((name) => [name, first.units[name] ?? "percent"])),
    metricsByType: finished.length === 1 ? (first.byLabel ?? {}) : {},
    options: resolved.options,
    dataset: {
      id: recipe.data.dataset,
      split: recipe.data.test,
      sha256:
        finished.length === 1
          ? first.testSha256
          : hashOfList([...new Set(finished.map(({ testSha256 }) => testSha256))]),
      counts: first.counts,
    },
    model: {
      name: start.name,
      variant: first.weights.file,
      sha256: hashOfList(hashes),
      precision: first.weights.precision,
      parameters: first.weights.parameters,
    },
    seeds: [...bySeed.keys()],
    ...(facts.commit === undefined ? {} : { commit: facts.commit }),
    command: facts.command,
    machine: facts.machine,
    createdAt: new Date().toISOString(),
    durationSeconds: runs.reduce((sum, run) => sum + (run.trainingSeconds ?? 0) + (run.evaluationSeconds ?? 0), 0),
    runs,
    spread,
    recipe: withoutUndefined({
      id: recipe.id,
      settings: { start: start.name, ...(resolved.training ?? ("embedding" in recipe ? recipe.embedding : {})) },
      startSha256,
      changed: resolved.changed.length === 0 ? undefined : resolved.changed,
    }),
    ...(overlap === undefined
      ? {}
      : { overlap: { ...overlap, ...(without.length === 0 ? {} : { metrics: meansOf(without) }) } }),
    differs: resolved.differs,
  } satisfies ResultRecordV2);
  if (parsed.success) return parsed.data;
  throw new BiobertError({
    code: "input-format",
    message: `the runs make no record: ${parsed.error.issues[0]!.message} (${parsed.error.issues[0]!.path.join(".")})`,
  });
}

/** One hash of several, or the only one. */
function hashOfList(hashes: readonly string[]): string {
  return hashes.length === 1 ? hashes[0]! : sha256(hashes.map((hash) => `${hash}\n`).join(""));
}
