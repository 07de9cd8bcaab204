// BioC (Comeau et al. 2013) as values, the same for its XML and JSON forms, and as stand-off. Offsets count code points of the
// document, those of annotations too; a text lies in passages or in their sentences.

import { OffsetMap } from "../offsets.ts";
import { badInput, type FormatPlace, quoted } from "../reading.ts";
import type { StandoffDocument, StandoffEntity, StandoffRelation } from "../standoff.ts";
import type { WarningSink } from "../../core/index.ts";

export interface BioCLocation {
  offset: number;
  length: number;
}

export interface BioCAnnotation {
  id: string;
  infons: Record<string, string>;
  text: string;
  locations: BioCLocation[];
}

export interface BioCRelation {
  id: string;
  infons: Record<string, string>;
  nodes: { refid: string; role: string }[];
}

/** What passages, sentences and documents have in common. */
interface Annotated {
  infons: Record<string, string>;
  annotations: BioCAnnotation[];
  relations: BioCRelation[];
}

export interface BioCSentence extends Annotated {
  offset: number;
  text: string;
}

export interface BioCPassage extends Annotated {
  offset: number;
  /** "" where the text lies in the sentences. */
  text: string;
  sentences: BioCSentence[];
}

export interface BioCDocument extends Annotated {
  id: string;
  passages: BioCPassage[];
}

export interface BioCCollection {
  source: string;
  date: string;
  key: string;
  infons: Record<string, string>;
  documents: BioCDocument[];
}

/**
 * A document as stand-off: passages stand at their offsets, what lies between them is spaces. An entity's type is its infon `type`,
 * its concepts what `identifier` (or an infon that names a vocabulary) says. Warnings: `bioc-mention` where a text is not that at its
 * offsets (the offsets are kept), `bioc-location` for an annotation without a place (left out).
 * @throws BiobertError `input-format` for passages that overlap, offsets outside the document, an id twice.
 */
export function bioCStandoff(
  document: BioCDocument,
  options: { file?: string; warn?: WarningSink } = {},
): StandoffDocument {
  const place: FormatPlace = {
    file: options.file,
    hint: "In BioC an annotation's offset counts characters from the start of the document.",
  };
  const where = { name: `document ${document.id}` };
  let text = "";
  let length = 0;
  const passages: NonNullable<StandoffDocument["passages"]> = [];
  const append = (offset: number, part: string, type: string | undefined): void => {
    if (offset < length)
      throw badInput(place, `a passage at ${offset}, where the one before it ends at ${length}`, where);
    text += " ".repeat(offset - length);
    if (type !== undefined) passages.push({ start: text.length, end: text.length + part.length, type });
    text += part;
    length = offset + new OffsetMap(part).codePoints;
  };
  for (const passage of document.passages) {
    const type = passage.infons["type"] ?? "passage";
    if (passage.sentences.length === 0 || passage.text !== "") append(passage.offset, passage.text, type);
    else {
      passage.sentences.forEach((sentence) => append(sentence.offset, sentence.text, undefined));
      const first = passage.sentences[0]!;
      const start = text.length - (text.length - new OffsetMap(text).toUnits(Math.min(first.offset, length))!);
      passages.push({ start, end: text.length, type });
    }
  }
  const offsets = new OffsetMap(text);
  const parts: Annotated[] = [
    document,
    ...document.passages,
    ...document.passages.flatMap(({ sentences }) => sentences),
  ];
  const entities: StandoffEntity[] = [];
  const ids = new Set<string>();
  for (const { id, infons, text: mention, locations } of parts.flatMap(({ annotations }) => annotations)) {
    if (ids.has(id)) throw badInput(place, `the annotation ${quoted(id)} has come before`, where);
    ids.add(id);
    if (locations.length === 0) {
      options.warn?.({
        code: "bioc-location",
        message: `the annotation ${id} of document ${document.id} has no place and is left out`,
        place: { file: options.file },
      });
      continue;
    }
    const spans = locations.map(({ offset, length: size }) => {
      const start = offsets.toUnits(offset);
      const end = offsets.toUnits(offset + size);
      if (start === undefined || end === undefined || end <= start)
        throw badInput(
          place,
          `the annotation ${id} at ${offset}, ${size} long, does not lie in the ${offsets.codePoints} characters of the document`,
          where,
        );
      return { start, end };
    });
    const found = spans.map(({ start, end }) => text.slice(start, end)).join(" ");
    if (found.replace(/\s+/g, " ") !== mention.replace(/\s+/g, " "))
      options.warn?.({
        code: "bioc-mention",
        message: `the text of ${id} in document ${document.id} is ${quoted(found)}, not ${quoted(mention)}; the offsets are kept`,
        place: { file: options.file },
      });
    const concept = infons["identifier"] ?? infons["MESH"] ?? infons["NCBI Gene"] ?? "";
    entities.push({
      id,
      type: infons["type"] ?? "",
      spans,
      text: mention,
      concepts: concept === "" || concept === "-" ? [] : concept.split(/[,;]/).map((part) => part.trim()),
    });
  }
  const relations: StandoffRelation[] = parts
    .flatMap(({ relations: some }) => some)
    .map(({ id, infons, nodes }) => {
      const type = infons["type"] ?? infons["relation"] ?? "";
      // PubTator3 and BioRED name the concepts in infons and give no nodes.
      if (nodes.length === 0 && infons["entity1"] !== undefined && infons["entity2"] !== undefined) {
        return {
          id,
          type,
          ofConcepts: true,
          arguments: [
            { role: "concept1", id: infons["entity1"] },
            { role: "concept2", id: infons["entity2"] },
          ],
        };
      }
      return { id, type, ofConcepts: false, arguments: nodes.map(({ refid, role }) => ({ role, id: refid })) };
    });
  return {
    id: document.id,
    text,
    entities,
    relations,
    passages,
    ...(options.file === undefined ? {} : { file: options.file }),
  };
}

/** A stand-off document as BioC: a passage for each of its passages, annotations in the passage they begin in. */
export function standoffBioC(document: StandoffDocument): BioCDocument {
  const offsets = new OffsetMap(document.text);
  const at = (unit: number): number => offsets.toCodePoints(unit)!;
  const passages = (document.passages ?? [{ start: 0, end: document.text.length, type: "text" }]).map(
    ({ start, end, type }): BioCPassage & { start: number; end: number } => ({
      start,
      end,
      offset: at(start),
      text: document.text.slice(start, end),
      infons: { type },
      annotations: [],
      relations: [],
      sentences: [],
    }),
  );
  for (const { id, type, spans, text, concepts } of document.entities) {
    const passage =
      passages.find(({ start, end }) => spans[0]!.start >= start && spans[0]!.start < end) ?? passages[0]!;
    passage.annotations.push({
      id,
      infons: { type, ...(concepts.length === 0 ? {} : { identifier: concepts.join(",") }) },
      text: text === "" ? spans.map(({ start, end }) => document.text.slice(start, end)).join(" ") : text,
      locations: spans.map(({ start, end }) => ({ offset: at(start), length: at(end) - at(start) })),
    });
  }
  const relations = document.relations.map(({ id, type, arguments: items, ofConcepts }, i): BioCRelation => ({
    id: id ?? `R${i}`,
    infons: ofConcepts ? { type, entity1: items[0]?.id ?? "", entity2: items[1]?.id ?? "" } : { type },
    nodes: ofConcepts ? [] : items.map(({ role, id: refid }) => ({ refid, role })),
  }));
  return {
    id: document.id,
    infons: {},
    annotations: [],
    relations,
    passages: passages.map(({ start: _start, end: _end, ...passage }) => passage),
  };
}
