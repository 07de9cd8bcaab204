// What a corpus holds and the format that it is written in does not: said, one warning a kind, and left out.

import type { WarningSink } from "../../core/index.ts";
import type { BratDocument, StandoffDocument, StandoffRelation } from "../../formats/index.ts";

/** The forms that documents are written in. */
export type CorpusFormat = TextFormat | "brat";

/** Those that are one text. */
export type TextFormat = "pubtator" | "bioc-xml" | "bioc-json" | "conll" | "relations";

/** Infons that are types, concepts and arguments, which every format has. */
const KNOWN_INFONS = new Set([
  "type",
  "identifier",
  "MESH",
  "NCBI Gene",
  "relation",
  "entity1",
  "entity2",
  "role1",
  "role2",
]);

/** What no format but BRAT has. */
const BRAT_ALONE = ["events", "attributes", "notes", "equivalences"] as const;

/**
 * The documents with the relations that the format can hold: those whose arguments are there. Warnings: `brat-events`,
 * `brat-attributes`, `brat-notes` and `brat-equivalences` for what no format but BRAT has, `relations-dangling` for relations of events
 * and of what is not there, `bioc-infons` where PubTator and BRAT have no place for what BioC says, `relations-concepts` for relations of
 * concepts, of which BRAT has none.
 */
export function carriedDocuments(
  documents: readonly (StandoffDocument & Partial<BratDocument>)[],
  format: CorpusFormat,
  warn: WarningSink,
): readonly StandoffDocument[] {
  const say = (
    code: string,
    countOf: (document: StandoffDocument & Partial<BratDocument>, index: number) => number,
    one: string,
    many: string,
    why: string,
  ): void => {
    const counts = documents.map(countOf);
    const count = counts.reduce((total, own) => total + own, 0);
    if (count === 0) return;
    const { id, file } = documents[counts.findIndex((own) => own > 0)]!;
    warn({
      code,
      message: `${count} ${count === 1 ? `${one} is` : `${many} are`} left out, the first in document ${id}: ${why}`,
      place: { name: id, ...(file === undefined ? {} : { file }) },
    });
  };
  const alone = `${format} has no place for them`;
  for (const kind of format === "brat" ? [] : BRAT_ALONE)
    say(`brat-${kind}`, (document) => document[kind]?.length ?? 0, kind.slice(0, -1), kind, alone);
  // Tagged sentences have no relations at all, and no one looks for infons in a training file.
  if (format === "conll") return documents;
  if (format === "pubtator" || format === "brat") say("bioc-infons", infonsOf, "infon", "infons", alone);
  if (format === "brat") {
    const ofConcepts = ({ relations }: StandoffDocument): number => relations.filter((one) => one.ofConcepts).length;
    say("relations-concepts", ofConcepts, "relation of concepts", "relations of concepts", alone);
  }
  const carried = documents.map((document) => {
    const relations = held(document, format);
    return relations.length === document.relations.length ? document : { ...document, relations };
  });
  const lostOf = ({ relations }: StandoffDocument, i: number): number =>
    relations.length - carried[i]!.relations.length;
  say("relations-dangling", lostOf, "relation", "relations", "an argument is an event, or not there");
  return carried;
}

/** The relations whose arguments are entities, in BRAT events as well, or in BioC relations that are held themselves. */
function held(
  { entities, relations, events = [] }: StandoffDocument & Partial<BratDocument>,
  format: CorpusFormat,
): StandoffRelation[] {
  const ofRelations = format.startsWith("bioc");
  const names = new Set([...entities, ...(format === "brat" ? events : [])].map(({ id }) => id));
  let left = relations;
  for (;;) {
    const known = new Set(ofRelations ? [...names, ...left.map(({ id }) => id)] : names);
    const next = left.filter(
      ({ ofConcepts, arguments: items }) => ofConcepts || items.every((item) => known.has(item.id)),
    );
    if (next.length === left.length) return next;
    left = next;
  }
}

/** How many infons say more than types, concepts and arguments. */
function infonsOf({ infons = {}, passages = [], entities, relations }: StandoffDocument): number {
  const count = (some: Readonly<Record<string, string>> = {}, besides: readonly string[] = []): number =>
    Object.keys(some).filter((key) => !KNOWN_INFONS.has(key) && !besides.includes(key)).length;
  return [
    count(infons),
    ...[...passages, ...entities].map((part) => count(part.infons)),
    ...relations.map((relation) => {
      const concepts = relation.ofConcepts ? relation.arguments.map(({ id }) => id) : [];
      const ofArguments = Object.entries(relation.infons ?? {}).filter(([, value]) => concepts.includes(value.trim()));
      return count(
        relation.infons,
        ofArguments.map(([key]) => key),
      );
    }),
  ].reduce((total, some) => total + some, 0);
}
