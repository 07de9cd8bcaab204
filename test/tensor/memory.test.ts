// Where flat buffers lie: apart from each other and from the kernels' scratch area, in one memory or each in its own.

import { expect, it } from "vitest";
import { allocateFloats } from "../../src/tensor/index.ts";

const SCRATCH = 192;

it.each([true, false])("gives zeroed buffers that share no byte, in place: %s", (inPlace) => {
  const lengths = [5, 0, 33, 16, 1];
  const { memory, buffers, scratchBytes, ...found } = allocateFloats(lengths, SCRATCH, inPlace);
  expect(found.inPlace).toBe(inPlace);
  expect(scratchBytes).toBe(SCRATCH);
  expect(buffers.map(({ length }) => length)).toEqual(lengths);
  for (const buffer of buffers) {
    expect(buffer.buffer === memory.buffer).toBe(inPlace);
    if (inPlace) expect([buffer.byteOffset % 64, buffer.byteOffset >= SCRATCH]).toEqual([0, true]);
  }
  new Uint8Array(memory.buffer, 0, SCRATCH).fill(255);
  buffers.forEach((buffer, i) => {
    expect(buffer.every((value) => value === 0)).toBe(true);
    buffer.fill(i + 1);
  });
  buffers.forEach((buffer, i) => expect(new Set(buffer)).toEqual(new Set(lengths[i] === 0 ? [] : [i + 1])));
});
