// Files of items: what one system did on each item of a test set, in one training run or several. Numbers and ids alone, so that
// they may be kept and sent where the corpus may not; `biobert compare` tests two of them against each other.

import { z } from "zod";
import { BiobertError } from "../core/index.ts";
import { sha256, writeText } from "../data/index.ts";
import { ITEM_STATISTICS, type ItemGroup, type ItemStatistic } from "../metrics/index.ts";

const statistics = Object.keys(ITEM_STATISTICS) as [ItemStatistic, ...ItemStatistic[]];
const values = z.array(z.array(z.number()).min(1));

/** The form of a file of items. */
export const itemsFileSchema = z.strictObject({
  formatVersion: z.literal(1),
  /** As the command names it. */
  task: z.string().min(1),
  dataset: z.strictObject({
    id: z.string().min(1),
    split: z.string().min(1),
    /** Of the file that was scored; absent where it is not known. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  }),
  /** The system's name. */
  system: z.string().min(1),
  /** Of each run, in the order of the groups' runs; absent where they are not known. */
  seeds: z.array(z.number().int()).optional(),
  groups: z
    .array(
      z.strictObject({
        unit: z.string().min(1),
        /** Of each item; empty where they are not known: items are then taken to be in the order of the test file. */
        ids: z.array(z.string()),
        /** SHA-256 of the ids, each with a line feed after it, where they were left out: the same items in the same order have the same. */
        idsSha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
        metrics: z.record(
          z.string(),
          z.strictObject({
            /** How the score comes from the sums over items. */
            statistic: z.enum(statistics),
            /** `runs[run][item]`: numbers of the item, as the statistic takes them. */
            runs: z.array(values).min(1),
          }),
        ),
      }),
    )
    .min(1),
});

export type ItemsFile = z.infer<typeof itemsFileSchema>;

/** How many numbers a statistic takes; macro-F1 three for each label. */
const WIDTHS: Readonly<Record<ItemStatistic, (width: number) => boolean>> = {
  "micro-f1": (width) => width === 3,
  "macro-f1": (width) => width % 3 === 0,
  "mean-percent": (width) => width === 2,
  pearson: (width) => width === 6,
};

/** Whether an item's counts can be: no more right than there are or were said; a share of right from 0 to 1. */
function isPossible(statistic: ItemStatistic, item: readonly number[]): boolean {
  if (statistic === "pearson") return true;
  if (item.some((value) => value < 0)) return false;
  if (statistic === "mean-percent") return item[1]! <= item[0]!;
  return item.every((correct, i) => i % 3 !== 2 || (correct <= item[i - 1]! && correct <= item[i - 2]!));
}

/**
 * Checks what a file of items holds: its form, and as many items in every run as there are ids.
 * @throws BiobertError `input-format` with the file and what is wrong.
 */
export function readItemsFile(json: unknown, file?: string): ItemsFile {
  const place = file === undefined ? {} : { place: { file } };
  const bad = (message: string): BiobertError =>
    new BiobertError({
      code: "input-format",
      message: `not a file of items: ${message}`,
      ...place,
      hint: "biobert evaluate TASK --items FILE writes one; docs/guide/reproduce.md has the form.",
    });
  const parsed = itemsFileSchema.safeParse(json);
  if (!parsed.success) throw bad(z.prettifyError(parsed.error));
  for (const { unit, ids, metrics } of parsed.data.groups) {
    for (const [metric, { statistic, runs }] of Object.entries(metrics)) {
      const items = ids.length === 0 ? runs[0]!.length : ids.length;
      for (const run of runs) {
        if (run.length !== items) throw bad(`a run of ${metric} has ${run.length} ${unit}, not ${items}`);
        const width = run[0]?.length ?? 0;
        const odd = run.findIndex((item) => item.length !== width || !WIDTHS[statistic](item.length));
        if (odd >= 0)
          throw bad(`item ${odd + 1} of ${metric} has ${run[odd]!.length} numbers, which ${statistic} does not take`);
        const wrong = run.findIndex((item) => !isPossible(statistic, item));
        if (wrong >= 0)
          throw bad(
            `item ${wrong + 1} of ${metric} is ${JSON.stringify(run[wrong])}, which ${statistic} cannot be made of`,
          );
      }
    }
  }
  return parsed.data;
}

/** Items of one run as a file has them. */
export function itemsFile(about: Omit<ItemsFile, "formatVersion" | "groups">, groups: readonly ItemGroup[]): ItemsFile {
  return {
    formatVersion: 1,
    ...about,
    groups: groups.map(({ unit, ids, metrics }) => ({
      unit,
      ids,
      metrics: Object.fromEntries(
        Object.entries(metrics).map(([name, { statistic, values: run }]) => [name, { statistic, runs: [run] }]),
      ),
    })),
  };
}

/**
 * The same items without the corpus's ids, for keeping and sending where its licence binds; a digest of them stays, by which
 * `requireSameItems` knows them again.
 */
export function withoutIds(file: ItemsFile): ItemsFile {
  return {
    ...file,
    groups: file.groups.map((group) => {
      const digest = idsDigest(group);
      return { ...group, ids: [], ...(digest === undefined ? {} : { idsSha256: digest }) };
    }),
  };
}

function idsDigest({ ids, idsSha256 }: ItemsFile["groups"][number]): string | undefined {
  return ids.length === 0 ? idsSha256 : sha256(ids.map((id) => `${id}\n`).join(""));
}

/**
 * Writes a file of items, gzip-compressed where its name ends in `.gz`. The same items give the same bytes.
 * @throws BiobertError `disk-full`, `file-unwritable`.
 */
export async function writeItemsFile(path: string, items: ItemsFile): Promise<void> {
  await writeText(path, `${JSON.stringify(items)}\n`);
}

/**
 * Several runs of one system on the same items as one file; messages call them by `names` where those are given.
 * @throws BiobertError `input-format` where they are not of the same task, items and metrics.
 */
export function joinRuns(files: readonly ItemsFile[], names?: readonly string[]): ItemsFile {
  const [first, ...others] = files;
  if (first === undefined) throw new BiobertError({ code: "input-empty", message: "there is no run to join" });
  others.forEach((other, i) => requireSameItems(first, other, names && [names[0]!, names[i + 1]!]));
  const seeds = files.flatMap((file) => file.seeds ?? []);
  const runs = files.reduce((sum, file) => sum + runsOf(file), 0);
  const { seeds: _, ...about } = first;
  return {
    ...about,
    ...(seeds.length === runs ? { seeds } : {}),
    groups: first.groups.map((group, g) => ({
      ...group,
      metrics: Object.fromEntries(
        Object.entries(group.metrics).map(([name, { statistic }]) => [
          name,
          { statistic, runs: files.flatMap((file) => file.groups[g]!.metrics[name]?.runs ?? []) },
        ]),
      ),
    })),
  };
}

/** How many items a group has. */
export function itemsOf({ metrics }: ItemsFile["groups"][number]): number {
  return Object.values(metrics)[0]?.runs[0]!.length ?? 0;
}

/** How many runs a file holds. */
export function runsOf(file: ItemsFile): number {
  return Object.values(file.groups[0]!.metrics)[0]?.runs.length ?? 0;
}

/**
 * Two files must be of the same items: only then are differences those of the systems. Messages call them by the names given, else by their systems.
 * @throws BiobertError `input-format` with the first difference.
 */
export function requireSameItems(
  first: ItemsFile,
  second: ItemsFile,
  [here, there]: readonly [string, string] = [first.system, second.system],
): void {
  const differ = (message: string): BiobertError =>
    new BiobertError({
      code: "input-format",
      message: `${here} and ${there} cannot be compared: ${message}`,
      hint: "Both must be scored on the same test file, in the same order.",
    });
  if (first.task !== second.task) throw differ(`their tasks are ${first.task} and ${second.task}`);
  const [left, right] = [first.dataset.sha256, second.dataset.sha256];
  const isSameFile = left !== undefined && left === right;
  if (first.dataset.id.toLowerCase() !== second.dataset.id.toLowerCase() && !isSameFile) {
    throw differ(`their data sets are ${first.dataset.id} and ${second.dataset.id}`);
  }
  if (first.dataset.split !== second.dataset.split && !isSameFile) {
    throw differ(`they are of ${first.dataset.split} and ${second.dataset.split}`);
  }
  if (first.groups.length !== second.groups.length) throw differ("one has items that the other has not");
  first.groups.forEach((group, g) => {
    const other = second.groups[g]!;
    if (itemsOf(group) !== itemsOf(other))
      throw differ(`they have ${itemsOf(group)} and ${itemsOf(other)} ${group.unit}`);
    if (group.ids.length > 0 && other.ids.length > 0) {
      const at = group.ids.findIndex((id, i) => id !== other.ids[i]);
      if (at >= 0)
        throw differ(
          `item ${at + 1} is ${JSON.stringify(group.ids[at])} here and ${JSON.stringify(other.ids[at])} there`,
        );
    } else {
      const [left, right] = [idsDigest(group), idsDigest(other)];
      if (left !== undefined && right !== undefined && left !== right)
        throw differ(`their ${group.unit} are others or in another order, by the digests of their ids`);
    }
    if (!Object.keys(group.metrics).some((name) => name in other.metrics))
      throw differ("they have no metric in common");
  });
}
