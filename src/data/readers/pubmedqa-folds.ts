// PubMedQA's official split of its other 500 questions into ten folds: made by its authors with Python's random numbers of seed 0
// (MT19937, Matsumoto and Nishimura 1998; Python's seeding, shuffle and choice), drawn again here.

import { BiobertError } from "../../core/index.ts";
import type { PubMedQaItem } from "../../formats/index.ts";

export interface PubMedQaFold {
  train: Set<string>;
  dev: Set<string>;
}

/**
 * The ten folds, 450 and 50 PMIDs each, of all 1,000 items in the file's order. What the draw gives for the test half must be
 * the official test set `test`.
 * @throws BiobertError `input-format` where it is not: the file is another version or in another order.
 */
export function pubMedQaFolds(items: readonly Pick<PubMedQaItem, "pmid" | "decision">[], test: ReadonlyMap<string, string>): PubMedQaFold[] {
  const random = new PythonRandom(0);
  const [training, tested] = divide(items, 2, random) as [(typeof items)[number][], (typeof items)[number][]];
  if (tested.length !== test.size || tested.some(({ pmid }) => !test.has(pmid))) {
    throw new BiobertError({
      code: "input-format",
      message: "the official draw does not give the official test set: the questions are another version or in another order",
      hint: "Take ori_pqal.json and test_ground_truth.json unchanged from the PubMedQA repository.",
    });
  }
  const parts = divide(training, 10, random);
  return parts.map((part, i) => ({
    dev: new Set(part.map(({ pmid }) => pmid)),
    train: new Set(parts.flatMap((other, k) => (k === i ? [] : other.map(({ pmid }) => pmid)))),
  }));
}

/** Parts with like shares of the labels: each label's items are shuffled and dealt in blocks; a short last part takes one of each. */
function divide<Item extends Pick<PubMedQaItem, "pmid" | "decision">>(items: readonly Item[], count: number, random: PythonRandom): Item[][] {
  const blocks = (["yes", "no", "maybe"] as const).map((label) => {
    const all = random.shuffle(items.filter(({ decision }) => decision === label));
    const size = Math.ceil(all.length / count);
    return Array.from({ length: count }, (_, i) => all.slice(i * size, i === count - 1 ? undefined : (i + 1) * size));
  });
  const parts = Array.from({ length: count }, (_, i) => blocks.flatMap((block) => block[i]!));
  const last = parts.at(-1)!;
  if (last.length !== parts[0]!.length) {
    for (const part of parts.slice(0, -1)) last.push(...part.splice(random.below(part.length), 1));
  }
  return parts;
}

/** As much of Python's `random.Random` as this needs. */
export class PythonRandom {
  private readonly state = new Uint32Array(624);
  private next = 624;

  /** Seeds as `random.seed(seed)` does for an integer from 0 to 2^32 - 1. */
  constructor(seed: number) {
    const { state } = this;
    state[0] = 19650218;
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
    let i = 1;
    for (let k = 0; k < 624; k++) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1664525)) + seed;
      if (++i >= 624) [state[0], i] = [state[623]!, 1];
    }
    for (let k = 0; k < 623; k++) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1566083941)) - i;
      if (++i >= 624) [state[0], i] = [state[623]!, 1];
    }
    state[0] = 0x80000000;
  }

  /** `random.randrange(bound)`, for a bound up to 2^32 - 1: bits are drawn until they lie below it. */
  below(bound: number): number {
    const bits = 32 - Math.clz32(bound);
    for (;;) {
      const value = this.word() >>> (32 - bits);
      if (value < bound) return value;
    }
  }

  /** `random.shuffle(items)`, in place. */
  shuffle<Item>(items: Item[]): Item[] {
    for (let i = items.length - 1; i > 0; i--) {
      const k = this.below(i + 1);
      [items[i], items[k]] = [items[k]!, items[i]!];
    }
    return items;
  }

  private word(): number {
    const { state } = this;
    if (this.next >= 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
        state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.next = 0;
    }
    let y = state[this.next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
}
