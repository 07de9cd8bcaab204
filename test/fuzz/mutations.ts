// Ways to damage a file, each decided by a seeded stream of random numbers, so that an input that fails can be made again.

import type { Random } from "../../src/core/index.ts";

/** Values that lengths and offsets are damaged to. */
const EXTREMES = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Bytes flipped, numbers made extreme, ranges cut, doubled, zeroed or moved: one damage or a few. */
export function mutate(original: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(original);
  const times = random.nextInteger(3) === 0 ? 1 + random.nextInteger(8) : 1;
  for (let i = 0; i < times && bytes.length > 0; i++) bytes = damage(bytes, random);
  return bytes;
}

function damage(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.nextInteger(bytes.length);
  const length = 1 + random.nextInteger(Math.min(64, bytes.length - at));
  const result = Uint8Array.from(bytes);
  switch (random.nextInteger(8)) {
    case 0:
    case 1:
      result[at]! ^= 1 << random.nextInteger(8);
      return result;
    case 2:
      result[at] = random.nextInteger(256);
      return result;
    case 3: {
      const width = [1, 2, 4, 8][random.nextInteger(4)]!;
      let value = EXTREMES[random.nextInteger(EXTREMES.length)]!;
      for (let i = 0; i < width && at + i < result.length; i++) {
        result[at + i] = value & 255;
        value = i === 3 ? 0 : value >>> 8;
      }
      return result;
    }
    case 4:
      return result.slice(0, at);
    case 5:
      return Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + length)]);
    case 6:
      return Uint8Array.from([...result.subarray(0, at + length), ...result.subarray(at)]);
    default:
      result.copyWithin(random.nextInteger(result.length), at, at + length);
      return result;
  }
}
