// Documents with entities -> sentences of tagged tokens, the form NER is trained on. Tokens are cut as in BioBERT's files: runs of
// letters and digits, every other character by itself. What a flat scheme cannot hold is counted and said.

import type { WarningSink } from "../../core/index.ts";
import { hullOf, type StandoffDocument, tagsOf } from "../../formats/index.ts";
import type { NerSentenceExample, TextSpan } from "../examples.ts";
import { sentencesOf } from "./sentence-pairs.ts";

export interface TaggedSentences {
  examples: NerSentenceExample[];
  counts: {
    documents: number;
    sentences: number;
    tokens: number;
    entities: number;
    /** Left out: inside or across an entity that is kept (the longer, then the earlier one is). */
    overlapping: number;
    /** Tagged from their first character to their last, the gap included. */
    discontinuous: number;
    /** Entities that begin or end within a token, which is tagged whole. */
    insideToken: number;
    joinedSentences: number;
  };
}

/** What is said of a corpus: the count, the warning's code and its words. */
const WARNINGS = [
  ["overlapping", "entities-overlapping", "entities overlap a longer one and are left out of the tags, which are flat"],
  [
    "discontinuous",
    "entities-discontinuous",
    "entities are in several parts and tagged from the first character to the last",
  ],
  ["insideToken", "entities-inside-token", "entities begin or end within a token, which is tagged whole"],
  ["joinedSentences", "sentences-joined", "sentence boundaries lay inside an entity: the sentences are joined"],
] as const;

/**
 * Tags the sentences of documents. `types` picks entity types (all by default), `untyped` gives bare `B`, `I`, `O` tags.
 * Warnings: `entities-overlapping`, `entities-discontinuous`, `entities-inside-token`, `sentences-joined`, each with its number.
 */
export function taggedSentences(
  documents: Iterable<StandoffDocument>,
  options: { types?: readonly string[]; untyped?: boolean; warn?: WarningSink; file?: string } = {},
): TaggedSentences {
  const counts = {
    documents: 0,
    sentences: 0,
    tokens: 0,
    entities: 0,
    overlapping: 0,
    discontinuous: 0,
    insideToken: 0,
    joinedSentences: 0,
  };
  const examples: NerSentenceExample[] = [];
  const firsts = new Map<(typeof WARNINGS)[number][0], StandoffDocument>();
  for (const document of documents) {
    const before = { ...counts };
    counts.documents++;
    const wanted = document.entities.filter(({ type }) => options.types?.includes(type) ?? true);
    const kept: (TextSpan & { type: string })[] = [];
    const byLength = wanted
      .map((entity) => ({ ...hullOf(entity), type: entity.type, parts: entity.spans.length }))
      .sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
    // Which kept entity has a character. None is shorter than those after it, so one that it overlaps has its first or its last.
    const owners = new Int32Array(document.text.length);
    for (const entity of byLength) {
      if (owners[entity.start]! > 0 || owners[entity.end - 1]! > 0) counts.overlapping++;
      else {
        if (entity.parts > 1) counts.discontinuous++;
        kept.push(entity);
        owners.fill(kept.length, entity.start, entity.end);
      }
    }
    kept.sort((a, b) => a.start - b.start);
    const sentences = sentencesOf({ ...document, entities: wanted }, counts);
    let next = 0;
    sentences.forEach((sentence, number) => {
      const tokens = tokensOf(document.text, sentence);
      if (tokens.length === 0) return;
      const entities: { start: number; end: number; type: string }[] = [];
      while (next < kept.length && kept[next]!.end <= sentence.start) next++;
      let first = 0;
      for (let i = next; i < kept.length && kept[i]!.start < sentence.end; i++) {
        const { start, end, type } = kept[i]!;
        while (first < tokens.length && tokens[first]!.end <= start) first++;
        let last = first;
        while (last < tokens.length && tokens[last]!.start < end) last++;
        if (last <= first) continue;
        if (tokens[first]!.start !== start || tokens[last - 1]!.end !== end) counts.insideToken++;
        // Two entities in one token: the first has it.
        const from = Math.max(first, entities.at(-1)?.end ?? 0);
        if (from >= last) {
          counts.overlapping++;
          continue;
        }
        entities.push({ start: from, end: last, type: options.untyped === true ? "" : type });
      }
      counts.sentences++;
      counts.tokens += tokens.length;
      counts.entities += entities.length;
      examples.push({
        id: `${document.id}.${number}`,
        documentId: document.id,
        tokens: tokens.map(({ start, end }) => document.text.slice(start, end)),
        tags: tagsOf(entities, tokens.length, "IOB2"),
        file: document.file ?? options.file ?? "-",
        line: document.line ?? 1,
      });
    });
    for (const [kind] of WARNINGS) if (counts[kind] > before[kind] && !firsts.has(kind)) firsts.set(kind, document);
  }
  for (const [kind, code, message] of WARNINGS) {
    const first = firsts.get(kind);
    if (first === undefined) continue;
    options.warn?.({
      code,
      message: `${counts[kind]} ${message}, the first in document ${first.id}`,
      place: { file: first.file ?? options.file, name: first.id },
    });
  }
  return { examples, counts };
}

/** Runs of letters, marks and digits, and every other character that is not white space. */
export function tokensOf(text: string, { start, end }: TextSpan): TextSpan[] {
  const pattern = /[\p{L}\p{M}\p{N}]+|\S/gu;
  const tokens: TextSpan[] = [];
  pattern.lastIndex = start;
  for (let match = pattern.exec(text); match !== null && match.index < end; match = pattern.exec(text)) {
    tokens.push({ start: match.index, end: Math.min(match.index + match[0].length, end) });
  }
  return tokens;
}
