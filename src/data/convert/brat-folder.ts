// Documents as a folder that BRAT opens (Stenetorp et al. 2012): a .txt and an .ann each, and the annotation.conf that names their types.

import type { WarningSink } from "../../core/index.ts";
import { type BratDocument, bratWord, encodeBrat, type StandoffDocument } from "../../formats/index.ts";
import { carriedDocuments } from "./losses.ts";

/**
 * The files by name: of each document its text and its annotations, named after its id, and `annotation.conf`. What BRAT has no place for
 * is left out with a warning (`carriedDocuments`); `document-renamed` says that an id could not be a file's name.
 */
export function bratFolder(
  given: readonly (StandoffDocument & Partial<BratDocument>)[],
  warn: WarningSink,
): Record<string, string> {
  const documents = carriedDocuments(given, "brat", warn);
  const taken = new Set<string>();
  const renamed: { id: string; name: string }[] = [];
  const files: Record<string, string> = {};
  for (const document of documents) {
    const stem = stemOf(document.id);
    const name = fileName(stem, taken);
    if (name !== stem) renamed.push({ id: document.id, name });
    files[`${name}.txt`] = document.text;
    files[`${name}.ann`] = encodeBrat(document);
  }
  const [first] = renamed;
  if (first !== undefined) {
    const count = renamed.length === 1 ? "1 document has" : `${renamed.length} documents have`;
    warn({
      code: "document-renamed",
      message: `${count} another name as a file, the first ${first.name} for ${JSON.stringify(first.id)}`,
      place: { name: first.id },
    });
  }
  files["annotation.conf"] = configuration(documents);
  return files;
}

/** The last part of an id that is a path, without the ending of a text. */
function stemOf(id: string): string {
  return id
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.(?:txt|ann)$/i, "");
}

/** A name without what no file's name holds everywhere; numbered where another document has it. */
function fileName(stem: string, taken: Set<string>): string {
  const plain =
    stem
      .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "_")
      .replace(/^\.+/, "")
      .slice(0, 100) || "document";
  let name = plain;
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${plain}-${number}`;
  taken.add(name.toLowerCase());
  return name;
}

/** The types that the documents have: BRAT draws no type that its configuration does not name. */
function configuration(documents: readonly (StandoffDocument & Partial<BratDocument>)[]): string {
  const entities = new Set<string>();
  const roles = new Map<string, Map<string, Set<string>>>();
  const events = new Map<string, Set<string>>();
  const attributes = new Map<string, Set<string>>();
  for (const document of documents) {
    const typeOf = new Map(document.entities.map(({ id, type }) => [id, bratWord(type)]));
    const triggers = new Set((document.events ?? []).map(({ arguments: [trigger] }) => trigger?.id));
    for (const { id, type } of document.entities) if (!triggers.has(id)) entities.add(bratWord(type));
    for (const { type, arguments: items, ofConcepts } of document.relations) {
      if (ofConcepts) continue;
      const own = roles.get(bratWord(type)) ?? new Map<string, Set<string>>();
      roles.set(bratWord(type), own);
      items.forEach(({ role, id }, i) => {
        const name = role === "" ? `Arg${i + 1}` : bratWord(role);
        own.set(name, (own.get(name) ?? new Set()).add(typeOf.get(id) ?? "<ANY>"));
      });
    }
    for (const { type, arguments: items } of document.events ?? []) {
      const own = events.get(type) ?? new Set<string>();
      events.set(type, own);
      // Theme, Theme2: one role that may come again.
      for (const { role } of items.slice(1)) own.add(role.replace(/\d+$/, ""));
    }
    for (const { name, value } of document.attributes ?? []) {
      const own = attributes.get(name) ?? new Set<string>();
      attributes.set(name, own);
      if (value !== undefined) own.add(value);
    }
  }
  const section = (title: string, lines: string[]): string => [`[${title}]`, ...lines.sort(), ""].join("\n");
  const equivalences = documents.some(({ equivalences: some = [] }) => some.length > 0);
  return [
    section("entities", [...entities]),
    section("relations", [
      ...[...roles].map(
        ([type, own]) =>
          `${type}\t${[...own].map(([role, types]) => `${role}:${[...types].sort().join("|")}`).join(", ")}`,
      ),
      ...(equivalences ? ["Equiv\tArg1:<ENTITY>, Arg2:<ENTITY>, <REL-TYPE>:symmetric-transitive"] : []),
    ]),
    section(
      "events",
      [...events].map(([type, own]) =>
        `${type}\t${[...own]
          .sort()
          .map((role) => `${role}*:<ANY>`)
          .join(", ")}`.trimEnd(),
      ),
    ),
    section(
      "attributes",
      [...attributes].map(
        ([name, values]) => `${name}\tArg:<ANY>${values.size === 0 ? "" : `, Value:${[...values].sort().join("|")}`}`,
      ),
    ),
  ].join("\n");
}
