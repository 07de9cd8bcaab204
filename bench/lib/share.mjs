// A share of a list that stands for the whole of it.

/**
 * Chooses items evenly over their sizes, smallest to largest.
 * @param share of the items, above 0, at most 1; at least one is chosen
 * @returns their indices, in the list's own order
 */
export function shareOf(sizes, share) {
  const bySize = Array.from(sizes, (_, index) => index).sort((a, b) => sizes[a] - sizes[b]);
  const count = Math.min(sizes.length, Math.max(1, Math.round(sizes.length * share)));
  // The middle of each of `count` equal stretches; the upper one of two.
  const chosen = Array.from({ length: count }, (_, i) => bySize[Math.floor(((i + 0.5) * sizes.length) / count)]);
  return chosen.sort((a, b) => a - b);
}
