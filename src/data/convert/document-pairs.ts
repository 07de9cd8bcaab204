// Documents whose relations are between concepts -> one example a pair of concepts, the mentions of both marked in the whole text
// (`@GeneSrc$ … @/GeneSrc$` style, as BioRED's baselines read documents). BioRED (Luo et al. 2022), the CDR task.

import type { WarningSink } from "../../core/index.ts";
import type { StandoffDocument } from "../../formats/index.ts";
import type { RelationExample, TextSpan } from "../examples.ts";
import { type DocumentPlace, goldRelations, pairKey, placeOfDocument } from "./gold-relations.ts";

export interface ConceptPairOptions {
  labels: readonly string[];
  negative: string;
  /** Pairs of entity types to ask about, in either order. */
  pairTypes: readonly (readonly [string, string])[];
  warn?: WarningSink;
}

export interface ConceptPairs {
  examples: RelationExample[];
  /** The relations that no example stands for, by label. */
  unreachable: Record<string, number>;
  counts: {
    documents: number;
    pairs: number;
    relations: number;
    /** Gold relations between concepts that no mention has, or of types that are not asked about. */
    unmentionedRelations: number;
    repeatedRelations: number;
    /** Pairs of concepts with relations of different types, of which the last is kept. */
    ambiguousPairs: number;
    /** Concepts that mentions of several types have: those of the first type are marked. */
    mixedConcepts: number;
  };
}

/**
 * Makes the examples: every pair of different concepts of a document whose types are asked about; ids are `DOCUMENT:FIRST:SECOND`, the
 * first being of the type that `pairTypes` names first, else the one mentioned first. A mention with several concepts counts for each.
 */
export function conceptPairs(documents: Iterable<StandoffDocument>, options: ConceptPairOptions): ConceptPairs {
  const counts = {
    documents: 0,
    pairs: 0,
    relations: 0,
    unmentionedRelations: 0,
    repeatedRelations: 0,
    ambiguousPairs: 0,
    mixedConcepts: 0,
  };
  const first: { ambiguous?: DocumentPlace; mixed?: DocumentPlace } = {};
  const examples: RelationExample[] = [];
  const unreachable: Record<string, number> = {};
  for (const document of documents) {
    counts.documents++;
    const concepts = new Map<string, { id: string; type: string; spans: TextSpan[] }>();
    const mixed = new Set<string>();
    for (const { type, spans, concepts: ids } of document.entities) {
      for (const id of ids) {
        const concept = concepts.get(id) ?? { id, type, spans: [] };
        if (concept.type !== type && !mixed.has(id)) {
          mixed.add(id);
          first.mixed ??= placeOfDocument(document);
        }
        if (concept.type === type) for (const span of spans) concept.spans.push(span);
        concepts.set(id, concept);
      }
    }
    counts.mixedConcepts += mixed.size;
    const found = goldRelations(document, ({ ofConcepts, type }) => ofConcepts && options.labels.includes(type));
    const gold = found.byPair;
    counts.relations += found.relations;
    counts.repeatedRelations += found.repeated;
    counts.ambiguousPairs += found.ambiguous;
    if (found.ambiguous > 0) first.ambiguous ??= placeOfDocument(document);
    const all = [...concepts.values()];
    const left = new Set(gold.keys());
    for (let i = 0; i < all.length; i++) {
      for (let k = i + 1; k < all.length; k++) {
        const direct = options.pairTypes.some(([a, b]) => a === all[i]!.type && b === all[k]!.type);
        const turned = options.pairTypes.some(([a, b]) => a === all[k]!.type && b === all[i]!.type);
        if (!direct && !turned) continue;
        const [one, other] = direct ? [all[i]!, all[k]!] : [all[k]!, all[i]!];
        const key = pairKey(one.id, other.id);
        left.delete(key);
        counts.pairs++;
        examples.push({
          id: `${document.id}:${one.id}:${other.id}`,
          documentId: document.id,
          text: markMentions(document.text, one.spans, other.spans),
          label: gold.get(key) ?? options.negative,
          source: document.text,
          first: one,
          second: other,
          ...(document.file === undefined ? {} : { file: document.file }),
          ...(document.line === undefined ? {} : { line: document.line }),
        });
      }
    }
    counts.unmentionedRelations += left.size;
    for (const key of left) unreachable[gold.get(key)!] = (unreachable[gold.get(key)!] ?? 0) + 1;
  }
  if (counts.unmentionedRelations > 0) {
    options.warn?.({
      code: "relations-unmentioned",
      message: `${counts.unmentionedRelations} relations are between concepts that no mention has or types that are not asked about`,
    });
  }
  if (counts.ambiguousPairs > 0)
    options.warn?.({
      code: "pairs-ambiguous",
      message: `${counts.ambiguousPairs} pairs of concepts have relations of different types, the first in document ${first.ambiguous?.name}; the one given last is kept`,
      place: first.ambiguous!,
    });
  if (counts.mixedConcepts > 0)
    options.warn?.({
      code: "concepts-mixed",
      message: `${counts.mixedConcepts} concepts have mentions of several types, the first in document ${first.mixed?.name}; the mentions of its first type are marked`,
      place: first.mixed!,
    });
  return { examples, unreachable, counts };
}

/** The text with `[1] … [/1]` around mentions of the first concept and `[2] … [/2]` around those of the second. */
export function markMentions(text: string, first: readonly TextSpan[], second: readonly TextSpan[]): string {
  const edits = [
    ...first.map((span) => ({ ...span, name: "1" })),
    ...second.map((span) => ({ ...span, name: "2" })),
  ].flatMap(({ start, end, name }) => [
    // At one place ends come before starts, and the longer of two that start together comes first.
    { at: start, order: 1, length: start - end, mark: `[${name}] ` },
    { at: end, order: 0, length: end - start, mark: ` [/${name}]` },
  ]);
  edits.sort((a, b) => a.at - b.at || a.order - b.order || a.length - b.length);
  let out = "";
  let at = 0;
  for (const edit of edits) {
    out += text.slice(at, edit.at) + edit.mark;
    at = edit.at;
  }
  return out + text.slice(at);
}
