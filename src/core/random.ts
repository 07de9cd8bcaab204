// Seeded random numbers by counter: value = hash(seed, stream, counter). No hidden state to save, so a run that
// resumes, splits or repeats a step sees the same numbers. The mixer is Murmur3's 32-bit finaliser (Appleby 2011).

/** Full-avalanche mix of one unsigned 32-bit word. */
export function mix32(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hash of several unsigned 32-bit words, order mattering. */
export function hash32(...words: number[]): number {
  let h = 0x9e3779b9;
  for (const word of words) h = mix32((Math.imul(h, 0x01000193) ^ (word >>> 0)) + 0x7f4a7c15);
  return h >>> 0;
}

/** A stream of random numbers addressed by (seed, stream); `counter` may be read and set to resume. */
export class Random {
  counter = 0;
  private readonly key: number;

  constructor(seed: number, stream = 0) {
    this.key = hash32(seed, stream);
  }

  /** The next unsigned 32-bit integer. */
  nextUint32(): number {
    const high = Math.floor(this.counter / 0x100000000);
    return hash32(this.key, this.counter++ >>> 0, high);
  }

  /** The next number in [0, 1), 53 bits. */
  nextFloat(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** The next integer in [0, bound). */
  nextInteger(bound: number): number {
    return Math.floor(this.nextFloat() * bound);
  }

  /** The next number of the standard normal distribution (Box and Muller 1958). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextFloat()));
    return radius * Math.cos(2 * Math.PI * this.nextFloat());
  }

  /** Shuffles in place (Fisher and Yates) and returns the same array. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.nextInteger(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }
}
