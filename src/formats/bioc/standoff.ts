// BioC's documents as stand-off and back. Offsets count code points of the document, those of annotations too; a text lies in
// passages or in their sentences.

import { OffsetMap } from "../offsets.ts";
import { badInput, type FormatPlace, quoted } from "../reading.ts";
import {
  joinConcepts,
  splitConcepts,
  type StandoffCollection,
  type StandoffDocument,
  type StandoffEntity,
  unusedNames,
} from "../standoff.ts";
import { relationInfons, relationsOf, sameInfons } from "./relations.ts";
import type { Annotated, BioCDocument, BioCPassage, BioCRelation } from "./types.ts";
import type { WarningSink } from "../../core/index.ts";

/**
 * A document as stand-off: passages stand at their offsets, what lies between them is spaces. An entity's type is its infon `type`,
 * its concepts what `identifier` (or an infon that names a vocabulary) says; one without an id is numbered. A relation is between the
 * mentions that its nodes name, else between the concepts that its infons name. Infons are kept where they say more. Warnings:
 * `bioc-mention` where a text is not that at its offsets (the offsets are kept), `bioc-location` for an annotation without a place,
 * `bioc-arguments` for relations with fewer than two arguments (left out), `bioc-type` where some annotations have a type and some none.
 * @throws BiobertError `input-format` for passages that overlap, offsets outside the document, an id twice.
 */
export function bioCStandoff(
  document: BioCDocument,
  options: { file?: string; warn?: WarningSink; collection?: StandoffCollection } = {},
): StandoffDocument {
  const place: FormatPlace = {
    file: options.file,
    hint: "In BioC an annotation's offset counts characters from the start of the document.",
  };
  const where = { name: `document ${document.id}` };
  let text = "";
  let length = 0;
  const passages: NonNullable<StandoffDocument["passages"]> = [];
  const append = (offset: number, part: string, described: PassageText | undefined): void => {
    if (offset < length)
      throw badInput(place, `a passage at ${offset}, where the one before it ends at ${length}`, where);
    text += " ".repeat(offset - length);
    if (described !== undefined) passages.push({ start: text.length, end: text.length + part.length, ...described });
    text += part;
    length = offset + new OffsetMap(part).codePoints;
  };
  for (const passage of document.passages) {
    const described = passageText(passage.infons);
    if (passage.sentences.length === 0 || passage.text !== "") append(passage.offset, passage.text, described);
    else {
      passage.sentences.forEach((sentence) => append(sentence.offset, sentence.text, undefined));
      const first = passage.sentences[0]!;
      const start = text.length - (text.length - new OffsetMap(text).toUnits(Math.min(first.offset, length))!);
      passages.push({ start, end: text.length, ...described });
    }
  }
  const offsets = new OffsetMap(text);
  const parts: Annotated[] = [
    document,
    ...document.passages,
    ...document.passages.flatMap(({ sentences }) => sentences),
  ];
  const entities: StandoffEntity[] = [];
  const untyped: string[] = [];
  const ids = new Set<string>();
  const annotations = parts.flatMap((part) => part.annotations);
  // BioC's DTD lets the id be left out.
  const nextId = unusedNames("T", new Set(annotations.map(({ id }) => id)));
  for (const { id: given, infons, text: mention, locations } of annotations) {
    const id = given === "" ? nextId() : given;
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
    const textOf = (): string => spans.map(({ start, end }) => text.slice(start, end)).join(" ");
    const inFile = textOf();
    // BioC lets the parts come in any order; everything else reads from the first to the last.
    spans.sort((a, b) => a.start - b.start || a.end - b.end);
    const found = textOf();
    const squeezed = mention.replace(/\s+/g, " ");
    if (![found, inFile].some((part) => part.replace(/\s+/g, " ") === squeezed))
      options.warn?.({
        code: "bioc-mention",
        message: `the text of ${id} in document ${document.id} is ${quoted(found)}, not ${quoted(mention)}; the offsets are kept`,
        place: { file: options.file },
      });
    const type = infons["type"] ?? "";
    if (type === "") untyped.push(id);
    const concepts = conceptsOf(infons);
    const known = sameInfons(infons, entityInfons(type, concepts)) ? {} : { infons };
    entities.push({ id, type, spans, text: mention, concepts, ...known });
  }
  if (untyped.length > 0 && untyped.length < entities.length)
    options.warn?.({
      code: "bioc-type",
      message: `${untyped.length} of ${entities.length} annotations of document ${document.id} have no type, such as ${untyped[0]}; they are kept without one`,
      place: { file: options.file, name: document.id },
    });
  const collection = options.collection;
  const isSaid =
    collection !== undefined &&
    [collection.source, collection.date, collection.key, ...Object.keys(collection.infons)].some((part) => part !== "");
  return {
    id: document.id,
    text,
    entities,
    relations: relationsOf(
      document.id,
      parts.flatMap((part) => part.relations),
      entities,
      options,
    ),
    passages,
    ...(Object.keys(document.infons).length === 0 ? {} : { infons: document.infons }),
    ...(isSaid ? { collection } : {}),
    ...(options.file === undefined ? {} : { file: options.file }),
  };
}

/** A passage's type, and its infons where they say more. */
type PassageText = Pick<NonNullable<StandoffDocument["passages"]>[number], "type" | "infons">;

function passageText(infons: Record<string, string>): PassageText {
  const type = infons["type"] ?? "passage";
  return sameInfons(infons, { type }) ? { type } : { type, infons };
}

function conceptsOf(infons: Readonly<Record<string, string>>): string[] {
  return splitConcepts(infons["identifier"] ?? infons["MESH"] ?? infons["NCBI Gene"] ?? "");
}

function entityInfons(type: string, concepts: readonly string[]): Record<string, string> {
  return { type, ...(concepts.length === 0 ? {} : { identifier: joinConcepts(concepts, ",") }) };
}

/**
 * A stand-off document as BioC: a passage for each of its passages, annotations in the passage they begin in, with the infons that
 * BioC gave them. Relations without an id are numbered.
 */
export function standoffBioC(document: StandoffDocument): BioCDocument {
  const offsets = new OffsetMap(document.text);
  const at = (unit: number): number => offsets.toCodePoints(unit)!;
  const passages = (document.passages ?? [{ start: 0, end: document.text.length, type: "text" }]).map(
    ({
      start,
      end,
      type,
      infons = { type },
    }: NonNullable<StandoffDocument["passages"]>[number]): BioCPassage & { start: number; end: number } => ({
      start,
      end,
      offset: at(start),
      text: document.text.slice(start, end),
      infons: { ...infons },
      annotations: [],
      relations: [],
      sentences: [],
    }),
  );
  for (const { id, type, spans, text, concepts, infons } of document.entities) {
    const passage =
      passages.find(({ start, end }) => spans[0]!.start >= start && spans[0]!.start < end) ?? passages[0]!;
    passage.annotations.push({
      id,
      infons:
        infons === undefined
          ? entityInfons(type, concepts)
          : // What was changed since goes before what the file said.
            {
              ...infons,
              ...(type === "" ? {} : { type }),
              ...(joinConcepts(conceptsOf(infons)) === joinConcepts(concepts)
                ? {}
                : { identifier: joinConcepts(concepts, ",") }),
            },
      text: text === "" ? spans.map(({ start, end }) => document.text.slice(start, end)).join(" ") : text,
      locations: spans.map(({ start, end }) => ({ offset: at(start), length: at(end) - at(start) })),
    });
  }
  const nextId = unusedNames("R", new Set([...document.entities, ...document.relations].map(({ id }) => id ?? "")), 0);
  const relations = document.relations.map((relation): BioCRelation => ({
    id: relation.id ?? nextId(),
    infons: { ...(relation.infons ?? relationInfons(relation)) },
    nodes: relation.ofConcepts ? [] : relation.arguments.map(({ role, id: refid }) => ({ refid, role })),
  }));
  return {
    id: document.id,
    infons: { ...document.infons },
    annotations: [],
    relations,
    passages: passages.map(({ start: _start, end: _end, ...passage }) => passage),
  };
}
