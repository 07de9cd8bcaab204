// Documents with entities in any of the formats -> each other, and -> training files: `biobert datasets convert`.

import { BiobertError, type WarningSink } from "../../core/index.ts";
import {
  bioCStandoff,
  encodeBioCJson,
  encodeBioCXml,
  encodeConll,
  encodeLabelledRows,
  encodePubTator,
  parseBioCJson,
  parseBioCXml,
  parsePubTator,
  pubTatorStandoff,
  type StandoffDocument,
  standoffBioC,
  warnOfStandoff,
} from "../../formats/index.ts";
import { readBundle } from "../bundles.ts";
import type { RelationExample } from "../examples.ts";
import { readText } from "../files.ts";
import { bratDocuments } from "../readers/tagged.ts";
import { conceptPairs } from "./document-pairs.ts";
import { carriedDocuments, type TextFormat } from "./losses.ts";
import { sentencePairs } from "./sentence-pairs.ts";
import { taggedSentences } from "./tagged-sentences.ts";

/**
 * Reads documents: a PubTator, BioC XML or BioC JSON file, told by its content, or a folder or archive of BRAT files. What overlaps,
 * crosses or is discontinuous is kept, counted and said.
 * @throws BiobertError those of the readers; `input-empty` where there is no document.
 */
export async function readCorpus(path: string, warn: WarningSink): Promise<StandoffDocument[]> {
  const documents = await documentsOf(path, warn);
  if (documents.length === 0)
    throw new BiobertError({ code: "input-empty", message: "no document in it", place: { file: path } });
  warnOfStandoff(documents, warn, path);
  warnOfRepeated(documents, warn, path);
  return documents;
}

/** PubTator's reader says it with the line. */
function warnOfRepeated(documents: readonly StandoffDocument[], warn: WarningSink, file: string): void {
  const seen = new Set<string>();
  for (const { id, line } of documents) {
    if (seen.has(id) && line === undefined)
      warn({ code: "document-repeated", message: `document ${id} has come before; both are kept`, place: { file } });
    seen.add(id);
  }
}

async function documentsOf(path: string, warn: WarningSink): Promise<StandoffDocument[]> {
  const bundle = /\.(?:tar|tar\.gz|tgz)$/.test(path) ? await readBundle(path, isBrat) : undefined;
  if (bundle !== undefined) return bratDocuments(bundle, path, warn);
  const text = await readText(path, { stripBom: true }).catch(async (error: unknown) => {
    if (error instanceof BiobertError && error.code === "file-unreadable") return undefined;
    throw error;
  });
  if (text === undefined) return bratDocuments(await readBundle(path, isBrat), path, warn);
  const options = { file: path, warn };
  const isXml = text.trimStart().startsWith("<");
  if (isXml || /^\s*[[{]/.test(text)) {
    const { documents: found, ...collection } = isXml ? parseBioCXml(text, options) : parseBioCJson(text, options);
    return found.map((document) => bioCStandoff(document, { ...options, collection }));
  }
  return parsePubTator(text, options).map((document) => pubTatorStandoff(document, path));
}

const isBrat = (name: string): boolean => /\.(?:txt|ann)$/.test(name);

/**
 * Writes documents: as PubTator or BioC, as sentences of tagged tokens (`conll`), or as a table of one pair a row (`relations`):
 * mentions of a sentence where relations are between mentions, else concepts of a document, with the document and the concepts in
 * columns of their own, by which documents are scored; `none` where a pair has no relation. What the format has no place for is left
 * out with a warning (`carriedDocuments`).
 */
export function encodeCorpus(given: readonly StandoffDocument[], format: TextFormat, warn: WarningSink): string {
  const documents = carriedDocuments(given, format, warn);
  if (format === "pubtator") return encodePubTator(documents);
  if (format === "conll") return encodeConll(taggedSentences(documents, { warn }).examples);
  if (format === "relations") {
    const relations = documents.flatMap((document) => document.relations);
    const labels = [...new Set(relations.map(({ type }) => type))].sort();
    if (relations.some(({ ofConcepts }) => ofConcepts)) {
      const types = [...new Set(documents.flatMap(({ entities }) => entities.map(({ type }) => type)))];
      const pairTypes = types.flatMap((first, i) => types.slice(i).map((second) => [first, second] as const));
      const { examples } = conceptPairs(documents, { labels, negative: "none", pairTypes, warn });
      warnOfNoRows(examples, relations.length, warn);
      return documentRows(examples);
    }
    const { firstTypes, secondTypes } = sidesOf(documents);
    const { examples, unreachable } = sentencePairs(documents, {
      firstTypes,
      secondTypes,
      labels,
      negative: "none",
      warn,
    });
    const lost = Object.values(unreachable).reduce((sum, count) => sum + count, 0);
    if (lost > 0)
      warn({
        code: "relations-unreachable",
        message: `${lost} relations are between entities of different sentences: no row stands for them`,
      });
    warnOfNoRows(examples, relations.length, warn);
    return encodeLabelledRows(examples, { header: true });
  }
  const [first] = documents;
  const known = documents.every((document) => document.collection === first?.collection)
    ? first?.collection
    : undefined;
  const collection = {
    ...(known ?? { source: "biobert", date: "", key: "", infons: {} }),
    documents: documents.map(standoffBioC),
  };
  return format === "bioc-xml" ? encodeBioCXml(collection) : encodeBioCJson(collection);
}

function warnOfNoRows(examples: readonly RelationExample[], relations: number, warn: WarningSink): void {
  if (examples.length > 0) return;
  const why = relations === 0 ? "no document has a relation" : "no relation has a pair that a row could stand for";
  warn({ code: "relations-missing", message: `${why}: the table has a header and no row` });
}

/** A row for each pair of concepts of a document. */
function documentRows(examples: readonly RelationExample[]): string {
  const clean = (text: string): string => text.replace(/[\r\n\t]/g, " ");
  const rows = examples.map(({ id, documentId, first, second, text, label }) =>
    [id, documentId ?? "", first?.id ?? "", second?.id ?? "", text, label].map(clean).join("\t"),
  );
  return ["id\tdocument_id\tfirst\tsecond\tsentence\tlabel", ...rows].map((row) => `${row}\n`).join("");
}

/** Types on the first and the second side of relations between mentions. */
function sidesOf(documents: readonly StandoffDocument[]): { firstTypes: string[]; secondTypes: string[] } {
  const first = new Set<string>();
  const second = new Set<string>();
  for (const { entities, relations } of documents) {
    const types = new Map(entities.map(({ id, type }) => [id, type]));
    for (const { arguments: items } of relations) {
      const [a, b] = [types.get(items[0]?.id ?? ""), types.get(items[1]?.id ?? "")];
      if (a !== undefined && b !== undefined) {
        first.add(a);
        second.add(b);
      }
    }
  }
  const shared = [...first].some((type) => second.has(type));
  const both = [...new Set([...first, ...second])];
  return shared ? { firstTypes: both, secondTypes: both } : { firstTypes: [...first], secondTypes: [...second] };
}
