// Documents with entities and relations -> one example a pair of entities in a sentence: the pre-processing of ChemProt that was
// asked of BioBERT's authors, for any corpus of that form. Sentences are ours (`text/sentences`), found in each passage by itself.

import type { WarningSink } from "../../core/index.ts";
import { hullOf, overlaps, type StandoffDocument, type StandoffEntity } from "../../formats/index.ts";
import { splitSentences } from "../../text/index.ts";
import type { RelationExample, TextSpan } from "../examples.ts";
import { anonymise } from "./anonymise.ts";

export interface SentencePairOptions {
  /** Which of the two sides an entity type is on; a pair has one of each, or two of one where both name the same types. */
  firstTypes: readonly string[];
  secondTypes: readonly string[];
  /** What stands for a type, such as `@GENE$`; by default `@TYPE$`. */
  markerOf?: (type: string) => string;
  /** What stands for two entities that share characters. */
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
  };
}

/**
 * Makes the examples, in the order of documents, sentences and entities; ids are `DOCUMENT.FIRST.SECOND`. Sentences that an
 * entity crosses are joined. A relation's arguments are matched in either order.
 */
export function sentencePairs(documents: Iterable<StandoffDocument>, options: SentencePairOptions): SentencePairs {
  const markerOf = options.markerOf ?? ((type: string) => `@${type.toUpperCase()}$`);
  const labels = new Set(options.labels);
  const result: SentencePairs = {
    examples: [],
    unreachable: {},
    counts: { documents: 0, sentences: 0, joinedSentences: 0, sharedPairs: 0, repeatedRelations: 0, ambiguousPairs: 0 },
  };
  const { counts, examples } = result;
  for (const document of documents) {
    counts.documents++;
    const gold = goldOf(document, labels, counts);
    const sentences = sentencesOf(document, counts);
    counts.sentences += sentences.length;
    const left = new Set(gold.keys());
    for (const sentence of sentences) {
      const inside = document.entities.filter((entity) => {
        const hull = hullOf(entity);
        return hull.start >= sentence.start && hull.end <= sentence.end;
      });
      const text = document.text.slice(sentence.start, sentence.end);
      for (const [first, second] of pairsOf(inside, options)) {
        const key = keyOf(first.id, second.id);
        left.delete(key);
        const shift = ({ start, end }: TextSpan): TextSpan => ({ start: start - sentence.start, end: end - sentence.start });
        const [a, b] = [first, second].map(({ id, type, spans }) => ({ id, type, spans: spans.map(shift) })) as [RelationExample["first"] & {}, RelationExample["second"] & {}];
        if (overlaps(first, second)) counts.sharedPairs++;
        examples.push({
          id: `${document.id}.${first.id}.${second.id}`,
          documentId: document.id,
          text: anonymise(text, { spans: a.spans, marker: markerOf(a.type) }, { spans: b.spans, marker: markerOf(b.type) }, options.sharedMarker ?? `@${[a.type, b.type].join("-").toUpperCase()}$`),
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
  return result;
}

/** The sentences of a document's passages, those joined that an entity crosses. */
export function sentencesOf(document: StandoffDocument, counts: { joinedSentences: number }): TextSpan[] {
  const passages = document.passages ?? [{ start: 0, end: document.text.length }];
  const spans = passages.flatMap(({ start, end }) =>
    splitSentences(document.text.slice(start, end)).map((span) => ({ start: span.start + start, end: span.end + start })),
  );
  const hulls = document.entities.map(hullOf).sort((a, b) => a.start - b.start);
  const joined: TextSpan[] = [];
  let next = 0;
  for (const span of spans) {
    const last = joined.at(-1);
    while (next < hulls.length && hulls[next]!.end <= (last?.end ?? 0)) next++;
    // An entity that began before the last sentence's end and is not over yet.
    const crossing = last !== undefined && hulls.slice(next).some(({ start, end }) => start < last.end && end > last.end && end > span.start);
    if (crossing) {
      last.end = span.end;
      counts.joinedSentences++;
    } else joined.push({ ...span });
  }
  return joined;
}

function* pairsOf(entities: readonly StandoffEntity[], { firstTypes, secondTypes }: SentencePairOptions): Generator<[StandoffEntity, StandoffEntity]> {
  const symmetric = firstTypes.length === secondTypes.length && firstTypes.every((type) => secondTypes.includes(type));
  for (let i = 0; i < entities.length; i++) {
    if (!firstTypes.includes(entities[i]!.type)) continue;
    for (let k = symmetric ? i + 1 : 0; k < entities.length; k++) {
      if (k !== i && secondTypes.includes(entities[k]!.type)) yield [entities[i]!, entities[k]!];
    }
  }
}

function goldOf(document: StandoffDocument, labels: ReadonlySet<string>, counts: SentencePairs["counts"]): Map<string, string> {
  const gold = new Map<string, string>();
  for (const { type, arguments: [first, second], ofConcepts } of document.relations) {
    if (ofConcepts || !labels.has(type)) continue;
    const key = keyOf(first!.id, second!.id);
    const known = gold.get(key);
    if (known === type) counts.repeatedRelations++;
    else if (known !== undefined) counts.ambiguousPairs++;
    gold.set(key, type);
  }
  return gold;
}

function keyOf(a: string, b: string): string {
  return a < b ? `${a}\t${b}` : `${b}\t${a}`;
}
