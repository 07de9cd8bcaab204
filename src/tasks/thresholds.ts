// The choice of a threshold among candidates.

/** The hundredths between 0 and `end`, 1 where nothing says, those nearest to `middle` first: of equally good ones that one is taken. */
export function hundredths(middle: number, end = 1): number[] {
  const all = Array.from({ length: 100 * end - 1 }, (_, i) => (i + 1) / 100);
  return nearestFirst(all, middle);
}

/** Candidates by their distance from `middle`, of two as near the lower one first. */
export function nearestFirst(candidates: readonly number[], middle: number): number[] {
  return candidates.toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b);
}

/** The candidate of the highest value, the first of equals. */
export function bestOf(candidates: readonly number[], valueOf: (candidate: number) => number): number {
  return candidates
    .map((candidate) => ({ candidate, value: valueOf(candidate) }))
    .reduce((best, one) => (one.value > best.value ? one : best)).candidate;
}
