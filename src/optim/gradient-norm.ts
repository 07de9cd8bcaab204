// The norm of the whole gradient, which clipping looks at.

import type { FlatBuffers, FlatSlot } from "./flat.ts";
import type { TableRows } from "./rows.ts";

/**
 * The Euclidean norm of the gradient, in double precision, its squares added in a fixed order: element i to lane i mod
 * 16. Rows of `tables` without a gradient are passed over: adding their zeros would change no bit.
 */
export function gradientNorm(buffers: FlatBuffers, tables: ReadonlyMap<FlatSlot, TableRows>): number {
  const { layout, gradients, vectors } = buffers;
  vectors.clearSums();
  const add = (start: number, end: number): void => vectors.run("sumSquares", [gradients], [], start, end);
  let at = 0;
  for (const [{ offset, length }, rows] of tables) {
    add(at, offset);
    for (const [start, end] of rows.touchedRuns()) add(start, end);
    at = offset + length;
  }
  add(at, layout.trainedLength);
  return Math.sqrt(vectors.sum(0));
}
