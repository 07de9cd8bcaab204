// BioC as JSON, in the form of BioC-JSON and PubTator: the same names as in the XML, plurals for what repeats.

import { arrayField, badInput, type FormatPlace, parseJson, recordOf } from "../reading.ts";
import type { BioCAnnotation, BioCCollection, BioCDocument, BioCPassage, BioCRelation, BioCSentence } from "./types.ts";

/**
 * Reads a collection, or one document as a collection of it; an array of these, as BioC-PMC's service gives it, and documents under
 * `PubTator3`. Several collections become one with what the first says of itself.
 * @throws BiobertError `input-format`.
 */
export function parseBioCJson(text: string, options: { file?: string } = {}): BioCCollection {
  const place: FormatPlace = {
    file: options.file,
    hint: 'BioC JSON is {"source", "date", "key", "documents": [{"id", "passages": [{"offset", "text", "annotations"}]}]}.',
  };
  const value = parseJson(text, place);
  const roots = (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) => recordOf(item, place));
  const string = (value: unknown): string =>
    typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
  const infons = (value: unknown): Record<string, string> =>
    Object.fromEntries(
      Object.entries(value === undefined || value === null ? {} : recordOf(value, place))
        .filter(([, item]) => item !== null && item !== undefined)
        .map(([key, item]) => [key, typeof item === "object" ? JSON.stringify(item) : String(item)]),
    );
  const whole = (value: unknown, what: string, name: string): number => {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw badInput(place, `${what} ${JSON.stringify(value)} is no whole number`, { name });
  };
  const annotated = (
    record: Record<string, unknown>,
    name: string,
  ): { infons: Record<string, string>; annotations: BioCAnnotation[]; relations: BioCRelation[] } => ({
    infons: infons(record["infons"]),
    annotations: arrayField(record, "annotations", place, { name }).map((value) => {
      const item = recordOf(value, place, { name });
      const id = string(item["id"]);
      return {
        id,
        infons: infons(item["infons"]),
        text: string(item["text"]),
        locations: arrayField(item, "locations", place, { name: id }).map((at) => {
          const location = recordOf(at, place, { name: id });
          return {
            offset: whole(location["offset"], "the offset", id),
            length: whole(location["length"], "the length", id),
          };
        }),
      };
    }),
    relations: arrayField(record, "relations", place, { name }).map((value) => {
      const item = recordOf(value, place, { name });
      return {
        id: string(item["id"]),
        infons: infons(item["infons"]),
        nodes: arrayField(item, "nodes", place, { name }).map((at) => {
          const node = recordOf(at, place, { name });
          return { refid: string(node["refid"]), role: string(node["role"]) };
        }),
      };
    }),
  });
  const documents = roots.flatMap((root): unknown[] => {
    const list = root["documents"] ?? root["PubTator3"];
    if (Array.isArray(list)) return list as unknown[];
    if (root["passages"] === undefined) throw badInput(place, 'neither "documents" nor "passages"');
    return [root];
  });
  const collection = roots.find((root) => Array.isArray(root["documents"])) ?? {};
  return {
    source: string(collection["source"]),
    date: string(collection["date"]),
    key: string(collection["key"]),
    infons: infons(collection["infons"]),
    documents: documents.map((item): BioCDocument => {
      const record = recordOf(item, place);
      const id = string(record["id"]);
      return {
        id,
        ...annotated(record, id),
        passages: arrayField(record, "passages", place, { name: id }).map((part): BioCPassage => {
          const passage = recordOf(part, place, { name: id });
          return {
            offset: whole(passage["offset"], "the offset", id),
            text: string(passage["text"]),
            ...annotated(passage, id),
            sentences: arrayField(passage, "sentences", place, { name: id }).map((item): BioCSentence => {
              const sentence = recordOf(item, place, { name: id });
              return {
                offset: whole(sentence["offset"], "the offset", id),
                text: string(sentence["text"]),
                ...annotated(sentence, id),
              };
            }),
          };
        }),
      };
    }),
  };
}

/** Writes a collection as one JSON value. */
export function encodeBioCJson(collection: BioCCollection): string {
  const passage = ({ text, sentences, ...rest }: BioCPassage) => ({
    ...rest,
    ...(text === "" && sentences.length > 0 ? {} : { text }),
    sentences,
  });
  return `${JSON.stringify({ ...collection, documents: collection.documents.map((document) => ({ ...document, passages: document.passages.map(passage) })) })}\n`;
}
