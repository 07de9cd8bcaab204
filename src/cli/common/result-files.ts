// A result record and its report as files, and what a report says of what ran.

import { basename, dirname, extname, join } from "node:path";
import { Option } from "commander";
import { ensureDirectory, writeFileAtomic } from "../../data/index.ts";
import type { ItemsFile, ResultRecord, ResultRecordV2 } from "../../evaluation/index.ts";
import type { ItemGroup } from "../../metrics/index.ts";
import { formatCount, formatDuration } from "./terminal.ts";

/** Writes both to a folder, or to `FILE.json` and `FILE.html`. Errors: as writing files gives. */
export async function writeRecord(out: string, record: ResultRecord, report: string): Promise<void> {
  const isFile = extname(out).toLowerCase() === ".json";
  const recordFile = isFile ? out : join(out, "result.json");
  const reportFile = isFile ? out.replace(/\.json$/i, ".html") : join(out, "report.html");
  await ensureDirectory(dirname(recordFile));
  await writeFileAtomic(recordFile, `${JSON.stringify(record, null, 2)}\n`);
  await writeFileAtomic(reportFile, report);
}

/** What ran, by name, for a report. */
export function recordFacts({
  model,
  dataset,
  machine,
  command,
  createdAt,
  commit,
  biobertVersion,
  durationSeconds,
  ...rest
}: ResultRecord): Record<string, string> {
  return {
    Command: command,
    Weights: `${model.variant} (${model.precision}, ${formatCount(model.parameters)} parameters), SHA-256 ${model.sha256}`,
    Data: `${dataset.id}, ${dataset.split}, SHA-256 ${dataset.sha256}`,
    ...(!("overlap" in rest) || rest.overlap === undefined
      ? {}
      : { "Shared with the training data": overlapFact(rest.overlap, rest.units) }),
    Time: durationSeconds < 60 ? `${durationSeconds.toFixed(1)} s` : formatDuration(durationSeconds),
    ...(!("peakMemoryBytes" in rest) || rest.peakMemoryBytes === undefined
      ? {}
      : { "Peak memory": `${(rest.peakMemoryBytes / 1e9).toFixed(2)} GB, of the process` }),
    Machine: `${machine.cpu}, ${machine.cores} cores, ${machine.os}, Node ${machine.node}, ONNX Runtime ${machine.onnxruntime}`,
    Date: createdAt,
    Version: commit === undefined ? biobertVersion : `${biobertVersion}, commit ${commit}`,
  };
}

function overlapFact(
  { documents, texts, examples, metrics }: NonNullable<ResultRecordV2["overlap"]>,
  units: ResultRecordV2["units"],
): string {
  const digits = (id: string): number => ((units[id] ?? "percent") === "percent" ? 2 : 4);
  const scores = Object.entries(metrics ?? {}).map(([id, value]) => `${id} ${value.toFixed(digits(id))}`);
  const without =
    scores.length === 0
      ? "nothing is left without them"
      : `without these ${formatCount(examples ?? 0)}: ${scores.join(", ")}`;
  return `${formatCount(documents)} documents, ${formatCount(texts)} examples with a sentence of 12 words or more; ${without}`;
}

/** The name of a split by its file: `test.tsv.gz` is "test". */
export function splitName(path: string): string {
  return basename(path)
    .replace(/\.gz$/, "")
    .replace(/\.[^.]*$/, "");
}

/** The flag `--items` of evaluations. */
export function itemsOption(): Option {
  return new Option(
    "--items <FILE>",
    "also write there what each item adds to the scores, numbers and ids alone: what compare reads; .gz compresses it",
  );
}

/** The flag `--without-ids` of what writes items. */
export function withoutIdsOption(): Option {
  return new Option(
    "--without-ids",
    "leave the corpus's ids out of --items, where its licence forbids to pass them on; a digest of them stays, for compare",
  ).default(false);
}

/** Writes items where `--items` says. Errors: as writing files gives. */
export async function keepItems(path: string, items: ItemsFile, isWithoutIds: boolean): Promise<void> {
  const { withoutIds, writeItemsFile } = await import("../../evaluation/index.ts");
  await ensureDirectory(dirname(path));
  await writeItemsFile(path, isWithoutIds ? withoutIds(items) : items);
}

/** Writes the items of an evaluation. Errors: as writing files gives. */
export async function writeItems(
  path: string,
  record: ResultRecord,
  groups: readonly ItemGroup[],
  isWithoutIds: boolean,
): Promise<void> {
  const { itemsFile } = await import("../../evaluation/index.ts");
  const { dataset, model, seeds } = record;
  const task = (record as ResultRecordV2).task;
  const about = {
    task,
    dataset: { id: dataset.id, split: dataset.split, sha256: dataset.sha256 },
    system: model.name,
    ...(seeds.length === 1 ? { seeds } : {}),
  };
  await keepItems(path, itemsFile(about, groups), isWithoutIds);
}
