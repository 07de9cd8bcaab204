// Relations of BioC as stand-off: where their arguments stand, which BioRED, BC5CDR and PubTator3 each do in their own way.

import type { WarningSink } from "../../core/index.ts";
import type { StandoffEntity, StandoffRelation } from "../standoff.ts";
import type { BioCRelation } from "./types.ts";

/**
 * The relations of a document: between the mentions that their nodes name, else between the concepts that their infons name. What has
 * fewer than two arguments is left out with one warning, `bioc-arguments`.
 */
export function relationsOf(
  documentId: string,
  all: readonly BioCRelation[],
  entities: readonly StandoffEntity[],
  options: { file?: string; warn?: WarningSink },
): StandoffRelation[] {
  const references = new Set([...entities.map(({ id }) => id), ...all.map(({ id }) => id).filter((id) => id !== "")]);
  const concepts = new Set(entities.flatMap((entity) => entity.concepts));
  const relations: StandoffRelation[] = [];
  const lost: string[] = [];
  for (const { id, infons, nodes } of all) {
    const type = infons["type"] ?? infons["relation"] ?? "";
    // PubTator3's nodes are numbers that stand for no annotation.
    const ofMentions = nodes.length >= 2 && nodes.every(({ refid }) => references.has(refid));
    const named = ofMentions ? undefined : conceptArguments(infons, concepts);
    const items = named ?? nodes.map(({ refid, role }) => ({ role, id: refid }));
    if (items.length < 2) {
      lost.push(id === "" ? `a ${type} without id` : id);
      continue;
    }
    const relation = { type, arguments: items, ofConcepts: named !== undefined };
    const known = sameInfons(infons, relationInfons(relation)) ? {} : { infons };
    relations.push({ ...(id === "" ? {} : { id }), ...relation, ...known });
  }
  if (lost.length > 0) {
    const count = lost.length === 1 ? "1 relation" : `${lost.length} relations`;
    const names = `${lost.slice(0, 5).join(", ")}${lost.length > 5 ? ", …" : ""}`;
    options.warn?.({
      code: "bioc-arguments",
      message: `${count} of document ${documentId} without two arguments, left out: ${names}`,
      place: { file: options.file },
    });
  }
  return relations;
}

/** Infons that name the two concepts of a relation: BioRED's, PubTator3's, BC5CDR's. */
const ARGUMENT_INFONS = [
  ["entity1", "entity2"],
  ["role1", "role2"],
  ["Chemical", "Disease"],
] as const;

/** The two concepts that a relation's infons name, by the keys above or as identifiers that annotations have. */
function conceptArguments(
  infons: Record<string, string>,
  concepts: ReadonlySet<string>,
): StandoffRelation["arguments"] | undefined {
  for (const [first, second] of ARGUMENT_INFONS) {
    const pair = [conceptIn(infons[first], concepts), conceptIn(infons[second], concepts)];
    if (pair.every((concept) => concept !== "")) return pair.map((id, i) => ({ role: `concept${i + 1}`, id }));
  }
  const named = Object.entries(infons)
    .filter(([key, value]) => key !== "type" && key !== "relation" && concepts.has(value.trim()))
    .map(([role, value]) => ({ role, id: value.trim() }));
  return named.length === 2 ? named : undefined;
}

/** The concept of an infon: itself, PubTator3's `Chemical|MESH:D1`, or the `identifier` of its JSON; "" where there is none. */
function conceptIn(infon: string | undefined, concepts: ReadonlySet<string>): string {
  let value = infon?.trim() ?? "";
  if (value.startsWith("{")) {
    try {
      const { identifier } = JSON.parse(value) as { identifier?: unknown };
      value = typeof identifier === "string" || typeof identifier === "number" ? String(identifier).trim() : "";
    } catch {
      return "";
    }
  }
  if (!concepts.has(value)) value = value.replace(/^[A-Za-z]{2,}\|/, "");
  return value === "-" ? "" : value;
}

/** The infons of a relation whose file has no others. */
export function relationInfons({
  type,
  arguments: items,
  ofConcepts,
}: Pick<StandoffRelation, "type" | "arguments" | "ofConcepts">): Record<string, string> {
  return ofConcepts ? { type, entity1: items[0]?.id ?? "", entity2: items[1]?.id ?? "" } : { type };
}

/** Whether both have the same keys and values, in any order. */
export function sameInfons(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
