// Gold labels as the inputs of each head's loss, padded with what the loss leaves out.

import type { PaddedBatch, Targets } from "./task.ts";

/** The label of a position, and of an example, that the loss leaves out. */
export const IGNORED_LABEL = -100;

function countOf(labels: Int32Array): number {
  return labels.reduce((sum, label) => sum + (label === IGNORED_LABEL ? 0 : 1), 0);
}

/** A label a token, of a token classifier: a row a sequence, `[length]` with IGNORED_LABEL where none counts. */
export function tokenTargets(rows: readonly Int32Array[], { batch, sequence }: PaddedBatch): Targets {
  const data = new Int32Array(batch * sequence).fill(IGNORED_LABEL);
  rows.forEach((labels, row) => data.set(labels, row * sequence));
  return { feeds: { labels: { dtype: "int32", dims: [data.length], data } }, counted: countOf(data) };
}

/** A class an example, of a single-label classifier or a choice: its number, or IGNORED_LABEL. */
export function classTargets(classes: readonly number[]): Targets {
  const data = Int32Array.from(classes);
  return { feeds: { labels: { dtype: "int32", dims: [data.length], data } }, counted: countOf(data) };
}

/** Numbers for each example, of a multi-label classifier (0 or 1 a label) or a regression: `[labels]` a row. */
export function numberTargets(rows: readonly ArrayLike<number>[]): Targets {
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  rows.forEach((values, row) => data.set(values, row * width));
  return { feeds: { labels: { dtype: "float32", dims: [rows.length, width], data } }, counted: data.length };
}

/** The first and the last piece of each answer; IGNORED_LABEL twice where it has none in its sequence. */
export function spanTargets(spans: readonly { start: number; end: number }[]): Targets {
  const starts = Int32Array.from(spans, ({ start }) => start);
  const ends = Int32Array.from(spans, ({ end }) => end);
  const dims = [spans.length];
  const feeds = {
    startPositions: { dtype: "int32", dims, data: starts },
    endPositions: { dtype: "int32", dims, data: ends },
  } as const;
  return { feeds, counted: countOf(starts) };
}
