// BRAT stand-off (Stenetorp et al. 2012): a text and, beside it, one annotation a line: `T1<TAB>Type start end;start end<TAB>text`,
// `R1<TAB>Type Arg1:T1 Arg2:T2`, events `E1<TAB>Type:T1 Role:T2`, `*<TAB>Equiv T1 T2`, attributes A and M, normalisations N, notes #.
// Offsets count code points, ends exclusive; parts of a discontinuous entity are separated by ";".

import type { WarningSink } from "../core/index.ts";
import { linesOf } from "./lines.ts";
import { OffsetMap } from "./offsets.ts";
import { badInput, type FormatPlace, quoted } from "./reading.ts";
import { type StandoffDocument, type StandoffEntity, type StandoffRelation, unusedNames } from "./standoff.ts";

export interface BratDocument extends StandoffDocument {
  /** Events: a trigger (an entity) and what takes part; their ids may be arguments of others. */
  events: StandoffRelation[];
  /** Mentions of the same thing (`* Equiv`), two or more: no relations of pairs. */
  equivalences: { type: string; members: string[]; line?: number }[];
  attributes: { id: string; name: string; target: string; value: string | undefined; line?: number }[];
  /** Notes as they stand: kind, target, text. */
  notes: { id: string; kind: string; target: string; text: string; line?: number }[];
}

const HINT = "A BRAT line is T1<TAB>Type START END<TAB>text, R1<TAB>Type Arg1:T1 Arg2:T2, E, A, M, N, * or #.";

/**
 * Reads an annotation file beside its text. Everything is kept, overlapping and discontinuous entities too. Warnings: `brat-mention`
 * where the text at the offsets is not the mention (the offsets are kept), and those of missing arguments as `brat-dangling`.
 * @throws BiobertError `input-format` with the line: an unknown kind, an id twice, offsets that do not lie in the text.
 */
export function parseBrat(
  id: string,
  text: string,
  annotations: string,
  options: { file?: string; warn?: WarningSink } = {},
): BratDocument {
  const place: FormatPlace = { file: options.file, hint: HINT };
  const document: BratDocument = {
    id,
    text,
    entities: [],
    relations: [],
    events: [],
    equivalences: [],
    attributes: [],
    notes: [],
    ...(options.file === undefined ? {} : { file: options.file }),
  };
  const offsets = new OffsetMap(text);
  const byId = new Map<string, StandoffEntity>();
  const seen = new Set<string>();
  const normalisations: { target: string; concept: string; line: number }[] = [];
  for (const { text: content, line } of linesOf(annotations)) {
    if (content.trim() === "") continue;
    const [name = "", body = "", rest = ""] = splitLine(content);
    const bad = (message: string) => badInput(place, message, { line });
    if (name !== "*") {
      if (seen.has(name)) throw bad(`the id ${name} has come before`);
      seen.add(name);
    }
    const kind = name[0];
    if (kind === "T") {
      const match = /^(\S+) (\d+ \d+(?:;\d+ \d+)*)$/.exec(body);
      if (match === null) throw bad(`no entity: ${quoted(content)}`);
      const spans = match[2]!.split(";").map((part) => {
        const [first, last] = part.split(" ").map(Number) as [number, number];
        const start = offsets.toUnits(first);
        const end = offsets.toUnits(last);
        if (start === undefined || end === undefined || end <= start)
          throw bad(`offsets ${part} do not lie in the text of ${offsets.codePoints} characters`);
        return { start, end };
      });
      const inFile = spans.map(({ start, end }) => text.slice(start, end)).join(" ");
      // BRAT lets the parts come in any order; everything else reads from the first to the last.
      spans.sort((a, b) => a.start - b.start || a.end - b.end);
      const found = spans.map(({ start, end }) => text.slice(start, end)).join(" ");
      if (squeeze(found) !== squeeze(rest) && squeeze(inFile) !== squeeze(rest))
        options.warn?.({
          code: "brat-mention",
          message: `the text of ${name} is ${quoted(found)}, not ${quoted(rest)}; the offsets are kept`,
          place: { file: options.file, line },
        });
      const entity: StandoffEntity = { id: name, type: match[1]!, spans, text: rest, concepts: [], line };
      document.entities.push(entity);
      byId.set(name, entity);
    } else if (kind === "R" || kind === "E" || kind === "*") {
      const [head = "", ...others] = body.split(/\s+/).filter((part) => part !== "");
      const pairs = others.map((part) => {
        const colon = part.lastIndexOf(":");
        return colon < 0 ? { role: "", id: part } : { role: part.slice(0, colon), id: part.slice(colon + 1) };
      });
      const colon = head.lastIndexOf(":");
      if (kind === "E") {
        if (colon < 0) throw bad(`an event without a trigger: ${quoted(content)}`);
        document.events.push({
          id: name,
          type: head.slice(0, colon),
          arguments: [{ role: "trigger", id: head.slice(colon + 1) }, ...pairs],
          ofConcepts: false,
          line,
        });
      } else {
        if (pairs.length < 2 || pairs.some((pair) => pair.id === ""))
          throw bad(`a relation without two arguments: ${quoted(content)}`);
        if (kind === "*") document.equivalences.push({ type: head, members: others, line });
        else document.relations.push({ id: name, type: head, arguments: pairs, ofConcepts: false, line });
      }
    } else if (kind === "A" || kind === "M") {
      const [attribute, target, ...value] = body.split(/\s+/);
      if (attribute === undefined || target === undefined) throw bad(`no attribute: ${quoted(content)}`);
      document.attributes.push({
        id: name,
        name: attribute,
        target,
        value: value.length === 0 ? undefined : value.join(" "),
        line,
      });
    } else if (kind === "N") {
      const [, target, concept] = body.split(/\s+/);
      if (target === undefined || concept === undefined) throw bad(`no normalisation: ${quoted(content)}`);
      normalisations.push({ target, concept, line });
    } else if (kind === "#") {
      const [note = "", target = ""] = body.split(/\s+/);
      document.notes.push({ id: name, kind: note, target, text: rest, line });
    } else throw bad(`neither T, R, E, A, M, N, * nor #: ${quoted(content)}`);
  }
  for (const { target, concept, line } of normalisations) {
    const entity = byId.get(target);
    if (entity === undefined)
      options.warn?.({
        code: "brat-dangling",
        message: `a normalisation of ${target}, which is no entity`,
        place: { file: options.file, line },
      });
    else entity.concepts.push(concept);
  }
  const mentioned = [
    ...[...document.relations, ...document.events].map(({ arguments: items, line }) => ({
      names: items.map((item) => item.id),
      line,
    })),
    ...document.equivalences.map(({ members, line }) => ({ names: members, line })),
  ];
  for (const { names, line } of mentioned) {
    for (const missing of names) {
      if (!seen.has(missing))
        options.warn?.({
          code: "brat-dangling",
          message: `the argument ${missing} is not there`,
          place: { file: options.file, line },
        });
    }
  }
  return document;
}

/**
 * Writes the annotation file of a document. Entities and relations keep their ids where they are BRAT's (`T1`, `R1`), else are numbered.
 * BRAT refuses a mention that is not the text at its offsets, and its lines hold no line end: an entity over several lines is written in
 * parts, a line each, as BRAT's own editor does.
 */
export function encodeBrat(
  document: StandoffDocument & Partial<Pick<BratDocument, "events" | "equivalences" | "attributes" | "notes">>,
): string {
  const offsets = new OffsetMap(document.text);
  const names = new Map<string, string>();
  const keep = document.entities.every(({ id }) => /^T\d+$/.test(id));
  document.entities.forEach(({ id }, i) => names.set(id, keep ? id : `T${i + 1}`));
  const lines: string[] = [];
  let concept = 0;
  for (const { id, type, spans } of document.entities) {
    const name = names.get(id)!;
    const parts = spans.flatMap((span) => lineParts(document.text, span));
    const places = parts
      .map(({ start, end }) => `${offsets.toCodePoints(start)} ${offsets.toCodePoints(end)}`)
      .join(";");
    const text = parts
      .map(({ start, end }) => document.text.slice(start, end))
      .join(" ")
      .replace(/[\r\n\t]/g, " ");
    lines.push(`${name}\t${bratWord(type)} ${places}\t${text}`);
  }
  for (const { id, concepts } of document.entities)
    for (const known of concepts)
      lines.push(
        `N${++concept}\tReference ${names.get(id)!} ${bratWord(known.includes(":") ? known : `ID:${known}`)}\t`,
      );
  const argumentsOf = (items: StandoffRelation["arguments"]): string =>
    items.map(({ role, id }) => `${role === "" ? "" : `${bratWord(role)}:`}${names.get(id) ?? id}`).join(" ");
  const relations = document.relations.filter(({ ofConcepts }) => !ofConcepts);
  const isOwn = (id: string | undefined): id is string => id !== undefined && /^R\d+$/.test(id);
  const nextRelation = unusedNames("R", new Set(relations.map(({ id }) => id).filter(isOwn)));
  const written = new Set<string>();
  for (const { id, type, arguments: items } of relations) {
    const name = isOwn(id) && !written.has(id) ? id : nextRelation();
    written.add(name);
    // Without roles the line would be refused where it is read.
    const named = items.map(({ role, id: item }, i) => ({ role: role === "" ? `Arg${i + 1}` : role, id: item }));
    lines.push(`${name}\t${bratWord(type)} ${argumentsOf(named)}`);
  }
  for (const { type, members } of document.equivalences ?? [])
    lines.push(`*\t${bratWord(type)} ${members.map((id) => names.get(id) ?? id).join(" ")}`);
  for (const {
    id,
    type,
    arguments: [trigger, ...others],
  } of document.events ?? [])
    lines.push(
      `${id}\t${type}:${names.get(trigger!.id) ?? trigger!.id}${others.length === 0 ? "" : ` ${argumentsOf(others)}`}`,
    );
  for (const { id, name, target, value } of document.attributes ?? [])
    lines.push(`${id}\t${name} ${names.get(target) ?? target}${value === undefined ? "" : ` ${value}`}`);
  for (const { id, kind, target, text } of document.notes ?? [])
    lines.push(`${id}\t${kind} ${names.get(target) ?? target}\t${text}`);
  return lines.map((line) => `${line}\n`).join("");
}

/** Id, body and the rest after the second tab. */
function splitLine(content: string): string[] {
  const first = content.indexOf("\t");
  if (first < 0) return [content];
  const second = content.indexOf("\t", first + 1);
  return second < 0
    ? [content.slice(0, first), content.slice(first + 1)]
    : [content.slice(0, first), content.slice(first + 1, second), content.slice(second + 1)];
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A span in the parts that line ends and tabs leave of it, in the order of the text. */
function lineParts(text: string, { start, end }: { start: number; end: number }): { start: number; end: number }[] {
  const parts = [...text.slice(start, end).matchAll(/[^\r\n\t]+/g)].map(({ index, 0: part }) => ({
    start: start + index,
    end: start + index + part.length,
  }));
  return parts.length === 0 ? [{ start, end }] : parts;
}

/** A name as BRAT's files have it: without spaces. */
export function bratWord(text: string): string {
  return text.replace(/\s+/g, "_");
}
