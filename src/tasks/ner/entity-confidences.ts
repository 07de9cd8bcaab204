// How sure a model is of the entities that it finds, for calibration: the mean of their words, as an entity's score is in annotations.

import { entitiesOf } from "../../metrics/index.ts";
import type { Confidence } from "../task.ts";

/**
 * One confidence for each predicted entity: the mean of its words' and whether the gold tags have the same entity, of the same
 * type. Entities with a word that the model did not read (of a sentence that was cut) are left out.
 */
export function entityConfidences(
  words: readonly Confidence[],
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): Confidence[] {
  const byExample = predicted.map((tags) => new Array<number | undefined>(tags.length).fill(undefined));
  for (const { confidence, place } of words)
    if (place !== undefined) byExample[place.example]![place.word] = confidence;
  return predicted.flatMap((tags, example) => {
    const right = new Set(entitiesOf(gold[example]!).map(({ type, start, end }) => `${start} ${end} ${type}`));
    return entitiesOf(tags).flatMap(({ type, start, end }) => {
      const own = byExample[example]!.slice(start, end);
      if (own.includes(undefined)) return [];
      const confidence = own.reduce<number>((sum, value) => sum + value!, 0) / own.length;
      return [{ confidence, right: right.has(`${start} ${end} ${type}`) }];
    });
  });
}
