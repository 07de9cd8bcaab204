// PubTator (Wei, Kao and Lu 2013): `PMID|t|title`, `PMID|a|abstract`, then tab-separated entity lines
// `PMID start end mention type identifier` and relation lines `PMID type first second`. Offsets count code points of title + one
// space + abstract.

import { BiobertError, type WarningSink } from "../core/index.ts";
import { linesOf } from "./lines.ts";
import { OffsetMap } from "./offsets.ts";
import { quoted } from "./reading.ts";
import { hullOf, joinConcepts, splitConcepts, type StandoffDocument } from "./standoff.ts";

export interface PubTatorEntity {
  /** UTF-16 offsets in the document's text, end exclusive. */
  start: number;
  end: number;
  /** The offsets of the file. */
  startCodePoint: number;
  endCodePoint: number;
  /** As the file has it; a warning tells where the text at the offsets differs. */
  mention: string;
  type: string;
  /** The concept identifier, "" where there is none. */
  id: string;
  line: number;
}

export interface PubTatorRelation {
  type: string;
  /** Concept identifiers, and whatever columns follow them. */
  arguments: string[];
  line: number;
}

export interface PubTatorDocument {
  id: string;
  title: string;
  abstract: string;
  /** Title, one space, abstract: what the offsets count. */
  text: string;
  entities: PubTatorEntity[];
  relations: PubTatorRelation[];
  /** 1-based line of the title. */
  line: number;
}

/**
 * Parses PubTator documents. Warnings: `pubtator-mention` where a mention is not the text at its offsets,
 * `pubtator-repeated` where a document's id has come before (it is kept all the same; `repeated` says what the caller does then).
 * @throws BiobertError `input-format` with the line: what is neither text nor annotation, another document's id, offsets
 * beyond the text.
 */
export function parsePubTator(
  text: string,
  options: { file?: string; warn?: WarningSink; repeated?: string } = {},
): PubTatorDocument[] {
  const { file, warn, repeated = "both are kept" } = options;
  const bad = (line: number, message: string) =>
    new BiobertError({
      code: "input-format",
      message,
      place: { file, line },
      hint: "PubTator is PMID|t|title, PMID|a|abstract, then tab-separated annotations; a blank line ends a document.",
    });
  const documents: PubTatorDocument[] = [];
  const ids = new Set<string>();
  let document: PubTatorDocument | undefined;
  let offsets: OffsetMap | undefined;
  let hasAbstract = false;

  for (const { text: content, line } of linesOf(text)) {
    if (content.trim() === "") {
      document = undefined;
      continue;
    }
    const passage = /^([^|\t]+)\|([ta])\|(.*)$/su.exec(content);
    if (passage !== null) {
      const [, id, kind, value] = passage as unknown as [string, string, string, string];
      if (kind === "t") {
        hasAbstract = false;
        document = { id, title: value, abstract: "", text: value, entities: [], relations: [], line };
        documents.push(document);
        if (ids.has(id)) {
          warn?.({
            code: "pubtator-repeated",
            message: `document ${id} has come before; ${repeated}`,
            place: { file, line },
          });
        }
        ids.add(id);
      } else {
        if (document === undefined || document.id !== id)
          throw bad(line, `an abstract of ${id} without its title before it`);
        if (document.entities.length + document.relations.length > 0)
          throw bad(line, `the abstract of ${id} comes after annotations`);
        if (hasAbstract) throw bad(line, `a second abstract of ${id}`);
        hasAbstract = true;
        document.abstract = value;
        document.text = `${document.title} ${value}`;
      }
      offsets = undefined;
      continue;
    }

    const columns = content.split("\t");
    if (columns.length < 4) throw bad(line, `neither text nor annotation: ${JSON.stringify(content.slice(0, 60))}`);
    if (document === undefined || columns[0] !== document.id)
      throw bad(line, `an annotation of ${columns[0]} outside that document`);
    // A relation's type is a word: what looks like a number there is the offset of a damaged entity.
    if (columns.length >= 5 && /^\s*[-+]?[\d.]/.test(columns[1]!) && !/^\d+$/.test(columns[1]!))
      throw bad(line, `the offset ${quoted(columns[1]!)} is no whole number`);
    if (!/^\d+$/.test(columns[1]!)) {
      document.relations.push({ type: columns[1]!, arguments: columns.slice(2), line });
      continue;
    }
    const [, first, last, mention, type = "", id = ""] = columns as [string, string, string, string, string?, string?];
    if (type === "") throw bad(line, "an annotation without a type");
    offsets ??= new OffsetMap(document.text);
    const startCodePoint = Number(first);
    const endCodePoint = Number(last);
    const start = offsets.toUnits(startCodePoint);
    const end = offsets.toUnits(endCodePoint);
    if (start === undefined || end === undefined || end <= start) {
      throw bad(line, `offsets ${first} to ${last} do not lie in the text of ${offsets.codePoints} characters`);
    }
    const found = document.text.slice(start, end);
    if (found !== mention) {
      warn?.({
        code: "pubtator-mention",
        message: `the text at ${first} to ${last} is ${JSON.stringify(found)}, not ${JSON.stringify(mention)}`,
        place: { file, line },
      });
    }
    document.entities.push({ start, end, startCodePoint, endCodePoint, mention, type, id, line });
  }
  return documents;
}

/**
 * A document as stand-off: entities `T1`, `T2` in the order of the file, their concepts split at "|", "," and ";"
 * unless these are part of a variant (`splitConcepts`); relations between concepts, whatever columns follow the two in `arguments` with the role `note`.
 */
export function pubTatorStandoff(document: PubTatorDocument, file?: string): StandoffDocument {
  const { id, title, text, line } = document;
  const passages = [{ start: 0, end: title.length, type: "title" }];
  if (text.length > title.length) passages.push({ start: title.length + 1, end: text.length, type: "abstract" });
  return {
    id,
    text,
    passages,
    entities: document.entities.map((entity, i) => {
      const concepts = splitConcepts(entity.id);
      return {
        id: `T${i + 1}`,
        type: entity.type,
        spans: [{ start: entity.start, end: entity.end }],
        text: entity.mention,
        concepts,
        ...(joinConcepts(concepts) === entity.id ? {} : { identifier: entity.id }),
        line: entity.line,
      };
    }),
    relations: document.relations.map((relation) => ({
      type: relation.type,
      arguments: relation.arguments.map((argument, i) => ({ role: i < 2 ? `concept${i + 1}` : "note", id: argument })),
      ofConcepts: true,
      line: relation.line,
    })),
    ...(file === undefined ? {} : { file }),
    line,
  };
}

/**
 * Writes documents as PubTator, offsets in code points. A discontinuous entity, which PubTator does not know, is written from its
 * first character to its last; a relation between mentions is written by their first concepts, or mentions where they have none.
 * Where an abstract follows its title without a gap, the title's last character makes it if that is white space; else a space is put in
 * and what comes after it moves on.
 */
export function encodePubTator(documents: Iterable<StandoffDocument>): string {
  const blocks: string[] = [];
  for (const { id, text, entities, relations, passages } of documents) {
    const clean = (part: string): string => part.replace(/[\r\n\t]/g, " ");
    let titleEnd = passages?.[0]?.end ?? text.length;
    let inserted = false;
    if (passages?.[1]?.start === titleEnd && titleEnd < text.length) {
      if (/\s$/.test(text.slice(0, titleEnd))) titleEnd--;
      else inserted = true;
    }
    const written = inserted ? `${text.slice(0, titleEnd)} ${text.slice(titleEnd)}` : text;
    const offsets = new OffsetMap(written);
    const lines = [`${id}|t|${clean(written.slice(0, titleEnd))}`, `${id}|a|${clean(written.slice(titleEnd + 1))}`];
    for (const { type, spans, concepts, identifier } of entities) {
      const hull = hullOf({ spans });
      const start = hull.start + (inserted && hull.start >= titleEnd ? 1 : 0);
      const end = hull.end + (inserted && hull.end > titleEnd ? 1 : 0);
      // The column of the file, unless the concepts were changed since.
      const kept = identifier !== undefined && joinConcepts(splitConcepts(identifier)) === joinConcepts(concepts);
      lines.push(
        [
          id,
          offsets.toCodePoints(start),
          offsets.toCodePoints(end),
          clean(written.slice(start, end)),
          type,
          kept ? identifier : joinConcepts(concepts),
        ].join("\t"),
      );
    }
    const byId = new Map(entities.map((entity) => [entity.id, entity]));
    for (const { type, arguments: items, ofConcepts } of relations) {
      const names = items.map((item) =>
        ofConcepts ? item.id : (byId.get(item.id)?.concepts[0] ?? byId.get(item.id)?.text ?? item.id),
      );
      lines.push([id, type, ...names.map(clean)].join("\t"));
    }
    blocks.push(`${lines.join("\n")}\n`);
  }
  return blocks.map((block) => `${block}\n`).join("");
}
