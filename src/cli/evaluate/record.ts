// The result record that `biobert evaluate` writes, whatever the task: scores beside what ran on what.

import { basename, dirname, resolve } from "node:path";
import { VERSION } from "../../core/index.ts";
import { peakMemory, sha256OfFiles } from "../../data/index.ts";
import type { EvaluatedModel, ResultRecordV2 } from "../../evaluation/index.ts";
import type { CommandContext } from "../common/context.ts";
import { commitOf, machineFacts } from "../common/machine.ts";
import { shellQuote } from "../common/options.ts";
import { splitName } from "../common/result-files.ts";

/** What an evaluation found. */
export interface RecordedScores extends Pick<
  ResultRecordV2,
  "task" | "protocol" | "metrics" | "metricsByType" | "metricsByGroup" | "options" | "overlap"
> {
  /** The unit of each metric that is not in percent. */
  units?: Readonly<Record<string, ResultRecordV2["units"][string]>>;
  counts: Record<string, number>;
  model: EvaluatedModel;
}

/** What was said on the command line. */
export interface RecordedRun {
  /** The model as it was named. */
  model: string;
  /** The files that were scored, at least one. */
  files: readonly string[];
  dataset?: string;
  split?: string;
  durationSeconds: number;
}

/** The record. @throws BiobertError those of reading the files whose checksums it has. */
export async function makeRecord(
  { model, counts, units = {}, metricsByGroup, options, overlap, ...scores }: RecordedScores,
  run: RecordedRun,
  context: CommandContext,
): Promise<ResultRecordV2> {
  const { resultRecordV2Schema, unitOf } = await import("../../evaluation/index.ts");
  const first = resolve(run.files[0]!);
  return resultRecordV2Schema.parse({
    formatVersion: 2,
    biobertVersion: VERSION,
    ...scores,
    units: Object.fromEntries(Object.keys(scores.metrics).map((id) => [id, unitOf(id, units)])),
    ...(metricsByGroup === undefined ? {} : { metricsByGroup }),
    ...(options === undefined ? {} : { options }),
    ...(overlap === undefined ? {} : { overlap }),
    dataset: {
      id: run.dataset ?? (basename(dirname(first)) || "unknown"),
      split: run.split ?? splitName(first),
      sha256: await sha256OfFiles([...run.files]),
      counts,
    },
    model: {
      name: basename(resolve(run.model)),
      variant: model.weightsFile,
      sha256: await sha256OfFiles(model.weightsPaths),
      precision: model.precision,
      parameters: model.parameters,
    },
    seeds: model.seeds,
    commit: commitOf(context.packageRoot),
    command: ["biobert", ...context.argv.map(shellQuote)].join(" "),
    machine: await machineFacts(),
    createdAt: new Date().toISOString(),
    durationSeconds: run.durationSeconds,
    peakMemoryBytes: peakMemory(),
  } satisfies ResultRecordV2);
}
