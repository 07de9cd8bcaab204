// Runs kernels over parts of flat buffers: in place where the buffers lie in the kernels' memory, else piece by piece
// through its scratch area. The operations on each element, and their order in a sum, are the same either way.

import type { KernelMemory } from "../tensor/index.ts";
import { kernelModule, LANES, SUM_BYTES, type KernelName } from "./kernels.ts";
import { instantiate, type Kernels } from "./wasm.ts";

/** Elements a piece: four arrays of it make 256 KiB. A multiple of what a kernel takes at a turn. */
const PIECE = 1 << 14;
const BUFFERS = 4;
/** Elements a turn, at most: a part's length that is no multiple of it ends in the scratch area. */
const TURN = 16;

/** The scratch area: the running sums, then a piece of each of four buffers. */
export const SCRATCH_BYTES = SUM_BYTES + BUFFERS * PIECE * 4;

export class Vectors {
  private readonly kernels: Kernels;
  private readonly pieces: Float32Array[];
  private readonly sums: Float64Array;

  constructor(private readonly memory: KernelMemory) {
    const { buffer } = memory.memory;
    this.kernels = instantiate(kernelModule(), memory.memory);
    this.sums = new Float64Array(buffer, 0, SUM_BYTES / 8);
    this.pieces = Array.from({ length: BUFFERS }, (_, i) => new Float32Array(buffer, SUM_BYTES + i * PIECE * 4, PIECE));
  }

  /** Runs a kernel on elements [start, end) of `buffers`; it writes to those whose places `written` names. */
  run(
    kernel: KernelName,
    buffers: readonly Float32Array[],
    written: readonly number[],
    start: number,
    end: number,
    scalars: readonly number[] = [],
  ): void {
    const run = this.kernels[kernel]!;
    const turns = this.memory.inPlace ? start + Math.floor((end - start) / TURN) * TURN : start;
    if (turns > start) {
      const pointers = buffers.map(({ byteOffset }) => byteOffset + 4 * start);
      run(...pointers, buffers[0]!.byteOffset + 4 * turns, ...scalars);
    }
    for (let at = turns; at < end; at += PIECE) {
      const count = Math.min(PIECE, end - at);
      const padded = Math.ceil(count / TURN) * TURN;
      buffers.forEach((buffer, i) => {
        this.pieces[i]!.set(buffer.subarray(at, at + count));
        this.pieces[i]!.fill(0, count, padded);
      });
      const pointers = buffers.map((_, i) => this.pieces[i]!.byteOffset);
      run(...pointers, pointers[0]! + 4 * padded, ...scalars);
      for (const i of written) buffers[i]!.set(this.pieces[i]!.subarray(0, count), at);
    }
  }

  /** Sets the running sums to 0. */
  clearSums(): void {
    this.sums.fill(0);
  }

  /** The lanes of a running sum added up, in their order. */
  sum(index: 0 | 1): number {
    let total = 0;
    for (let lane = 0; lane < LANES; lane++) total += this.sums[index * LANES + lane]!;
    return total;
  }
}
