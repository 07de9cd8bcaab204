// Documents with entities and relations beside the text: what BRAT, BioC, PubTator, ChemProt and DDI files all become. Offsets are
// UTF-16 units of `text`; an entity keeps all its parts, and entities may overlap or cross.

import type { WarningSink } from "../core/index.ts";

export interface StandoffEntity {
  /** Unique in the document. */
  id: string;
  type: string;
  /** Its parts in order, one where it is continuous. */
  spans: { start: number; end: number }[];
  /** The mention as the file has it. */
  text: string;
  /** Identifiers of the concepts it names, none where the format has none. */
  concepts: string[];
  /** PubTator's column of identifiers, where it is not the concepts joined. */
  identifier?: string;
  /** All that BioC says of it, where that is more than its type and concepts. */
  infons?: Readonly<Record<string, string>>;
  /** 1-based line in the file. */
  line?: number;
}

export interface StandoffRelation {
  id?: string;
  type: string;
  /** Ids of two or more entities or, where `ofConcepts`, of concepts. */
  arguments: { role: string; id: string }[];
  ofConcepts: boolean;
  /** All that BioC says of it, where that is more than its type and its arguments. */
  infons?: Readonly<Record<string, string>>;
  line?: number;
}

/** What a BioC file says of all its documents. */
export interface StandoffCollection {
  source: string;
  date: string;
  key: string;
  infons: Record<string, string>;
}

export interface StandoffDocument {
  id: string;
  text: string;
  entities: StandoffEntity[];
  relations: StandoffRelation[];
  /** Where the text is known to be in parts that no sentence crosses (title, abstract): their offsets. */
  passages?: { start: number; end: number; type: string; infons?: Readonly<Record<string, string>> }[];
  /** What BioC says of the document. */
  infons?: Readonly<Record<string, string>>;
  /** The BioC file that it is of: one object for all documents of a file. */
  collection?: Readonly<StandoffCollection>;
  file?: string;
  line?: number;
}

/**
 * Identifiers of one column: `D006470|D003556`, `MESH:D1,MESH:D2`. From where a variant begins (`c|DEL|1314_1328|`,
 * `tmVar:p|SUB|V|600|E;HGVS:p.V600E;RS#:113488022`) the rest is that variant: its own parts are separated by "|" and ";", too.
 */
export function splitConcepts(column: string): string[] {
  const variant = /(?:^|[|,;])\s*((?:tmVar:)?[a-z]\|.*)$/is.exec(column);
  const named = variant === null ? column : column.slice(0, variant.index);
  return [...named.split(/[|,;]/), variant?.[1] ?? ""]
    .map((part) => part.trim())
    .filter((part) => part !== "" && part !== "-" && part !== "-1");
}

/** Identifiers as one column that `splitConcepts` takes apart again: a variant has the separator of PubTator in it. */
export function joinConcepts(concepts: readonly string[], separator: "|" | "," = "|"): string {
  return concepts.join(separator === "|" && concepts.some((concept) => concept.includes("|")) ? ";" : separator);
}

/** Gives names such as `R1`, counted from `first`, that are not in `used`, and adds them to it. */
export function unusedNames(prefix: string, used: Set<string>, first = 1): () => string {
  let number = first;
  return () => {
    while (used.has(`${prefix}${number}`)) number++;
    used.add(`${prefix}${number}`);
    return `${prefix}${number}`;
  };
}

export interface StandoffCounts {
  /** Entities that share a character with another one without either lying inside the other. */
  crossing: number;
  /** Entities that lie inside another one. */
  nested: number;
  discontinuous: number;
}

/** Counts what a flat scheme such as IOB cannot hold, in documents that keep it all. */
export function countStandoff(documents: Iterable<StandoffDocument>): StandoffCounts {
  const counts = { crossing: 0, nested: 0, discontinuous: 0 };
  for (const { entities } of documents) {
    const hulls = entities.map(hullOf).sort((a, b) => a.start - b.start || b.end - a.end);
    counts.discontinuous += entities.filter(({ spans }) => spans.length > 1).length;
    const inside = new Uint8Array(hulls.length);
    const crossing = new Uint8Array(hulls.length);
    for (let i = 0; i < hulls.length; i++) {
      for (let k = i + 1; k < hulls.length && hulls[k]!.start < hulls[i]!.end; k++) {
        if (hulls[k]!.end <= hulls[i]!.end) inside[k] = 1;
        else crossing[i] = crossing[k] = 1;
      }
    }
    counts.nested += inside.reduce((sum, flag) => sum + flag, 0);
    counts.crossing += crossing.reduce((sum, flag) => sum + flag, 0);
  }
  return counts;
}

/** From the start of the first part to the end of the last. */
export function hullOf({ spans }: { spans: readonly { start: number; end: number }[] }): {
  start: number;
  end: number;
} {
  // No Math.min(...): a file may give more parts than a call takes arguments.
  return spans.reduce(
    (hull, { start, end }) => ({ start: Math.min(hull.start, start), end: Math.max(hull.end, end) }),
    { start: Infinity, end: -Infinity },
  );
}

/** Whether two entities share a character. */
export function overlaps(left: Pick<StandoffEntity, "spans">, right: Pick<StandoffEntity, "spans">): boolean {
  return left.spans.some((a) => right.spans.some((b) => a.start < b.end && b.start < a.end));
}

/** Says in one warning a kind what `countStandoff` found. */
export function warnOfStandoff(
  documents: readonly StandoffDocument[],
  warn: WarningSink,
  file?: string,
): StandoffCounts {
  const counts = countStandoff(documents);
  const say = (count: number, code: string, what: string): void => {
    if (count > 0)
      warn({
        code,
        message: `${count} ${count === 1 ? "entity" : "entities"} ${what}, read as they are`,
        place: { file },
      });
  };
  say(counts.discontinuous, "entities-discontinuous", "in several parts");
  say(counts.nested, "entities-nested", "inside another entity");
  say(counts.crossing, "entities-crossing", "that overlap another entity in part");
  return counts;
}
