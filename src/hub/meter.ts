// How far a pull is and how fast.

import type { PullListener } from "./events.ts";

/** Counts bytes over all files and tells of them at most ten times a second. */
export class Meter {
  private file = "";
  private firstByte = 0;
  private startedAt = 0;
  private shownAt = -Infinity;
  private readonly totalBytes: number;
  private bytesBefore: number;
  private readonly say: PullListener;

  constructor(totalBytes: number, bytesBefore: number, say: PullListener) {
    this.totalBytes = totalBytes;
    this.bytesBefore = bytesBefore;
    this.say = say;
  }

  begin(file: string, fromByte: number): void {
    this.file = file;
    this.firstByte = fromByte;
    this.startedAt = performance.now();
  }

  show(fileBytes: number): void {
    const now = performance.now();
    if (now - this.shownAt < 100) return;
    this.shownAt = now;
    const { file, totalBytes } = this;
    const bytesPerSecond = Math.max(0, fileBytes - this.firstByte) / Math.max((now - this.startedAt) / 1000, 1e-3);
    this.say({ type: "progress", file, fileBytes, bytes: this.bytesBefore + fileBytes, totalBytes, bytesPerSecond });
  }

  finish(fileBytes: number): void {
    this.bytesBefore += fileBytes;
  }
}
