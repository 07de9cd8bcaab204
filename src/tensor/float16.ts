// IEEE 754 half precision, as its bits in a Uint16Array: JavaScript has no Float16Array yet on the Nodes that must run this.

/** The largest number that half precision has. */
export const LARGEST_HALF = 65504;

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The bits of the half next to a number, the even one of two as near; beyond the largest one, infinity. */
export function halfBits(value: number): number {
  single[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 halves have a fixed step of 2^-24; an addition of 1/2 rounds to single precision's step of that size.
  if (magnitude < 0x38800000) {
    single[0] = Math.abs(single[0]) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

/** Single precision to half precision. */
export function toHalves(values: ArrayLike<number>): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = halfBits(values[i]!);
  return halves;
}
