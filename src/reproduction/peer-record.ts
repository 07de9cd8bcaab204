// What the plain PyTorch scripts of `reference/` measured for a recipe: scores and seconds by seed, put together out of the files that
// they write, to stand beside our own in the table of results.

import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import { readJson } from "../data/index.ts";
import { itemsFile, type ItemsFile, joinRuns } from "../evaluation/index.ts";
import { type ItemGroup, labelItems } from "../metrics/index.ts";
import type { Recipe } from "./recipe.ts";

/** A peer's runs of one recipe. */
export const peerRecordSchema = z.strictObject({
  formatVersion: z.literal(1),
  recipe: z.string().min(1),
  /** The script, from the project's root. */
  script: z.string().min(1),
  /** Of what ran it, by name. */
  versions: z.record(z.string(), z.string()),
  /** Of the runs that name none of their own. */
  machine: z.string().min(1),
  runs: z
    .array(
      z.strictObject({
        seed: z.number().int(),
        metrics: z.record(z.string(), z.number()),
        /** Of all updates together. */
        trainingSeconds: z.number().positive().optional(),
        threads: z.number().int().positive().optional(),
        machine: z.string().min(1).optional(),
        /** Mean training loss of each epoch; the page of results has it beside ours. */
        lossByEpoch: z.array(z.number()).optional(),
      }),
    )
    .min(1),
});

export type PeerRecord = z.infer<typeof peerRecordSchema>;

/** One test item as a script predicted it; which fields there are depends on the task. */
const predictionSchema = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  gold: z.string().optional(),
  predicted: z.string().optional(),
  /** Of a tagged sentence: entities in gold, predicted, right. */
  entities: z.tuple([z.number(), z.number(), z.number()]).optional(),
  strict: z.number().optional(),
  lenient: z.number().optional(),
  reciprocalRank: z.number().optional(),
  precision: z.number().optional(),
  recall: z.number().optional(),
  f1: z.number().optional(),
});

/** What a script of `reference/` writes for one seed. */
const scriptOutputSchema = z.object({
  metrics: z.record(z.string(), z.number()),
  arguments: z.object({ seed: z.number().int(), threads: z.number().int().nullish() }),
  /** A row an epoch. */
  history: z.array(z.object({ seconds: z.number(), loss: z.number().optional() })).optional(),
  torch: z.string(),
  transformers: z.string().optional(),
  predictions: z.array(predictionSchema).optional(),
  /** Of relations: the classes that are scored. */
  scored: z.array(z.string()).optional(),
});

type ScriptOutput = z.infer<typeof scriptOutputSchema>;
type Predictions = NonNullable<ScriptOutput["predictions"]>;

/** A peer's record and, where the scripts kept their predictions, the items of all seeds. */
export interface CollectedPeer {
  record: PeerRecord;
  items?: ItemsFile;
}

/**
 * Puts the outputs of a reference script together; a record made of earlier ones counts as all of them, and keeps its times.
 * @throws BiobertError `input-format` for a file that is not such an output or lacks the recipe's metric, a record of another recipe or
 *   script, and a seed given twice; those of reading text.
 */
export async function collectPeer(
  recipe: Recipe,
  files: readonly string[],
  { script, machine, withoutTimes = false }: { script: string; machine: string; withoutTimes?: boolean },
): Promise<CollectedPeer> {
  const versions: Record<string, string> = {};
  const runs: PeerRecord["runs"] = [];
  const items: ItemsFile[] = [];
  for (const file of files) {
    const json = await readJson(file);
    const bad = (message: string): BiobertError => new BiobertError({ code: "input-format", message, place: { file } });
    const add = (run: PeerRecord["runs"][number]): void => {
      if (!(recipe.metric in run.metrics)) throw bad(`it has no ${recipe.metric}, the recipe's metric`);
      if (runs.some(({ seed }) => seed === run.seed)) throw bad(`seed ${run.seed} is given twice`);
      runs.push(run);
    };
    const earlier = peerRecordSchema.safeParse(json);
    if (earlier.success) {
      if (earlier.data.recipe !== recipe.id || earlier.data.script !== script)
        throw bad(`it is the record of ${earlier.data.script} for ${earlier.data.recipe}`);
      Object.assign(versions, earlier.data.versions);
      for (const run of earlier.data.runs) add({ ...run, machine: run.machine ?? earlier.data.machine });
      continue;
    }
    const output = outputOf(json, file);
    const { metrics, arguments: given, history, torch, transformers, predictions, scored } = output;
    versions["torch"] = torch;
    if (transformers !== undefined) versions["transformers"] = transformers;
    const trainingSeconds = history?.reduce((sum, { seconds }) => sum + seconds, 0) ?? 0;
    const losses = (history ?? []).flatMap(({ loss }) => (loss === undefined ? [] : [Number(loss.toPrecision(4))]));
    add({
      seed: given.seed,
      metrics,
      ...(trainingSeconds <= 0 || withoutTimes ? {} : { trainingSeconds }),
      ...(given.threads === undefined || given.threads === null ? {} : { threads: given.threads }),
      machine,
      ...(losses.length === 0 ? {} : { lossByEpoch: losses }),
    });
    const groups = predictions === undefined ? [] : groupsOf(predictions, scored);
    const { dataset, test: split } = recipe.data;
    const about = {
      task: recipe.task,
      dataset: { id: dataset, split },
      system: `PyTorch ${torch}`,
      seeds: [given.seed],
    };
    if (groups.length > 0) items.push(itemsFile(about, groups));
  }
  runs.sort((a, b) => a.seed - b.seed);
  const record = { formatVersion: 1, recipe: recipe.id, script, versions, machine, runs } satisfies PeerRecord;
  return {
    record: peerRecordSchema.parse(record),
    ...(items.length === files.length ? { items: joinRuns(items) } : {}),
  };
}

function outputOf(json: unknown, file: string): ScriptOutput {
  const output = scriptOutputSchema.safeParse(json);
  if (output.success) return output.data;
  throw new BiobertError({
    code: "input-format",
    message: `not what a script of reference/ writes: ${z.prettifyError(output.error)}`,
    place: { file },
  });
}

/** What each item adds to the scores; nothing where predictions say no such thing. */
function groupsOf(predictions: Predictions, scored: readonly string[] | undefined): ItemGroup[] {
  const idsOf = (some: Predictions): string[] =>
    some.every(({ id }) => id !== undefined) ? some.map(({ id }) => String(id)) : [];
  const group = (unit: string, some: Predictions, metrics: ItemGroup["metrics"]): ItemGroup[] =>
    some.length === 0 ? [] : [{ unit, ids: idsOf(some), metrics }];
  const numbers = (
    some: Predictions,
    fields: Readonly<Record<string, keyof Predictions[number]>>,
  ): ItemGroup["metrics"] =>
    Object.fromEntries(
      Object.entries(fields).map(([metric, field]) => [
        metric,
        { statistic: "mean-percent" as const, values: some.map((one) => [1, Number(one[field])]) },
      ]),
    );
  if (predictions.every(({ entities }) => entities !== undefined)) {
    const values = predictions.map(({ entities }) => [...entities!]);
    return group("sentences", predictions, { f1: { statistic: "micro-f1", values } });
  }
  if (predictions.every(({ gold, predicted }) => gold !== undefined && predicted !== undefined)) {
    const [gold, found] = [predictions.map((one) => one.gold!), predictions.map((one) => one.predicted!)];
    const metrics = labelItems(gold, found, [...new Set(gold)].sort());
    if (scored === undefined) return group("questions", predictions, metrics);
    const isScored = (label: string): number => Number(scored.includes(label));
    const values = gold.map((label, i) => [
      isScored(label),
      isScored(found[i]!),
      label === found[i] ? isScored(label) : 0,
    ]);
    return group("sentences", predictions, { f1: { statistic: "micro-f1", values }, accuracy: metrics["accuracy"]! });
  }
  const factoid = predictions.filter(({ reciprocalRank }) => reciprocalRank !== undefined);
  const list = predictions.filter(({ f1 }) => f1 !== undefined);
  if (factoid.length + list.length < predictions.length) return [];
  return [
    ...group(
      "factoid questions",
      factoid,
      numbers(factoid, { strictAccuracy: "strict", lenientAccuracy: "lenient", meanReciprocalRank: "reciprocalRank" }),
    ),
    ...group("list questions", list, numbers(list, { listPrecision: "precision", listRecall: "recall", listF1: "f1" })),
  ];
}
