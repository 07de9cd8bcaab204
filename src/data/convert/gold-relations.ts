// The relations of a document by the pair that each is between, in either order: what examples of pairs are labelled with.

import type { Warning } from "../../core/index.ts";
import type { StandoffDocument, StandoffRelation } from "../../formats/index.ts";

/** Where a document stands, as warnings say it. */
export type DocumentPlace = Warning["place"] & { name: string };

/** The document's own place: a relation's line may be in another file. */
export function placeOfDocument({ id, file, line }: StandoffDocument): DocumentPlace {
  return { name: id, ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) };
}

/** The key of a pair, whichever of the two comes first. */
export function pairKey(first: string, second: string): string {
  return first < second ? `${first}\t${second}` : `${second}\t${first}`;
}

export interface GoldRelations {
  /** The type of each pair by its `pairKey`, the last given where there are several. */
  byPair: Map<string, string>;
  /** Relations with two arguments, repeated ones counted each time. */
  relations: number;
  /** Relations that say again what one before says. */
  repeated: number;
  /** Pairs with relations of different types. */
  ambiguous: number;
  /** Relations with fewer than two arguments, left out. */
  incomplete: number;
}

/** The relations of a document for which `isLabel` holds. */
export function goldRelations(
  { relations }: StandoffDocument,
  isLabel: (relation: StandoffRelation) => boolean,
): GoldRelations {
  const byPair = new Map<string, string>();
  const ambiguous = new Set<string>();
  let count = 0;
  let repeated = 0;
  let incomplete = 0;
  for (const relation of relations) {
    if (!isLabel(relation)) continue;
    const [first, second] = relation.arguments;
    if (first === undefined || second === undefined) {
      incomplete++;
      continue;
    }
    count++;
    const key = pairKey(first.id, second.id);
    const known = byPair.get(key);
    if (known === relation.type) repeated++;
    else if (known !== undefined) ambiguous.add(key);
    byPair.set(key, relation.type);
  }
  return { byPair, relations: count, repeated, ambiguous: ambiguous.size, incomplete };
}
