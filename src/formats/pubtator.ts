// PubTator (Wei, Kao and Lu 2013): `PMID|t|title`, `PMID|a|abstract`, then tab-separated entity lines
// `PMID start end mention type identifier` and relation lines `PMID type first second`. Offsets count code points of title + one
// space + abstract.

import { BiobertError, type WarningSink } from "../core/index.ts";
import { linesOf } from "./lines.ts";
import { OffsetMap } from "./offsets.ts";

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
 * `pubtator-repeated` where a document's id has come before (it is kept all the same).
 * @throws BiobertError `input-format` with the line: what is neither text nor annotation, another document's id, offsets
 * beyond the text.
 */
export function parsePubTator(text: string, options: { file?: string; warn?: WarningSink } = {}): PubTatorDocument[] {
  const { file, warn } = options;
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

  for (const { text: content, line } of linesOf(text)) {
    if (content.trim() === "") {
      document = undefined;
      continue;
    }
    const passage = /^([^|\t]+)\|([ta])\|(.*)$/su.exec(content);
    if (passage !== null) {
      const [, id, kind, value] = passage as unknown as [string, string, string, string];
      if (kind === "t") {
        document = { id, title: value, abstract: "", text: value, entities: [], relations: [], line };
        documents.push(document);
        if (ids.has(id)) {
          warn?.({ code: "pubtator-repeated", message: `document ${id} has come before`, place: { file, line } });
        }
        ids.add(id);
      } else {
        if (document === undefined || document.id !== id)
          throw bad(line, `an abstract of ${id} without its title before it`);
        if (document.entities.length > 0) throw bad(line, `the abstract of ${id} comes after annotations`);
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
