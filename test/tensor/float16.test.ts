// Rounding to half precision, against all the halves there are.

import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeElements } from "../../src/formats/elements.ts";
import { halfBits, LARGEST_HALF, toHalves } from "../../src/tensor/index.ts";

/** Every half by its bits. */
const halves = decodeElements(
  "float16",
  new Uint8Array(Uint16Array.from({ length: 0x10000 }, (_, i) => i).buffer),
) as Float32Array;

it("gives every half its own bits", () => {
  const kept = (value: number, bits: number): boolean =>
    Number.isNaN(value) ? Number.isNaN(halves[halfBits(value)]) : halfBits(value) === bits;
  expect([...halves.keys()].filter((bits) => !kept(halves[bits]!, bits))).toEqual([]);
});

it("rounds to the nearest, of two as near to the even one", () => {
  const check = (value: number): void => {
    const single = Math.fround(value);
    const bits = halfBits(single);
    const distance = (at: number): number => Math.abs(halves[at]! - single);
    for (const neighbour of [bits - 1, bits + 1]) {
      if (
        neighbour < 0 ||
        neighbour > 0xffff ||
        !Number.isFinite(halves[neighbour]!) ||
        !Number.isFinite(halves[bits]!)
      )
        continue;
      if ((neighbour ^ bits) & 0x8000) continue;
      expect(distance(bits)).toBeLessThanOrEqual(distance(neighbour));
      if (distance(bits) === distance(neighbour)) expect(bits & 1).toBe(0);
    }
  };
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -65520, minExcluded: true, max: 65520, maxExcluded: true }), check),
    { numRuns: 2000 },
  );
  // Exactly between two halves, subnormal ones too.
  for (let bits = 0; bits < 0x7bff; bits += 7) check((halves[bits]! + halves[bits + 1]!) / 2);
});

it("goes to infinity beyond the largest one, sign kept", () => {
  expect(halves[halfBits(LARGEST_HALF)]).toBe(LARGEST_HALF);
  expect([...toHalves([65519.99, 65520, -65520, 1e9, -Infinity, -0, 1e-9])].map((bits) => halves[bits])).toEqual([
    LARGEST_HALF,
    Infinity,
    -Infinity,
    Infinity,
    -Infinity,
    -0,
    0,
  ]);
});
