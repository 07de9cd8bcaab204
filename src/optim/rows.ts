// Tables of which a batch reads few rows. A row that never had a gradient has moments of zero, and its update is decay
// alone, to the same bits: what need not be read is not read. Most of a vocabulary is like that in fine-tuning.

import type { FlatBuffers, FlatLayout, FlatSlot } from "./flat.ts";

/** By parameter name, the rows whose gradient may differ from zero in this step; the owner changes the sets. */
export type TouchedRows = ReadonlyMap<string, ReadonlySet<number>>;

/** Sums take 16 elements at a turn (see kernels.ts): rows of another width are treated like any other tensor. */
const WIDTH = 16;

/** Elements without moments between such that have them: fewer are updated along, which is quicker than to jump. */
const GAP = 8192;

export class TableRows {
  readonly width: number;
  private readonly count: number;
  /** 1 for a row that has moments; undefined before the moments were looked at. */
  private active: Uint8Array | undefined;

  private constructor(
    private readonly slot: FlatSlot,
    private readonly touched: ReadonlySet<number>,
  ) {
    this.count = slot.spec.dims[0]!;
    this.width = slot.length / this.count;
  }

  /** The tables of a layout that can be walked by rows. */
  static of(layout: FlatLayout, touched: TouchedRows): Map<FlatSlot, TableRows> {
    const tables = layout.trained.flatMap((slot): [FlatSlot, TableRows][] => {
      const rows = touched.get(slot.spec.name);
      const fits = slot.offset % WIDTH === 0 && (slot.length / slot.spec.dims[0]!) % WIDTH === 0;
      return rows !== undefined && fits ? [[slot, new TableRows(slot, rows)]] : [];
    });
    return new Map(tables);
  }

  /** Elements of rows that have a gradient in this step, as runs [start, end) in rising order. */
  *touchedRuns(): Generator<[number, number]> {
    const rows = Int32Array.from(this.touched).sort();
    for (let i = 0; i < rows.length;) {
      const from = i++;
      while (i < rows.length && rows[i] === rows[i - 1]! + 1) i++;
      yield this.run(rows[from]!, rows[i - 1]! + 1);
    }
  }

  /**
   * All elements, as runs [start, end): true for those that have moments, or are about to, and false for long stretches
   * of such that have none.
   */
  *runs(buffers: FlatBuffers): Generator<[number, number, boolean]> {
    const active = (this.active ??= this.rowsWithMoments(buffers));
    for (const row of this.touched) active[row] = 1;
    let done = 0;
    for (let row = 0; row < this.count;) {
      const end = active.indexOf(1, row);
      const next = end === -1 ? this.count : end;
      if ((next - row) * this.width > GAP) {
        if (row > done) yield [...this.run(done, row), true];
        yield [...this.run(row, next), false];
        done = next;
      }
      row = next;
      while (row < this.count && active[row] === 1) row++;
    }
    if (done < this.count) yield [...this.run(done, this.count), true];
  }

  private run(first: number, end: number): [number, number] {
    return [this.slot.offset + first * this.width, this.slot.offset + end * this.width];
  }

  private rowsWithMoments({ first, second }: FlatBuffers): Uint8Array {
    const active = new Uint8Array(this.count);
    for (let row = 0; row < this.count; row++) {
      const [start, end] = this.run(row, row + 1);
      for (let i = start; i < end && active[row] === 0; i++) if (first[i] !== 0 || second[i] !== 0) active[row] = 1;
    }
    return active;
  }
}
