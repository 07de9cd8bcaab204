// The scores of parts of a data set by themselves, such as the batches of a BioASQ challenge, beside those of all together.

/**
 * The metrics of each group of examples, groups in order of first appearance; an empty object where fewer than two are named.
 * Examples without a group are in none.
 */
export function scoreGroups<Example, Prediction>(
  examples: readonly Example[],
  predictions: readonly Prediction[],
  groupOf: (example: Example) => string | undefined,
  metricsOf: (examples: readonly Example[], predictions: readonly Prediction[]) => Record<string, number>,
): { groups?: Record<string, Record<string, number>> } {
  const members = new Map<string, number[]>();
  examples.forEach((example, i) => {
    const group = groupOf(example);
    if (group === undefined) return;
    const known = members.get(group);
    if (known === undefined) members.set(group, [i]);
    else known.push(i);
  });
  if (members.size < 2) return {};
  const groups = [...members].map(([group, places]): [string, Record<string, number>] => [
    group,
    metricsOf(
      places.map((i) => examples[i]!),
      places.map((i) => predictions[i]!),
    ),
  ]);
  return { groups: Object.fromEntries(groups) };
}
