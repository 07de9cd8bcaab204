// Identifiers from names, as the catalogues of the field make them: "Named Entity Recognition (NER)" ->
// "named-entity-recognition-ner". What no Latin letter is left of gets a short hash, so that every name has an id.

import { hash32 } from "../core/index.ts";

/** An id (`idSchema`) for a name; the same for the same name, always. At most 100 characters. */
export function slug(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replaceAll(/\p{Mark}+/gu, "")
    .toLowerCase()
    .replaceAll("+", " plus ")
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/\.+(?=-|$)|(?<=-|^)\.+|\.{2,}/g, "-")
    .replaceAll(/-{2,}/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const kept = plain.slice(0, 100).replaceAll(/[-.]+$/g, "");
  const isWhole = kept.length === plain.length && !/[^\p{Script=Latin}\p{N}\p{Mark}\p{P}\p{S}\s]/u.test(name);
  if (isWhole && kept !== "") return kept;
  const suffix = textHash(name).toString(36);
  return kept === "" ? `x${suffix}` : `${kept.slice(0, 90).replaceAll(/[-.]+$/g, "")}-${suffix}`;
}

/** An id that is not `taken`: the slug itself, or with -2, -3, ... */
export function freeSlug(name: string, isTaken: (id: string) => boolean): string {
  const base = slug(name);
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    if (!isTaken(id)) return id;
  }
}

function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return hash32(hash);
}
