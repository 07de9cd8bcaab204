// ChemProt, BioCreative VI track 5 (Krallinger et al. 2017): three files of tab-separated columns a split. Abstracts: PMID, title,
// abstract. Entities: PMID, id, type, start, end, text; offsets count code points of title + one character + abstract. Relations:
// PMID, group (CPR:n), evaluated (`Y ` or `N `), type, `Arg1:T1`, `Arg2:T2`; gold standard: PMID, group, `Arg1:T1`, `Arg2:T2`.

import type { WarningSink } from "../../core/index.ts";
import { OffsetMap } from "../offsets.ts";
import { badInput, type FormatPlace, quoted, tableRows } from "../reading.ts";
import type { StandoffDocument } from "../standoff.ts";

export interface ChemProtFile {
  text: string;
  file?: string;
}

export interface ChemProtRelation {
  documentId: string;
  /** `CPR:1` to `CPR:10`. */
  group: string;
  /** Whether the shared task scores the group. */
  evaluated: boolean;
  /** The fine type; "" in a gold standard file. */
  type: string;
  first: string;
  second: string;
  line: number;
}

const HINT = {
  abstracts: "Each line is PMID, title, abstract, separated by tabs.",
  entities: "Each line is PMID, entity, type, start, end, text, separated by tabs.",
  relations:
    "Each line is PMID, CPR:n, Y or N, type, Arg1:T1, Arg2:T2, separated by tabs; of a gold standard PMID, CPR:n, Arg1:T1, Arg2:T2.",
};

/**
 * Reads a relations or a gold standard file.
 * @throws BiobertError `input-format` with the line.
 */
export function parseChemProtRelations({ text, file }: ChemProtFile): ChemProtRelation[] {
  const place: FormatPlace = { file, hint: HINT.relations };
  const relations: ChemProtRelation[] = [];
  for (const { cells: columns, line } of tableRows(text, [4, 6], place)) {
    const [documentId, group] = columns as [string, string];
    const long = columns.length === 6;
    const flag = long ? columns[2]!.trim() : "Y";
    if (flag !== "Y" && flag !== "N") throw badInput(place, `${quoted(flag)} is neither Y nor N`, { line });
    if (!/^CPR:\d+$/.test(group)) throw badInput(place, `${quoted(group)} is no group such as CPR:4`, { line });
    const [first, second] = columns.slice(-2).map((argument, i) => {
      const match = /^Arg([12]):(\S+)$/.exec(argument.trim());
      if (match === null || Number(match[1]) !== i + 1)
        throw badInput(place, `${quoted(argument)} is not Arg${i + 1}:…`, { line });
      return match[2]!;
    }) as [string, string];
    relations.push({ documentId, group, evaluated: flag === "Y", type: long ? columns[3]! : "", first, second, line });
  }
  return relations;
}

/**
 * Reads a split as documents; a relation's type is its group, such as `CPR:4`, those that the task does not score included unless
 * `evaluatedOnly`. Warnings: `chemprot-mention` where an entity is not the text at its offsets, `chemprot-repeated` for a document
 * that comes twice (the first is kept).
 * @throws BiobertError `input-format` with file and line: columns, offsets beyond the text, an unknown document or entity,
 *   an entity's id twice.
 */
export function parseChemProt(
  files: { abstracts: ChemProtFile; entities: ChemProtFile; relations?: ChemProtFile },
  options: { warn?: WarningSink; evaluatedOnly?: boolean } = {},
): StandoffDocument[] {
  const documents = new Map<string, StandoffDocument & { offsets: OffsetMap; ids: Set<string> }>();
  const at = { file: files.abstracts.file, hint: HINT.abstracts };
  for (const { cells: columns, line } of tableRows(files.abstracts.text, 3, at)) {
    const [id, title, abstract] = columns as [string, string, string];
    if (documents.has(id)) {
      options.warn?.({
        code: "chemprot-repeated",
        message: `document ${id} has come before and is left out here`,
        place: { file: at.file, line },
      });
      continue;
    }
    const text = `${title} ${abstract}`;
    const passages = [
      { start: 0, end: title.length, type: "title" },
      { start: title.length + 1, end: text.length, type: "abstract" },
    ];
    documents.set(id, {
      id,
      text,
      entities: [],
      relations: [],
      passages,
      file: at.file,
      line,
      offsets: new OffsetMap(text),
      ids: new Set(),
    });
  }

  const places: FormatPlace = { file: files.entities.file, hint: HINT.entities };
  for (const { cells: columns, line } of tableRows(files.entities.text, 6, places)) {
    const [documentId, id, type, first, last, mention] = columns as [string, string, string, string, string, string];
    const document = documents.get(documentId);
    if (document === undefined) throw badInput(places, `no abstract of the document ${documentId}`, { line });
    if (document.ids.has(id))
      throw badInput(places, `the entity ${id} of document ${documentId} has come before`, { line });
    const start = document.offsets.toUnits(Number(first));
    const end = document.offsets.toUnits(Number(last));
    if (start === undefined || end === undefined || end <= start) {
      throw badInput(
        places,
        `offsets ${first} to ${last} do not lie in the text of ${document.offsets.codePoints} characters of document ${documentId}`,
        { line },
      );
    }
    const found = document.text.slice(start, end);
    if (found !== mention) {
      options.warn?.({
        code: "chemprot-mention",
        message: `the text at ${first} to ${last} of ${documentId} is ${quoted(found)}, not ${quoted(mention)}; the offsets are kept`,
        place: { file: places.file, line },
      });
    }
    document.ids.add(id);
    document.entities.push({ id, type, spans: [{ start, end }], text: mention, concepts: [], line });
  }

  if (files.relations !== undefined) {
    const place: FormatPlace = { file: files.relations.file, hint: HINT.relations };
    for (const { documentId, group, evaluated, first, second, line } of parseChemProtRelations(files.relations)) {
      const document = documents.get(documentId);
      if (document === undefined) throw badInput(place, `no abstract of the document ${documentId}`, { line });
      for (const id of [first, second])
        if (!document.ids.has(id)) throw badInput(place, `document ${documentId} has no entity ${id}`, { line });
      if (options.evaluatedOnly === true && !evaluated) continue;
      const arguments_ = [
        { role: "Arg1", id: first },
        { role: "Arg2", id: second },
      ];
      document.relations.push({ type: group, arguments: arguments_, ofConcepts: false, line });
    }
  }
  return [...documents.values()].map(({ offsets: _offsets, ids: _ids, ...document }) => document);
}
