// Documents with entities and relations -> one example a pair of entities in a sentence: the pre-processing of ChemProt that was
// asked of BioBERT's authors, for any corpus of that form. Sentences are ours (`text/sentences`), found in each passage by itself.

import type { Warning, WarningSink } from "../../core/index.ts";
import { hullOf, overlaps, type StandoffDocument, type StandoffEntity } from "../../formats/index.ts";
import { splitSentences } from "../../text/index.ts";
import type { RelationExample, TextSpan } from "../examples.ts";
import { anonymise } from "./anonymise.ts";
import { type DocumentPlace, goldRelations, pairKey, placeOfDocument } from "./gold-relations.ts";

export interface SentencePairOptions {
  /** Which of the two sides an entity type is on; a pair has one of each, or two of one where both name the same types. */
  firstTypes: readonly string[];
  secondTypes: readonly string[];
  /** What stands for a type, such as `@GENE$`; by default `@TYPE$`. */
  markerOf?: (type: string) => string;
  /** What stands for two entities that share characters; by default the two markers in one, such as `@CHEMICAL-GENE$`. */
  sharedMarker?: string;
  /** Relation types that are labels; pairs with another one, or none, are `negative`. */
  labels: readonly string[];
  negative: string;
  warn?: WarningSink;
}

export interface SentencePairs {
  examples: RelationExample[];
  /** Gold relations of `labels` whose two entities stand in different sentences, by label. */
  unreachable: Record<string, number>;
  counts: {
    documents: number;
    sentences: number;
    /** Sentence boundaries moved because an entity crosses them: the sentences are joined. */
    joinedSentences: number;
    /** Pairs whose entities share characters. */
    sharedPairs: number;
    /** Gold relations given twice, once counted. */
    repeatedRelations: number;
    /** Pairs with two different labels of `labels`; the last given is kept, as in BLURB's files. */
    ambiguousPairs: number;
    /** Relations of `labels` with fewer than two arguments, left out. */
    incompleteRelations: number;
  };
}

/**
 * Makes the examples, in the order of documents, sentences and entities; ids are `DOCUMENT.FIRST.SECOND`. Sentences that an
 * entity crosses are joined. A relation's arguments are matched in either order. White space at the ends of an entity's parts is none
 * of it. Warnings: `relations-incomplete`, `pairs-ambiguous`, each with its number and the place of the first.
 */
export function sentencePairs(documents: Iterable<StandoffDocument>, options: SentencePairOptions): SentencePairs {
  const markerOf = options.markerOf ?? ((type: string) => `@${type.toUpperCase()}$`);
  const labels = new Set(options.labels);
  const result: SentencePairs = {
    examples: [],
    unreachable: {},
    counts: {
      documents: 0,
      sentences: 0,
      joinedSentences: 0,
      sharedPairs: 0,
      repeatedRelations: 0,
      ambiguousPairs: 0,
      incompleteRelations: 0,
    },
  };
  const { counts, examples } = result;
  const places: { ambiguous?: DocumentPlace; incomplete?: DocumentPlace } = {};
  for (const document of documents) {
    counts.documents++;
    const found = goldRelations(document, ({ ofConcepts, type }) => !ofConcepts && labels.has(type));
    const gold = found.byPair;
    counts.repeatedRelations += found.repeated;
    counts.ambiguousPairs += found.ambiguous;
    counts.incompleteRelations += found.incomplete;
    if (found.ambiguous > 0) places.ambiguous ??= placeOfDocument(document);
    if (found.incomplete > 0) places.incomplete ??= placeOfDocument(document);
    const entities = document.entities.map((entity) => ({ ...entity, spans: trimmedSpans(document.text, entity) }));
    const sentences = sentencesOf({ ...document, entities }, counts);
    counts.sentences += sentences.length;
    const left = new Set(gold.keys());
    for (const [sentence, inside] of entitiesBySentence(sentences, entities)) {
      const text = document.text.slice(sentence.start, sentence.end);
      for (const [first, second] of pairsOf(inside, options)) {
        const key = pairKey(first.id, second.id);
        left.delete(key);
        const shift = ({ start, end }: TextSpan): TextSpan => ({
          start: start - sentence.start,
          end: end - sentence.start,
        });
        const [a, b] = [first, second].map(({ id, type, spans }) => ({ id, type, spans: spans.map(shift) })) as [
          RelationExample["first"] & {},
          RelationExample["second"] & {},
        ];
        if (overlaps(first, second)) counts.sharedPairs++;
        examples.push({
          id: `${document.id}.${first.id}.${second.id}`,
          documentId: document.id,
          text: anonymise(
            text,
            { spans: a.spans, marker: markerOf(a.type) },
            { spans: b.spans, marker: markerOf(b.type) },
            options.sharedMarker ?? sharedMarkerOf(markerOf(a.type), markerOf(b.type)),
          ),
          label: gold.get(key) ?? options.negative,
          source: text,
          first: a,
          second: b,
          ...(document.file === undefined ? {} : { file: document.file }),
        });
      }
    }
    for (const key of left) result.unreachable[gold.get(key)!] = (result.unreachable[gold.get(key)!] ?? 0) + 1;
  }
  const say = (count: number, code: string, message: string, place: Warning["place"]): void => {
    if (count > 0) options.warn?.({ code, message: `${count} ${message}`, ...(place === undefined ? {} : { place }) });
  };
  say(
    counts.incompleteRelations,
    "relations-incomplete",
    `relations name fewer than two entities and are left out, the first in document ${places.incomplete?.name}`,
    places.incomplete,
  );
  say(
    counts.ambiguousPairs,
    "pairs-ambiguous",
    `pairs of entities have relations of different types, the first in document ${places.ambiguous?.name}; the one given last is kept`,
    places.ambiguous,
  );
  return result;
}

/** An entity's parts without white space at their ends. One of white space alone is no part, unless there is no other. */
export function trimmedSpans(text: string, { spans }: Pick<StandoffEntity, "spans">): TextSpan[] {
  const trimmed = spans.flatMap(({ start, end }): TextSpan[] => {
    const part = text.slice(start, end);
    const { length } = part.trim();
    if (length === part.length) return [{ start, end }];
    const from = start + part.length - part.trimStart().length;
    return length === 0 ? [] : [{ start: from, end: from + length }];
  });
  return trimmed.length === 0 ? [...spans] : trimmed;
}

/** `@A-B$` for `@A$` and `@B$`: of what the model knows the types as, not of their names in the data. */
function sharedMarkerOf(first: string, second: string): string {
  return `@${[first, second].map((marker) => marker.replace(/^@|\$$/g, "")).join("-")}$`;
}

/** Each sentence with the entities that lie in it, in the order of `entities`; the sentences are in the order of their starts. */
function* entitiesBySentence(
  sentences: readonly TextSpan[],
  entities: readonly StandoffEntity[],
): Generator<[TextSpan, StandoffEntity[]]> {
  const placed = entities
    .map((entity, index) => ({ entity, index, ...hullOf(entity) }))
    .sort((a, b) => a.start - b.start);
  let next = 0;
  for (const sentence of sentences) {
    while (next < placed.length && placed[next]!.start < sentence.start) next++;
    const inside = [];
    for (let i = next; i < placed.length && placed[i]!.start <= sentence.end; i++)
      if (placed[i]!.end <= sentence.end) inside.push(placed[i]!);
    yield [sentence, inside.sort((a, b) => a.index - b.index).map(({ entity }) => entity)];
  }
}

/** The sentences of a document's passages in the order of the text, those joined that an entity crosses. */
export function sentencesOf(document: StandoffDocument, counts: { joinedSentences: number }): TextSpan[] {
  const passages = document.passages ?? [{ start: 0, end: document.text.length }];
  const spans = passages.flatMap(({ start, end }) =>
    splitSentences(document.text.slice(start, end)).map((span) => ({
      start: span.start + start,
      end: span.end + start,
    })),
  );
  spans.sort((a, b) => a.start - b.start);
  const hulls = document.entities.map(hullOf).sort((a, b) => a.start - b.start);
  const joined: TextSpan[] = [];
  let next = 0;
  // The furthest end of the entities that began before the last sentence's end.
  let reach = 0;
  for (const span of spans) {
    const last = joined.at(-1);
    if (last !== undefined)
      for (; next < hulls.length && hulls[next]!.start < last.end; next++) reach = Math.max(reach, hulls[next]!.end);
    if (last !== undefined && reach > last.end && reach > span.start) {
      last.end = Math.max(last.end, span.end);
      counts.joinedSentences++;
    } else joined.push({ ...span });
  }
  return joined;
}

function* pairsOf(
  entities: readonly StandoffEntity[],
  { firstTypes, secondTypes }: SentencePairOptions,
): Generator<[StandoffEntity, StandoffEntity]> {
  const symmetric = firstTypes.length === secondTypes.length && firstTypes.every((type) => secondTypes.includes(type));
  for (let i = 0; i < entities.length; i++) {
    if (!firstTypes.includes(entities[i]!.type)) continue;
    for (let k = symmetric ? i + 1 : 0; k < entities.length; k++) {
      if (k !== i && secondTypes.includes(entities[k]!.type)) yield [entities[i]!, entities[k]!];
    }
  }
}
