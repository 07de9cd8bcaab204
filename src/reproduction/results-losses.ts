// Training losses of PyTorch and of ours side by side, epoch by epoch: where they fall alike, the same was learned in the same way.

import type { ResultRecordV2 } from "../evaluation/index.ts";
import type { PeerRecord } from "./peer-record.ts";

/** Mean losses of the epochs, over seeds; either side may be missing. */
export interface EpochLosses {
  peer: readonly number[];
  ours?: readonly number[];
}

type Run = NonNullable<ResultRecordV2["runs"]>[number];

/** The losses of a recipe whose peer has them; undefined where it has none, or its seeds ran for different numbers of epochs. */
export function epochLosses(record: ResultRecordV2 | undefined, peer: PeerRecord | undefined): EpochLosses | undefined {
  const theirs = (peer?.runs ?? []).flatMap(({ lossByEpoch = [] }) => (lossByEpoch.length === 0 ? [] : [lossByEpoch]));
  const epochs = theirs[0]?.length;
  if (epochs === undefined || theirs.some(({ length }) => length !== epochs)) return undefined;
  const own = (record?.runs ?? []).flatMap((run) => lossesOf(run, epochs) ?? []);
  return { peer: meansOf(theirs, epochs), ...(own.length === 0 ? {} : { ours: meansOf(own, epochs) }) };
}

/** The means of a run's thinned curve within each epoch; undefined where it has none, or is one of several folds' steps together. */
function lossesOf({ curves, steps, folds = [] }: Run, epochs: number): number[][] | undefined {
  const loss = curves?.loss;
  if (loss === undefined || steps === undefined || folds.length > 1) return undefined;
  const perEpoch = steps / epochs;
  const within = Array.from({ length: epochs }, (_, epoch) =>
    loss.flatMap(([step, value]) => (step > epoch * perEpoch && step <= (epoch + 1) * perEpoch ? [value] : [])),
  );
  return within.some(({ length }) => length === 0) ? undefined : [within.map(mean)];
}

function meansOf(runs: readonly (readonly number[])[], epochs: number): number[] {
  return Array.from({ length: epochs }, (_, epoch) => mean(runs.map((losses) => losses[epoch]!)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
