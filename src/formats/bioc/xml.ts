// BioC as XML, read with saxes in one pass and written so that Python's `bioc` reads it.

import { SaxesParser } from "saxes";
import { badInput, type FormatPlace } from "../reading.ts";
import type { BioCAnnotation, BioCCollection, BioCDocument, BioCPassage, BioCRelation, BioCSentence } from "./types.ts";

/**
 * Reads a collection.
 * @throws BiobertError `input-format` with the line: what is not well-formed, elements at a wrong place, offsets that are no numbers.
 */
export function parseBioCXml(xml: string, options: { file?: string } = {}): BioCCollection {
  const place: FormatPlace = {
    file: options.file,
    hint: "BioC XML is <collection><document><id/><passage><offset/><text/><annotation id><location offset length/><text/></annotation></passage></document></collection>.",
  };
  const parser = new SaxesParser({});
  const fail = (message: string, cause?: unknown): never => {
    throw badInput(place, message, { line: parser.line }, cause);
  };
  const whole = (text: string, what: string): number =>
    /^\s*\d+\s*$/.test(text) ? Number(text) : fail(`${what} ${JSON.stringify(text.slice(0, 40))} is no number`);
  let collection: BioCCollection | undefined;
  let document: BioCDocument | undefined;
  let passage: BioCPassage | undefined;
  let sentence: BioCSentence | undefined;
  let annotation: BioCAnnotation | undefined;
  let relation: BioCRelation | undefined;
  let infon = "";
  let text = "";
  parser.on("error", (error) => fail(`not well-formed XML: ${error.message}`, error));
  parser.on("text", (part) => {
    text += part;
  });
  parser.on("cdata", (part) => {
    text += part;
  });
  const owner = () => sentence ?? passage ?? document;
  parser.on("opentag", ({ name, attributes }) => {
    const attribute = (key: string): string => (attributes as Record<string, string>)[key] ?? "";
    text = "";
    if (name === "collection") collection = { source: "", date: "", key: "", infons: {}, documents: [] };
    else if (collection === undefined) fail(`<${name}> outside a collection`);
    else if (name === "document") {
      document = { id: "", infons: {}, passages: [], annotations: [], relations: [] };
      collection.documents.push(document);
    } else if (name === "infon") infon = attribute("key");
    else if (["source", "date", "key"].includes(name)) return;
    else if (document === undefined) fail(`<${name}> outside a document`);
    else if (name === "passage") {
      passage = { offset: 0, text: "", infons: {}, annotations: [], relations: [], sentences: [] };
      document.passages.push(passage);
    } else if (name === "sentence") {
      if (passage === undefined) fail("<sentence> outside a passage");
      sentence = { offset: 0, text: "", infons: {}, annotations: [], relations: [] };
      passage!.sentences.push(sentence);
    } else if (name === "annotation") {
      annotation = { id: attribute("id"), infons: {}, text: "", locations: [] };
      owner()!.annotations.push(annotation);
    } else if (name === "relation") {
      relation = { id: attribute("id"), infons: {}, nodes: [] };
      owner()!.relations.push(relation);
    } else if (name === "location") {
      if (annotation === undefined) fail("<location> outside an annotation");
      annotation!.locations.push({
        offset: whole(attribute("offset"), "the offset"),
        length: whole(attribute("length"), "the length"),
      });
    } else if (name === "node") {
      if (relation === undefined) fail("<node> outside a relation");
      relation!.nodes.push({ refid: attribute("refid"), role: attribute("role") });
    }
  });
  parser.on("closetag", ({ name }) => {
    if (name === "infon") (annotation ?? relation ?? owner() ?? collection)!.infons[infon] = text;
    else if (name === "source" || name === "date" || name === "key") {
      if (document === undefined) collection![name] = text;
    } else if (name === "id" && annotation === undefined && relation === undefined) document!.id = text.trim();
    else if (name === "offset") {
      const target = sentence ?? passage;
      if (target === undefined) fail("<offset> outside a passage");
      target!.offset = whole(text, "the offset");
    } else if (name === "text") {
      const target = annotation ?? sentence ?? passage;
      if (target === undefined) fail("<text> outside a passage");
      target!.text = text;
    } else if (name === "annotation") annotation = undefined;
    else if (name === "relation") relation = undefined;
    else if (name === "sentence") sentence = undefined;
    else if (name === "passage") passage = undefined;
    else if (name === "document") document = undefined;
    text = "";
  });
  parser.write(xml.charCodeAt(0) === 0xfeff ? xml.slice(1) : xml).close();
  return collection ?? fail("no collection in the file");
}

/** Writes a collection. Characters that XML 1.0 cannot hold become U+FFFD. */
export function encodeBioCXml({ source, date, key, infons, documents }: BioCCollection): string {
  const out: string[] = [
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n<collection>',
  ];
  const element = (name: string, value: string): void => void out.push(`<${name}>${escape(value)}</${name}>`);
  const infonsOf = (values: Record<string, string>): void => {
    for (const [name, value] of Object.entries(values))
      out.push(`<infon key="${escape(name)}">${escape(value)}</infon>`);
  };
  const annotated = ({ annotations, relations }: Pick<BioCDocument, "annotations" | "relations">): void => {
    for (const annotation of annotations) {
      out.push(`<annotation id="${escape(annotation.id)}">`);
      infonsOf(annotation.infons);
      for (const { offset, length } of annotation.locations)
        out.push(`<location offset="${offset}" length="${length}"/>`);
      element("text", annotation.text);
      out.push("</annotation>");
    }
    for (const relation of relations) {
      out.push(`<relation id="${escape(relation.id)}">`);
      infonsOf(relation.infons);
      for (const { refid, role } of relation.nodes) out.push(`<node refid="${escape(refid)}" role="${escape(role)}"/>`);
      out.push("</relation>");
    }
  };
  element("source", source);
  element("date", date);
  element("key", key);
  infonsOf(infons);
  for (const document of documents) {
    out.push("<document>");
    element("id", document.id);
    infonsOf(document.infons);
    for (const passage of document.passages) {
      out.push("<passage>");
      infonsOf(passage.infons);
      element("offset", String(passage.offset));
      if (passage.text !== "" || passage.sentences.length === 0) element("text", passage.text);
      for (const sentence of passage.sentences) {
        out.push("<sentence>");
        infonsOf(sentence.infons);
        element("offset", String(sentence.offset));
        element("text", sentence.text);
        annotated(sentence);
        out.push("</sentence>");
      }
      annotated(passage);
      out.push("</passage>");
    }
    annotated(document);
    out.push("</document>");
  }
  out.push("</collection>\n");
  return out.join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** Characters that XML 1.0 does not have: control characters but tab and line ends, and two that are none. */
const NOT_IN_XML = /[^\t\n\r\u0020-\ufffd]/g;

function escape(text: string): string {
  return text.replace(NOT_IN_XML, "\ufffd").replace(/[&<>"\r]/g, (character) => ENTITIES[character]!);
}
